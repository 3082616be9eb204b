"""The deadline of a look: as `asyncio.timeout`, without a timer for each."""

import asyncio
from types import TracebackType
from typing import Self

STEP = 0.02  # seconds; a deadline passes so much too late at most


class Deadlines:
    """Those that are running; one timer looks after all of them, while there are any.

    `asyncio.timeout` costs 6 us of Python and 3 us for a timer that hardly ever rings: together
    that would be a third of a ping.
    """

    __slots__ = ("_armed", "_running")

    def __init__(self) -> None:
        self._running: set[Deadline] = set()
        self._armed: asyncio.AbstractEventLoop | None = None  # the loop that has our timer

    def begin(self, seconds: float) -> "Deadline":
        """For what the current task does within it."""
        loop = asyncio.get_running_loop()
        task = asyncio.current_task(loop)
        if task is None:
            raise RuntimeError("a deadline needs a task that it can end")
        deadline = Deadline(self, task, loop.time() + seconds)
        self._running.add(deadline)
        if self._armed is not loop:
            self._arm(loop)
        return deadline

    def end(self, deadline: "Deadline") -> None:
        """It need not be looked after any longer."""
        self._running.discard(deadline)

    def _arm(self, loop: asyncio.AbstractEventLoop) -> None:
        self._armed = loop
        loop.call_later(STEP, self._sweep, loop)

    def _sweep(self, loop: asyncio.AbstractEventLoop) -> None:
        now = loop.time()
        late = [one for one in self._running if one.until <= now]
        for one in late:
            one.strike()
        self._armed = None
        if self._running:
            self._arm(loop)


class Deadline:
    """Cancels what runs within it when its moment has passed, and turns that into TimeoutError.
    Somebody else's cancelling stays what it is.
    """

    __slots__ = ("_all", "_before", "_task", "passed", "until")

    def __init__(self, every: Deadlines, task: "asyncio.Task[object]", until: float) -> None:
        self._all = every
        self._task = task
        self._before = task.cancelling()
        self.until = until
        self.passed = False

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, _: TracebackType | None
    ) -> None:
        if not self.passed:
            self._all.end(self)
        elif self._task.uncancel() <= self._before and kind is asyncio.CancelledError:
            raise TimeoutError from error

    def strike(self) -> None:
        """The moment has passed."""
        self._all.end(self)
        self.passed = True
        self._task.cancel()
