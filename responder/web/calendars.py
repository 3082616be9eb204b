"""Shifts as calendars over HTTP: an address for each person and each rota, without a login."""

import asyncio
import hashlib

from aiohttp import web

from responder.calendars import feed
from responder.links import BadLink
from responder.store import rotas
from responder.web.answers import Answer
from responder.web.api_oncall import PATH
from responder.web.route import Access, Asked, Refused, Route, said
from responder.world import World

_KINDS = _PERSON, _ROTA, _TEAM = "person:", "rota:", "team:"


class CalendarAnswer(Answer):
    """Where to subscribe. Who has the address can read these shifts, for as long as the daemon's
    key is the same.
    """

    whose: str
    url: str


class Calendars:
    """What telephones subscribe to."""

    def __init__(self, world: World) -> None:
        self._world = world

    def routes(self) -> list[Route]:
        """The address is its own proof; to be given one takes a responder."""
        return [
            Route(
                "GET", "/calendar/{token}.ics", self.feed, Access.OPEN,
                "Shifts of a person, a rota or a team (iCalendar)",
                gives={200: "60 days back, 180 ahead", 304: "as before", 404: "no such address"},
            ),
            Route(
                "GET", f"{PATH}/calendars/{{whose}}", self.address, Access.RESPONDER,
                "The address of the calendar of a person, rota:NAME or team:NAME",
                answers=CalendarAnswer,
                gives={200: "where to subscribe", 404: "nobody and nothing is called so"},
            ),
        ]  # fmt: skip

    async def address(self, asked: Asked) -> web.Response:
        """Always the same for the same name."""
        told = asked.part("whose")
        whose = told if told.startswith(_KINDS) else f"{_PERSON}{told}"
        if not self._knows(whose):
            known = "(a rota is rota:NAME, the rotas of a team are team:NAME)"
            raise Refused(404, "not_found", f'no person is called "{told}" {known}')
        answer = CalendarAnswer(whose=whose, url=self._world.links.calendar(whose))
        return said(answer.model_dump_json())

    async def feed(self, asked: Asked) -> web.Response:
        """Told apart by content: who asks again with what he has, gets no copy of it."""
        try:
            whose = self._world.links.read_calendar(asked.part("token"))
        except BadLink:
            whose = ""
        if not self._knows(whose):
            raise Refused(404, "not_found", "there is no such calendar, or it is no more")
        text = await self._written(whose)
        tag = hashlib.blake2b(text, digest_size=12).hexdigest()
        headers = {"Cache-Control": "private, max-age=300", "X-Robots-Tag": "noindex"}
        asked_for = asked.request.if_none_match or ()
        if any(one.value in (tag, "*") for one in asked_for):
            return web.Response(status=304, headers={**headers, "ETag": f'"{tag}"'})
        answer = web.Response(
            body=text, content_type="text/calendar", charset="utf-8", headers=headers
        )
        answer.etag = tag
        return answer

    async def _written(self, whose: str) -> bytes:
        world = self._world
        config, now = world.live.config, world.clock.now()
        within = feed.window(now)
        changes = await world.store.read(rotas.within, feed.around(within))
        known = {name: part.rota(name) for name, part in config.rotas.items()}
        names = {name: one.name or name for name, one in config.people.items()}
        kind, _, name = whose.partition(":")

        def make() -> bytes:
            if kind == "rota":
                entries = feed.of_rota(known[name], within, changes, names=names)
                return feed.written(entries, name=f"On call: {name}", stamp=within.starts)
            if kind == "team":
                theirs = [one for one in known.values() if one.team == name]
                entries = feed.of_team(theirs, within, changes, names=names)
                return feed.written(entries, name=f"On call: {name}", stamp=within.starts)
            entries = feed.of_person(name, known.values(), within, changes)
            title = f"On call: {names[name]}"
            return feed.written(entries, name=title, stamp=within.starts)

        return await asyncio.to_thread(make)

    def _knows(self, whose: str) -> bool:
        config = self._world.live.config
        kind, _, name = whose.partition(":")
        teams = {one.team for one in config.rotas.values() if one.team}
        known = {"person": config.people, "rota": config.rotas, "team": teams}
        return name in known.get(kind, ())
