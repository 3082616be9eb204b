"""What the KPI gauges show: how the desk stands at one moment, over windows of days."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Final

from sqlalchemy import Connection, func, select, text

from responder.store.tables import incident, kpi_observation, satisfaction, ticket

MONTH: Final = timedelta(days=30)
WEEK: Final = timedelta(days=7)
# Open tickets older than these are too old for level 1 and for level 2 (decision 5).
OLD: Final[Mapping[str, timedelta]] = {"24h": timedelta(hours=24), "48h": timedelta(hours=48)}
OF_BRANDS: Final = ("reaction", "useful_response", "resolution")

_COUNTS = (ticket.c.gone == "", ticket.c.drill.is_(False))
# As the indexes have it, word for word: else SQLite does not take them.
_OPEN = (text("ticket.state NOT IN ('solved', 'closed')"), *_COUNTS)
_SOLVED = (text("ticket.solved_at IS NOT NULL"), *_COUNTS)


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
    """What the store says at one moment, for the gauges. A brand is "" for none."""

    open: Mapping[tuple[str, str], int] = field(default_factory=dict)  # queue, priority
    oldest: Mapping[str, datetime] = field(default_factory=dict)  # queue
    old: Mapping[tuple[str, str], int] = field(default_factory=dict)  # queue, word of OLD
    votes: Mapping[str, Share] = field(default_factory=dict)  # 4 and 5 of all, 30 days, by brand
    answered: Share = Share(0, 0)  # with a vote, of the tickets solved for customers, 30 days
    level1: Share = Share(0, 0)  # solved at level 1 of all levels, 7 days
    first: Share = Share(0, 0)  # incidents known before a customer told of them, 30 days
    linked: Share = Share(0, 0)  # closed by level 1 with an article, 30 days
    # Seconds in all, and of how many tickets, 30 days: brand, figure of OF_BRANDS
    brands: Mapping[tuple[str, str], tuple[int, int]] = field(default_factory=dict)


def standing(tx: Connection, *, now: datetime) -> Standing:
    """Everything that the gauges show, in one look; each part finds its rows by an index."""
    return Standing(
        **waiting(tx, now=now),
        votes=_votes(tx, since=now - MONTH),
        answered=answered(tx, since=now - MONTH, until=now),
        level1=level1(tx, since=now - WEEK, until=now),
        first=_first(tx, since=now - MONTH),
        linked=_linked(tx, since=now - MONTH),
        brands=_brands(tx, since=now - MONTH),
    )


def waiting(tx: Connection, *, now: datetime, brand: str | None = None) -> Mapping[str, Any]:
    """Of the tickets that are not solved: how many, since when, and how many are old."""
    aged = [func.count().filter(ticket.c.opened_at <= now - age) for age in OLD.values()]
    found = select(
        ticket.c.queue, ticket.c.priority, func.count(), func.min(ticket.c.opened_at), *aged
    )
    told: dict[str, dict[Any, Any]] = {"open": {}, "oldest": {}, "old": {}}
    open_ones = found.where(*_OPEN, *of_brand(brand))
    rows = tx.execute(open_ones.group_by(ticket.c.queue, ticket.c.priority))
    for queue, priority, number, since, *ages in rows:
        told["open"][queue, priority] = number
        told["oldest"][queue] = min(since, told["oldest"].get(queue, since))
        for word, old in zip(OLD, ages, strict=True):
            told["old"][queue, word] = old + told["old"].get((queue, word), 0)
    return told


def _votes(tx: Connection, *, since: datetime) -> dict[str, Share]:
    brand = func.coalesce(satisfaction.c.brand, "")
    good = func.count().filter(satisfaction.c.score >= 4)
    found = select(brand, good, func.count()).join(ticket, ticket.c.id == satisfaction.c.ticket)
    mine = found.where(satisfaction.c.at >= since, *_COUNTS).group_by(brand)
    return {name: Share(part, whole) for name, part, whole in tx.execute(mine)}


def answered(
    tx: Connection, *, since: datetime, until: datetime, brand: str | None = None
) -> Share:
    """A customer's solved ticket asks for a vote; few answers must be visible as few (R95)."""
    found = (
        select(func.count(satisfaction.c.ticket), func.count())
        .select_from(ticket.outerjoin(satisfaction, satisfaction.c.ticket == ticket.c.id))
        .where(
            ticket.c.solved_at >= since,
            ticket.c.solved_at <= until,
            ticket.c.channel != "monitoring",
            *(*_SOLVED, *of_brand(brand)),
        )
    )
    return Share(*tx.execute(found).one())


def level1(tx: Connection, *, since: datetime, until: datetime, brand: str | None = None) -> Share:
    """Of the tickets as they stand now: one that came back and went higher is level 1's no more."""
    part = func.count().filter(ticket.c.solved_by == "level-1")
    found = select(part, func.count()).where(
        ticket.c.solved_at >= since,
        ticket.c.solved_at <= until,
        ticket.c.solved_by.like("level-%"),
        *(*_SOLVED, *of_brand(brand)),
    )
    return Share(*tx.execute(found).one())


def of_brand(brand: str | None) -> tuple[Any, ...]:
    """Tickets of this brand, or of all."""
    return () if brand is None else (ticket.c.brand == brand,)


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


def _linked(tx: Connection, *, since: datetime) -> Share:
    """R83: did the customer get an article for the next time?"""
    table = kpi_observation
    part = func.count().filter(table.c.figure == "kb_linked/yes")
    found = select(part, func.count()).where(
        table.c.figure.in_(("kb_linked/yes", "kb_linked/no")), table.c.at >= since
    )
    return Share(*tx.execute(found).one())


def _brands(tx: Connection, *, since: datetime) -> dict[tuple[str, str], tuple[int, int]]:
    table = kpi_observation
    found = (
        select(table.c.brand, table.c.figure, func.sum(table.c.seconds), func.count())
        .where(table.c.figure.in_(OF_BRANDS), table.c.at >= since)
        .group_by(table.c.figure, table.c.brand)
    )
    return {(brand, figure): (total, number) for brand, figure, total, number in tx.execute(found)}
