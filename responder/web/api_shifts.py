"""Shifts over the API: what they ask of people, and what is handed over at their end."""

from aiohttp import web

from responder.acts import Unknown
from responder.handover import handover
from responder.store import handovers, rotas
from responder.web.api_oncall import PATH
from responder.web.route import Access, Asked, Refused, Route, said
from responder.web.shift_answers import HandoverAnswer, HandoverQuery, HoursAnswer, HoursQuery
from responder.web.shift_views import hours_answer, weeks_of
from responder.world import World


class Shifts:
    """For those who plan the next weeks, and for whoever comes next."""

    def __init__(self, world: World) -> None:
        self._world = world

    def routes(self) -> list[Route]:
        """Reading needs a viewer."""
        return [
            Route(
                "GET", f"{PATH}/hours", self.hours, Access.VIEWER,
                "Hours, nights and weekends of each person, and what is too much",
                asks=HoursQuery, answers=HoursAnswer,
            ),
            Route(
                "GET", f"{PATH}/handover", self.handover, Access.VIEWER,
                "What happened on this shift, and what is left", asks=HandoverQuery,
                answers=HandoverAnswer, gives={200: "all of it", 404: "no such rota"},
            ),
        ]  # fmt: skip

    async def hours(self, asked: Asked) -> web.Response:
        """Weeks that are over as they were, those to come as they are planned."""
        query, world = asked.look(HoursQuery), self._world
        config, now = world.live.config, world.clock.now()
        known = {name: part.rota(name) for name, part in config.rotas.items()}
        within = weeks_of(known, query.begins(now), query.weeks)
        changes = await world.store.read(rotas.within, within)
        rings = await world.store.read(handovers.rings, since=within.starts, until=within.ends)
        answer = hours_answer(known, within, changes, people=config.people, rings=rings)
        return said(answer.model_dump_json())

    async def handover(self, asked: Asked) -> web.Response:
        """One look at one state of the store."""
        query, world = asked.look(HandoverQuery), self._world
        known = {name: part.rota(name) for name, part in world.live.config.rotas.items()}
        try:
            told = await world.store.read(
                handover,
                known=known,
                rota=query.rota,
                since=query.since,
                works=world.live.plan.works,
                now=world.clock.now(),
            )
        except Unknown as unknown:
            raise Refused(404, "not_found", str(unknown), where="rota") from None
        return said(HandoverAnswer.of(told).model_dump_json())
