"""Shifts as a calendar (iCalendar, RFC 5545) that telephones and offices subscribe to."""

import hashlib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime, time, timedelta

from responder.rota.changes import touches
from responder.rota.model import Rota
from responder.rota_values import Changes, Shift, Span

PAST, AHEAD = timedelta(days=60), timedelta(days=180)
_AROUND = timedelta(days=8)  # no shift is longer, so that none is cut at the edge
_HOURLY = timedelta(hours=1)


@dataclass(frozen=True, slots=True)
class Entry:
    """One event. The same one keeps its `uid` however often the calendar is asked for."""

    uid: str
    span: Span
    title: str
    text: str = ""


def window(now: datetime) -> Span:
    """Of which time it tells: whole days of UTC, so that it stays the same for a day."""
    today = datetime.combine(now.astimezone(UTC).date(), time(), UTC)
    return Span(today - PAST, today + AHEAD)


def around(within: Span) -> Span:
    """For which time the changes must be known."""
    return Span(within.starts - _AROUND, within.ends + _AROUND)


def of_person(
    person: str, rotas: Iterable[Rota], within: Span, changes: Changes
) -> Iterator[Entry]:
    """This person's shifts in all rotas."""
    for rota in rotas:
        for shift in _shifts(rota, within, changes):
            if shift.person == person:
                layer = f" ({shift.layer})" if shift.layer else ""
                yield _entry(shift, f"On call: {rota.name}{layer}")


def of_rota(
    rota: Rota, within: Span, changes: Changes, *, names: Mapping[str, str]
) -> Iterator[Entry]:
    """Everybody's shifts in one rota, and its gaps of today and to come."""
    for shift in _shifts(rota, within, changes):
        layer = f" ({shift.layer})" if shift.layer else ""
        yield _entry(shift, f"{names.get(shift.person, shift.person)}{layer}")
    for gap in rota.gaps(around(within), changes):
        if within.starts + PAST < gap.ends and gap.starts < within.ends:
            title = f"GAP: nobody is on call in {rota.name}"
            yield Entry(_uid(rota.name, "gap", gap.starts), gap, title)


def of_team(
    rotas: Iterable[Rota], within: Span, changes: Changes, *, names: Mapping[str, str]
) -> Iterator[Entry]:
    """All shifts and gaps of a team's rotas, each under the name of its rota."""
    for rota in rotas:
        for one in of_rota(rota, within, changes, names=names):
            yield replace(one, title=f"{rota.name}: {one.title}")


def written(entries: Iterable[Entry], *, name: str, stamp: datetime) -> bytes:
    """The calendar as it goes out. Its events leave people free: on call is not away, and who reads
    absences out of the calendar that this one is part of finds none.
    """
    from icalendar import Calendar, Event

    calendar = Calendar()
    calendar.add("prodid", "-//Rapid Responder//on call//EN")
    calendar.add("version", "2.0")
    calendar.add("x-wr-calname", name)
    calendar.add("refresh-interval", _HOURLY, parameters={"VALUE": "DURATION"})
    calendar.add("x-published-ttl", "PT1H")
    for one in sorted(entries, key=lambda one: (one.span.starts, one.uid)):
        event = Event()
        event.add("uid", one.uid)
        event.add("dtstamp", stamp)
        event.add("dtstart", one.span.starts)
        event.add("dtend", one.span.ends)
        event.add("summary", one.title)
        event.add("transp", "TRANSPARENT")
        if one.text:
            event.add("description", one.text)
        calendar.add_component(event)
    return bytes(calendar.to_ical())


def _shifts(rota: Rota, within: Span, changes: Changes) -> Iterator[Shift]:
    for shift in rota.shifts(around(within), changes):
        if touches(shift.span, within):
            yield shift


def _entry(shift: Shift, title: str) -> Entry:
    uid = _uid(shift.rota, shift.layer, shift.person, shift.span.starts)
    text = f"instead of {shift.instead_of}" if shift.instead_of else ""
    return Entry(uid, shift.span, title, text)


def _uid(*facts: object) -> str:
    digest = hashlib.blake2b("\0".join(map(str, facts)).encode(), digest_size=12).hexdigest()
    return f"{digest}@rapid-responder"
