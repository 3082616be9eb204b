"""What rotas ask of people, week by week, and how often they are woken (R89)."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, time
from typing import Final
from zoneinfo import ZoneInfo

from responder.paging.duties import Quiet
from responder.rota.hours import Load, Strain, loads, longest_runs, strains, whole_weeks
from responder.rota.model import Rota
from responder.rota.walltime import wall_clock
from responder.rota_values import UNCHANGED, Changes, Span
from responder.staff import Person
from responder.store.handovers import Ring

_ASLEEP: Final = (time(22), time(7))

Week = tuple[int, int]
"""A year and a week of ISO 8601."""


@dataclass(frozen=True, slots=True)
class Burden:
    """What one person had to do in a span: `nights` in a row at most, pages while asleep."""

    person: str
    hours: float
    nights: int
    longest: int
    weekend_shifts: int
    woken: int
    paged: int


def zone_of(rotas: Iterable[Rota], *, otherwise: str = "UTC") -> ZoneInfo:
    """By whose calendar weeks are counted: that of most rotas."""
    zones = Counter(rota.zone.key for rota in rotas)
    return ZoneInfo(zones.most_common(1)[0][0] if zones else otherwise)


def weeks_of(rotas: Mapping[str, Rota], begins: datetime, weeks: int) -> Span:
    """The whole weeks that are asked for."""
    return whole_weeks(begins, zone_of(rotas.values()), weeks=weeks)


def burdens(
    rotas: Mapping[str, Rota],
    within: Span,
    changes: Changes = UNCHANGED,
    *,
    people: Mapping[str, Person],
    rings: Sequence[Ring],
) -> tuple[tuple[Burden, ...], tuple[Strain, ...]]:
    """Of everybody who was on call or paged in this span, by name, and what was too much: over 48
    hours in a week, over four nights in a row, in two rotas at once.
    """
    zone = zone_of(rotas.values())
    shifts = [
        replace(one, span=cut)
        for rota in rotas.values()
        for one in rota.shifts(within, changes)
        if (cut := _cut(one.span, within)) is not None
    ]
    asleep = Counter[str]()
    for (person, _), count in woken(rings, people, zone).items():
        asleep[person] += count
    paged = Counter(ring.person for ring in rings)
    longest = longest_runs(shifts, zone)
    total: dict[str, Load] = {}
    for load in loads(shifts, zone):
        before = total.get(load.person, Load(load.person, load.week))
        total[load.person] = replace(
            before,
            hours=before.hours + load.hours,
            nights=before.nights + load.nights,
            weekend_shifts=before.weekend_shifts + load.weekend_shifts,
        )
    everybody = sorted({*total, *paged})
    none = Load("", (0, 0))
    found = ((name, total.get(name, none)) for name in everybody)
    told = tuple(
        Burden(
            person=name,
            hours=round(one.hours, 2),
            nights=one.nights,
            longest=longest.get(name, 0),
            weekend_shifts=one.weekend_shifts,
            woken=asleep[name],
            paged=paged[name],
        )
        for name, one in found
    )
    return told, tuple(strains(shifts, zone))


def woken(
    rings: Iterable[Ring], people: Mapping[str, Person], zone: ZoneInfo
) -> Mapping[tuple[str, Week], int]:
    """Pages that came while people sleep, by person and week."""
    counted = Counter[tuple[str, Week]]()
    for ring in rings:
        person = people.get(ring.person)
        if asleep(person, zone).until(ring.at) is not None:
            year, week, _ = wall_clock(ring.at, zone).isocalendar()
            counted[ring.person, (year, week)] += 1
    return counted


def asleep(person: Person | None, zone: ZoneInfo) -> Quiet:
    """When this person sleeps: as the configuration says, else at night where he lives, else where
    the rotas are.
    """
    place = person.zone if person and "zone" in person.model_fields_set else zone.key
    if person and person.quiet_hours:
        begin, end = (
            time.fromisoformat(one) for one in (person.quiet_hours.begin, person.quiet_hours.end)
        )
        return Quiet(begin, end, place)
    return Quiet(*_ASLEEP, place)


def _cut(span: Span, within: Span) -> Span | None:
    starts, ends = max(span.starts, within.starts), min(span.ends, within.ends)
    return Span(starts, ends) if starts < ends else None
