"""Who was written to, over what, and what became of it."""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Connection,
    Exists,
    Select,
    and_,
    exists,
    func,
    literal_column,
    or_,
    select,
    update,
)

from responder.store.bulk import inserting
from responder.store.tables import incident as incident_table
from responder.store.tables import page_delivery as table
from responder.store.tables import ticket as ticket_table
from responder.values import Effect, Reached

_ADD = inserting(table, known="key")

_REACHING = ("queued", "delivered")
_EVENTS = ("opened", "repeated", "escalated", "recovered")


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
    repeats: int

    @property
    def told(self) -> bool:
        """Has it gone out, or may it have before we lost sight of it?"""
        return self.state == "delivered" or self.repeats > 0


def queue(tx: Connection, pages: Iterable[Effect], *, now: datetime) -> None:
    """Pages that were decided just now."""
    rows = [_row(page, now=now) for page in pages]
    _ADD.run(tx, rows)


def end(
    tx: Connection, key: str, *, state: str, reference: str = "", repeats: int = 0, now: datetime
) -> None:
    """What became of a page: delivered, failed or suppressed."""
    tx.execute(
        update(table)
        .where(table.c.key == key)
        .values(state=state, reference=reference, repeats=repeats, at=now)
    )


def begun(tx: Connection, incident: int, *, episode: int) -> bool:
    """Has anybody been paged about this episode, or is about to be?"""
    return tx.execute(_sent(incident, episode).limit(1)).first() is not None


def alarmed(tx: Connection, incident: int, *, episode: int) -> list[Reached]:
    """Everybody who was paged, or is about to be, and has not been told since that it is over."""
    last = {
        Reached(row.person, row.method, row.place): row.event
        for row in tx.execute(_sent(incident, episode))
    }
    return [one for one, event in last.items() if event != "recovered"]


def _sent(incident: int, episode: int) -> Select[tuple[str, str, int, str]]:
    columns = (table.c.person, table.c.method, table.c.place, table.c.event)
    return (
        select(*columns)
        .where(
            table.c.incident == incident,
            table.c.episode == episode,
            or_(table.c.state.in_(_REACHING), table.c.repeats > 0),
            table.c.event.in_(_EVENTS),
        )
        .order_by(table.c.id)
    )


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


def unpaged(tx: Connection, *, queued_before: datetime) -> int:
    """Open critical incidents that nobody has been told of: must be 0 (the auditor's gauge). A page
    that was queued after `queued_before` is still on its way, if it is the first.
    """
    told = _has_page(table.c.state == "delivered")
    begun = _has_page(table.c.state == "queued", table.c.at > queued_before)
    in_vain = _has_page(table.c.state.in_(("queued", "failed")), table.c.at <= queued_before)
    silent = select(func.count()).where(
        incident_table.c.state == "open",
        incident_table.c.category == "critical",
        incident_table.c.muted_by == [],
        ~told,
        ~begun | in_vain,
    )
    return tx.execute(silent).scalar_one()


def _has_page(*which: ColumnElement[bool]) -> Exists:
    of_this_episode = and_(
        table.c.incident == incident_table.c.id, table.c.episode == incident_table.c.episode
    )
    return exists(select(literal_column("1")).select_from(table).where(of_this_episode, *which))


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
    return Delivery(**{name: row[name] for name in (*names, "state", "at", "repeats")})
