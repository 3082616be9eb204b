"""Answers that need not be asked for at every look, kept for their while."""

import asyncio
import time
from collections import OrderedDict
from collections.abc import Awaitable, Callable, Hashable
from typing import Any, TypeVar

from probes.net import Net

_MOST = 4096  # answers of all panels together; the oldest goes first
Value = TypeVar("Value")


class Kept:
    """One per net. Two looks that want the same answer ask once: the second waits for the first."""

    def __init__(self) -> None:
        self._answers: OrderedDict[Hashable, tuple[float, Any]] = OrderedDict()
        self._asking: dict[Hashable, asyncio.Lock] = {}

    async def get(
        self, key: Hashable, ask: Callable[[], Awaitable[Value]], *, seconds: float
    ) -> Value:
        """The answer under this key, not older than `seconds`; a failure is not kept."""
        lock = self._asking.setdefault(key, asyncio.Lock())
        try:
            async with lock:
                held = self._answers.get(key)
                if held is not None and time.monotonic() - held[0] < seconds:
                    found: Value = held[1]
                    return found
                return self._keep(key, await ask())
        finally:
            if not lock.locked():
                self._asking.pop(key, None)

    def _keep(self, key: Hashable, value: Value) -> Value:
        self._answers[key] = (time.monotonic(), value)
        self._answers.move_to_end(key)
        while len(self._answers) > _MOST:
            self._answers.popitem(last=False)
        return value


def kept_of(net: Net) -> Kept:
    """What the looks of this net share."""
    return net.shared(Kept, Kept)
