"""Keeps a loop alive: one bad turn is counted, never fatal."""

import asyncio
import contextlib
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field

import structlog

log = structlog.get_logger(__name__)


@dataclass
class Duty:
    """Something that is done again and again. `wake` hastens the next turn.

    `first` is set when the first turn has ended well; `advanced` is when a turn last ended well,
    `turned` when one last ended at all (monotonic seconds).
    """

    name: str
    turn: Callable[[], Awaitable[object]]
    every: float
    wake: asyncio.Event = field(default_factory=asyncio.Event)
    first: asyncio.Event = field(default_factory=asyncio.Event)
    advanced: float = field(default_factory=time.monotonic)
    turned: float = field(default_factory=time.monotonic)

    def lag(self) -> float:
        """Seconds since a turn last ended well, less the pause between two."""
        return max(0.0, time.monotonic() - self.advanced - self.every)


async def forever(duty: Duty, *, failed: Callable[[str], None]) -> None:
    """Turn after turn until cancelled. One that raises is logged and counted, and tried again."""
    pause = duty.every
    while True:
        try:
            await duty.turn()
        except Exception:
            failed(duty.name)
            log.exception("turn_failed", loop=duty.name)
            pause = min(max(pause, 0.2) * 2, 30.0)
        else:
            pause = duty.every
            duty.advanced = time.monotonic()
            duty.first.set()
        duty.turned = time.monotonic()
        await _rest(duty, pause)


async def _rest(duty: Duty, seconds: float) -> None:
    with contextlib.suppress(TimeoutError):
        async with asyncio.timeout(seconds):
            await duty.wake.wait()
    duty.wake.clear()


async def broken_by(work: Awaitable[object], *, but: type[Exception]) -> Exception | None:
    """What broke this, None when it went well. Raises `but`, which is no fault of this piece."""
    try:
        await work
    except but:
        raise
    except Exception as error:
        return error
    return None
