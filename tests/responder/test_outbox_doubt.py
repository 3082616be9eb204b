"""What becomes of an effect when the store goes away, or loses an answer, at the worst moment?"""

import asyncio
from collections.abc import AsyncIterator, Callable, Sequence
from datetime import timedelta
from typing import Any, TypeVar

import pytest
from typing_extensions import override

from playbooks.outside import OutsideError
from responder.clock import HandClock
from responder.outbox import Done, Dropped, Outcome, Runner
from responder.store import Store, StoreUnavailable, Tx, outbox
from responder.store.engine import open_engine
from responder.values import EffectKind, Figure, Job, OutboxState
from tests.responder.desk.company import effects, open_incident
from tests.responder.desk.tickets import OPENED

R = TypeVar("R")


class Fickle(Store):
    """A store that is `away` for so many writes, or loses the answer of its next COMMIT."""

    away = 0
    loses = False

    @override
    async def write(self, work: Callable[..., R], *args: Any, **kwargs: Any) -> R:
        if self.away:
            self.away -= 1
            raise StoreUnavailable("away")
        value = await super().write(work, *args, **kwargs)
        if self.loses:
            self.loses = False
            raise StoreUnavailable("the connection was lost in mid-COMMIT")
        return value


class Caller:
    """Does pages: says which, waits while it is `held`, and then the store may go away."""

    kinds = (EffectKind.PAGE,)
    hands = 8
    deadline = timedelta(hours=1)
    quiet_seconds = 0.0

    def __init__(self) -> None:
        self.called: list[str] = []
        self.ambiguous: list[int] = []
        self.held = asyncio.Event()
        self.held.set()
        self.afterwards: Callable[[], None] = lambda: None

    async def perform(self, job: Job) -> Outcome:
        self.called.append(job.key)
        self.ambiguous.append(job.ambiguous)
        await self.held.wait()
        self.afterwards()
        return Done({})

    def record(self, tx: Tx, job: Job, outcome: Done | Dropped, *, now: Any) -> Sequence[Figure]:
        return ()

    def trouble(self, tx: Tx, job: Job, error: OutsideError, *, dead: bool, now: Any) -> None:
        raise AssertionError(f"nothing went wrong outside: {error}")


class Desk:
    """A runner at work on a fickle store, with one page that is due."""

    def __init__(self, store: Fickle) -> None:
        self.store = store
        self.caller = Caller()
        self.clock = HandClock(OPENED)
        self.runner = Runner(store, [self.caller], member="one", clock=self.clock, watcher=self)

    def effect_ended(self, job: Job, state: str) -> None:
        pass

    async def page(self) -> str:
        """What is to be done: one page."""
        await self.store.write(open_incident, "web1", now=self.clock.now())
        key, *_ = await self.store.read(effects, EffectKind.PAGE)
        return key


@pytest.fixture
async def desk(copied_file: str) -> AsyncIterator[Desk]:
    store = Fickle(open_engine(copied_file))
    yield Desk(store)
    await store.close()


async def test_what_was_done_is_marked_once_the_store_is_back(desk: Desk) -> None:
    key = await desk.page()

    def go_away() -> None:
        desk.store.away = 3

    desk.caller.afterwards = go_away
    await desk.runner.turn()
    await desk.runner.settle()
    assert await desk.store.read(outbox.state_of, key) is OutboxState.DONE
    assert desk.caller.called.count(key) == 1


async def test_a_claim_whose_answer_was_lost_is_done_at_the_next_turn(desk: Desk) -> None:
    key = await desk.page()
    desk.store.loses = True
    with pytest.raises(StoreUnavailable):
        await desk.runner.turn()
    assert await desk.store.read(outbox.state_of, key) is OutboxState.CLAIMED
    await desk.runner.turn()
    await desk.runner.settle()
    assert await desk.store.read(outbox.state_of, key) is OutboxState.DONE
    assert desk.caller.called.count(key) == 1


async def test_what_is_in_hand_is_not_done_twice_for_a_lost_answer(desk: Desk) -> None:
    key = await desk.page()
    desk.caller.held.clear()
    await desk.runner.turn()
    desk.store.loses = True
    with pytest.raises(StoreUnavailable):
        await desk.runner.turn()
    await desk.runner.turn()
    desk.caller.held.set()
    await desk.runner.settle()
    assert await desk.store.read(outbox.state_of, key) is OutboxState.DONE
    assert desk.caller.called.count(key) == 1


async def test_a_mark_that_stands_though_its_answer_was_lost_counts_once(desk: Desk) -> None:
    key = await desk.page()

    def lose() -> None:
        desk.store.loses = True

    desk.caller.afterwards = lose
    await desk.runner.turn()
    await desk.runner.settle()
    await desk.runner.turn()
    await desk.runner.settle()
    assert await desk.store.read(outbox.state_of, key) is OutboxState.DONE
    assert desk.caller.called.count(key) == 1
