"""Is it alive, is it ready, reload, and the metrics: as Prometheus has them."""

import asyncio
import time
from collections.abc import Awaitable, Callable
from datetime import timedelta

from aiohttp import web
from prometheus_client.exposition import choose_encoder

from probes.pinger import pinger_of
from responder.metrics import snapshot
from responder.problems import BadConfig
from responder.store import runs
from responder.store.standing import standing
from responder.web.api_method_tests import unproved
from responder.web.route import Access, Asked, Refused, Route
from responder.web.stream import streamed
from responder.world import World

# A critical incident younger than this may still be on its way to somebody.
UNPAGED_AFTER = timedelta(seconds=30)


class Health:
    """The management endpoints."""

    def __init__(self, world: World, reload: Callable[[], Awaitable[None]]) -> None:
        self._world = world
        self._reload = reload

    def routes(self) -> list[Route]:
        """Liveness depends on nobody else; readiness on the first turn of every duty."""
        return [
            Route("GET", "/-/healthy", self.healthy, Access.OPEN, "200 while the process lives"),
            Route("GET", "/-/ready", self.ready, Access.OPEN, "200 once every duty had a turn"),
            Route("POST", "/-/reload", self.reload, Access.ADMIN, "Read the configuration again"),
            Route("PUT", "/-/reload", self.reload, Access.ADMIN, "Read the configuration again"),
            Route("GET", "/metrics", self.metrics, Access.LOOPBACK, "Prometheus and OpenMetrics"),
        ]

    async def healthy(self, _: Asked) -> web.Response:
        return web.Response(text="responder is alive\n")

    async def ready(self, _: Asked) -> web.Response:
        waiting = [duty.name for duty in self._world.duties.values() if not duty.first.is_set()]
        if waiting:
            raise Refused(503, "not_ready", f"not yet done: {', '.join(waiting)}")
        return web.Response(text="responder is ready\n")

    async def reload(self, _: Asked) -> web.Response:
        try:
            await self._reload()
        except BadConfig as bad:
            told = "\n".join(str(problem) for problem in bad.problems)
            message = f"the old configuration stays in force\n{told}"
            raise Refused(500, "bad_configuration", message) from None
        return web.Response(text="reloaded\n")

    async def metrics(self, asked: Asked) -> web.StreamResponse:
        world, now = self._world, self._world.clock.now()
        world.metrics.show(
            await world.store.read(snapshot, now=now, unpaged_before=now - UNPAGED_AFTER)
        )
        world.metrics.unproved.set(await unproved(world))
        world.kpis.show(await world.store.read(standing, now=now))
        for duty in world.duties.values():
            world.metrics.loop_lag.labels(duty.name).set(round(duty.lag(), 3))
        killed = bool(await world.kill.thrown())
        world.run_metrics.show(await world.store.read(runs.counts), killed=killed)
        health = world.store.health(time.monotonic())
        world.metrics.store_queue.set(health.queue)
        world.metrics.store_wal.set(health.wal_bytes)
        world.metrics.probes.in_force(good=world.live.good, since=world.live.loaded_at)
        eyes = world.eyes
        world.metrics.probes.looked_around(eyes.rounds.figures(), eyes.glass.verdicts())
        oldest = max(eyes.discovery.ages(now=now).values(), default=timedelta(0))
        ping = pinger_of(eyes.net).way.mode
        world.metrics.probes.believed(
            eyes.beliefs.counts(), blind=eyes.blind, oldest_map=oldest, ping=ping
        )
        encode, kind = choose_encoder(asked.request.headers.get("Accept", ""))
        # Thousands of series take a tenth of a second: not on the loop.
        counted = await asyncio.to_thread(world.kpis.page, encode, kind=kind)
        page = await asyncio.to_thread(encode, world.metrics.registry)
        return await streamed(asked.request, counted + page, eyes.glass.page(), kind=kind)
