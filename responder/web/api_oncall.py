"""Who is on call over the API: now, in the coming days, and as people change it."""

from collections.abc import Callable, Iterable
from typing import Any, TypeVar

import structlog
from aiohttp import web

from responder import substitutes
from responder.acts import Refusal, Unknown
from responder.rota_values import Override, Span
from responder.store import rotas
from responder.substitutes import Turn
from responder.web.oncall_answers import (
    OncallAnswer,
    OncallQuery,
    OverrideAnswer,
    OverrideOrder,
    OverridesAnswer,
    OverridesQuery,
    SwapOrder,
)
from responder.web.oncall_views import chosen, oncall_answer, overrides_of, touched
from responder.web.route import Access, Asked, Refused, Route, number, said
from responder.world import World

log = structlog.get_logger(__name__)

PATH = "/api/v1/oncall"

R = TypeVar("R")


class Oncall:
    """The rotas of this daemon, and what people change about them: it counts from the next page."""

    def __init__(self, world: World) -> None:
        self._world = world

    def routes(self) -> list[Route]:
        """Reading needs a viewer, changing a responder."""
        fits = {200: "from now on", 404: "no such rota", 409: "it makes no sense, and why"}
        return [
            Route(
                "GET", PATH, self.told, Access.VIEWER, "Who is on call, and in the coming days",
                asks=OncallQuery, answers=OncallAnswer,
                gives={200: "each rota", 404: "no such rota or team"},
            ),
            Route(
                "GET", f"{PATH}/overrides", self.listed, Access.VIEWER,
                "Changes of rotas that hold or will", asks=OverridesQuery, answers=OverridesAnswer,
            ),
            Route(
                "POST", f"{PATH}/overrides", self.added, Access.RESPONDER,
                "Let somebody stand in", takes=OverrideOrder, answers=OverrideAnswer, gives=fits,
            ),
            Route(
                "DELETE", f"{PATH}/overrides/{{id}}", self.ended, Access.RESPONDER,
                "Take a change back, a swap with both halves", answers=OverridesAnswer,
                gives={200: "what is left", 404: "it does not hold", 409: "not ours"},
            ),
            Route(
                "POST", f"{PATH}/swaps", self.swapped, Access.RESPONDER,
                "Swap two shifts, both or none", takes=SwapOrder, answers=OverridesAnswer,
                gives=fits,
            ),
        ]  # fmt: skip

    async def told(self, asked: Asked) -> web.Response:
        """With all that people have changed."""
        query, world = asked.look(OncallQuery), self._world
        found = chosen(world.live.config.rotas, rota=query.rota, team=query.team)
        if not found and (query.rota or query.team):
            raise self._unknown(query)
        at = query.at or world.clock.now()
        changes = await world.store.read(rotas.within, touched(at, query.next))
        answer = oncall_answer(found.values(), at, changes, ahead=query.next)
        return said(answer.model_dump_json())

    async def listed(self, asked: Asked) -> web.Response:
        """The configuration's own have the id 0."""
        return await self._listed(asked.look(OverridesQuery).rota)

    async def added(self, asked: Asked) -> web.Response:
        """It is asked anew before each round of pages, so that it counts at once."""
        order, world = asked.take(OverrideOrder), self._world
        now = world.clock.now()
        starts = order.starts_at or now
        try:
            span = Span(starts, order.end(starts))
        except ValueError as bad:
            raise Refused(400, "bad_request", str(bad), where="until") from None
        wish = Override(
            0, order.rota, order.person, span, order.instead_of, "", order.reason,
            asked.caller.name,
        )  # fmt: skip
        kept = await self._change(
            substitutes.stand_in, wish=wish, methods=world.live.plan.escalations.methods
        )
        log.info("override_added", id=kept.id, rota=kept.rota, person=kept.person, by=kept.by)
        return said(OverrideAnswer.of(kept).model_dump_json())

    async def swapped(self, asked: Asked) -> web.Response:
        """Two changes with one word that joins them."""
        order = asked.take(SwapOrder)
        halves = await self._change(
            substitutes.swap,
            name=order.rota,
            one=Turn(order.one.person, order.one.at),
            other=Turn(order.other.person, order.other.at),
            by=asked.caller.name,
            reason=order.reason,
        )
        log.info("shifts_swapped", rota=order.rota, swap=halves[0].swap, by=asked.caller.name)
        return _said(halves)

    async def ended(self, asked: Asked) -> web.Response:
        """From now on."""
        told, by = asked.part("id"), asked.caller.name
        if told == "0":
            words = "it stands in the configuration file: take it out there"
            raise Refused(409, "conflict", words)
        now = self._world.clock.now()
        try:
            kept = await self._world.store.write(
                substitutes.cancel, number=number(told), by=by, now=now
            )
        except Unknown as unknown:
            raise Refused(404, "not_found", str(unknown)) from None
        self._world.hasten("lookout")
        log.info("override_ended", id=kept.id, rota=kept.rota, swap=kept.swap, by=by)
        return await self._listed(None)

    async def _change(self, what: Callable[..., R], **facts: Any) -> R:
        """One transaction. Raises Refused."""
        world = self._world
        known = {name: part.rota(name) for name, part in world.live.config.rotas.items()}
        try:
            kept = await world.store.write(what, known=known, now=world.clock.now(), **facts)
        except Unknown as unknown:
            raise Refused(404, "not_found", str(unknown), where="rota") from None
        except Refusal as refusal:
            raise Refused(409, "conflict", str(refusal)) from None
        world.hasten("lookout")
        return kept

    async def _listed(self, rota: str | None) -> web.Response:
        world = self._world
        known = chosen(world.live.config.rotas, rota=rota, team=None)
        if rota is not None and not known:
            raise Refused(404, "not_found", f'no rota is called "{rota}"', where="rota")
        now = world.clock.now()
        ahead = Span(now, now + substitutes.LONGEST * 2)
        changes = await world.store.read(rotas.within, ahead)
        found = [one for it in known.values() for one in overrides_of(it, ahead, changes)]
        return _said(found)

    def _unknown(self, query: OncallQuery) -> Refused:
        parts = self._world.live.config.rotas
        known = ", ".join(parts) or "none"
        if query.rota is not None and query.rota not in parts:
            words = f'no rota is called "{query.rota}" (there are: {known})'
            return Refused(404, "not_found", words, where="rota")
        words = f'no rota is that of the team "{query.team}" (there are: {known})'
        return Refused(404, "not_found", words, where="team")


def _said(found: Iterable[Override]) -> web.Response:
    answer = OverridesAnswer(overrides=tuple(map(OverrideAnswer.of, found)))
    return said(answer.model_dump_json())
