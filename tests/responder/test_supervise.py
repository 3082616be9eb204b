"""Does a loop outlive its bad turns, and is each of them counted?"""

import asyncio
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress
from itertools import pairwise

from responder.supervise import Duty, forever

Turn = Callable[[], Awaitable[object]]


@asynccontextmanager
async def running(duty: Duty) -> AsyncIterator[list[str]]:
    """The loop at work; the names of the duties that failed."""
    failed: list[str] = []
    loop = asyncio.create_task(forever(duty, failed=failed.append))
    try:
        yield failed
    finally:
        loop.cancel()
        with suppress(asyncio.CancelledError):
            await loop


async def until(happened: Callable[[], bool]) -> None:
    """Look every millisecond; TimeoutError after 45 seconds."""
    async with asyncio.timeout(45):
        while not happened():  # noqa: ASYNC110 - nothing tells us but a look
            await asyncio.sleep(0.001)


def counting(turns: list[float], *, fail: Callable[[int], bool] = lambda _: False) -> Turn:
    """A turn that notes its time, and raises when it is told to."""

    async def turn() -> None:
        turns.append(time.monotonic())
        if fail(len(turns)):
            raise RuntimeError(f"turn {len(turns)}")

    return turn


async def test_turns_follow_each_other_at_their_pace() -> None:
    turns: list[float] = []
    async with running(Duty("page", counting(turns), every=0.01)) as failed:
        await until(lambda: len(turns) >= 5)
    assert failed == []
    assert all(later - one >= 0.009 for one, later in pairwise(turns))


async def test_a_bad_turn_is_counted_and_the_next_one_comes() -> None:
    turns: list[float] = []
    duty = Duty("page", counting(turns, fail=lambda number: number == 1), every=0.01)
    async with running(duty) as failed:
        await until(duty.first.is_set)
        assert failed == ["page"]
        await until(lambda: len(turns) >= 4)
    assert failed == ["page"]


async def test_bad_turns_come_ever_more_slowly() -> None:
    turns: list[float] = []
    duty = Duty("page", counting(turns, fail=lambda _: True), every=0.01)
    async with running(duty) as failed:
        await until(lambda: len(turns) >= 2)
    assert turns[1] - turns[0] >= 0.39
    assert len(failed) == 2
    assert not duty.first.is_set()


async def test_a_wake_hastens_the_next_turn_and_counts_once() -> None:
    turns: list[float] = []
    duty = Duty("outbox", counting(turns), every=60)
    async with running(duty):
        await until(lambda: len(turns) == 1)
        duty.wake.set()
        await until(lambda: len(turns) == 2)
        await asyncio.sleep(0.02)
    assert len(turns) == 2
    assert not duty.wake.is_set()


async def test_a_wake_that_came_during_a_turn_is_not_lost() -> None:
    turns: list[float] = []
    duty = Duty("outbox", counting([]), every=60)

    async def turn() -> None:
        turns.append(0)
        if len(turns) == 1:
            duty.wake.set()

    duty.turn = turn
    async with running(duty):
        await until(lambda: len(turns) == 2)


async def test_the_first_good_turn_makes_it_ready() -> None:
    turns: list[float] = []
    duty = Duty("tick", counting(turns), every=60)
    assert not duty.first.is_set()
    async with running(duty):
        await until(duty.first.is_set)
    assert turns


async def test_the_lag_tells_how_late_a_duty_is() -> None:
    duty = Duty("tick", counting([], fail=lambda _: True), every=0.01)
    assert duty.lag() == 0
    async with running(duty):
        await asyncio.sleep(0.05)
        assert duty.lag() > 0.02
        duty.turn = counting([])
        duty.wake.set()
        await until(duty.first.is_set)
        assert duty.lag() < 0.02


async def test_the_end_of_the_daemon_is_no_bad_turn() -> None:
    begun = asyncio.Event()

    async def turn() -> None:
        begun.set()
        await asyncio.Event().wait()

    async with running(Duty("page", turn, every=1)) as failed:
        await begun.wait()
    assert failed == []
