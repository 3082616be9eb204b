"""Keeps the store small and sound: prunes, shrinks the write-ahead log, lays the ballast."""

import asyncio
from collections.abc import Callable
from datetime import timedelta

from responder.clock import Clock
from responder.store import Store
from responder.store.pruning import tidy
from responder.store.upkeep import checkpoint


class Housekeeping:
    """Hourly."""

    def __init__(self, store: Store, *, clock: Clock, hours_kept: Callable[[], timedelta]) -> None:
        self._store = store
        self._clock = clock
        self._hours_kept = hours_kept

    async def turn(self) -> None:
        """Until nothing is left to take away; others write in between."""
        now, kept = self._clock.now(), self._hours_kept()
        while await self._store.write(tidy, now=now, hours_kept=kept):
            pass
        if self._store.ballast is not None:
            await asyncio.to_thread(self._store.ballast.lay)
        path = self._store.engines.path
        if path is not None:
            await asyncio.to_thread(checkpoint, path)
