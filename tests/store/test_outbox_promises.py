"""Never lost, never twice, in order: the outbox against a ticket system that fails in every way."""

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from itertools import count

import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule, run_state_machine_as_test
from sqlalchemy import Connection
from typing_extensions import override

from responder.store import outbox
from responder.values import Effect, EffectKind, Job, OutboxState
from tests.store.samples import NOW, stored

KIND = EffectKind.TICKET_OPEN
LATE = 2  # seconds in which a request may still be accepted after the caller has gone
LAG = 0.5  # seconds until the search knows a ticket
LANES = ("a", "b", "")


@dataclass
class Tickets:
    """A ticket system: it may say no, be silent after a yes, or say yes to somebody long gone."""

    accepted: dict[str, list[float]] = field(default_factory=lambda: defaultdict(list))

    def search(self, key: str, now: float) -> bool:
        return any(at + LAG <= now for at in self.accepted[key])

    def create(self, key: str, at: float) -> None:
        self.accepted[key].append(at)

    def doubled(self) -> list[str]:
        return [key for key, times in self.accepted.items() if len(times) > 1]


class Worked(RuleBasedStateMachine):
    """Effects are decided, workers take them and die, and time passes."""

    tx: Connection  # set by the test
    quiet: float  # how long an effect of unknown outcome rests
    lease: float

    def __init__(self) -> None:
        super().__init__()
        self.savepoint = self.tx.begin_nested()
        stored(self.tx)
        self.now = 0.0
        self.numbers = count(1)
        self.lanes: dict[str, str] = {}  # of each key, in the order of their deciding
        self.tickets = Tickets()
        self.ended: set[str] = set()
        self.slow: list[Job] = []
        self.dead: list[str] = []  # workers that died with their claims

    @override
    def teardown(self) -> None:
        try:
            self.drains()
            assert set(self.lanes) == {key for key, at in self.tickets.accepted.items() if at}
        finally:
            self.savepoint.rollback()

    @rule(lane=st.sampled_from(LANES), copies=st.integers(1, 2))
    def decides(self, lane: str, copies: int) -> None:
        """The same effect may be decided twice, as the same message may come twice."""
        key = f"key-{next(self.numbers)}"
        self.lanes[key] = lane
        for _ in range(copies):
            effect = Effect(key, KIND, 1, {"of": key}, lane=lane and f"lane/{lane}")
            outbox.add(self.tx, [effect], now=self._at(self.now))

    @rule(
        limit=st.integers(1, 3),
        outcome=st.sampled_from(["ok", "no", "hang", "late", "slow mark"]),
        late=st.floats(0, LATE),
    )
    def works(self, limit: int, outcome: str, late: float) -> None:
        for job in self._claims("alive", limit):
            self._does(job, outcome, late)

    @rule(
        outcome=st.sampled_from(["before", "after", "late"]),
        late=st.floats(0, LATE),
        number=st.integers(1, 2),
    )
    def dies(self, outcome: str, late: float, number: int) -> None:
        """A worker dies with a job in hand: before the call, after it, or while it goes through."""
        name = f"dead-{number}"
        for job in self._claims(name, 1):
            self.dead.append(name)
            if outcome != "before" and not self._found(job):
                self.tickets.create(job.key, self.now + (late if outcome == "late" else 0))

    @rule()
    def is_missed(self) -> None:
        """The dead are noticed: what they had claimed is taken back before its lease ends."""
        rests = {KIND: self._at(self.now + self.quiet)}
        outbox.release(self.tx, owners=self.dead, due_at=rests)
        self.dead = []

    @rule()
    def marks_late(self) -> None:
        """A slow worker marks what it did long ago; whoever has it by now is not disturbed."""
        for job in self.slow:
            if self._marks(job):
                assert job.key not in self.ended
                self.ended.add(job.key)
        self.slow = []

    @rule(seconds=st.sampled_from([0.2, 1, 3, 6]))
    def time_passes(self, seconds: float) -> None:
        self.now += seconds

    @invariant()
    def never_twice(self) -> None:
        doubled = self.tickets.doubled()
        assert not doubled, f"doubled: {doubled}"

    def drains(self) -> None:
        for _ in range(20 * (len(self.lanes) + 1)):
            self.now += self.lease + self.quiet
            for job in self._claims("alive", 100):
                self._does(job, "ok", 0)
            if not outbox.under_way(self.tx, KIND):
                break
        self.never_twice()

    def _claims(self, owner: str, limit: int) -> Iterator[Job]:
        jobs = outbox.claim(
            self.tx, owner=owner, kinds=[KIND], now=self._at(self.now),
            lease=timedelta(seconds=self.lease), limit=limit,
        )  # fmt: skip
        for job in jobs:
            assert job.key not in self.ended
            self._in_order(job)
            yield job

    def _in_order(self, job: Job) -> None:
        keys = list(self.lanes)
        lane = self.lanes[job.key]
        before = [key for key in keys[: keys.index(job.key)] if lane and self.lanes[key] == lane]
        assert set(before) <= self.ended

    def _found(self, job: Job) -> bool:
        return bool(job.ambiguous) and self.tickets.search(job.key, self.now)

    def _does(self, job: Job, outcome: str, late: float) -> None:
        if self._found(job):
            outcome = "found"
        elif outcome != "no":
            self.tickets.create(job.key, self.now + (late if outcome == "late" else 0))
        if outcome == "slow mark":
            self.slow.append(job)
        elif outcome in ("ok", "found"):
            assert self._marks(job)
            self.ended.add(job.key)
        else:
            unsure = outcome in ("hang", "late")
            due_at = self._at(self.now + (self.quiet if unsure else 0.1))
            assert outbox.give_back(self.tx, job, due_at=due_at, ambiguous=unsure, error=outcome)

    def _marks(self, job: Job) -> bool:
        now, done = self._at(self.now), OutboxState.DONE
        return outbox.finish(self.tx, job, state=done, result={}, error="", now=now)

    def _at(self, seconds: float) -> datetime:
        return NOW + timedelta(seconds=seconds)


def run(tx: Connection, *, quiet: float, examples: int) -> None:
    """Play it, with the lease that this quiet time asks for."""
    story = type("Story", (Worked,), {"tx": tx, "quiet": quiet, "lease": quiet + 1})
    run_state_machine_as_test(
        story,
        settings=settings(
            max_examples=examples,
            stateful_step_count=30,
            deadline=None,
            database=None,
            phases=[Phase.generate],
            suppress_health_check=list(HealthCheck),
        ),
    )


def test_with_a_quiet_time_no_ticket_is_lost_or_doubled(tx: Connection) -> None:
    """T5: quiet is longer than the latest acceptance and the lag of the search together."""
    run(tx, quiet=LATE + LAG + 0.1, examples=60)


def test_with_a_quiet_time_that_is_too_short_tickets_are_doubled(tx: Connection) -> None:
    """So that the test above is seen to be able to fail."""
    with pytest.raises(AssertionError, match="doubled"):
        run(tx, quiet=0.5, examples=400)
