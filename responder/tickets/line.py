"""The line before a ticket system: so many calls at once, and nobody waits longer than a call."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from playbooks.outside import OutsideError


class Line:
    """At most `at_once` calls run; whoever waits longer than `within` seconds is sent away.

    Else the lease of a write could run out before it is sent.
    """

    def __init__(self, what: str, *, at_once: int, within: float) -> None:
        self._what = what
        self._within = within
        self._slots = asyncio.Semaphore(at_once)

    @asynccontextmanager
    async def turn(self) -> AsyncIterator[None]:
        """Raises OutsideError: nothing was sent."""
        try:
            async with asyncio.timeout(self._within):
                await self._slots.acquire()
        except TimeoutError:
            told = f"the calls before this one took {self._within:g} s and more"
            raise OutsideError(f"{self._what} is busy: {told}", transient=True) from None
        try:
            yield
        finally:
            self._slots.release()
