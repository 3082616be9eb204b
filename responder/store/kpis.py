"""The figures as rows: each is counted once, and summed up over windows of time."""

import math
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from typing import Any, Final

from sqlalchemy import Connection, delete, func, select, text

from responder.store.desk_tables import ticket_case
from responder.store.inserts import insert
from responder.store.standing import of_brand
from responder.store.tables import kpi_observation as table
from responder.store.tables import satisfaction, ticket
from responder.values import Figure

GROUPS: Final = ("priority", "level")
SLICES: Final = 12  # of a window, to see how a figure went
_COUNTS = (ticket.c.gone == "", ticket.c.drill.is_(False))


@dataclass(frozen=True, slots=True)
class Summary:
    """One figure over a window of time, all in seconds. What it is not grouped by is "".

    `course`: the average of each of twelve equal parts of the window, None where nothing was.
    """

    figure: str
    priority: str
    level: str
    channel: str
    by: str
    count: int
    average: float
    median: float
    p90: float
    course: tuple[float | None, ...] = ()


@dataclass(frozen=True, slots=True)
class Pending:
    """What only time can tell: tickets that wait for these figures, which are no zeros."""

    useful_response: int = 0  # answered, and not yet judged whether it helped
    resolution: int = 0  # solved, and not yet for a day


def count(tx: Connection, figures: Iterable[Figure]) -> tuple[Figure, ...]:
    """Keep these figures; gives those that were not counted before.

    Add them to the counters after the commit, and only then: a replay gives nothing.
    """
    new = []
    for figure in figures:
        row = insert(table, tx.dialect).values(asdict(figure)).on_conflict_do_nothing()
        if tx.execute(row.returning(table.c.about)).first() is not None:
            new.append(figure)
    return tuple(new)


def is_repeat(tx: Connection, number: int) -> bool:
    """Was there an earlier ticket of the same kind?"""
    mine = select(ticket_case.c.fingerprint).where(
        ticket_case.c.ticket == number, ticket_case.c.fingerprint != ""
    )
    older = select(ticket_case.c.ticket).where(
        ticket_case.c.fingerprint == mine.scalar_subquery(), ticket_case.c.ticket < number
    )
    return tx.execute(older.limit(1)).first() is not None


def forget(tx: Connection, about: str) -> None:
    """What was measured of this counts nowhere: it was merged away or deleted."""
    tx.execute(delete(table).where(table.c.about == about))


def summary(
    tx: Connection,
    *,
    since: datetime,
    until: datetime,
    brand: str | None = None,
    by: Sequence[str] = GROUPS,
) -> list[Summary]:
    """Count, average, median and p90 of each figure, by the words of `by` (priority, level,
    channel), and by person or automation; `until` is not in it.
    """
    names = [table.c[name] for name in by]
    found = select(table.c.figure, *names, table.c.by, table.c.seconds, table.c.at).where(
        *_within(table, since, until, brand)
    )
    groups = defaultdict[tuple[str, ...], list[tuple[int, datetime]]](list)
    for *group, seconds, at in tx.execute(found):
        groups[tuple(group)].append((seconds, at))
    heads = ("figure", *by, "by")
    return [
        _summed(dict(zip(heads, group, strict=True)), seen, since, until)
        for group, seen in sorted(groups.items())
    ]


def votes(
    tx: Connection, *, since: datetime, until: datetime, brand: str | None = None
) -> dict[int, int]:
    """How many tickets have each score as their last vote."""
    joined = select(satisfaction.c.score, func.count()).join(
        ticket, ticket.c.id == satisfaction.c.ticket
    )
    found = joined.where(*_within(satisfaction, since, until, brand), *_COUNTS)
    return dict(tx.execute(found.group_by(satisfaction.c.score)).all())


def pending(tx: Connection, *, now: datetime, brand: str | None = None) -> Pending:
    """Which figures are still to come."""
    helped = func.count().filter(ticket.c.useful_at.is_(None), ticket.c.replied_at.is_not(None))
    solved = func.count().filter(ticket.c.solved_at > now - timedelta(days=1))
    waiting = (text("ticket.judge_at IS NOT NULL"), *_COUNTS, *of_brand(brand))
    return Pending(*tx.execute(select(helped, solved).where(*waiting)).one())


def _within(rows: Any, since: datetime, until: datetime, brand: str | None) -> list[Any]:
    found = [rows.c.at >= since, rows.c.at < until]
    return found if brand is None else [*found, rows.c.brand == brand]


def _summed(
    words: dict[str, str], seen: Sequence[tuple[int, datetime]], since: datetime, until: datetime
) -> Summary:
    seconds = sorted(one for one, _ in seen)
    parts = [list[int]() for _ in range(SLICES)]
    for one, at in seen:
        parts[int((at - since) / (until - since) * SLICES)].append(one)
    return Summary(
        **{"priority": "", "level": "", "channel": "", **words},
        count=len(seconds),
        average=sum(seconds) / len(seconds),
        median=_quantile(seconds, 0.5),
        p90=_quantile(seconds, 0.9),
        course=tuple(sum(part) / len(part) if part else None for part in parts),
    )


def _quantile(ordered: Sequence[int], q: float) -> float:
    """Linear between the two nearest, as numpy and spreadsheets have it."""
    place = q * (len(ordered) - 1)
    low, high = math.floor(place), math.ceil(place)
    return ordered[low] + (ordered[high] - ordered[low]) * (place - low)
