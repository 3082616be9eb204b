"""What makers of software and hardware were asked about tickets, as rows (R59)."""

from collections.abc import Sequence
from dataclasses import dataclass, fields
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, insert, select, update

from responder.store.desk_tables import vendor_case as table


@dataclass(frozen=True, slots=True)
class VendorCase:
    """One question to a vendor; the fields are the columns. `chase_every` in seconds."""

    id: int
    ticket: int
    vendor: str
    reference: str
    contact: str
    opened_by: str
    opened_at: datetime
    chase_every: int
    chase_at: datetime | None
    closed_at: datetime | None
    closed_by: str


_COLUMNS = [table.c[field.name] for field in fields(VendorCase)]


def ask(
    tx: Connection,
    ticket: int,
    vendor: str,
    *,
    reference: str,
    contact: str,
    by: str,
    at: datetime,
    every: timedelta,
) -> int:
    """A vendor is asked; the number of the case."""
    row = {
        "ticket": ticket,
        "vendor": vendor,
        "reference": reference,
        "contact": contact,
        "opened_by": by,
        "opened_at": at,
        "chase_every": int(every.total_seconds()),
        "chase_at": at + every,
        "closed_by": "",
    }
    return int(tx.execute(insert(table).values(row).returning(table.c.id)).scalar_one())


def of_ticket(tx: Connection, ticket: int) -> list[VendorCase]:
    """Every case of a ticket, the oldest first."""
    found = select(*_COLUMNS).where(table.c.ticket == ticket).order_by(table.c.id)
    return [_read(row) for row in tx.execute(found)]


def close(tx: Connection, case: int, *, by: str, at: datetime) -> None:
    """The vendor has answered."""
    ended = {"closed_at": at, "closed_by": by, "chase_at": None}
    tx.execute(update(table).where(table.c.id == case).values(ended))


def to_chase(tx: Connection, *, now: datetime, limit: int = 50) -> Sequence[VendorCase]:
    """Cases whose vendor should be asked again."""
    due = select(*_COLUMNS).where(table.c.chase_at <= now).order_by(table.c.chase_at).limit(limit)
    return [_read(row) for row in tx.execute(due)]


def chased(tx: Connection, case: VendorCase, *, now: datetime) -> None:
    """Somebody was reminded; the next time is after now."""
    after = now + timedelta(seconds=max(60, case.chase_every))
    tx.execute(update(table).where(table.c.id == case.id).values(chase_at=after))


def _read(row: Any) -> VendorCase:
    return VendorCase(**row._mapping)
