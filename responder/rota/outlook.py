"""What is to be known of the coming fortnight: gaps, hand-overs, and who is away when on call."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

from responder.rota.model import Rota
from responder.rota_values import UNCHANGED, Absence, Changes, Span

AHEAD = timedelta(days=14)
_INSTANT = timedelta(microseconds=1)


@dataclass(frozen=True, slots=True)
class Gap:
    """Nobody is on call in this rota, though somebody is promised (R74)."""

    rota: str
    span: Span


@dataclass(frozen=True, slots=True)
class HandOver:
    """Who goes and who comes; both are empty-handed where a gap begins or ends."""

    rota: str
    at: datetime
    leaving: tuple[str, ...]
    coming: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Away:
    """Somebody's turn falls into an absence. `covered`: others are on call all that time."""

    rota: str
    absence: Absence
    span: Span
    covered: bool


@dataclass(frozen=True, slots=True)
class Outlook:
    """The coming time of several rotas, everything in order."""

    within: Span
    gaps: tuple[Gap, ...]
    hand_overs: tuple[HandOver, ...]
    away: tuple[Away, ...]

    @property
    def gap_seconds(self) -> float:
        """Of all rotas: what `responder_oncall_gap_seconds` says."""
        return sum(seconds(gap.span) for gap in self.gaps)


def outlook(
    rotas: Iterable[Rota], now: datetime, changes: Changes = UNCHANGED, *, ahead: timedelta = AHEAD
) -> Outlook:
    """What the rotas hold from now on for so long."""
    within, rows = Span(now, now + ahead), tuple(rotas)
    gaps = [Gap(rota.name, gap) for rota in rows for gap in rota.gaps(within, changes)]
    given = [one for rota in rows for one in hand_overs(rota, within, changes)]
    away = [one for rota in rows for one in missing(rota, within, changes)]
    return Outlook(
        within,
        tuple(sorted(gaps, key=lambda one: one.span.starts)),
        tuple(sorted(given, key=lambda one: one.at)),
        tuple(sorted(away, key=lambda one: one.span.starts)),
    )


def hand_overs(rota: Rota, within: Span, changes: Changes = UNCHANGED) -> Iterator[HandOver]:
    """Each instant of this span at which other people come on call than before."""
    shifts = rota.shifts(within, changes)
    instants = {instant for one in shifts for instant in (one.span.starts, one.span.ends)}
    for at in sorted(instants - {within.starts, within.ends}):
        before = rota.on_call(at - _INSTANT, changes)
        after = rota.on_call(at, changes)
        leaving = tuple(person for person in before if person not in after)
        coming = tuple(person for person in after if person not in before)
        if leaving or coming:
            yield HandOver(rota.name, at, leaving, coming)


def missing(rota: Rota, within: Span, changes: Changes) -> Iterator[Away]:
    """The turns that fall into absences, as far as nobody stands in for those people."""
    gaps = rota.gaps(within, changes)
    for shift in rota.shifts(within, Changes(changes.overrides)):
        for absence in changes.absences:
            span = _common(shift.span, absence.span)
            if span and absence.person == shift.person:
                covered = not any(_common(span, gap) for gap in gaps)
                yield Away(rota.name, absence, span, covered)


def seconds(span: Span) -> float:
    """How long it really is."""
    return (span.ends - span.starts).total_seconds()


def _common(one: Span, other: Span) -> Span | None:
    starts, ends = max(one.starts, other.starts), min(one.ends, other.ends)
    return Span(starts, ends) if starts < ends else None
