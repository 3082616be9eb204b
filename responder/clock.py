"""What time it is: the one place that asks, in step with the database's clock."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from typing_extensions import override


@dataclass
class Clock:
    """Now, in UTC. `offset` is how far the database's clock is ahead of ours (0 on SQLite)."""

    offset: timedelta = timedelta(0)

    def now(self) -> datetime:
        return datetime.now(UTC) + self.offset


class HandClock(Clock):
    """A clock that stands still until it is moved: for stories and simulations."""

    def __init__(self, start: datetime) -> None:
        super().__init__()
        self._at = start

    @override
    def now(self) -> datetime:
        return self._at

    def move(self, **span: float) -> datetime:
        """Let time pass, as `timedelta(**span)`."""
        self._at += timedelta(**span)
        return self._at
