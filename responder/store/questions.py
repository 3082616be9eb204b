"""Questions that level 3 asks customers, as rows (R55)."""

from datetime import datetime
from typing import Any

from sqlalchemy import Connection, insert, select, update

from responder.store.desk_tables import clarification as table

_OPEN = table.c.answered_at.is_(None)


def ask(tx: Connection, ticket: int, *, by: str, at: datetime, until: datetime, seq: int) -> None:
    """A question; `seq` is its line in the ticket's log."""
    row = {"ticket": ticket, "asked_by": by, "asked_at": at, "expires_at": until, "seq": seq}
    tx.execute(insert(table).values(row))


def open_until(tx: Connection, ticket: int, *, now: datetime) -> datetime | None:
    """Until when the question that is asked now may be answered; None: none is asked."""
    mine = (table.c.ticket == ticket, _OPEN, table.c.expires_at > now)
    found = select(table.c.expires_at).where(*mine).order_by(table.c.id.desc())
    until: datetime | None = tx.execute(found.limit(1)).scalar_one_or_none()
    return until


def answered(tx: Connection, ticket: int, *, at: datetime) -> None:
    """The customer has written, or it is solved without his answer: nobody waits for it."""
    tx.execute(update(table).where(table.c.ticket == ticket, _OPEN).values(answered_at=at))


def of_ticket(tx: Connection, ticket: int) -> list[dict[str, Any]]:
    """All questions about a ticket, the oldest first."""
    found = select(table).where(table.c.ticket == ticket).order_by(table.c.id)
    return [dict(row._mapping) for row in tx.execute(found)]


def expired(tx: Connection, *, now: datetime, limit: int = 50) -> list[int]:
    """Tickets with a question whose time is over without an answer."""
    found = select(table.c.ticket).where(_OPEN, table.c.expires_at <= now)
    return list(dict.fromkeys(tx.execute(found.limit(limit)).scalars()))
