"""A workshop around the outbox: a handler that answers as told, a runner, a clock."""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from datetime import timedelta

from playbooks.outside import OutsideError
from responder.clock import HandClock
from responder.outbox import Done, Dropped, Outcome, Runner
from responder.store import Store, Tx, outbox
from responder.store import incidents as incident_rows
from responder.values import Effect, EffectKind, Figure, Job
from tests.responder.estate import NIGHT
from tests.responder.test_steps import fresh

PAGE, TICKET = EffectKind.PAGE, EffectKind.TICKET_OPEN
FIGURE = Figure("ticket:1", "opened", 0, "critical", "level-1", "person", NIGHT)

Answer = Callable[[Job], Awaitable[Outcome]]


async def yes(job: Job) -> Outcome:
    return Done({"of": job.key})


@dataclass
class Handler:
    """Does what the test says, and remembers what it was asked."""

    kinds: Sequence[EffectKind] = (PAGE,)
    answer: Answer = yes
    hands: int = 4
    deadline: timedelta = timedelta(hours=1)
    quiet_seconds: float = 0
    done: list[Job] = field(default_factory=list)
    marked: list[tuple[str, object]] = field(default_factory=list)
    troubles: list[tuple[str, str, bool]] = field(default_factory=list)

    async def perform(self, job: Job) -> Outcome:
        self.done.append(job)
        return await self.answer(job)

    def record(self, tx: Tx, job: Job, outcome: Done | Dropped, **_: object) -> Sequence[Figure]:
        self.marked.append((job.key, outcome))
        return (FIGURE,)

    def trouble(self, tx: Tx, job: Job, error: OutsideError, *, dead: bool, **_: object) -> None:
        self.troubles.append((job.key, str(error), dead))


@dataclass
class Workshop:
    """A runner, its clock, and what was counted."""

    store: Store
    handlers: Sequence[Handler]
    member: str = "one"
    ended: list[tuple[str, str]] = field(default_factory=list)
    counted: list[Figure] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.clock = HandClock(NIGHT)
        self.runner = Runner(
            self.store, self.handlers, member=self.member, clock=self.clock, watcher=self,
            counted=self.counted.extend,
        )  # fmt: skip

    def effect_ended(self, job: Job, state: str) -> None:
        self.ended.append((job.key, state))

    async def decides(self, *keys: str, kind: EffectKind = PAGE, lane: str = "") -> None:
        effects = [Effect(key, kind, 1, {}, lane) for key in keys]
        await self.store.write(_decide, effects)

    async def works(self, seconds: float = 0, *, turns: int = 1) -> None:
        self.clock.move(seconds=seconds)
        for _ in range(turns):
            await self.runner.turn()
            await self.runner.settle()

    async def state_of(self, key: str) -> str | None:
        return await self.store.read(outbox.state_of, key)


def _decide(tx: Tx, /, effects: Sequence[Effect]) -> None:
    if not incident_rows.by_ids(tx, [1]):
        incident_rows.add(tx, [fresh().incident])
    outbox.add(tx, effects, now=NIGHT)


def raising(error: Exception, *, times: int = 10**6) -> Answer:
    """An answer that fails so often, then a yes."""
    left = [times]

    async def answer(job: Job) -> Outcome:
        left[0] -= 1
        if left[0] >= 0:
            raise error
        return await yes(job)

    return answer


def answering(outcome: Outcome) -> Answer:
    async def answer(_: Job) -> Outcome:
        return outcome

    return answer


REFUSED = OutsideError("503", transient=True)
LOST = OutsideError("cut off", transient=True, ambiguous=True)
NEVER = OutsideError("401", transient=False)
