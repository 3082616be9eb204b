"""People change a rota: somebody stands in, two swap their shifts, a change is taken back."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from responder.acts import Refusal, Unknown
from responder.problems import did_you_mean
from responder.rota.model import Rota
from responder.rota_values import UNCHANGED, Changes, Override, Shift, Span
from responder.store import Tx, rotas

LONGEST = timedelta(days=366)
_AROUND = timedelta(days=8)  # no shift is longer


@dataclass(frozen=True, slots=True)
class Turn:
    """A person's shift, by any moment of it."""

    person: str
    at: datetime


def stand_in(
    tx: Tx,
    *,
    wish: Override,
    known: Mapping[str, Rota],
    methods: Mapping[str, Collection[object]],
    now: datetime,
) -> Override:
    """Somebody is on call instead of another, or of all, from now on at the earliest. `methods` are
    those of everybody. Raises Unknown, and Refusal with what is wrong.
    """
    rota = rota_of(known, wish.rota)
    for name in filter(None, (wish.person, wish.instead_of)):
        if name not in methods:
            raise Refusal(f'nobody is called "{name}"{did_you_mean(name, methods)}')
    if not methods[wish.person]:
        raise Refusal(f"{wish.person} has no methods: a page cannot reach this person")
    if wish.instead_of == wish.person:
        raise Refusal(f"{wish.person} can't stand in for the same person")
    span = _sensible(wish.span, now)
    changes = rotas.within(tx, span)
    if wish.instead_of and not _has_shift(rota, wish.instead_of, span, changes):
        raise Refusal(f"{wish.instead_of} has no shift in {rota.name} in that time")
    _there(wish.person, span, changes)
    return rotas.add(tx, replace(wish, span=span), now=now)


def swap(
    tx: Tx, *, name: str, one: Turn, other: Turn, by: str, reason: str = "",
    known: Mapping[str, Rota], now: datetime,
) -> tuple[Override, Override]:  # fmt: skip
    """Two shifts change hands, both or none; of one that has begun what is left. Raises Unknown,
    and Refusal with what is wrong.
    """
    rota = rota_of(known, name)
    if one.person == other.person:
        raise Refusal(f"{one.person} can't swap with the same person")
    first, second = (_shift(tx, rota, turn) for turn in (one, other))
    if min(first.span.ends, second.span.ends) <= now:
        raise Refusal("one of the two shifts is over already")
    for taker, shift in ((second.person, first), (first.person, second)):
        _free(tx, rota, taker, shift.span)
    starts = f"{first.span.starts:%Y%m%dT%H%MZ}/{second.span.starts:%Y%m%dT%H%MZ}"
    word = f"{rota.name}/{starts}/{now:%Y%m%dT%H%M%S.%fZ}"
    given = Override(0, rota.name, second.person, _left(first, now), first.person, word, reason, by)
    taken = replace(given, person=first.person, span=_left(second, now), instead_of=second.person)
    return rotas.add(tx, given, now=now), rotas.add(tx, taken, now=now)


def cancel(tx: Tx, *, number: int, by: str, now: datetime) -> Override:
    """Take a change back, a swap with both halves. What was on call until now, was. Raises
    Unknown.
    """
    kept = rotas.by_id(tx, number)
    if kept is None or kept.span.ends <= now:
        raise Unknown(f"there is no change {number} of a rota that still holds")
    rotas.end(tx, kept, by=by, now=now)
    return kept


def rota_of(known: Mapping[str, Rota], name: str) -> Rota:
    """The rota of this name. Raises Unknown."""
    if name in known:
        return known[name]
    raise Unknown(f'no rota is called "{name}" (there are: {", ".join(known) or "none"})')


def _sensible(span: Span, now: datetime) -> Span:
    """What is left of it. Raises Refusal."""
    if span.ends <= span.starts:
        raise Refusal("it must end after it begins")
    if span.ends <= now:
        raise Refusal("it is over already: what was, can't be changed")
    if span.ends - span.starts > LONGEST:
        raise Refusal("it lasts longer than a year: change the rota in the configuration")
    return Span(max(span.starts, now), span.ends)


def _has_shift(rota: Rota, person: str, span: Span, changes: Changes = UNCHANGED) -> bool:
    return any(shift.person == person for shift in rota.shifts(span, changes))


def _there(person: str, span: Span, changes: Changes) -> None:
    """Raises Refusal where this person is away: a rota never calls whoever is."""
    for away in changes.absences:
        if away.person == person and away.span.starts < span.ends and span.starts < away.span.ends:
            told = f"{away.span.starts:%Y-%m-%d %H:%M} to {away.span.ends:%Y-%m-%d %H:%M} UTC"
            raise Refusal(f"{person} is away then: {away.why or 'absent'}, {told}")


def _free(tx: Tx, rota: Rota, person: str, span: Span) -> None:
    """Raises Refusal where this person can't take that shift over."""
    changes = rotas.within(tx, span)
    _there(person, span, changes)
    if _has_shift(rota, person, span, changes):
        raise Refusal(f"{person} is on call in {rota.name} during that shift already")


def _left(shift: Shift, now: datetime) -> Span:
    return Span(max(shift.span.starts, now), shift.span.ends)


def _shift(tx: Tx, rota: Rota, turn: Turn) -> Shift:
    """The whole shift of this person that holds this moment."""
    around = Span(turn.at - _AROUND, turn.at + _AROUND)
    for shift in rota.shifts(around, rotas.within(tx, around)):
        if shift.person == turn.person and shift.span.holds(turn.at):
            return shift
    at = f"{turn.at:%Y-%m-%d %H:%M} UTC"
    raise Refusal(f"{turn.person} is not on call in {rota.name} at {at}")
