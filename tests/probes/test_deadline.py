"""Does a deadline end what is late, and nothing else?"""

import asyncio

import pytest

from probes.deadline import Deadlines


@pytest.fixture
def every() -> Deadlines:
    """Nothing has a deadline yet."""
    return Deadlines()


async def test_what_is_over_in_time_is_left_alone(every: Deadlines) -> None:
    with every.begin(0.01) as deadline:
        await asyncio.sleep(0)
    await asyncio.sleep(0.05)
    assert not deadline.passed


async def test_what_is_late_ends_as_a_time_out(every: Deadlines) -> None:
    loop = asyncio.get_running_loop()
    began = loop.time()
    with pytest.raises(TimeoutError), every.begin(0.01):
        await asyncio.sleep(60)
    assert loop.time() - began < 20
    task = asyncio.current_task()
    assert task is not None
    assert task.cancelling() == 0
    await asyncio.sleep(0)  # nothing of it comes later


async def test_what_ends_it_before_keeps_its_name(every: Deadlines) -> None:
    with pytest.raises(ConnectionResetError), every.begin(60):
        raise ConnectionResetError


async def test_somebody_elses_cancelling_stays_one(every: Deadlines) -> None:
    async def late() -> None:
        with every.begin(60):
            await asyncio.sleep(60)

    task = asyncio.create_task(late())
    await asyncio.sleep(0)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task


async def test_a_cancelling_that_meets_the_deadline_stays_one(every: Deadlines) -> None:
    async def late() -> None:
        with every.begin(0.0):
            await asyncio.sleep(60)

    task = asyncio.create_task(late())
    await asyncio.sleep(0)
    asyncio.get_running_loop().call_soon(task.cancel)
    with pytest.raises((asyncio.CancelledError, TimeoutError)):
        await task
    assert task.cancelling() in (0, 1)


async def test_a_result_that_comes_with_the_deadline_is_late(every: Deadlines) -> None:
    loop = asyncio.get_running_loop()
    answer: asyncio.Future[int] = loop.create_future()

    async def waiting() -> int:
        with every.begin(0.01):
            return await answer

    task = asyncio.create_task(waiting())
    loop.call_later(0.01, answer.set_result, 1)
    (done,) = await asyncio.gather(task, return_exceptions=True)
    assert done == 1 or isinstance(done, TimeoutError)
    await asyncio.sleep(0)


async def test_of_two_within_each_other_the_first_to_pass_counts(every: Deadlines) -> None:
    with every.begin(60) as outer:
        with pytest.raises(TimeoutError), every.begin(0.01):
            await asyncio.sleep(60)
        await asyncio.sleep(0)
    assert not outer.passed


async def test_a_deadline_needs_a_task(every: Deadlines) -> None:
    told: list[BaseException] = []

    def outside() -> None:
        try:
            every.begin(1)
        except RuntimeError as error:
            told.append(error)

    asyncio.get_running_loop().call_soon(outside)
    await asyncio.sleep(0)
    await asyncio.sleep(0)
    assert len(told) == 1


def test_another_loop_has_its_own_timer(every: Deadlines) -> None:
    async def late() -> None:
        with pytest.raises(TimeoutError), every.begin(0.01):
            await asyncio.sleep(60)

    async def unfinished() -> None:
        with every.begin(60):
            await asyncio.sleep(0)

    for work in (late, unfinished, late):
        asyncio.run(work())


async def test_a_thousand_have_one_timer(every: Deadlines) -> None:
    async def quick() -> None:
        with every.begin(60):
            await asyncio.sleep(0.001)

    async def slow() -> str:
        try:
            with every.begin(0.05):
                await asyncio.sleep(60)
        except TimeoutError:
            return "late"
        return "in time"

    slows = [asyncio.create_task(slow()) for _ in range(500)]
    await asyncio.gather(*(quick() for _ in range(500)))
    assert await asyncio.gather(*slows) == ["late"] * 500
