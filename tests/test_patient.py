"""Is what the machine stood still left out of a loop's time, and nothing else?"""

import asyncio
import os
import signal
import threading
import time
from collections.abc import Iterator

import pytest

STILL = 1.2


@pytest.fixture
def _frozen_soon() -> Iterator[None]:
    """In 50 ms this process stands still, wherever it is."""
    before = signal.signal(signal.SIGUSR1, lambda *_: time.sleep(STILL))
    timer = threading.Timer(0.05, os.kill, (os.getpid(), signal.SIGUSR1))
    timer.start()
    yield
    timer.join()
    signal.signal(signal.SIGUSR1, before)


@pytest.mark.usefixtures("_frozen_soon")
async def test_who_waits_while_the_machine_stands_still_is_in_time() -> None:
    loop, began = asyncio.get_running_loop(), time.monotonic()
    before = loop.time()
    async with asyncio.timeout(0.9):
        await asyncio.sleep(0.2)
    assert time.monotonic() - began >= STILL
    assert 0.2 <= loop.time() - before < 0.9


async def test_a_callback_that_stood_still_makes_nobody_late() -> None:
    loop = asyncio.get_running_loop()
    before = loop.time()
    async with asyncio.timeout(0.9):
        loop.call_soon(time.sleep, STILL)
        await asyncio.sleep(0.01)
    assert loop.time() - before < 0.9


async def test_who_waits_or_works_for_too_long_is_late_as_ever() -> None:
    loop = asyncio.get_running_loop()
    before = loop.time()
    with pytest.raises(TimeoutError):
        async with asyncio.timeout(0.2):
            await asyncio.sleep(60)
    worked = time.thread_time() + 0.3
    while time.thread_time() < worked:
        pass
    await asyncio.sleep(0)
    assert loop.time() - before >= 0.5
