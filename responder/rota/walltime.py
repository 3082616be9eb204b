"""When does a clock on a wall show this time?

On the night when clocks go back a time may come twice, on the night when they go forward it may not
come at all. A shift begins when its time comes first, and ends when its time comes last; what falls
into the hour that is left out happens at the first moment after it (R87; GoAlert does the same).
"""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

_SECOND = timedelta(seconds=1)


def first_instant(wall: datetime, zone: ZoneInfo) -> datetime:
    """When this time, which bears no zone, comes first there; in UTC."""
    return _instant(wall, zone, fold=0)


def last_instant(wall: datetime, zone: ZoneInfo) -> datetime:
    """When this time, which bears no zone, comes last there; in UTC."""
    return _instant(wall, zone, fold=1)


def wall_clock(at: datetime, zone: ZoneInfo) -> datetime:
    """What clocks there show at this instant, without the zone."""
    return at.astimezone(zone).replace(tzinfo=None, fold=0)


def _instant(wall: datetime, zone: ZoneInfo, *, fold: int) -> datetime:
    at = wall.replace(tzinfo=zone, fold=fold).astimezone(UTC)
    return at if wall_clock(at, zone) == wall else _after_the_gap(wall, zone)


def _after_the_gap(wall: datetime, zone: ZoneInfo) -> datetime:
    """The clock is never seen to show this time: the instant at which it jumped past it.

    Read by the offset after the jump the time lies before it, by the one before it after it (PEP
    495).
    """
    before, after = (wall.replace(tzinfo=zone, fold=fold).astimezone(UTC) for fold in (1, 0))
    while after - before > _SECOND:
        middle = before + (after - before) // _SECOND // 2 * _SECOND
        if wall_clock(middle, zone) > wall:
            after = middle
        else:
            before = middle
    return after
