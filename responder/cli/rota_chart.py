"""The coming days of a rota on a terminal: a line a day, a bar a shift; needs no colours."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

import click

from alerts.moments import read_moment
from responder.cli.say import clean
from responder.rota.chart import A_DAY, Bar, Day, days
from responder.rota_values import Shift, Span

LABEL = 12  # columns before the bars
NARROWEST, WIDEST = 2, 6  # columns of an hour
_COLOURS = ("cyan", "green", "yellow", "magenta", "blue", "white")

Told = Mapping[str, Any]


def drawn(rota: Told, *, columns: int, at: datetime, colours: bool) -> Iterator[str]:
    """The chart of one rota as the API tells it, and below it what is marked in it."""
    zone = ZoneInfo(rota["zone"])
    hour = max(NARROWEST, min(WIDEST, (columns - LABEL - 6) // 24))
    shifts = [_shift(one) for one in rota["shifts"]]
    paint = _Paint(sorted({one.person for one in shifts}) if colours else None)
    gaps = [_span(one) for one in rota["gaps"]]
    clocks = "".join(f"{clock:02}".ljust(3 * hour) for clock in range(0, 24, 3))
    yield " " * LABEL + clocks.rstrip()
    today = at.astimezone(zone).date()
    for day in days(shifts, gaps, within=_span(rota), zone=zone):
        yield from _rows(day, hour=hour, paint=paint, mark=">" if day.date == today else " ")
    yield from legend(rota)


def legend(rota: Told) -> Iterator[str]:
    """Changes, people who are away, and gaps: in words, each with its mark."""
    zone = ZoneInfo(rota["zone"])
    for one in rota["overrides"]:
        instead = f" instead of {one['instead_of']}" if one["instead_of"] else " alone"
        number = f"change {one['id']} by {one['by']}" if one["id"] != "0" else "in the file"
        why = f": {one['reason']}" if one["reason"] else ""
        kind = ", a swap" if one["swap"] else ""
        yield clean(f"* {one['person']}{instead}, {_times(one, zone)} ({number}{kind}){why}")
    for one in rota["away"]:
        cover = "others are on call" if one["covered"] else "NOBODY ELSE IS ON CALL"
        why = f" ({one['why']})" if one["why"] else ""
        yield clean(f"~ {one['person']} is away{why}, {_times(one, zone)}: {cover}")
    for one in rota["gaps"]:
        yield clean(f"! GAP: nobody is on call, {_times(one, zone)}")


def moment(text: str, zone: ZoneInfo) -> str:
    """A time of the API as the clocks of the rota show it."""
    return f"{_at(text).astimezone(zone):%a %d %b %H:%M}"


class _Paint:
    """Each person in a colour of his own; without people none at all."""

    def __init__(self, people: Sequence[str] | None) -> None:
        self._people = people

    def bar(self, text: str, bar: Bar) -> str:
        if self._people is None:
            return text
        if bar.is_gap:
            return click.style(text, fg="white", bg="red", bold=True)
        colour = _COLOURS[self._people.index(bar.person) % len(_COLOURS)]
        return click.style(text, fg=colour, bold=_is_change(bar))


def _rows(day: Day, *, hour: int, paint: _Paint, mark: str) -> Iterator[str]:
    label = f"{mark}{day.date:%a %d %b}".ljust(LABEL)
    odd = f"  {day.hours:g} h" if day.hours != 24 else ""
    for lane in day.lanes or ((),):
        yield f"{label}{_row(lane, hour, paint)}{odd}".rstrip()
        label, odd = " " * LABEL, ""


def _row(lane: Iterable[Bar], hour: int, paint: _Paint) -> str:
    text, column = "", 0
    for bar in lane:
        starts, ends = (minute * hour * 24 // A_DAY for minute in (bar.begins, bar.ends))
        starts = max(starts, column)
        width = max(ends - starts, 1)
        text += " " * (starts - column) + paint.bar(_bar(bar, width), bar)
        column = starts + width
    return text + " " * (24 * hour - column)


def _bar(bar: Bar, width: int) -> str:
    if bar.is_gap:
        return " GAP ".center(width, "!") if width >= 7 else "!" * width
    name = clean(bar.person) + ("*" if _is_change(bar) else "")
    return f"|{name}"[:width].ljust(width, "-")


def _is_change(bar: Bar) -> bool:
    return bar.instead_of is not None or not bar.layer


def _shift(one: Told) -> Shift:
    return Shift("", one["layer"], one["person"], _span(one), one["instead_of"])


def _span(one: Told) -> Span:
    return Span(_at(one["starts_at"]), _at(one["ends_at"]))


def _times(one: Told, zone: ZoneInfo) -> str:
    return f"{moment(one['starts_at'], zone)} to {moment(one['ends_at'], zone)}"


def _at(text: str) -> datetime:
    found = read_moment(text)
    if found is None:
        raise ValueError(f"no time: {text}")
    return found
