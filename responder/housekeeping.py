"""Keeps the store small and sound: prunes, forgets what customers said, lays the ballast."""

import asyncio
from collections.abc import Callable
from datetime import datetime, timedelta

from responder import privacy
from responder.clock import Clock
from responder.desk.section import Keep
from responder.live import Live
from responder.store import Store, attachments, customer_data
from responder.store.pruning import tidy
from responder.store.upkeep import checkpoint


class Housekeeping:
    """Hourly."""

    def __init__(
        self,
        store: Store,
        *,
        clock: Clock,
        hours_kept: Callable[[], timedelta],
        keep: Callable[[], Keep] = Keep,
    ) -> None:
        self._store = store
        self._clock = clock
        self._hours_kept = hours_kept
        self._keep = keep

    async def turn(self) -> None:
        """Until nothing is left to take away; others write in between."""
        now, kept = self._clock.now(), self._hours_kept()
        while await self._store.write(tidy, now=now, hours_kept=kept):
            pass
        await self._forget(now)
        if self._store.ballast is not None:
            await asyncio.to_thread(self._store.ballast.lay)
        path = self._store.engines.path
        if path is not None:
            await asyncio.to_thread(checkpoint, path)

    async def _forget(self, now: datetime) -> None:
        """Pictures and words of customers that nobody needs any more (decision 9)."""
        keep = self._keep()
        while await self._store.write(attachments.erase_old, before=now - keep.files):
            pass
        before = now - keep.words
        while old := await self._store.read(
            customer_data.forgotten, before=before, limit=privacy.AT_ONCE
        ):
            await self._store.write(privacy.forget, old, now=now)


def as_configured(store: Store, live: Live, *, clock: Clock) -> Housekeeping:
    """What is kept, and for how long, as the configuration in force says."""
    return Housekeeping(
        store,
        clock=clock,
        hours_kept=lambda: live.config.probes.history,
        keep=lambda: live.config.desk.keep,
    )
