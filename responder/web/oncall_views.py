"""Puts together what is told of rotas, for the API, the page and a shell without a daemon."""

from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime, timedelta
from typing import Literal

from responder.rota.changes import touches
from responder.rota.chart import whole_days
from responder.rota.model import Rota
from responder.rota.outlook import missing
from responder.rota.section import RotaPart
from responder.rota.standing import AFTER, BEFORE, Standing, standing
from responder.rota_values import UNCHANGED, Changes, Override, Shift, Span
from responder.web.oncall_answers import (
    AwayAnswer,
    OnCallAnswer,
    OncallAnswer,
    OverrideAnswer,
    RotaAnswer,
    ShiftAnswer,
    SpanAnswer,
)


def chosen(parts: Mapping[str, RotaPart], *, rota: str | None, team: str | None) -> dict[str, Rota]:
    """The rotas of this name and this team; all without either."""
    return {
        name: part.rota(name)
        for name, part in parts.items()
        if rota in (None, name) and team in (None, part.team)
    }


def touched(at: datetime, ahead: timedelta) -> Span:
    """For which time the changes must be known to tell all of it."""
    return Span(at - BEFORE, at + max(AFTER, ahead + timedelta(days=2)))


def oncall_answer(
    rotas: Iterable[Rota],
    at: datetime,
    changes: Changes = UNCHANGED,
    *,
    ahead: timedelta,
    source: Literal["daemon", "file"] = "daemon",
) -> OncallAnswer:
    """Now and the coming days."""
    told = tuple(rota_answer(standing(one, at, changes), at, changes, ahead) for one in rotas)
    return OncallAnswer(at=at, source=source, rotas=told)


def rota_answer(now: Standing, at: datetime, changes: Changes, ahead: timedelta) -> RotaAnswer:
    """One rota, in whole days of its zone."""
    rota = now.rota
    within = whole_days(at, ahead, rota.zone)
    gaps = rota.gaps(within, changes)
    return RotaAnswer(
        rota=rota.name,
        team=rota.team,
        zone=rota.zone.key,
        on_call=tuple(
            OnCallAnswer(
                person=one.person,
                layer=one.layer,
                since=one.since,
                until=one.until,
                instead_of=one.instead_of,
            )
            for one in now.on_call
        ),
        gap_until=now.gap.ends if now.gap else None,
        next=now.next,
        next_at=now.next_at,
        starts_at=within.starts,
        ends_at=within.ends,
        shifts=tuple(_shift(one) for one in rota.shifts(within, changes)),
        gaps=tuple(map(SpanAnswer.of, gaps)),
        away=tuple(_away(rota, within, changes)),
        overrides=tuple(OverrideAnswer.of(one) for one in overrides_of(rota, within, changes)),
    )


def overrides_of(rota: Rota, within: Span, changes: Changes) -> Iterator[Override]:
    """Those of the file, then those that people made, as far as they touch this span."""
    made = (one for one in changes.overrides if one.rota == rota.name)
    yield from (one for one in (*rota.own, *made) if touches(one.span, within))


def _away(rota: Rota, within: Span, changes: Changes) -> Iterator[AwayAnswer]:
    for one in missing(rota, within, changes):
        yield AwayAnswer(
            person=one.absence.person,
            starts_at=one.span.starts,
            ends_at=one.span.ends,
            why=one.absence.why,
            covered=one.covered,
        )


def _shift(one: Shift) -> ShiftAnswer:
    return ShiftAnswer(
        layer=one.layer,
        person=one.person,
        starts_at=one.span.starts,
        ends_at=one.span.ends,
        instead_of=one.instead_of,
    )
