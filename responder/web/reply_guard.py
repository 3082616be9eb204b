"""Two machines must not write to each other forever: so many answers to a number in an hour."""

from collections import deque
from datetime import datetime, timedelta

MOST = 5
_WINDOW = timedelta(hours=1)


class ReplyGuard:
    """Counts the answers to messages that did nothing. Only numbers of our people are asked about,
    so what is remembered stays small.
    """

    def __init__(self) -> None:
        self._sent: dict[str, deque[datetime]] = {}

    def allows(self, number: str, *, now: datetime) -> bool:
        """May one more be sent? If so it counts."""
        sent = self._sent.setdefault(number, deque(maxlen=MOST))
        if len(sent) == MOST and now - sent[0] < _WINDOW:
            return False
        sent.append(now)
        return True
