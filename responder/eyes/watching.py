"""The eyes of the daemon: joins rounds, beliefs, references and what is told of them."""

import asyncio
import time
from collections.abc import Callable, Collection, Coroutine, Iterable
from datetime import datetime, timedelta

import aiohttp
import structlog

from alerts.observed import AGREED_PAUSE, Standing, next_in
from probes.model import Look, Observation, Verdict
from probes.net import Net
from probes.rounds import Rounds
from probes.shares import mine
from responder.clock import Clock
from responder.config import Config
from responder.eyes.beliefs import Beliefs
from responder.eyes.blindness import Blindness, fires_of_ours
from responder.eyes.discovery import Discovery
from responder.eyes.estate import carried, estate_of, is_reference, limits_of, patterns, same
from responder.eyes.glass import Glass
from responder.eyes.hours import Hours
from responder.eyes.telling import Telling
from responder.eyes.vantages import ask
from responder.live import Live
from responder.probing.filesd import Files
from responder.probing.targets import REFERENCE, Estate, looks
from responder.reception import Reception
from responder.store import Store, StoreUnavailable, cursors, members, probes
from responder.supervise import Duty

log = structlog.get_logger(__name__)

# Looks at one machine are decided at nearly the same moment: so that its trouble is told as one.
GATHER_SECONDS = 0.15
STILL_SECONDS = members.TTL.total_seconds()
UNEASY = timedelta(seconds=10)  # how often time alone is asked what it has changed


class Eyes:
    """Everything that looks. `members` says who shares the looks with us, ourselves among them."""

    def __init__(
        self,
        store: Store,
        live: Live,
        reception: Reception,
        session: aiohttp.ClientSession,
        *,
        clock: Clock,
        name: str,
        members: Callable[[], Collection[str]],
    ) -> None:
        settings = live.config.probes
        self._store = store
        self._live = live
        self._session = session
        self._clock = clock
        self._name = name
        self._members = members
        self._wake = asyncio.Event()
        self._replan = asyncio.Event()
        self.net = Net(forbidden=settings.forbid)
        self.rounds = Rounds(self.net, seen=self._seen, limits=limits_of(live.config))
        self.beliefs = Beliefs()
        self.glass = Glass()
        self.telling = Telling(store, live, reception, self.beliefs, clock=clock)
        self.blindness = Blindness()
        self.discovery = Discovery(store, live, self.net, clock=clock, learnt=self._unplan)
        self._files = Files()
        self._hours = Hours()
        self._all: dict[str, Look] = {}
        self._hosts: frozenset[str] = frozenset()
        self._carried: dict[str, list[str]] = {}
        self._planned_for: tuple[object, ...] = ()
        self._planning = asyncio.Lock()
        self._uneasy_at = clock.now()
        self._asking: set[asyncio.Task[None]] = set()
        self._rounded = time.monotonic()
        self._anew = False

    @property
    def blind(self) -> bool:
        """Can we not believe what we see?"""
        return self.blindness.blind

    def duties(self) -> list[Duty]:
        """What is done again and again."""
        return [
            Duty("rounds", self._round, every=0.05),
            Duty("eyes", self.turn, every=1.0, wake=self._wake),
            Duty("looks", self.replan, every=10.0, wake=self._replan),
            Duty("discovery", self.discovery.turn, every=15.0),
            Duty("hours", self.remember, every=probes.SEEN_EVERY.total_seconds()),
        ]

    def looks(self) -> tuple[Look, ...]:
        """Everything that is looked at, by us or by another member."""
        return tuple(one for one in self._all.values() if not one.key.startswith(REFERENCE))

    def knows(self, key: str) -> bool:
        """Does anybody of us look at this?"""
        return key in self._all and not key.startswith(REFERENCE)

    async def begin(self) -> None:
        """What was known when we stopped; the time since then we saw nothing."""
        now = self._clock.now()
        last = await self._store.read(cursors.read, probes.SEEN)
        states = await self._store.read(probes.last_states, prefix=probes.EYES)
        self.blindness.recorded = states.get(probes.EYES) == "blind"
        if last and now - (seen := datetime.fromisoformat(last)) > probes.SEEN_EVERY * 2:
            await self._store.write(probes.was_away, since=seen, now=now)
        await self.discovery.begin()
        await self.replan()
        if await self.telling.fires(fires_of_ours):
            self.blindness.fires()

    async def end(self) -> None:
        """Look no more; what was seen is kept."""
        await self.rounds.settle()
        for task in self._asking:
            task.cancel()
        await asyncio.gather(*self._asking, return_exceptions=True)
        await self.discovery.settle(cancel=True)
        await self.net.close()
        try:
            await self.remember()
        except StoreUnavailable as error:
            log.warning("hours_lost", reason=str(error))

    async def replan(self) -> None:
        """Take the looks that are ours now, if anything has changed that decides about it: the
        configuration, a panel's map, a file of targets, the members.
        """
        async with self._planning:  # a reload and the duty itself may come at the same time
            config, maps = self._live.config, self._live.maps
            files = self._files.read(patterns(config))
            members = frozenset(self._members()) | {self._name}
            wanted = (config, maps, files, members)
            if not same(wanted, self._planned_for):
                await self._plan(config, estate_of(config, maps=maps, files=files), members)
                self._planned_for = wanted

    async def _plan(self, config: Config, estate: Estate, members: Collection[str]) -> None:
        every = await asyncio.to_thread(looks, config.probes, estate)  # a second for 100,000
        self._all = {one.key: one for one in every}
        self._hosts = frozenset(one.host for one in every)
        self._carried = carried(estate.inventory)
        ours = [one for one in every if self._is_ours(one, members)]
        await self.telling.begin()  # another member may have told of looks that are ours now
        known = await self.telling.known(one.key for one in ours)
        gone = self.beliefs.looks.keys() - {one.key for one in ours}
        references = {name: one.network for name, one in config.references.items()}
        self.blindness.plan(references)
        self.beliefs.plan((one for one in ours if not is_reference(one)), known, anew=self._anew)
        self._anew = False
        self.glass.forget(gone)
        self.net.forbidden = tuple(config.probes.forbid)
        self.rounds.allow(limits_of(config))
        self.rounds.plan(ours)
        self.rounds.hasten(self.blindness.unasked)  # a run at the gate may wait for them
        await self._store.write(probes.forget_others, self._all.keys())
        log.info("looks_planned", looks=len(self._all), ours=len(ours))

    async def _round(self) -> None:
        """Look at what is due. Who was frozen for as long as it takes to be counted as gone does
        not know what the others have seen and told meanwhile.
        """
        began, self._rounded = self._rounded, time.monotonic()
        if self._rounded - began > STILL_SECONDS:
            self._anew = True
            self._unplan()
            await self.replan()
        await self.rounds.turn()

    async def turn(self) -> None:
        """Tell what has changed. While we are blind nothing begins and nothing ends."""
        if self._anew:
            return
        now = self._clock.now()
        if self.blindness.changed:
            self.beliefs.forget_suspicions(now=now)
            blind = self.blind
            await self._store.write(probes.sight, blind=blind, now=now)
            self.blindness.recorded = blind
        if (alert := self.blindness.news(now=now)) is not None:
            await self.telling.tell(alert)
            self.blindness.told(alert)
        if self.blind:
            return
        if now - self._uneasy_at >= UNEASY:
            self._uneasy_at = now
            self.beliefs.dirty |= self.beliefs.uneasy()
        # What was held until the machine below it was decided is told with it.
        below = self.beliefs.dirty
        self.beliefs.dirty |= {one for host in below for one in self._carried.get(host, ())}
        if self.beliefs.undecided():
            await asyncio.sleep(GATHER_SECONDS)
        if await self.telling.turn(everywhere=self._hosts.__contains__):
            self._wake.set()

    async def remember(self) -> None:
        """Add the figures of the last minutes to the store."""
        now = self._clock.now()
        hours = self._hours.so_far()
        await self._store.write(probes.add_hours, hours)
        self._hours.forget(hours)
        await self._store.write(cursors.move, probes.SEEN, now.isoformat(), now=now)

    def _is_ours(self, look: Look, members: Collection[str]) -> bool:
        """All looks at a machine are one member's, and those at the machine that carries it too."""
        server = self._live.plan.inventory.servers.get(look.host)
        anchor = (server.hypervisor if server is not None else None) or look.host
        return is_reference(look) or mine(anchor, self._name, members)

    def _unplan(self) -> None:
        self._planned_for = ()
        self._replan.set()

    def _seen(self, look: Look, observation: Observation) -> float | None:
        """A look has ended; when the next one is wanted (seconds from the begin of this one)."""
        now = self._clock.now()
        began = now - timedelta(seconds=observation.seconds)
        if is_reference(look):
            soon = self.blindness.take(look, observation.finding, began=began)
            self._wake_if(self.blindness.changed)
            return soon
        self.glass.show(look, observation)
        self._hours.count(look.key, observation, now=now)
        if self.blindness.blurs(began):
            return None
        vantages = self._live.config.probes.vantages
        if vantages and observation.verdict is Verdict.DOWN and not self.standing(look).hard:
            self._start(self._weigh(look, observation, began))
            return look.patience.retry
        return self._believe(look, observation, began)

    def standing(self, look: Look) -> Standing:
        """How this look stands."""
        return self.beliefs.standing(look.key)

    def _believe(
        self, look: Look, observation: Observation, began: datetime,
        vantages: Collection[Verdict] = (),
    ) -> float | None:  # fmt: skip
        before = self.beliefs.standing(look.key)
        after = self.beliefs.take(look, observation.finding, began=began, vantages=vantages)
        if after.soft and not before.soft and not self._is_doubted(look):
            self.rounds.hasten(self._opinions(look))
        if self._live.config.probes.second_opinion == "confirm":
            self._agree(look, vantages)
        self._wake_if(bool(self.beliefs.dirty))
        return next_in(after, look.patience, now=began)

    def _is_doubted(self, look: Look) -> bool:
        """Has another look at this machine asked for opinions already?"""
        others = (key for key in self.beliefs.opinions_of(look.host) if key != look.key)
        return any(self.beliefs.standing(key).soft for key in others)

    def _opinions(self, look: Look) -> Iterable[str]:
        """Who is asked at once when a look fails: the other kinds at its host, the machine that
        carries it, and the references.
        """
        server = self._live.plan.inventory.servers.get(look.host)
        carrier = server.hypervisor if server is not None else None
        near = {*self.beliefs.opinions_of(look.host), *self.beliefs.opinions_of(carrier or "")}
        return (near - {look.key}) | set(self.blindness.keys())

    def _agree(self, look: Look, vantages: Collection[Verdict]) -> None:
        """Suspicions at this machine that are shared by now are decided 15 s after they began."""
        loop = asyncio.get_running_loop()
        for key in {*self.beliefs.opinions_of(look.host), look.key} & self.beliefs.looks.keys():
            one = self.beliefs.looks[key]
            since = self.beliefs.standing(key).failing_since
            if since is not None and self.beliefs.agree(one, vantages if one is look else ()):
                waited = (self._clock.now() - since).total_seconds()
                pause = min(AGREED_PAUSE, one.patience.retry)
                loop.call_later(max(0.0, pause - waited), self.rounds.hasten, [key])

    async def _weigh(self, look: Look, observation: Observation, began: datetime) -> None:
        """Ask the other vantage points before a failing look counts; one that was followed by
        another before they had answered counts no more.
        """
        before = self.beliefs.latest(look.key)
        told = await ask(self._session, self._live.config.probes.vantages, look)
        if not self.blindness.blurs(began) and self.beliefs.latest(look.key) == before:
            self._believe(look, observation, began, list(told.values()))

    def _start(self, work: Coroutine[None, None, None]) -> None:
        task = asyncio.create_task(work, name="second opinion")
        self._asking.add(task)
        task.add_done_callback(self._asking.discard)

    def _wake_if(self, changed: bool) -> None:
        if changed:
            self._wake.set()
