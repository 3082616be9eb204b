"""How often one person may be rung over one way: follow-ups wait, first pages never (pure)."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Final

Windows = Sequence[tuple[int, timedelta]]

_MINUTE, _QUARTER, _HOUR = timedelta(minutes=1), timedelta(minutes=15), timedelta(hours=1)

# So many pages in so long, per person and kind of method (GoAlert's limits, engine/message).
LIMITS: Final[Mapping[str, Windows]] = {
    "voice": ((1, _MINUTE), (3, _QUARTER), (7, _HOUR), (15, 3 * _HOUR)),
    "sms": ((1, _MINUTE), (5, _QUARTER), (11, _HOUR), (21, 3 * _HOUR)),
    "email": ((30, _MINUTE),),  # what rings nobody may come as a heap, but not as a flood
    "ntfy": ((30, _MINUTE),),
}
LONGEST: Final = 3 * _HOUR


def free_at(kind: str, sent: Sequence[datetime], *, now: datetime) -> datetime:
    """When the next follow-up may go out; `now` when it may at once.

    `sent`: when pages went out to this person over this kind, in any order; what is older than
    `LONGEST` does not matter.
    """
    free = now
    for count, window in LIMITS.get(kind, ()):
        recent = sorted(one for one in sent if now - one < window)
        if len(recent) >= count:
            free = max(free, recent[-count] + window)
    return free
