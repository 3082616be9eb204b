"""Effects that wait to be done: claim, do, mark. The only place that repeats."""

import asyncio
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Protocol

import structlog

from playbooks.outside import OutsideError
from responder.clock import Clock
from responder.patience import keep, pause_after
from responder.store import Store, StoreUnavailable, Tx
from responder.store import outbox as rows
from responder.values import Counted, EffectKind, Figure, Job, OutboxState, uncounted

log = structlog.get_logger(__name__)


# How long a job may last once it is claimed; must exceed call + quiet time of every handler.
LEASE = timedelta(seconds=120)
CALL_SECONDS = 30.0
# Who was frozen after a claim may have been taken for dead (members.TTL): then it is not begun.
BEGIN_SECONDS = 10.0


@dataclass(frozen=True, slots=True)
class Done:
    """It was done; `result` is what came back."""

    result: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Dropped:
    """It was no longer wanted when its turn came, and why."""

    reason: str


@dataclass(frozen=True, slots=True)
class Later:
    """It must wait for something else; nothing was done."""

    seconds: float
    reason: str


Outcome = Done | Dropped | Later


class Handler(Protocol):
    """Does the effects of some kinds. `perform` raises OutsideError; the others run in the marking
    transaction.
    """

    @property
    def kinds(self) -> Sequence[EffectKind]: ...
    @property
    def hands(self) -> int:
        """How many effects at once; after a crash each of them is of unknown outcome."""
        ...

    @property
    def deadline(self) -> timedelta:
        """How long a transient failure is tried again before it is a dead letter."""
        ...

    @property
    def quiet_seconds(self) -> float:
        """How long an effect of unknown outcome must rest."""
        ...

    async def perform(self, job: Job) -> Outcome: ...
    def record(
        self, tx: Tx, job: Job, outcome: Done | Dropped, *, now: datetime
    ) -> Sequence[Figure]:
        """The KPI figures that are new by it, to be counted after the commit."""
        ...

    def trouble(
        self, tx: Tx, job: Job, error: OutsideError, *, dead: bool, now: datetime
    ) -> None: ...


class Watcher(Protocol):
    """Who counts what the outbox does."""

    def effect_ended(self, job: Job, state: str) -> None: ...


class Runner:
    """Works the outbox: takes what is due, does it, marks it."""

    def __init__(
        self,
        store: Store,
        handlers: Sequence[Handler],
        *,
        member: str,
        clock: Clock,
        watcher: Watcher,
        counted: Counted = uncounted,
    ) -> None:
        self._store = store
        self._handlers = {kind: handler for handler in handlers for kind in handler.kinds}
        self._lines = [_Line(tuple(handler.kinds), handler.hands) for handler in handlers]
        self._member = member
        self._clock = clock
        self._watcher = watcher
        self._counted = counted
        self._unsure = False  # a claim may stand that nobody works on
        self.wake = asyncio.Event()

    async def turn(self) -> None:
        """Claim as much as there are hands for, and start on it."""
        if self._unsure:
            held = [id_ for line in self._lines for id_ in line.tasks.values()]
            await release(
                self._store, self._handlers, owners=[self._member], but=held, now=self._clock.now()
            )
            self._unsure = False
        begun = await asyncio.gather(
            *(self._begin(line) for line in self._lines), return_exceptions=True
        )
        for error in filter(None, begun):
            raise error

    async def settle(self) -> None:
        """Wait until everything begun is marked (stories and shutdown)."""
        while tasks := [task for line in self._lines for task in line.tasks]:
            await asyncio.gather(*tasks, return_exceptions=True)

    async def release_own(self) -> int:
        """At start: what an earlier life of this member had claimed is of unknown outcome."""
        return await release(
            self._store, self._handlers, owners=[self._member], now=self._clock.now()
        )

    async def release_of(self, owners: Sequence[str]) -> int:
        """What members that are gone had claimed."""
        return await release(self._store, self._handlers, owners=owners, now=self._clock.now())

    async def _begin(self, line: "_Line") -> None:
        free = line.hands - len(line.tasks)
        if free <= 0:
            return
        claimed = time.monotonic()
        jobs = await self._claim(line.kinds, limit=free)
        for job in jobs:
            task = asyncio.create_task(self._do(job, claimed), name=f"effect {job.key}")
            line.tasks[task] = job.id
            task.add_done_callback(line.tasks.pop)
            task.add_done_callback(self._finished)
        if len(jobs) == free:
            self.wake.set()

    async def _claim(self, kinds: Sequence[EffectKind], *, limit: int) -> list[Job]:
        """When the store is lost in mid-COMMIT it may stand: the next turn takes it back."""
        now = self._clock.now()
        try:
            return await self._store.write(
                rows.claim, owner=self._member, kinds=kinds, now=now, lease=LEASE, limit=limit
            )
        except StoreUnavailable:
            self._unsure = True
            raise

    def _finished(self, task: asyncio.Task[None]) -> None:
        self.wake.set()
        if not task.cancelled() and (error := task.exception()) is not None:
            log.error("effect_broke", effect=task.get_name(), exc_info=error)

    async def _do(self, job: Job, claimed: float) -> None:
        handler = self._handlers[job.kind]
        latest = LEASE.total_seconds() - CALL_SECONDS - handler.quiet_seconds
        if time.monotonic() - claimed > min(max(latest, 1.0), BEGIN_SECONDS):
            await self._again(job, seconds=0.1, ambiguous=False, error="not begun in time")
            return
        (outcome,) = await asyncio.gather(_performed(handler, job), return_exceptions=True)
        if isinstance(outcome, OutsideError):
            await self._failed(job, handler, outcome)
        elif isinstance(outcome, BaseException):  # a fault of ours: it must not stop the others
            log.error("effect_broke", effect=job.key, exc_info=outcome)
            told = f"a fault in the responder itself: {type(outcome).__name__}"
            await self._failed(job, handler, OutsideError(told, transient=True, ambiguous=True))
        else:
            await self._succeeded(job, handler, outcome)

    async def _succeeded(self, job: Job, handler: Handler, outcome: Outcome) -> None:
        if isinstance(outcome, Later):
            await self._again(job, seconds=outcome.seconds, ambiguous=False, error=outcome.reason)
            return
        state = OutboxState.DONE if isinstance(outcome, Done) else OutboxState.DROPPED
        figures = await keep(
            self._store, _marked, job=job, handler=handler, outcome=outcome, now=self._clock.now()
        )
        if figures is not None:
            self._counted(figures)
            self._watcher.effect_ended(job, state)

    async def _failed(self, job: Job, handler: Handler, error: OutsideError) -> None:
        now = self._clock.now()
        dead = not error.transient or now - job.created_at >= handler.deadline
        seconds = pause_after(job.attempts, error)
        if error.ambiguous:
            seconds = max(seconds, handler.quiet_seconds)
        mine = await keep(
            self._store,
            _troubled,
            job=job,
            handler=handler,
            error=error,
            dead=dead,
            due_at=now + timedelta(seconds=seconds),
            now=now,
        )
        if mine and dead:
            self._watcher.effect_ended(job, OutboxState.DEAD)
        log.warning(
            "effect_failed",
            effect=job.key,
            kind=job.kind,
            error=str(error),
            dead=dead,
            attempts=job.attempts,
        )

    async def _again(self, job: Job, *, seconds: float, ambiguous: bool, error: str) -> None:
        due_at = self._clock.now() + timedelta(seconds=seconds)
        await keep(
            self._store, rows.give_back, job=job, due_at=due_at, ambiguous=ambiguous, error=error
        )


@dataclass(frozen=True, slots=True)
class _Line:
    """The hands of one handler, each with its own: a ticket system that hangs delays no page."""

    kinds: tuple[EffectKind, ...]
    hands: int
    tasks: dict[asyncio.Task[None], int] = field(default_factory=dict)  # and the job's id


async def _performed(handler: Handler, job: Job) -> Outcome:
    try:
        async with asyncio.timeout(CALL_SECONDS):
            return await handler.perform(job)
    except TimeoutError as error:
        raise OutsideError("no answer in time", transient=True, ambiguous=True) from error
    except StoreUnavailable as error:
        raise OutsideError(f"the store: {error}", transient=True, ambiguous=True) from error


async def release(
    store: Store,
    handlers: Mapping[EffectKind, Handler],
    *,
    owners: Sequence[str],
    but: Sequence[int] = (),
    now: datetime,
) -> int:
    """Take back the claims of these members; each kind rests as long as an unknown outcome must."""
    due_at = {
        kind: now + timedelta(seconds=handler.quiet_seconds) for kind, handler in handlers.items()
    }
    return await store.write(rows.release, owners=list(owners), due_at=due_at, but=but)


def _marked(
    tx: Tx, *, job: Job, handler: Handler, outcome: Done | Dropped, now: datetime
) -> Sequence[Figure] | None:
    """None when somebody else has it by now: then nothing of it counts."""
    state = OutboxState.DONE if isinstance(outcome, Done) else OutboxState.DROPPED
    result = dict(outcome.result) if isinstance(outcome, Done) else {"dropped": outcome.reason}
    if not rows.finish(tx, job, state=state, result=result, error="", now=now):
        return None
    return handler.record(tx, job, outcome, now=now)


def _troubled(
    tx: Tx,
    *,
    job: Job,
    handler: Handler,
    error: OutsideError,
    dead: bool,
    due_at: datetime,
    now: datetime,
) -> bool:
    if dead:
        mine = rows.finish(tx, job, state=OutboxState.DEAD, result={}, error=str(error), now=now)
    else:
        mine = rows.give_back(tx, job, due_at=due_at, ambiguous=error.ambiguous, error=str(error))
    if mine:
        handler.trouble(tx, job, error, dead=dead, now=now)
    return mine
