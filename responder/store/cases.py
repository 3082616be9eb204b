"""What the support procedure knows of tickets, as rows."""

from collections.abc import Collection
from dataclasses import asdict, fields
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, insert, select, update

from responder.desk_values import Case, Confirmed, Outcome
from responder.store.desk_tables import ticket_case as table

_COLUMNS = [table.c[field.name] for field in fields(Case)]


def add(tx: Connection, case: Case) -> None:
    """The case of a new ticket."""
    tx.execute(insert(table).values(_row(case)))


def change(tx: Connection, case: Case) -> None:
    """A known case as it is now."""
    tx.execute(update(table).where(table.c.ticket == case.ticket).values(_row(case)))


def by_ticket(tx: Connection, ticket: int) -> Case | None:
    """The case of this ticket; None for one of a time before there were cases."""
    row = tx.execute(select(*_COLUMNS).where(table.c.ticket == ticket)).one_or_none()
    return None if row is None else _read(row)


def by_tickets(tx: Connection, tickets: Collection[int]) -> dict[int, Case]:
    """The cases of these tickets."""
    found = select(*_COLUMNS).where(table.c.ticket.in_(tickets)) if tickets else None
    rows = tx.execute(found) if found is not None else ()
    return {row.ticket: _read(row) for row in rows}


def to_confirm(tx: Connection, *, now: datetime, limit: int = 50) -> list[Case]:
    """Cases whose outage the probes had time to look at."""
    due = select(*_COLUMNS).where(table.c.look_at <= now).order_by(table.c.look_at).limit(limit)
    return [_read(row) for row in tx.execute(due)]


def _row(case: Case) -> dict[str, Any]:
    return {**asdict(case), "facts": dict(case.facts)}


def _read(row: Any) -> Case:
    told = dict(row._mapping)
    told["confirmed"], told["outcome"] = Confirmed(told["confirmed"]), Outcome(told["outcome"])
    return Case(**told)
