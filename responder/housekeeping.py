"""Keeps the store small and sound: prunes, shrinks the write-ahead log, lays the ballast."""

import asyncio

from responder.clock import Clock
from responder.store import Store
from responder.store.pruning import tidy
from responder.store.upkeep import checkpoint


class Housekeeping:
    """Hourly."""

    def __init__(self, store: Store, *, clock: Clock) -> None:
        self._store = store
        self._clock = clock

    async def turn(self) -> None:
        """Until nothing is left to take away; others write in between."""
        while await self._store.write(tidy, now=self._clock.now()):
            pass
        if self._store.ballast is not None:
            await asyncio.to_thread(self._store.ballast.lay)
        path = self._store.engines.path
        if path is not None:
            await asyncio.to_thread(checkpoint, path)
