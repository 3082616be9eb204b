"""Who was written to, over what, and what became of it."""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, and_, exists, func, literal_column, select, update
from sqlalchemy.dialects import postgresql, sqlite

from responder.store.tables import incident as incident_table
from responder.store.tables import page_delivery as table
from responder.store.tables import ticket as ticket_table
from responder.values import Effect, Reached

_REACHING = ("queued", "delivered")


@dataclass(frozen=True, slots=True)
class Delivery:
    """One page to one person, as the ledger has it."""

    id: int
    key: str
    incident: int
    episode: int
    step: int
    person: str
    method: str
    place: int
    event: str
    state: str
    at: datetime


def queue(tx: Connection, pages: Iterable[Effect], *, now: datetime) -> None:
    """Pages that were decided just now."""
    rows = [_row(page, now=now) for page in pages]
    if rows:
        dialect = postgresql if tx.dialect.name == "postgresql" else sqlite
        tx.execute(dialect.insert(table).on_conflict_do_nothing(index_elements=["key"]), rows)


def end(
    tx: Connection, key: str, *, state: str, reference: str = "", repeats: int = 0, now: datetime
) -> None:
    """What became of a page: delivered, failed or suppressed."""
    tx.execute(
        update(table)
        .where(table.c.key == key)
        .values(state=state, reference=reference, repeats=repeats, at=now)
    )


def reached(tx: Connection, incident: int, *, episode: int) -> list[Reached]:
    """Everybody who was paged, or is about to be, in this episode."""
    found = (
        select(table.c.person, table.c.method, table.c.place)
        .where(
            table.c.incident == incident,
            table.c.episode == episode,
            table.c.state.in_(_REACHING),
            table.c.event.in_(("opened", "repeated", "escalated")),
        )
        .distinct()
    )
    return [Reached(*row) for row in tx.execute(found)]


def was_delivered(tx: Connection, incident: int, *, episode: int, person: str) -> bool:
    """Has this person been told of this episode?"""
    told = select(func.count()).where(
        table.c.incident == incident,
        table.c.episode == episode,
        table.c.person == person,
        table.c.state == "delivered",
    )
    return tx.execute(told).scalar_one() > 0


def ticket_of(tx: Connection, incident: int) -> str:
    """What the ticket of an incident is called, "" while it has none."""
    found = (
        select(ticket_table.c.ref)
        .where(ticket_table.c.incident == incident)
        .order_by(ticket_table.c.id)
    )
    return tx.execute(found.limit(1)).scalar_one_or_none() or ""


def of_incidents(tx: Connection, incidents: Collection[int]) -> dict[int, list[Delivery]]:
    """The ledger of these incidents in order."""
    grouped: dict[int, list[Delivery]] = {one: [] for one in incidents}
    if not incidents:
        return grouped
    for row in tx.execute(
        select(table).where(table.c.incident.in_(incidents)).order_by(table.c.id)
    ).mappings():
        grouped[row["incident"]].append(_delivery(row))
    return grouped


def unpaged(tx: Connection, *, opened_before: datetime) -> int:
    """Open critical incidents that nobody has been told of: must be 0 (the auditor's gauge)."""
    told = exists(
        select(literal_column("1"))
        .select_from(table)
        .where(
            and_(
                table.c.incident == incident_table.c.id,
                table.c.episode == incident_table.c.episode,
                table.c.state == "delivered",
            )
        )
    )
    silent = select(func.count()).where(
        incident_table.c.state == "open",
        incident_table.c.category == "critical",
        incident_table.c.muted_by == [],
        incident_table.c.changed_at <= opened_before,
        ~told,
    )
    return tx.execute(silent).scalar_one()


def _row(page: Effect, *, now: datetime) -> dict[str, Any]:
    told = page.payload
    return {
        "key": page.key,
        "incident": page.incident,
        "episode": told["episode"],
        "step": told["step"],
        "person": told["person"],
        "method": told["method"],
        "place": told["place"],
        "event": str(told["event"]),
        "state": "queued",
        "reference": "",
        "at": now,
        "repeats": 0,
    }


def _delivery(row: Mapping[Any, Any]) -> Delivery:
    names = ("id", "key", "incident", "episode", "step", "person", "method", "place", "event")
    return Delivery(**{name: row[name] for name in (*names, "state", "at")})
