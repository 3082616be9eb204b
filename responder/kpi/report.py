"""The support figures of a window of time, beside those of as long a time before it."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any, Final

from alerts.moments import show_moment
from responder.store import Tx, kpis
from responder.store.kpis import GROUPS, Pending, Summary
from responder.store.standing import Share, answered, level1, waiting

# Figures that are spans of time, in the order of a ticket's life; the others are counts.
SPANS: Final[Mapping[str, str]] = {
    "reaction": "time of reaction",
    "first_reply": "first reply",
    "useful_response": "useful response",
    "resolution": "resolution",
    "repeat": "resolution, seen before",
    "requester_wait": "requester waited",
    "ack": "page acknowledged",
    "first_action": "first step of a playbook",
    "recovery": "recovery",
}


@dataclass(frozen=True, slots=True)
class Period:
    """What the store says about one window."""

    spans: tuple[Summary, ...]
    counts: Mapping[str, int]
    votes: Mapping[int, int]  # tickets by their last score
    answered: Share
    level1: Share

    @property
    def satisfied(self) -> Share:
        """Votes of 4 and 5, of all."""
        good = sum(number for score, number in self.votes.items() if score >= 4)
        return Share(good, sum(self.votes.values()))


@dataclass(frozen=True, slots=True)
class Report:
    """A window, the one before it, and how the desk stands at its end. `brand` None: all."""

    since: datetime
    until: datetime
    brand: str | None
    by: Sequence[str]
    now: Period
    before: Period
    pending: Pending
    open: Mapping[tuple[str, str], int]  # queue, priority

    def earlier(self, one: Summary) -> Summary | None:
        """The same figure of the same group in the window before."""
        same = (other for other in self.before.spans if _group(other) == _group(one))
        return next(same, None)


def report(
    tx: Tx,
    *,
    since: datetime,
    until: datetime,
    brand: str | None = None,
    by: Sequence[str] = GROUPS,
) -> Report:
    """Everything that `responder kpi` shows. ValueError for a window of no length."""
    if since >= until:
        raise ValueError("the window ends before it begins")
    earlier = since - (until - since)
    return Report(
        since,
        until,
        brand,
        by,
        now=_period(tx, since=since, until=until, brand=brand, by=by),
        before=_period(tx, since=earlier, until=since, brand=brand, by=by),
        pending=kpis.pending(tx, now=until, brand=brand),
        open=waiting(tx, now=until, brand=brand)["open"],
    )


def as_json(found: Report) -> dict[str, Any]:
    """For programs: all spans in seconds, a ratio of nothing null."""
    now, before = found.now, found.before
    return {
        "since": show_moment(found.since),
        "until": show_moment(found.until),
        "brand": found.brand,
        "by": list(found.by),
        "spans": [
            {**asdict(one), "before": _short(found.earlier(one))} for one in in_order(now.spans)
        ],
        "counts": dict(now.counts),
        "counts_before": dict(before.counts),
        "votes": {str(score): number for score, number in now.votes.items()},
        "satisfied": _share(now.satisfied, before.satisfied),
        "answered": _share(now.answered, before.answered),
        "level1": _share(now.level1, before.level1),
        "pending": asdict(found.pending),
        "open": [
            {"queue": queue, "priority": priority, "tickets": number}
            for (queue, priority), number in sorted(found.open.items())
        ],
    }


def in_order(spans: Iterable[Summary]) -> list[Summary]:
    """In the order of a ticket's life."""
    order = list(SPANS)
    return sorted(spans, key=lambda one: order.index(name_of(one)))


def name_of(one: Summary) -> str:
    """The word of SPANS that it is: what automation did is a reaction as well."""
    return one.figure.split("/")[0]


def _period(
    tx: Tx, *, since: datetime, until: datetime, brand: str | None, by: Sequence[str]
) -> Period:
    window: dict[str, Any] = {"since": since, "until": until, "brand": brand}
    found = kpis.summary(tx, by=by, **window)
    counts: dict[str, int] = {}
    for one in found:
        if name_of(one) not in SPANS:
            counts[one.figure] = counts.get(one.figure, 0) + one.count
    return Period(
        spans=tuple(one for one in found if name_of(one) in SPANS),
        counts=dict(sorted(counts.items())),
        votes=dict(sorted(kpis.votes(tx, **window).items())),
        answered=answered(tx, **window),
        level1=level1(tx, **window),
    )


def _group(one: Summary) -> tuple[str, ...]:
    return one.figure, one.priority, one.level, one.channel, one.by


def _short(one: Summary | None) -> dict[str, float] | None:
    return None if one is None else {"count": one.count, "average": one.average, "p90": one.p90}


def _share(now: Share, before: Share) -> dict[str, Any]:
    return {"part": now.part, "whole": now.whole, "ratio": now.ratio, "ratio_before": before.ratio}
