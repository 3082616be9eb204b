"""Keeps the store small and sound: prunes what nobody asks for, shrinks the WAL, lays the ballast."""

import asyncio
from datetime import datetime, timedelta

from responder.clock import Clock
from responder.store import Store, Tx
from responder.store.tables import intake, outbox, silence
from responder.store.upkeep import checkpoint, prune

# Incidents, tickets and their logs stay: they are the record. What is done outside need not.
OUTBOX_KEPT = timedelta(days=30)
QUARANTINE_KEPT = timedelta(days=30)
SILENCES_KEPT = timedelta(days=5)


class Housekeeping:
    """Hourly."""

    def __init__(self, store: Store, *, clock: Clock) -> None:
        self._store = store
        self._clock = clock

    async def turn(self) -> None:
        """In small batches, so that nobody waits long for the writer."""
        while await self._store.write(tidy, now=self._clock.now()):
            await asyncio.sleep(0)
        if self._store.ballast is not None:
            await asyncio.to_thread(self._store.ballast.lay)
        path = self._store.engines.path
        if path is not None:
            await asyncio.to_thread(checkpoint, path)


def tidy(tx: Tx, *, now: datetime) -> int:
    """One batch of each; how many rows went."""
    done = outbox.c.state.in_(("done", "dropped")) & (outbox.c.done_at < now - OUTBOX_KEPT)
    return (
        prune(tx, outbox, done)
        + prune(tx, intake, intake.c.last_at < now - QUARANTINE_KEPT)
        + prune(tx, silence, silence.c.ends_at < now - SILENCES_KEPT)
    )
