"""What is unwise in the rotas of the file, though they can be used."""

from collections.abc import Collection, Iterator, Mapping
from datetime import datetime

from responder.problems import Loc
from responder.rota.outlook import AHEAD
from responder.rota.section import RotaPart
from responder.rota.walltime import wall_clock
from responder.rota_values import UNCHANGED, Changes, Span

ENOUGH = 2  # different people for what is critical: one may sleep, or be ill

Doubt = tuple[Loc, str]


def doubts(
    rotas: Mapping[str, RotaPart],
    now: datetime,
    *,
    reachable: Collection[str],
    critical: Collection[str],
    away: Changes = UNCHANGED,
) -> Iterator[Doubt]:
    """Each of them and where it stands. `reachable` are the people who have a method, `critical`
    the rotas that are called about critical incidents, `away` what the file says of who is away.
    """
    for name, part in rotas.items():
        found = [*_without_a_zone(part), *_strange(part), *_unreachable(part, reachable)]
        found += _gaps(part, now, away)
        if name in critical:
            found += _alone(part)
        yield from ((("rotas", name, *loc), message) for loc, message in found)


def _without_a_zone(part: RotaPart) -> Iterator[Doubt]:
    if "zone" not in part.model_fields_set:
        yield (), "no zone: its shifts begin and end by UTC, on no clock that people look at"


def _strange(part: RotaPart) -> Iterator[Doubt]:
    people = part.rota("").people
    for number, one in enumerate(part.overrides):
        if one.instead_of is not None and one.instead_of not in people:
            told = f"{one.instead_of} has no turn in this rota: nobody is replaced"
            yield ("overrides", number, "instead_of"), told


def _unreachable(part: RotaPart, reachable: Collection[str]) -> Iterator[Doubt]:
    places = {
        person: loc for loc, person in reversed(list(part.named())) if "instead_of" not in loc
    }
    for person, loc in reversed(places.items()):
        if person not in reachable:
            yield loc, f"{person} comes on call without methods: a page cannot reach this person"


def _gaps(part: RotaPart, now: datetime, away: Changes) -> Iterator[Doubt]:
    gaps = part.rota("").gaps(Span(now, now + AHEAD), away)
    if not gaps:
        return
    starts, ends = (wall_clock(at, part.place) for at in (gaps[0].starts, gaps[0].ends))
    told = f"nobody is on call from {starts:%a %Y-%m-%d %H:%M} to {ends:%a %Y-%m-%d %H:%M}"
    more = len(gaps) - 1
    again = f" and {more} times more" if more > 1 else " and once more" if more else ""
    yield (), f"{told}{again} in the next {AHEAD.days} days"


def _alone(part: RotaPart) -> Iterator[Doubt]:
    people = part.rota("").people
    if len(people) < ENOUGH:
        yield (), f"{people[0]} alone is on call for critical incidents: name a second person"
