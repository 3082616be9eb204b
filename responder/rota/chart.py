"""The coming days of a rota as they are drawn: one row a day, bars by the clock on the wall."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from responder.rota.walltime import last_instant, wall_clock
from responder.rota_values import Shift, Span

A_DAY = 24 * 60  # minutes on the wall, however long the day is
_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Bar:
    """From which minute of the wall clock to which somebody has a shift; "" in a gap."""

    begins: int
    ends: int
    person: str
    layer: str = ""
    instead_of: str | None = None

    @property
    def is_gap(self) -> bool:
        return not self.person


@dataclass(frozen=True, slots=True)
class Day:
    """One row. What is on at once lies in different `lanes`; a day of 23 or 25 hours says so."""

    date: date
    lanes: tuple[tuple[Bar, ...], ...]
    hours: float


def days(
    shifts: Iterable[Shift], gaps: Iterable[Span], *, within: Span, zone: ZoneInfo
) -> Iterator[Day]:
    """Each day that the span touches, in order. `shifts` as Rota.shifts gives them."""
    pieces = [
        *(Shift("", "", "", gap) for gap in gaps),
        *shifts,
    ]
    day = wall_clock(within.starts, zone).date()
    while (begins := midnight(day, zone)) < within.ends:
        span = Span(begins, midnight(day + _DAY, zone))
        bars = sorted(_bars(pieces, day, span, zone), key=lambda bar: (bar.begins, bar.ends))
        yield Day(day, _lanes(_joined(bars)), (span.ends - span.starts) / timedelta(hours=1))
        day += _DAY


def whole_days(at: datetime, ahead: timedelta, zone: ZoneInfo) -> Span:
    """From the midnight before this moment to the one that ends the last day, there."""
    last = wall_clock(at + max(ahead, timedelta(minutes=1)) - timedelta(minutes=1), zone).date()
    return Span(midnight(wall_clock(at, zone).date(), zone), midnight(last + _DAY, zone))


def midnight(day: date, zone: ZoneInfo) -> datetime:
    """Where this date begins for good."""
    return last_instant(datetime.combine(day, time()), zone)


def _bars(pieces: Iterable[Shift], day: date, span: Span, zone: ZoneInfo) -> Iterator[Bar]:
    for one in pieces:
        starts, ends = max(one.span.starts, span.starts), min(one.span.ends, span.ends)
        if starts < ends:
            begin = 0 if starts == span.starts else _minute(starts, zone)
            end = A_DAY if ends == span.ends else _minute(ends, zone)
            # On the night on which clocks go back a bar may end before it begins, on the wall.
            yield Bar(begin, max(end, begin + 1), one.person, one.layer, one.instead_of)


def _minute(at: datetime, zone: ZoneInfo) -> int:
    wall = wall_clock(at, zone)
    return wall.hour * 60 + wall.minute


def _joined(bars: Iterable[Bar]) -> list[Bar]:
    """Neighbouring bars of one person are one."""
    found: list[Bar] = []
    for bar in bars:
        same = [
            place
            for place, one in enumerate(found)
            if one.ends == bar.begins
            and (one.person, one.layer, one.instead_of) == (bar.person, bar.layer, bar.instead_of)
        ]
        if same:
            one = found[same[0]]
            found[same[0]] = Bar(one.begins, bar.ends, one.person, one.layer, one.instead_of)
        else:
            found.append(bar)
    return found


def _lanes(bars: Iterable[Bar]) -> tuple[tuple[Bar, ...], ...]:
    """As few as can be, without an overlap."""
    lanes: list[list[Bar]] = []
    for bar in bars:
        free = next((lane for lane in lanes if lane[-1].ends <= bar.begins), None)
        if free is None:
            lanes.append([bar])
        else:
            free.append(bar)
    return tuple(map(tuple, lanes))
