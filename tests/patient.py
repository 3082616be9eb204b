"""An event loop whose clock does not count the time during which the machine stood still.

A shared machine stops for seconds now and then: its disk stalls, its host gives the processor to
somebody else. Every timer of a test would ring then, although nobody has had time for anything, and
a look with a deadline of 300 ms would find all that it looks at dead. So what a wait or a callback
took longer than it should is left out of `loop.time()`, which all of asyncio's time limits go by;
tests that measure how long something took ask the same clock. `time.monotonic()` goes on as ever.
"""

import asyncio
import contextlib
import selectors
import time
from collections.abc import Callable, Mapping
from typing import Final, Self

from typing_extensions import override

SLACK: Final = 0.1  # seconds by which a wait or a callback may be late, and is believed
_STEP: Final = 0.05  # nobody waits longer at a time, so that a stand-still amid a wait is seen

Selected = list[tuple[selectors.SelectorKey, int]]


class PatientSelector(selectors.DefaultSelector):
    """Measures: `still` is for how many seconds the machine stood still, in all."""

    def __init__(self) -> None:
        super().__init__()
        self.still = 0.0
        self._marks = (time.monotonic(), time.thread_time())

    def now(self) -> float:
        """The time without them. What runs is late by what it waited for, not by what it worked."""
        now, worked = time.monotonic(), time.thread_time()
        self._leave_out(now - self._marks[0] - (worked - self._marks[1]))
        self._marks = (now, worked)
        return now - self.still

    @override
    def select(self, timeout: float | None = None) -> Selected:
        self.now()
        found = super().select(timeout) if timeout is None else self._wait(timeout)
        self._marks = (time.monotonic(), time.thread_time())
        return found

    def _wait(self, seconds: float) -> Selected:
        while True:
            began, step = time.monotonic(), min(seconds, _STEP)
            found = super().select(step)
            took = time.monotonic() - began
            seconds -= took - self._leave_out(took - step)
            if found or seconds <= 0:
                return found

    def _leave_out(self, late: float) -> float:
        """If this is long enough for a stand-still, it is one; the seconds that are left out."""
        still = late if late > SLACK else 0.0
        self.still += still
        return still


class PatientLoop(asyncio.SelectorEventLoop):
    """A loop that nobody can hurry."""

    def __init__(self) -> None:
        self.selector = PatientSelector()
        super().__init__(self.selector)

    @override
    def time(self) -> float:
        return self.selector.now()


async def eventually(happened: Callable[[], object]) -> None:
    """Look every hundredth of a second; TimeoutError after 45 s."""
    async with asyncio.timeout(45):
        while not happened():  # noqa: ASYNC110 - nothing tells us but a look
            await asyncio.sleep(0.01)


class Beat:
    """Measures a loop of any kind from within: it stood still for `still` seconds, in all."""

    STEP = 0.05

    def __init__(self) -> None:
        self.still = 0.0

    async def __aenter__(self) -> Self:
        self._task = asyncio.create_task(self._beat())
        return self

    async def __aexit__(self, *_: object) -> None:
        self._task.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await self._task

    async def _beat(self) -> None:
        while True:
            began = time.monotonic()
            await asyncio.sleep(self.STEP)
            self.still += time.monotonic() - began - self.STEP


def pytest_asyncio_loop_factories() -> Mapping[str, type[PatientLoop]]:
    """Every test runs on such a loop."""
    return {"patient": PatientLoop}
