"""KPIs over the API: the support figures of a window, the availability of a month."""

from aiohttp import web

from alerts.spans import read_month
from responder.kpi.availability import as_csv, availability, this_month
from responder.kpi.report import as_json, report
from responder.web.kpi_answers import KpiAnswer, KpiQuery
from responder.web.look_answers import AvailabilityAnswer, AvailabilityQuery, OneAvailability
from responder.web.route import Access, Asked, Refused, Route, said
from responder.world import World


class Kpis:
    """What a manager asks for."""

    def __init__(self, world: World) -> None:
        self._world = world

    def routes(self) -> list[Route]:
        """Reading needs a viewer."""
        return [
            Route(
                "GET", "/api/v1/kpi", self.figures, Access.VIEWER,
                "The support figures of a window, and of the one before it",
                asks=KpiQuery, answers=KpiAnswer,
                gives={200: "averages, quantiles, counts and shares", 400: "no such window"},
                by_brand=True,
            ),
            Route(
                "GET", "/api/v1/kpi/availability", self.availability, Access.VIEWER,
                "The availability of a month, as JSON or CSV",
                asks=AvailabilityQuery, answers=AvailabilityAnswer,
                gives={200: "each brand, server and reseller", 400: "no such month"},
            ),
        ]  # fmt: skip

    async def figures(self, asked: Asked) -> web.Response:
        query, world = asked.look(KpiQuery), self._world
        until = query.until or world.clock.now()
        try:
            since = until - query.last
            found = await world.store.read(
                report, since=since, until=until, brand=asked.brand(query.brand), by=query.by
            )
        except (ValueError, OverflowError) as error:
            raise Refused(400, "bad_request", str(error), where="last") from None
        return said(KpiAnswer.of(as_json(found)).model_dump_json())

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
