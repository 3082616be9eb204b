"""What team and management look at together, over the API: the inflow, and the digest."""

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

from aiohttp import web

from responder.management.digest import digest_of
from responder.management.flow import inflow_of
from responder.management.load import zone_of
from responder.rota_values import Span
from responder.web.management_answers import (
    DigestAnswer,
    DigestQuery,
    InflowAnswer,
    InflowQuery,
    digest_answer,
    inflow_answer,
)
from responder.web.route import Access, Asked, Refused, Route, said
from responder.world import World


class Management:
    """It only reads: nothing is sent by looking."""

    def __init__(self, world: World) -> None:
        self._world = world

    def routes(self) -> list[Route]:
        """Reading needs a viewer."""
        return [
            Route(
                "GET", "/api/v1/inflow", self.inflow, Access.VIEWER,
                "When tickets come, the best shift for it, and what could be automated",
                asks=InflowQuery, answers=InflowAnswer,
            ),
            Route(
                "GET", "/api/v1/digest", self.digest, Access.VIEWER,
                "What team and management are sent every two weeks, as it is now",
                asks=DigestQuery, answers=DigestAnswer,
            ),
        ]  # fmt: skip

    async def inflow(self, asked: Asked) -> web.Response:
        query, world = asked.look(InflowQuery), self._world
        zone = ZoneInfo(query.zone) if query.zone else self._zone()
        found = await world.store.read(
            inflow_of, plan=world.live.plan, zone=zone, weeks=query.weeks, now=world.clock.now()
        )
        return said(inflow_answer(found).model_dump_json())

    async def digest(self, asked: Asked) -> web.Response:
        query, world = asked.look(DigestQuery), self._world
        found = await world.store.read(
            digest_of, span=self._span(query.at), config=world.live.config, plan=world.live.plan
        )
        answer = digest_answer(found)
        if query.format == "markdown":
            return web.Response(text=answer.markdown, content_type="text/markdown")
        return said(answer.model_dump_json())

    def _zone(self) -> ZoneInfo:
        config = self._world.live.config
        rotas = [part.rota(name) for name, part in config.rotas.items()]
        return zone_of(rotas, otherwise=config.desk.digest.zone)

    def _span(self, at: datetime | None) -> Span:
        """As long as a digest is. Raises Refused for what no calendar holds."""
        end = (at or self._world.clock.now()).astimezone(UTC)
        try:
            return Span(end - self._world.live.config.desk.digest.every, end)
        except OverflowError:
            raise Refused(400, "bad_request", "there was no such time", where="at") from None
