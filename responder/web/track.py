"""A customer's ticket behind a signed link: seen, followed live, written to, voted on (R30-R32)."""

import asyncio
from collections.abc import Callable
from datetime import datetime
from functools import partial
from typing import Any

from aiohttp import web

from responder import tracked, trackwork
from responder.desk import pictures
from responder.desk.tracking import link_base
from responder.deskwork import Acted
from responder.links import BadLink, OldLink, TrackGrant
from responder.support.outages import again, still_down
from responder.tracked import Track
from responder.trackwork import Right, Words
from responder.web import track_views as views
from responder.web.pages import Pages
from responder.web.route import Access, Asked, Refused, Route, said
from responder.web.streams import Streams
from responder.web.track_answers import (
    FORM,
    kept_file,
    ordered,
    page_facts,
    private,
    refused_plainly,
    unknown,
)
from responder.world import World

_GIVES = {200: "as it is now", 404: "no link of ours", 410: "the link is too old"}
_SORRY = "This link opens nothing"
_FOLLOWED = {**_GIVES, 403: "another web site asks", 503: "too many streams"}
_SPOKEN = {
    **_GIVES,
    303: "to the page, after its form",
    400: "the body does not fit",
    409: "not with this request as it stands, and why",
    415: "no picture that is taken",
    429: "too much in too short a time",
}


class TrackDoor:
    """Nobody logs in here: the signature in the address is the proof, for one ticket. It answers at
    `status.listen` where that is set.
    """

    def __init__(self, world: World, pages: Pages) -> None:
        self._world, self._pages = world, pages
        self._streams = Streams(world.ending)

    def routes(self) -> list[Route]:
        """GET shows, POST acts: a preview of the link in a mail changes nothing."""
        one = "/s/{token}"
        return [
            _route("GET", "/s/static/page.css", self._pages.style, "The style sheet of this page"),
            _route("GET", one, self.shown, "A customer's own ticket", answers=views.SeenAnswer),
            _route("GET", f"{one}/events", self.events, "The same at each change (SSE)",
                   gives=_FOLLOWED),
            _route("POST", f"{one}/comments", self.comment, "The customer's words",
                   takes=views.CommentOrder, answers=views.SeenAnswer, limit=200_000),
            _route("POST", f"{one}/files", self.picture, "A picture, as the body",
                   asks=views.PictureQuery, answers=views.FileAnswer, limit=pictures.MOST_BYTES),
            _route("GET", f"{one}/files/{{id}}", self.file, "A picture that he sent"),
            _route("GET", f"{one}/vote", self.shown, "Where he says how the help was",
                   answers=views.SeenAnswer),
            _route("POST", f"{one}/vote", self.vote, "How he found the help, 1 to 5",
                   takes=views.VoteOrder, answers=views.SeenAnswer, limit=200_000),
        ]  # fmt: skip

    async def shown(self, asked: Asked) -> web.Response:
        """JSON, or a page for a browser: of a link that is none, why."""
        if "text/html" not in asked.request.headers.get("Accept", ""):
            return private(said(_json(await self._found(self._right(asked)))))
        voting = asked.request.path.endswith("/vote")
        try:
            found = await self._found(self._right(asked))
        except Refused as no:
            return private(self._pages.page(
                "refused.html", status=no.status, root="../" if voting else "",
                title=_SORRY, words=f"{no.message[0].upper()}{no.message[1:]}.",
            ))  # fmt: skip
        facts = page_facts(found, token=asked.part("token"), voting=voting, zone=self._zone(asked))
        return self._pages.page("track.html", **facts)

    async def events(self, asked: Asked) -> web.StreamResponse:
        right, store, clock = self._right(asked), self._world.store, self._world.clock
        grant = self._grant(asked)

        async def shown() -> str:
            return _json(await self._found(right))

        await self._found(right)
        return await self._streams.follow(
            asked.request,
            right.ticket,
            length=lambda: store.read(tracked.length, right),
            shown=shown,
            over=lambda: clock.now() >= grant.expires_at,
            home=self._home(grant.brand),
        )

    async def comment(self, asked: Asked) -> web.StreamResponse:
        right, order = self._right(asked), ordered(asked, views.CommentOrder)
        if not (order.text.strip() or order.files):
            raise Refused(400, "bad_request", "a text or a picture is needed", where="text")
        words = Words(order.text, order.files, order.key or "", order.complaint)
        await self._act(partial(trackwork.say, right=right, words=words))
        world = self._world
        told = await asyncio.to_thread(again, order.text, plan=world.live.plan)
        if await world.store.write(still_down, right.ticket, told, now=self._now):
            world.hasten("requests")
        return await self._again(asked)

    async def vote(self, asked: Asked) -> web.StreamResponse:
        right, order = self._right(asked), ordered(asked, views.VoteOrder)
        score, comment, plan = order.score, order.comment, self._world.live.plan
        work = partial(trackwork.vote, right=right, score=score, comment=comment, plan=plan)
        await self._act(work)
        return await self._again(asked)

    async def picture(self, asked: Asked) -> web.Response:
        right, name = self._right(asked), asked.look(views.PictureQuery).name
        work = partial(trackwork.picture, right=right, data=asked.body, name=name)
        file = await refused_plainly(self._world.store.write(work, now=self._now))
        return private(said(views.told_file(file).model_dump_json()))

    async def file(self, asked: Asked) -> web.Response:
        read = self._world.store.read(trackwork.picture_of, self._right(asked), asked.part("id"))
        return kept_file(await refused_plainly(read))

    async def _act(self, work: Callable[..., Acted]) -> None:
        acted = await refused_plainly(self._world.store.write(work, now=self._now))
        self._world.count(acted.figures, effects=acted.effects)

    async def _again(self, asked: Asked) -> web.Response:
        """What it looks like now; a form leads back to the page."""
        if asked.request.content_type == FORM:
            back = {"Location": f"../{asked.request.match_info['token']}"}
            return web.Response(status=303, headers=back)
        return private(said(_json(await self._found(self._right(asked)))))

    async def _found(self, right: Right) -> Track:
        look = self._world.store.read(
            tracked.track, right, plan=self._world.live.plan, now=self._now
        )
        return await refused_plainly(look)

    def _right(self, asked: Asked) -> Right:
        grant = self._grant(asked)
        return Right(grant.ticket, grant.brand)

    def _grant(self, asked: Asked) -> TrackGrant:
        """Raises Refused: a forged link and one of a ticket that is gone are alike."""
        try:
            return self._world.links.read_track(asked.part("token"), now=self._now)
        except OldLink:
            raise Refused(410, "old", "this link is too old") from None
        except (BadLink, ValueError):
            raise unknown() from None

    def _home(self, brand: str) -> str:
        live = self._world.live
        return link_base(live.plan.clientele, brand, live.config.status.listen)

    def _zone(self, asked: Asked) -> str:
        brand = self._world.live.config.brands.get(self._grant(asked).brand)
        return brand.zone if brand else "UTC"

    @property
    def _now(self) -> datetime:
        return self._world.clock.now()


def _route(method: str, path: str, handler: Any, summary: str, **more: Any) -> Route:
    more.setdefault("gives", _GIVES if method == "GET" else _SPOKEN)
    return Route(method, path, handler, Access.OPEN, summary, public=True, **more)


def _json(found: Track) -> str:
    return views.shown(found.seen, found.files).model_dump_json()
