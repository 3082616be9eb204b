"""Whose turn it is in one layer of a rota, by the calendar and not by seconds that have passed."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from enum import StrEnum
from functools import lru_cache
from zoneinfo import ZoneInfo

from responder.rota.walltime import first_instant, last_instant, wall_clock
from responder.rota_values import Span

DAY = timedelta(days=1)
WEEK = 7  # days

Crew = tuple[str, ...]
"""Who is on call at once, in the order in which they are asked."""


class Rotate(StrEnum):
    """What one turn is: the next crew follows after so many of these."""

    SHIFT = "shift"
    DAY = "day"
    WEEK = "week"


@dataclass(frozen=True, slots=True)
class Hours:
    """A shift of every such day: 19:00 to 07:00 ends on the next day, 09:00 to 09:00 is 24 hours.

    `days` are those on which it begins, Monday is 0.
    """

    begins: time
    ends: time
    days: frozenset[int] = frozenset(range(WEEK))

    def beginning(self, day: date) -> datetime:
        """When the shift that begins on this day does, by the wall clock."""
        return datetime.combine(day, self.begins)

    def ending(self, day: date) -> datetime:
        """When the same shift ends, by the wall clock."""
        return datetime.combine(day + DAY if self.ends <= self.begins else day, self.ends)


@dataclass(frozen=True, slots=True)
class Stretch:
    """One shift of one layer, before anybody changed anything."""

    layer: str
    crew: Crew
    span: Span


@dataclass(frozen=True, eq=False)
class Layer:
    """Crews that follow each other through the shifts of the week.

    `first` is the date of the first turn, and a week begins on its weekday; before it nobody is on
    call. A shift belongs to the date on which it begins. `hours` are in order and never overlap.
    """

    name: str
    zone: ZoneInfo
    crews: tuple[Crew, ...]
    first: date
    hours: tuple[Hours, ...]
    rotate: Rotate
    every: int = 1
    adds: bool = False

    def at(self, instant: datetime, today: date) -> Stretch | None:
        """The shift that is on at this instant; `today` is the date there."""
        for stretch in _around(self, today):
            if stretch.span.starts <= instant < stretch.span.ends:
                return stretch
        return None

    def between(self, span: Span) -> Iterator[Stretch]:
        """All shifts that touch this span of time, in order."""
        day = wall_clock(span.starts, self.zone).date() - 2 * DAY
        last = wall_clock(span.ends, self.zone).date() + DAY
        while day <= last:
            for stretch in _stretches(self, day):
                if stretch.span.starts < span.ends and span.starts < stretch.span.ends:
                    yield stretch
            day += DAY

    def shifts_on(self, day: date) -> tuple[Hours, ...]:
        """Those that begin on this date, in order."""
        return tuple(one for one in self.hours if day.weekday() in one.days)

    def crew(self, day: date, place: int) -> Crew:
        """Whose turn the shift is that is number `place` of those that begin on this date."""
        if self.rotate is Rotate.WEEK:
            turn = (day - self.first).days // WEEK
        elif self.rotate is Rotate.DAY:
            turn = self._before(day, at_most=1)
        else:
            turn = self._before(day, at_most=len(self.hours)) + place
        return self.crews[turn // self.every % len(self.crews)]

    def _before(self, day: date, *, at_most: int) -> int:
        """How many shifts there were, or days with one (`at_most` 1): a day off is no turn."""
        weeks, rest = divmod((day - self.first).days, WEEK)
        counts = [
            min(len(self.shifts_on(self.first + offset * DAY)), at_most) for offset in range(WEEK)
        ]
        return weeks * sum(counts) + sum(counts[:rest])


@lru_cache(maxsize=4096)
def _around(layer: Layer, today: date) -> tuple[Stretch, ...]:
    """All shifts that may be on at some moment of this date.

    Where clocks go back over midnight a shift of tomorrow may have begun already, and one of 24
    hours that began the day before yesterday may still be on.
    """
    days = (today, today - DAY, today + DAY, today - 2 * DAY)
    return tuple(stretch for day in days for stretch in _stretches(layer, day))


@lru_cache(maxsize=4096)
def _stretches(layer: Layer, day: date) -> tuple[Stretch, ...]:
    """The shifts that begin on this date, in order, without those that clocks jump over.

    Each ends at the latest where the next one begins. So a hand-over in the hour that comes twice
    is one instant, the first of the two, and nobody is doubled or missed.
    """
    if day < layer.first:
        return ()
    coming = _beginnings(layer, day)
    found = []
    for place, hours in enumerate(layer.shifts_on(day)):
        ends = last_instant(hours.ending(day), layer.zone)
        if len(coming) > place + 1:
            ends = min(ends, coming[place + 1])
        if coming[place] < ends:
            span = Span(coming[place], ends)
            found.append(Stretch(layer.name, layer.crew(day, place), span))
    return tuple(found)


def _beginnings(layer: Layer, day: date) -> list[datetime]:
    """Of the shifts of this date and of those after them that may touch them."""
    return [
        first_instant(hours.beginning(date), layer.zone)
        for date in (day, day + DAY, day + 2 * DAY)
        for hours in layer.shifts_on(date)
    ]
