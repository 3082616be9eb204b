"""Messages wait here for the next commit: while the disk writes one batch, the next one gathers."""

import asyncio
from collections.abc import Callable

from responder.clock import Clock
from responder.intake import Arrival, Taken, take
from responder.live import Live
from responder.store import Store, StoreUnavailable

BATCH = 128  # messages that share one transaction
# Under load a batch gathers a moment longer: three times fewer commits. One message never waits.
GATHER_SECONDS = 0.001
WAITING = 4096  # messages that may wait; beyond that the sender is told to come again


class Reception:
    """Takes alerts in. Whoever awaits `take` knows them on disk when it returns."""

    def __init__(
        self, store: Store, live: Live, *, clock: Clock, taken: Callable[[Taken], None]
    ) -> None:
        self._store = store
        self._live = live
        self._clock = clock
        self._taken = taken
        self._waiting: list[tuple[Arrival, asyncio.Future[None]]] = []
        self._worker: asyncio.Task[None] | None = None

    async def take(self, arrival: Arrival) -> None:
        """Durable when this returns. Raises StoreUnavailable: nothing was taken, the sender must
        come again.
        """
        if len(self._waiting) >= WAITING:
            raise StoreUnavailable("too many messages wait to be stored")
        done = asyncio.get_running_loop().create_future()
        self._waiting.append((arrival, done))
        if self._worker is None or self._worker.done():
            self._worker = asyncio.create_task(self._work(), name="reception")
        await done

    async def _work(self) -> None:
        while self._waiting:
            batch = self._next()
            if len(batch) > 1:
                await asyncio.sleep(GATHER_SECONDS)
                batch += self._next()
            outcome = await asyncio.gather(self._store_all(batch), return_exceptions=True)
            if isinstance(outcome[0], StoreUnavailable):
                _refuse(batch, outcome[0])
            elif outcome[0] is not None:
                await self._store_each(batch)

    def _next(self) -> list[tuple[Arrival, asyncio.Future[None]]]:
        batch, self._waiting = self._waiting[:BATCH], self._waiting[BATCH:]
        return batch

    async def _store_all(self, batch: list[tuple[Arrival, asyncio.Future[None]]]) -> None:
        arrivals = [arrival for arrival, _ in batch]
        taken = await self._store.write(
            take, arrivals=arrivals, plan=self._live.plan, now=self._clock.now()
        )
        for _, done in batch:
            if not done.done():
                done.set_result(None)
        self._taken(taken)

    async def _store_each(self, batch: list[tuple[Arrival, asyncio.Future[None]]]) -> None:
        """One message spoils the batch: each by itself, so that only that one fails."""
        for arrival, done in batch:
            outcome = await asyncio.gather(
                self._store_all([(arrival, done)]), return_exceptions=True
            )
            if isinstance(outcome[0], BaseException) and not done.done():
                done.set_exception(outcome[0])


def _refuse(batch: list[tuple[Arrival, asyncio.Future[None]]], error: StoreUnavailable) -> None:
    for _, done in batch:
        if not done.done():
            done.set_exception(StoreUnavailable(str(error)))
