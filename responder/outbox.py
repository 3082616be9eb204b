"""Effects that wait to be done: claim, do, mark. The only place that retries."""

import asyncio
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Protocol

import structlog
import tenacity

from playbooks.outside import OutsideError
from responder.clock import Clock
from responder.store import Store, Tx
from responder.store import outbox as rows
from responder.values import EffectKind, Job, OutboxState

log = structlog.get_logger(__name__)

# How long a job may last once it is claimed; must exceed call + quiet time of every handler.
LEASE = timedelta(seconds=120)
CALL_SECONDS = 30.0
SLOTS = 32


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
    def deadline(self) -> timedelta:
        """How long a transient failure is tried again before it is a dead letter."""
        ...

    @property
    def quiet_seconds(self) -> float:
        """How long an effect of unknown outcome must rest."""
        ...

    async def perform(self, job: Job) -> Outcome: ...
    def record(self, tx: Tx, job: Job, outcome: Done | Dropped, *, now: datetime) -> None: ...
    def trouble(
        self, tx: Tx, job: Job, error: OutsideError, *, dead: bool, now: datetime
    ) -> None: ...


class Watcher(Protocol):
    """Who counts what the outbox does."""

    def effect_ended(self, job: Job, state: str) -> None: ...


# 1 s, 2 s, 4 s ... 60 s, each with up to a second of jitter.
_WAIT = tenacity.wait_exponential_jitter(initial=1, max=60, jitter=1)


def pause_after(attempts: int, error: OutsideError) -> float:
    """Seconds until the next try: what the other side asked for, else exponential with jitter."""
    if error.retry_after is not None:
        return min(error.retry_after, 3600.0)
    state = tenacity.RetryCallState(tenacity.Retrying(), None, (), {})
    state.attempt_number = max(1, attempts)
    return float(_WAIT(state))


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
    ) -> None:
        self._store = store
        self._handlers = {kind: handler for handler in handlers for kind in handler.kinds}
        self._member = member
        self._clock = clock
        self._watcher = watcher
        self._tasks: set[asyncio.Task[None]] = set()
        self.wake = asyncio.Event()

    async def turn(self) -> None:
        """Claim as much as there are hands for, and start on it."""
        free = SLOTS - len(self._tasks)
        if free <= 0:
            return
        jobs = await self._store.write(
            rows.claim,
            owner=self._member,
            kinds=list(self._handlers),
            now=self._clock.now(),
            lease=LEASE,
            limit=free,
        )
        claimed = time.monotonic()
        for job in jobs:
            task = asyncio.create_task(self._do(job, claimed), name=f"effect {job.key}")
            self._tasks.add(task)
            task.add_done_callback(self._finished)
        if len(jobs) == free:
            self.wake.set()

    async def settle(self) -> None:
        """Wait until everything begun is marked (stories and shutdown)."""
        while self._tasks:
            await asyncio.gather(*self._tasks, return_exceptions=True)

    async def release_own(self) -> int:
        """At start: what an earlier life of this member had claimed is of unknown outcome."""
        return await release(
            self._store, self._handlers, owners=[self._member], now=self._clock.now()
        )

    async def release_of(self, owners: Sequence[str]) -> int:
        """What members that are gone had claimed."""
        return await release(self._store, self._handlers, owners=owners, now=self._clock.now())

    def _finished(self, task: asyncio.Task[None]) -> None:
        self._tasks.discard(task)
        self.wake.set()
        if not task.cancelled() and (error := task.exception()) is not None:
            log.error("effect_broke", effect=task.get_name(), exc_info=error)

    async def _do(self, job: Job, claimed: float) -> None:
        handler = self._handlers[job.kind]
        latest = LEASE.total_seconds() - CALL_SECONDS - handler.quiet_seconds
        if time.monotonic() - claimed > max(latest, 1.0):
            await self._again(job, seconds=0.1, ambiguous=False, error="not begun in time")
            return
        try:
            async with asyncio.timeout(CALL_SECONDS):
                outcome = await handler.perform(job)
        except OutsideError as error:
            await self._failed(job, handler, error)
        except TimeoutError:
            await self._failed(
                job, handler, OutsideError("no answer in time", transient=True, ambiguous=True)
            )
        else:
            await self._succeeded(job, handler, outcome)

    async def _succeeded(self, job: Job, handler: Handler, outcome: Outcome) -> None:
        if isinstance(outcome, Later):
            await self._again(job, seconds=outcome.seconds, ambiguous=False, error=outcome.reason)
            return
        state = OutboxState.DONE if isinstance(outcome, Done) else OutboxState.DROPPED
        await self._store.write(
            _marked, job=job, handler=handler, outcome=outcome, now=self._clock.now()
        )
        self._watcher.effect_ended(job, state)

    async def _failed(self, job: Job, handler: Handler, error: OutsideError) -> None:
        now = self._clock.now()
        dead = not error.transient or now - job.created_at >= handler.deadline
        seconds = pause_after(job.attempts, error)
        if error.ambiguous:
            seconds = max(seconds, handler.quiet_seconds)
        await self._store.write(
            _troubled,
            job=job,
            handler=handler,
            error=error,
            dead=dead,
            due_at=now + timedelta(seconds=seconds),
            now=now,
        )
        if dead:
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
        await self._store.write(
            rows.give_back, job, due_at=due_at, ambiguous=ambiguous, error=error
        )


async def release(
    store: Store, handlers: Mapping[EffectKind, Handler], *, owners: Sequence[str], now: datetime
) -> int:
    """Take back the claims of these members; each kind rests as long as its unknown outcome asks
    for.
    """
    due_at = {
        kind: now + timedelta(seconds=handler.quiet_seconds) for kind, handler in handlers.items()
    }
    return await store.write(rows.release, owners=list(owners), due_at=due_at)


def _marked(tx: Tx, *, job: Job, handler: Handler, outcome: Done | Dropped, now: datetime) -> None:
    state = OutboxState.DONE if isinstance(outcome, Done) else OutboxState.DROPPED
    result = dict(outcome.result) if isinstance(outcome, Done) else {"dropped": outcome.reason}
    if rows.finish(tx, job, state=state, result=result, error="", now=now):
        handler.record(tx, job, outcome, now=now)


def _troubled(
    tx: Tx,
    *,
    job: Job,
    handler: Handler,
    error: OutsideError,
    dead: bool,
    due_at: datetime,
    now: datetime,
) -> None:
    if dead:
        mine = rows.finish(tx, job, state=OutboxState.DEAD, result={}, error=str(error), now=now)
    else:
        mine = rows.give_back(tx, job, due_at=due_at, ambiguous=error.ambiguous, error=str(error))
    if mine:
        handler.trouble(tx, job, error, dead=dead, now=now)
