"""What whole weeks of all rotas ask of each person, and how often they are woken (R89)."""

from collections import Counter
from collections.abc import Iterable, Mapping
from datetime import datetime, time
from typing import Literal
from zoneinfo import ZoneInfo

from responder.paging.duties import Quiet
from responder.rota.hours import Load, loads, strains, whole_weeks
from responder.rota.model import Rota
from responder.rota.walltime import wall_clock
from responder.rota_values import UNCHANGED, Changes, Span
from responder.staff import Person
from responder.store.handovers import Ring
from responder.web.shift_answers import HoursAnswer, LoadAnswer, StrainAnswer

_ASLEEP = (time(22), time(7))

Week = tuple[int, int]


def zone_of(rotas: Iterable[Rota]) -> ZoneInfo:
    """By whose calendar weeks are counted: that of most rotas, UTC without any."""
    zones = Counter(rota.zone.key for rota in rotas)
    return ZoneInfo(zones.most_common(1)[0][0] if zones else "UTC")


def weeks_of(rotas: Mapping[str, Rota], begins: datetime, weeks: int) -> Span:
    """The whole weeks that are asked for."""
    return whole_weeks(begins, zone_of(rotas.values()), weeks=weeks)


def hours_answer(
    rotas: Mapping[str, Rota],
    within: Span,
    changes: Changes = UNCHANGED,
    *,
    people: Mapping[str, Person],
    rings: Iterable[Ring] | None,
    source: Literal["daemon", "file"] = "daemon",
) -> HoursAnswer:
    """Of all rotas together: whoever has two of them is one person. `rings` None: not known."""
    zone = zone_of(rotas.values())
    shifts = [shift for rota in rotas.values() for shift in rota.shifts(within, changes)]
    woken = None if rings is None else _woken(rings, people, zone)
    told = {(load.person, load.week): load for load in loads(shifts, zone)}
    for person, week in woken or ():
        told.setdefault((person, week), Load(person, week))
    return HoursAnswer(
        zone=zone.key,
        starts_at=within.starts,
        ends_at=within.ends,
        source=source,
        weeks=tuple(_load(told[key], woken) for key in sorted(told)),
        strains=tuple(
            StrainAnswer.model_validate({"person": one.person, "kind": one.kind, "text": one.text})
            for one in strains(shifts, zone)
        ),
    )


def _load(one: Load, woken: Mapping[tuple[str, Week], int] | None) -> LoadAnswer:
    year, week = one.week
    return LoadAnswer(
        person=one.person,
        week=f"{year}-W{week:02}",
        hours=round(one.hours, 2),
        nights=one.nights,
        weekend_shifts=one.weekend_shifts,
        pages_asleep=None if woken is None else woken.get((one.person, one.week), 0),
    )


def _woken(
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
