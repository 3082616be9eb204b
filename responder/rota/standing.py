"""Who is on call at a moment, since when and until when, and who comes next."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from responder.rota.model import Rota
from responder.rota_values import UNCHANGED, Changes, Shift, Span

# No shift is longer than a day, but one person may have several in a row: a week and two of them.
BEFORE, AFTER = timedelta(days=8), timedelta(days=15)


@dataclass(frozen=True, slots=True)
class OnCall:
    """Somebody who is on call; `until` is None where that is further away than we look."""

    person: str
    layer: str
    since: datetime | None
    until: datetime | None
    instead_of: str | None = None


@dataclass(frozen=True, slots=True)
class Standing:
    """One rota at one moment. `gap` is the one that lasts just then; `next_at` is when the first of
    `next` comes, None where that is further away than we look.
    """

    rota: Rota
    on_call: tuple[OnCall, ...]
    gap: Span | None
    next: tuple[str, ...]
    next_at: datetime | None


def standing(rota: Rota, at: datetime, changes: Changes = UNCHANGED) -> Standing:
    """In the order in which people are called."""
    within = Span(at - BEFORE, at + AFTER)
    shifts = rota.shifts(within, changes)
    gaps = rota.gaps(within, changes)
    coming = rota.next_on_call(at, changes)
    return Standing(
        rota,
        tuple(_on_call(shifts, name, at, within) for name in rota.on_call(at, changes)),
        next((gap for gap in gaps if gap.holds(at)), None),
        coming,
        min((one.span.starts for one in shifts if _comes(one, coming, at)), default=None),
    )


def _comes(shift: Shift, coming: Iterable[str], at: datetime) -> bool:
    return shift.person in coming and shift.span.starts > at


def _on_call(shifts: Iterable[Shift], name: str, at: datetime, within: Span) -> OnCall:
    """This person's shift of now, joined with those before and after it without a pause."""
    mine = [one for one in shifts if one.person == name]
    now = next(one for one in mine if one.span.holds(at))
    since, until = now.span.starts, now.span.ends
    for one in mine:
        if one.span.starts <= until:
            until = max(until, one.span.ends)
    for one in reversed(mine):
        if one.span.ends >= since:
            since = min(since, one.span.starts)
    return OnCall(
        name,
        now.layer,
        None if since <= within.starts else since,
        None if until >= within.ends else until,
        now.instead_of,
    )
