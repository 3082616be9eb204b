"""Working time: how much of it lies between two moments, and when enough of it has passed (pure).

The clock on the wall of the zone decides, so that a day on which it is changed has its own length.
"""

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

from responder.desk.section import WEEKDAYS, Hours

_DAY = timedelta(days=1)
Span = tuple[datetime, datetime]


def worked(begin: datetime, end: datetime, hours: Hours | None) -> timedelta:
    """The working time between these moments; without hours all of it counts."""
    if end <= begin:
        return timedelta()
    if hours is None:
        return end - begin
    found = timedelta()
    for opens, closes in _open(begin, hours):
        if opens >= end:
            break
        found += max(timedelta(), min(closes, end) - max(opens, begin))
    return found


def passed(begin: datetime, need: timedelta, hours: Hours | None) -> datetime:
    """The moment at which so much working time will have passed since `begin`."""
    if hours is None or need <= timedelta():
        return begin + max(need, timedelta())
    left = need
    for opens, closes in _open(begin, hours):
        since = max(opens, begin)
        if closes - since >= left:
            return since + left
        left -= max(timedelta(), closes - since)
    raise AssertionError("a week has a working day")


def _open(begin: datetime, hours: Hours) -> Iterator[Span]:
    """Every span of work that ends after `begin`, in order, without end."""
    zone = ZoneInfo(hours.zone)
    day = begin.astimezone(zone).date() - _DAY  # the night before may last until now
    while True:
        if WEEKDAYS[day.weekday()] in hours.days:
            opens, closes = _span(day, hours, zone)
            if closes > begin:
                yield opens, closes
        day += _DAY


def _span(day: date, hours: Hours, zone: ZoneInfo) -> Span:
    first, last = hours.span
    until = day + _DAY if last <= first else day
    opens, closes = datetime.combine(day, first, zone), datetime.combine(until, last, zone)
    return opens.astimezone(UTC), closes.astimezone(UTC)
