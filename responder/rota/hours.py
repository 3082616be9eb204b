"""How much is asked of whom: hours, nights and weekends, and who is booked twice (R89)."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from itertools import combinations
from zoneinfo import ZoneInfo

from responder.rota.changes import touches
from responder.rota.walltime import last_instant, wall_clock
from responder.rota_values import Shift, Span

MOST_HOURS = 48  # in a week: Directive 2003/88/EC, article 6
MOST_NIGHTS = 4  # in a row
_MORNING = time(6)
_HALF_A_NIGHT = timedelta(hours=3)  # of midnight to six: article 2 (4) of the same directive
_DAY = timedelta(days=1)
_SATURDAY = 5

Week = tuple[int, int]
"""A year and a week of ISO 8601."""


@dataclass(frozen=True, slots=True)
class Load:
    """What one person does in one week. Hours are real ones, also in the nights of 11 or 13.

    A shift belongs to the day on which it begins; its hours to the week in which they pass, and a
    night to that of its morning.
    """

    person: str
    week: Week
    hours: float = 0.0
    nights: int = 0
    weekend_shifts: int = 0


@dataclass(frozen=True, slots=True)
class Strain:
    """Too much for one person: `kind` is hours, nights or double."""

    person: str
    kind: str
    text: str


def loads(shifts: Iterable[Shift], zone: ZoneInfo) -> tuple[Load, ...]:
    """Of each person and week, by the calendar of this zone; the hours of two rotas count once."""
    hours: dict[tuple[Week, str], timedelta] = defaultdict(timedelta)
    weekends: dict[tuple[Week, str], int] = defaultdict(int)
    rows = tuple(shifts)
    spans = _by_person(rows)
    for person, taken in spans.items():
        for day, part in _by_day(taken, zone):
            hours[_week(day), person] += part.ends - part.starts
    for shift in rows:
        day = wall_clock(shift.span.starts, zone).date()
        weekends[_week(day), shift.person] += day.weekday() >= _SATURDAY
    nights = Counter(
        (_week(day), who) for who, taken in spans.items() for day in nights_of(taken, zone)
    )
    return tuple(
        Load(
            who,
            week,
            hours[week, who] / timedelta(hours=1),
            nights[week, who],
            weekends[week, who],
        )
        for week, who in sorted({*hours, *nights, *weekends})
    )


def nights_of(spans: Iterable[Span], zone: ZoneInfo) -> tuple[date, ...]:
    """The nights, by the date of their morning: three hours or more between midnight and six."""
    asleep: dict[date, timedelta] = defaultdict(timedelta)
    for day, part in _by_day(spans, zone):
        morning = last_instant(datetime.combine(day, _MORNING), zone)
        asleep[day] += max(min(part.ends, morning) - part.starts, timedelta(0))
    return tuple(sorted(day for day, lost in asleep.items() if lost >= _HALF_A_NIGHT))


def longest_runs(shifts: Iterable[Shift], zone: ZoneInfo) -> Mapping[str, int]:
    """The most nights in a row of each person."""
    return {
        person: _longest(nights_of(spans, zone)) for person, spans in _by_person(shifts).items()
    }


def strains(shifts: Iterable[Shift], zone: ZoneInfo) -> Iterator[Strain]:
    """Who is asked for too much. Give whole weeks, of all rotas."""
    rows = tuple(shifts)
    for load in loads(rows, zone):
        if load.hours > MOST_HOURS:
            year, week = load.week
            hours = f"{round(load.hours, 1):g} hours on call"
            told = f"{hours} in week {week} of {year}, over {MOST_HOURS}"
            yield Strain(load.person, "hours", told)
    for person, nights in longest_runs(rows, zone).items():
        if nights > MOST_NIGHTS:
            yield Strain(person, "nights", f"{nights} nights in a row, over {MOST_NIGHTS}")
    for one, other in double_booked(rows):
        at = wall_clock(max(one.span.starts, other.span.starts), zone)
        told = f"on call in {one.rota} and {other.rota} at once, from {at:%Y-%m-%d %H:%M}"
        yield Strain(one.person, "double", told)


def double_booked(shifts: Iterable[Shift]) -> Iterator[tuple[Shift, Shift]]:
    """Shifts of one person in two rotas that touch each other."""
    mine: dict[str, list[Shift]] = defaultdict(list)
    for shift in shifts:
        mine[shift.person].append(shift)
    for several in mine.values():
        for one, other in combinations(several, 2):
            if one.rota != other.rota and touches(one.span, other.span):
                yield one, other


def whole_weeks(at: datetime, zone: ZoneInfo, *, weeks: int = 1) -> Span:
    """The calendar week of this instant there, and those after it."""
    today = wall_clock(at, zone).date()
    monday = today - today.weekday() * _DAY
    return Span(_midnight(monday, zone), _midnight(monday + weeks * 7 * _DAY, zone))


def _by_person(shifts: Iterable[Shift]) -> dict[str, list[Span]]:
    """When each person is on call, whatever for: spans that neither touch nor overlap."""
    found: dict[str, list[Span]] = defaultdict(list)
    for shift in sorted(shifts, key=lambda one: one.span.starts):
        spans = found[shift.person]
        if spans and shift.span.starts <= spans[-1].ends:
            ends = max(spans[-1].ends, shift.span.ends)
            spans[-1] = Span(spans[-1].starts, ends)
        else:
            spans.append(shift.span)
    return found


def _by_day(spans: Iterable[Span], zone: ZoneInfo) -> Iterator[tuple[date, Span]]:
    """The spans cut at each midnight there."""
    for span in spans:
        starts = span.starts
        while starts < span.ends:
            day = wall_clock(starts, zone).date()
            ends = min(span.ends, _midnight(day + _DAY, zone))
            yield day, Span(starts, ends)
            starts = ends


def _midnight(day: date, zone: ZoneInfo) -> datetime:
    """Where this date begins for good, also where clocks go back over midnight."""
    return last_instant(datetime.combine(day, time()), zone)


def _week(day: date) -> Week:
    year, week, _ = day.isocalendar()
    return year, week


def _longest(nights: tuple[date, ...]) -> int:
    longest = run = 0
    before: date | None = None
    for night in nights:
        run = run + 1 if before == night - _DAY else 1
        longest, before = max(longest, run), night
    return longest
