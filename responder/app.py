"""Joins the rooms; the only place that knows them all."""

import asyncio
import contextlib
from pathlib import Path
from typing import Any

import structlog
from prometheus_client import CollectorRegistry, ProcessCollector

from playbooks.client import open_session
from responder import collector, watch
from responder.board import Saved
from responder.calendars.absences import Absences
from responder.clock import Clock
from responder.config import Config
from responder.configfile import load
from responder.desk.scope import CATALOGUE
from responder.desk_duties import desk_duties
from responder.doorways import open_doors
from responder.eyes.watching import Eyes
from responder.housekeeping import as_configured
from responder.intake import Taken
from responder.kpi.metrics import KpiMetrics
from responder.links import Links, key_at
from responder.live import Live
from responder.lookout import Lookout
from responder.members import Member
from responder.metrics import Metrics
from responder.outbox import Runner
from responder.outgoing import Pulse
from responder.problems import BadConfig
from responder.reception import Reception
from responder.reconcile import Reconciler
from responder.runs.works import Works
from responder.store import Store
from responder.store.opening import open_store
from responder.supervise import Duty, forever
from responder.sweep import Sweep
from responder.vitals import Vitals
from responder.voice import Voice
from responder.web.routes import all_routes
from responder.whereabouts import Whereabouts
from responder.world import World

log = structlog.get_logger(__name__)


class Daemon:
    """One running responder: begun from a configuration, ended as a whole.

    Stories and tests begin one with a clock of their own and take the turns of its duties by hand.
    """

    def __init__(
        self, path: Path, config: Config, *, version: str, clock: Clock | None = None
    ) -> None:
        self._path = path
        self._clock = clock or Clock()
        self._version = version
        self._config = config
        self._at = Whereabouts(path, config)
        self._exits = contextlib.AsyncExitStack()
        self._tasks: list[asyncio.Task[None]] = []
        self.world: World
        self.port = self.public_port = 0

    async def begin(self) -> None:
        """Store, outbox, duties and doors, in this order. Raises what makes it impossible, and has
        let go of everything then.
        """
        async with self._exits:
            await self._begin()
            self._exits = self._exits.pop_all()

    async def _begin(self) -> None:
        live = Live.begin(self._path, self._config, now=self._clock.now())
        store = await self._open_store()
        self._session = open_session()
        self._exits.push_async_callback(self._session.close)
        self.world = self._join(live, store, *self._meters())
        self.world.duties.update({duty.name: duty for duty in self._duties()})
        self.world.metrics.know_duties(self.world.duties)
        await self._enter()
        await self._open_doors()

    def _meters(self) -> tuple[Metrics, KpiMetrics]:
        registry = CollectorRegistry()
        ProcessCollector(registry=registry)
        metrics = Metrics(registry, version=self._version)
        metrics.know_senders(self._config.senders)
        topics = {*CATALOGUE, *self._config.desk.scope}
        brands = self._config.brands
        return metrics, KpiMetrics(registry, CollectorRegistry(), brands=brands, topics=topics)

    def _join(self, live: Live, store: Store, metrics: Metrics, kpis: KpiMetrics) -> World:
        """Each room with what it asks of the others; nothing is begun yet."""
        public = self._config.daemon.url is not None
        links = Links(key_at(self._at.key_file), url=self._at.url, public=public)
        self._voice = Voice(
            store,
            live,
            self._session,
            links=links,
            clock=self._clock,
            metrics=metrics,
            counted=kpis.observe,
            due=lambda: self.world.runner.wake.set(),
            follow=lambda saved: self.world.follow(saved),
            blind=lambda: self.world.eyes.blind,
        )
        runner = Runner(
            store, self._voice.handlers, member=self._at.name, clock=self._clock,
            watcher=metrics, counted=kpis.observe,
        )  # fmt: skip
        reception = Reception(store, live, clock=self._clock, taken=self._taken)
        self._member = Member(
            store, runner, name=self._at.name, clock=self._clock, program=self._version
        )
        eyes = Eyes(
            store, live, reception, self._session, clock=self._clock, name=self._at.name,
            members=lambda: self._member.alive,
        )  # fmt: skip
        works = Works(
            store,
            live,
            eyes,
            self._session,
            clock=self._clock,
            member=self._at.name,
            home=self._at.home,
            registry=metrics.registry,
            follow=lambda saved: self.world.follow(saved),
            outcry=self._voice.outcry,
        )
        return World(
            live=live,
            store=store,
            clock=self._clock,
            metrics=metrics,
            kpis=kpis,
            links=links,
            reception=reception,
            runner=runner,
            vitals=Vitals(store, live, reception, clock=self._clock, blind=lambda: eyes.blind),
            eyes=eyes,
            works=works,
            duties={},
            version=self._version,
        )

    async def _enter(self) -> None:
        """Take our place among the members, and up what we left in mid-work."""
        works, eyes = self.world.works, self.world.eyes
        await self._member.join()
        self._exits.push_async_callback(self._member.leave)
        await self.world.runner.release_own()
        await works.begin()
        self._member.heirs.append(works.release_of)
        self._exits.push_async_callback(works.end)
        await eyes.begin()
        self._exits.push_async_callback(eyes.end)

    def work(self) -> None:
        """Set every duty going (not in stories, which take turns by hand)."""
        failed = self.world.metrics.loop_failures.labels
        for duty in self.world.duties.values():
            loop = forever(duty, failed=lambda name: failed(name).inc())
            self._tasks.append(asyncio.create_task(loop, name=duty.name))

    async def ready(self) -> None:
        """Return when the first turn of every duty is done."""
        await asyncio.gather(*(duty.first.wait() for duty in self.world.duties.values()))

    async def end(self) -> None:
        """Take nothing more in, finish what is begun, close."""
        self.world.ending.set()
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(15):
                await self.world.runner.settle()
        await self._exits.aclose()

    async def reload(self) -> None:
        """Read the configuration again. Raises BadConfig, and the old one stays in force."""
        world = self.world
        try:
            config = await asyncio.to_thread(lambda: load(self._path, Config).value)
        except BadConfig:
            world.live.good = False
            world.metrics.reload_ok.set(0)
            raise
        world.live.replace(config, now=self._clock.now())
        world.metrics.know_senders(config.senders)
        self._voice.know(config)
        world.kpis.know(brands=config.brands, topics={*CATALOGUE, *config.desk.scope})
        world.works.know(config)
        world.metrics.reload_ok.set(1)
        world.metrics.reload_at.set_to_current_time()
        await self._decide(watch.mute_anew)
        await world.eyes.replan()
        collector.watch.thaw()  # the former configuration may go
        log.info("configuration_reloaded", file=str(self._path))

    async def _open_store(self) -> Store:
        beside = self._path.parent
        store = await asyncio.to_thread(open_store, self._config.daemon.store, beside=beside)
        self._exits.push_async_callback(store.close)
        return store

    async def _open_doors(self) -> None:
        routes = all_routes(self.world, self.reload)
        ports = await open_doors(self.world, routes, self._at, self._exits)
        self.port, self.public_port = ports.own, ports.public

    def _duties(self) -> list[Duty]:
        runner, eyes, world = self.world.runner, self.world.eyes, self.world
        keeping = as_configured(world.store, world.live, clock=self._clock)
        return [
            Duty("outbox", runner.turn, every=1.0, wake=runner.wake),
            Duty("page", self._page, every=1.0),
            Duty("tick", self._tick, every=2.0),
            Duty("vitals", self.world.vitals.turn, every=5.0),
            *eyes.duties(),
            *self.world.works.duties(),
            *self._voice.duties(),
            *desk_duties(self.world, self._session, self._exits),
            Duty("member", self._member.turn, every=5.0),
            Duty("lookout", self._lookout().turn, every=300.0),
            Duty("sweep", self._sweep().turn, every=60.0),
            Duty("calendars", self._absences().turn, every=60.0),
            Duty("reconcile", self._reconciler().turn, every=300.0),
            Duty("pulse", self._pulse().turn, every=60.0),
            Duty("housekeeping", keeping.turn, every=3600.0),
        ]

    def _lookout(self) -> Lookout:
        world = self.world
        return Lookout(
            world.store, world.live, world.reception, clock=self._clock,
            metrics=world.metrics, follow=world.follow,
        )  # fmt: skip

    def _sweep(self) -> Sweep:
        world = self.world
        return Sweep(
            world.store, self._voice.tickets, hold=self._member.hold, clock=self._clock,
            counted=world.kpis.observe, due=world.runner.wake.set,
        )  # fmt: skip

    def _absences(self) -> Absences:
        world = self.world
        told = world.metrics.calendars_unread.set
        return Absences(
            world.store, world.live, lambda: world.hands, hold=self._member.hold,
            clock=self._clock, told=told,
        )  # fmt: skip

    def _reconciler(self) -> Reconciler:
        world = self.world
        return Reconciler(
            world.store,
            world.live,
            self._session,
            clock=self._clock,
            hold=self._member.hold,
            counted=world.metrics.looked,
            taken=self._taken,
        )

    def _pulse(self) -> Pulse:
        world = self.world
        beaten = world.metrics.heartbeat_ok.set_to_current_time
        duties = world.duties.values
        return Pulse(world.live, self._session, duties=duties, beaten=beaten)

    async def _decide(self, what: Any, **more: bool) -> Saved:
        saved: Saved = await self.world.store.write(
            what, plan=self.world.live.plan, now=self._clock.now(), **more
        )
        self.world.follow(saved)
        return saved

    async def _page(self) -> None:
        while len((await self._decide(watch.page_due)).incidents) >= watch.AT_ONCE:
            pass

    async def _tick(self) -> None:
        await self._decide(watch.tick, blind=self.world.eyes.blind)

    def _taken(self, taken: Taken) -> None:
        self.world.metrics.taken(taken)
        self.world.follow(taken.saved)
