"""KPIs over the API: how much of a month servers, resellers and brands were there."""

from aiohttp import web

from alerts.spans import read_month
from responder.kpi.availability import as_csv, availability, this_month
from responder.web.look_answers import AvailabilityAnswer, AvailabilityQuery, OneAvailability
from responder.web.route import Access, Asked, Refused, Route, said
from responder.world import World


class Kpis:
    """What a manager asks for, over a month."""

    def __init__(self, world: World) -> None:
        self._world = world

    def routes(self) -> list[Route]:
        """Reading needs a viewer."""
        return [
            Route(
                "GET", "/api/v1/kpi/availability", self.availability, Access.VIEWER,
                "The availability of a month, as JSON or CSV",
                asks=AvailabilityQuery, answers=AvailabilityAnswer,
                gives={200: "each brand, server and reseller", 400: "no such month"},
            ),
        ]  # fmt: skip

    async def availability(self, asked: Asked) -> web.Response:
        query, world = asked.look(AvailabilityQuery), self._world
        now, plan = world.clock.now(), world.live.plan
        name = query.month or this_month(now)
        try:
            month = read_month(name)
        except ValueError as error:
            raise Refused(400, "bad_request", str(error), where="month") from None
        found = await world.store.read(
            availability, month=month, inventory=plan.inventory, works=plan.works, now=now
        )
        if query.format == "csv":
            return web.Response(text=as_csv(found), content_type="text/csv")
        answer = AvailabilityAnswer(month=name, availability=tuple(map(OneAvailability.of, found)))
        return said(answer.model_dump_json())
