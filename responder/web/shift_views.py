"""What whole weeks of all rotas ask of each person, and how often they are woken (R89)."""

from collections.abc import Iterable, Mapping
from typing import Literal

from responder.management.load import Week, weeks_of, zone_of
from responder.management.load import woken as woken_by_week
from responder.rota.hours import Load, loads, strains
from responder.rota.model import Rota
from responder.rota_values import UNCHANGED, Changes, Span
from responder.staff import Person
from responder.store.handovers import Ring
from responder.web.shift_answers import HoursAnswer, LoadAnswer, StrainAnswer

__all__ = ["hours_answer", "weeks_of"]


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
    woken = None if rings is None else woken_by_week(rings, people, zone)
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
