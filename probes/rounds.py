"""The rounds: every look in its time, evenly spread, bounded, not believed when we were late."""

import asyncio
import time
from collections import deque
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from functools import partial

import structlog

from probes.lag import Lag
from probes.limits import Lane, Limits, Places, lane_of
from probes.look import look as look_once
from probes.look import seconds_of
from probes.model import Look, Observation, Phase, Verdict, unknown
from probes.net import Net
from probes.wheel import NOWHERE, Seat, Wheel, next_moment

USUAL = Limits()
AGAIN = 1.0  # seconds until a discarded look is run again
MOST_DISCARDS = 3  # in a row; then it is told that we are too slow to know

Seen = Callable[[Look, Observation], float | None]
log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Figures:
    """How the rounds are going. `known`, `running`, `waiting` are now; `started`, `discarded`,
    `broken` since the begin; `lag` is the worst of the last minute, in seconds.
    """

    known: int = 0
    running: int = 0
    waiting: int = 0
    started: int = 0
    discarded: int = 0
    broken: int = 0
    lag: float = 0.0


@dataclass(slots=True)
class _Counts:
    started: int = 0
    discarded: int = 0
    broken: int = 0


@dataclass(eq=False, slots=True)
class _Run:
    """One look under way."""

    seat: Seat
    look: Look
    lane: Lane
    began: float
    waited: float
    within: float
    task: asyncio.Task[Observation] = field(init=False)


class Rounds:
    """Looks at everything that is planned. `seen` gets each result and says in how many seconds,
    counted from the begin of that look, it wants the next one; None = when its own moment comes.
    """

    def __init__(
        self,
        net: Net,
        *,
        seen: Seen,
        limits: Limits = USUAL,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._net = net
        self._seen = seen
        self._clock = clock
        self._seats: dict[str, Seat] = {}
        self._wheel = Wheel(now=clock())
        self._queues: dict[Lane, deque[Seat]] = {lane: deque() for lane in Lane}
        self._at_hosts: dict[str, deque[Seat]] = {}  # who waits for a place at its host
        self._places = Places(limits)
        self._runs: dict[Seat, _Run] = {}
        self._counts = _Counts()
        self._lag = Lag(now=clock())

    def plan(self, looks: Iterable[Look]) -> None:
        """The whole new set. Who is known keeps its place, and has its new settings from its next
        look on; whoever is new, or has another interval, gets its place within one interval.
        """
        now, gone = self._clock(), self._seats
        self._seats = {}
        for look in looks:
            seat = gone.pop(look.key, None) or self._seats.get(look.key) or Seat(look)
            self._seats[look.key] = seat
            before, seat.look = seat.look, look
            moved = before.patience.interval != look.patience.interval
            if self._idle(seat) and (moved or seat.slot == NOWHERE):
                self._rest(seat, now)
        for seat in gone.values():
            self._forget(seat)

    def allow(self, limits: Limits) -> None:
        """Other limits from now on; what runs may run on."""
        self._places.allow(limits)

    def hasten(self, keys: Iterable[str]) -> None:
        """Look at these now; but not twice at once, so one that runs or waits is left as it is."""
        now = self._clock()
        for key in keys:
            seat = self._seats.get(key)
            if seat is not None and self._idle(seat):
                seat.slot, seat.due = NOWHERE, now
                self._queue(seat)

    async def turn(self) -> None:
        """Begin what is due and has room. Never waits for a look; to be called every TICK."""
        now = self._clock()
        self._lag.turned(now)
        for seat in self._wheel.take(now):
            self._queue(seat)
        for host in [one for one in self._at_hosts if self._places.free(one)]:
            self._call_up(host)
        for lane in Lane:
            self._start(lane)

    async def settle(self) -> None:
        """Break off what runs and what waits; nothing of it is told."""
        tasks = [run.task for run in self._runs.values()]
        self.plan(())
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    def figures(self) -> Figures:
        """How it is going."""
        counts = self._counts
        return Figures(
            known=len(self._seats),
            running=self._places.taken,
            waiting=sum(map(len, (*self._queues.values(), *self._at_hosts.values()))),
            started=counts.started,
            discarded=counts.discarded,
            broken=counts.broken,
            lag=self._lag.worst(self._clock()),
        )

    def _idle(self, seat: Seat) -> bool:
        return not seat.waiting and seat not in self._runs

    def _rest(self, seat: Seat, now: float) -> None:
        look = seat.look
        self._wheel.put(seat, at=next_moment(look.key, interval=look.patience.interval, now=now))

    def _forget(self, seat: Seat) -> None:
        seat.slot, seat.waiting = NOWHERE, False
        if run := self._runs.get(seat):
            run.task.cancel()

    def _queue(self, seat: Seat) -> None:
        seat.waiting = True
        self._queues[lane_of(seat.look)].append(seat)

    def _start(self, lane: Lane) -> None:
        """In order; who must wait for its host lets the others pass."""
        queue = self._queues[lane]
        while queue and self._places.room(lane):
            seat = queue.popleft()
            if not seat.waiting:  # it went while it waited
                continue
            host = seat.look.crowd
            if self._places.enter(lane, host):
                self._begin(seat, lane)
            else:
                self._at_hosts.setdefault(host, deque()).append(seat)

    def _call_up(self, host: str) -> None:
        """There is a place at this host: whoever has waited longest for it is the next to begin."""
        queue = self._at_hosts.get(host, deque())
        while queue and not queue[0].waiting:
            queue.popleft()
        if queue:
            lane = lane_of(queue[0].look)
            self._queues[lane].appendleft(queue.popleft())
            self._start(lane)
        if not queue:
            self._at_hosts.pop(host, None)

    def _begin(self, seat: Seat, lane: Lane) -> None:
        look = seat.look
        within = min(seconds_of(look.probe), look.patience.interval)
        now = self._clock()
        run = _Run(seat, look, lane, began=now, waited=now - seat.due, within=within)
        run.task = asyncio.create_task(look_once(look.probe, look.target, self._net, within=within))
        seat.waiting = False
        self._runs[seat] = run
        self._counts.started += 1
        run.task.add_done_callback(partial(self._over, run))

    def _over(self, run: _Run, task: asyncio.Task[Observation]) -> None:
        """A look has ended. Its next one is seen to before anything is done with the result."""
        seat, now = run.seat, self._clock()
        del self._runs[seat]
        self._places.leave(run.lane, run.look.crowd)
        self._call_up(run.look.crowd)
        if self._seats.get(run.look.key) is not seat:
            return
        self._rest(seat, now)
        if task.cancelled():
            return
        wanted = self._tell(run, self._result(run, task))
        if wanted is not None and self._idle(seat):
            self._wheel.put(seat, at=max(now, run.began + wanted))

    def _result(self, run: _Run, task: asyncio.Task[Observation]) -> Observation:
        error = task.exception()
        if error is None:
            return task.result()
        self._counts.broken += 1
        log.error("look_broke", look=run.look.key, module=run.look.module, exc_info=error)
        return _unknowing(run, f"the probe itself broke: {type(error).__name__}")

    def _tell(self, run: _Run, observation: Observation) -> float | None:
        """Hand the result over, unless it may be our own slowness that failed."""
        seat = run.seat
        if observation.verdict is not Verdict.DOWN or not self._late(run):
            seat.discards = 0
            return self._seen(run.look, observation)
        self._counts.discarded += 1
        seat.discards += 1
        if seat.discards <= MOST_DISCARDS:
            return self._clock() - run.began + AGAIN
        told = f"we are too slow to know: {seat.discards} failing looks in a row were late"
        return self._seen(run.look, _unknowing(run, told))

    def _late(self, run: _Run) -> bool:
        return run.waited > run.within / 2 or self._lag.since(run.began, now=self._clock())


def _unknowing(run: _Run, reason: str) -> Observation:
    return Observation(unknown(Phase.COMMAND, reason), 0.0, run.within)
