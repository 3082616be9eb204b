"""The figures as rows: each is counted once, and summed up over windows of time."""

import math
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from datetime import datetime, timedelta
from typing import Any, Final

from sqlalchemy import Connection, delete, func, select
from sqlalchemy.dialects import postgresql, sqlite

from responder.store.tables import incident, satisfaction, ticket
from responder.store.tables import kpi_observation as table
from responder.values import Figure

CSAT_WINDOW: Final = timedelta(days=30)
LEVEL1_WINDOW: Final = timedelta(days=7)
FIRST_WINDOW: Final = timedelta(days=30)

_COUNTS = (ticket.c.gone == "", ticket.c.drill.is_(False))
_OPEN = (ticket.c.state.not_in(("solved", "closed")), *_COUNTS)


@dataclass(frozen=True, slots=True)
class Share:
    """So many of so many; there is no ratio of nothing."""

    part: int
    whole: int

    @property
    def ratio(self) -> float | None:
        return self.part / self.whole if self.whole else None


@dataclass(frozen=True, slots=True)
class Standing:
    """What the store says at one moment, for the gauges. `votes` by brand, "" for none."""

    open: Mapping[tuple[str, str], int] = field(default_factory=dict)  # queue, priority
    oldest: Mapping[str, datetime] = field(default_factory=dict)  # queue
    votes: Mapping[str, Share] = field(default_factory=dict)  # 4 and 5 of all, 30 days
    level1: Share = Share(0, 0)  # solved at level 1 of all levels, 7 days
    first: Share = Share(0, 0)  # incidents known before a customer told of them, 30 days


@dataclass(frozen=True, slots=True)
class Summary:
    """One figure over a window of time, all in seconds."""

    figure: str
    priority: str
    level: str
    by: str
    count: int
    average: float
    median: float
    p90: float


def count(tx: Connection, figures: Iterable[Figure]) -> tuple[Figure, ...]:
    """Keep these figures; gives those that were not counted before.

    Add them to the counters after the commit, and only then: a replay gives nothing.
    """
    dialect = postgresql if tx.dialect.name == "postgresql" else sqlite
    new = []
    for figure in figures:
        row = dialect.insert(table).values(asdict(figure)).on_conflict_do_nothing()
        if tx.execute(row.returning(table.c.about)).first() is not None:
            new.append(figure)
    return tuple(new)


def forget(tx: Connection, about: str) -> None:
    """What was measured of this counts nowhere: it was merged away or deleted."""
    tx.execute(delete(table).where(table.c.about == about))


def standing(tx: Connection, *, now: datetime) -> Standing:
    """Everything that the gauges show, in one look."""
    return Standing(
        open=_open(tx),
        oldest=_oldest(tx),
        votes=_votes(tx, since=now - CSAT_WINDOW),
        level1=_level1(tx, since=now - LEVEL1_WINDOW),
        first=_first(tx, since=now - FIRST_WINDOW),
    )


def summary(tx: Connection, *, since: datetime, until: datetime) -> list[Summary]:
    """Count, average, median and p90 of each figure by priority and level; `until` is not in it."""
    found = select(
        table.c.figure, table.c.priority, table.c.level, table.c.by, table.c.seconds
    ).where(table.c.at >= since, table.c.at < until)
    groups = defaultdict[tuple[str, str, str, str], list[int]](list)
    for *group, seconds in tx.execute(found):
        groups[tuple(group)].append(seconds)
    return [_summed(group, sorted(seconds)) for group, seconds in sorted(groups.items())]


def votes(tx: Connection, *, since: datetime, until: datetime) -> dict[int, int]:
    """How many tickets have each score as their last vote."""
    found = _counted_votes(satisfaction.c.score, since).where(satisfaction.c.at < until)
    return dict(tx.execute(found.group_by(satisfaction.c.score)).all())


def _open(tx: Connection) -> dict[tuple[str, str], int]:
    found = select(ticket.c.queue, ticket.c.priority, func.count()).where(*_OPEN)
    rows = tx.execute(found.group_by(ticket.c.queue, ticket.c.priority))
    return {(queue, priority): number for queue, priority, number in rows}


def _oldest(tx: Connection) -> dict[str, datetime]:
    found = select(ticket.c.queue, func.min(ticket.c.opened_at)).where(*_OPEN)
    return dict(tx.execute(found.group_by(ticket.c.queue)).all())


def _votes(tx: Connection, *, since: datetime) -> dict[str, Share]:
    brand = func.coalesce(satisfaction.c.brand, "")
    good = func.count().filter(satisfaction.c.score >= 4)
    found = select(brand, good, func.count()).join(ticket, ticket.c.id == satisfaction.c.ticket)
    mine = found.where(satisfaction.c.at >= since, *_COUNTS).group_by(brand)
    return {name: Share(part, whole) for name, part, whole in tx.execute(mine)}


def _level1(tx: Connection, *, since: datetime) -> Share:
    """Of the tickets as they stand now: one that came back and went higher is level 1's no more."""
    part = func.count().filter(ticket.c.solved_by == "level-1")
    found = select(part, func.count()).where(
        ticket.c.solved_at >= since, ticket.c.solved_by.like("level-%"), *_COUNTS
    )
    return Share(*tx.execute(found).one())


def _first(tx: Connection, *, since: datetime) -> Share:
    """Of the incidents with a ticket: those of which no customer had written before (R70)."""
    customers = func.min(ticket.c.opened_at).filter(ticket.c.channel != "monitoring")
    told = (
        select(incident.c.opened_at.label("known_at"), customers.label("written_at"))
        .join(ticket, ticket.c.incident == incident.c.id)
        .where(incident.c.opened_at >= since, incident.c.drill.is_(False), *_COUNTS)
        .group_by(incident.c.id, incident.c.opened_at)
        .subquery()
    )
    before = (told.c.written_at.is_(None)) | (told.c.written_at >= told.c.known_at)
    found = select(func.count().filter(before), func.count()).select_from(told)
    return Share(*tx.execute(found).one())


def _counted_votes(what: Any, since: datetime) -> Any:
    joined = select(what, func.count()).join(ticket, ticket.c.id == satisfaction.c.ticket)
    return joined.where(satisfaction.c.at >= since, *_COUNTS)


def _summed(group: tuple[str, str, str, str], seconds: Sequence[int]) -> Summary:
    average = sum(seconds) / len(seconds)
    return Summary(*group, len(seconds), average, _quantile(seconds, 0.5), _quantile(seconds, 0.9))


def _quantile(ordered: Sequence[int], q: float) -> float:
    """Linear between the two nearest, as numpy and spreadsheets have it."""
    place = q * (len(ordered) - 1)
    low, high = math.floor(place), math.ceil(place)
    return ordered[low] + (ordered[high] - ordered[low]) * (place - low)
