"""Signs of life that must come: check-ins of cron jobs, the Watchdog of each sender."""

from responder.clock import Clock
from responder.store import Store, heartbeats


class Vitals:
    """Notes signs of life as they come."""

    def __init__(self, store: Store, *, clock: Clock) -> None:
        self._store = store
        self._clock = clock

    async def sign(self, key: str, *, good: bool) -> None:
        """A sign came; a bad one (resolved Watchdog, /fail) alarms at the next turn."""
        await self._store.write(heartbeats.sign, key, good=good, now=self._clock.now())
