"""Screenshots of customers as rows; the picture itself can be taken away, its digest stays."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, Connection, func, insert, select, update

from responder.store.desk_tables import attachment as table
from responder.store.pieces import pieces

_TOLD = [column for column in table.c if column.name != "data"]


@dataclass(frozen=True, slots=True)
class File:
    """A picture without its bytes; the fields are columns of `attachment`."""

    id: str
    ticket: int
    name: str
    kind: str
    size: int
    digest: str
    by: str
    at: datetime


def keep(tx: Connection, file: File, data: bytes) -> File:
    """Keep it; the same picture of the same ticket is kept once."""
    known = tx.execute(select(*_TOLD).where(table.c.ticket == file.ticket, _same(file)))
    if (row := known.one_or_none()) is not None:
        if _is_gone(tx, row.id):
            tx.execute(
                update(table)
                .where(table.c.id == row.id)
                .values(data=data, at=file.at, name=file.name)
            )
        return File(**row._mapping)
    values = {name: getattr(file, name) for name in File.__slots__}
    tx.execute(insert(table).values(**values, data=data))
    return file


def of_ticket(tx: Connection, ticket: int) -> list[File]:
    """What was sent with this ticket and is still there, the oldest first."""
    there = (table.c.ticket == ticket, table.c.data.is_not(None))
    found = select(*_TOLD).where(*there).order_by(table.c.at, table.c.id)
    return [File(**row._mapping) for row in tx.execute(found)]


def read(tx: Connection, ticket: int, id_: str) -> tuple[File, bytes] | None:
    """One picture of this ticket; None when it is another's, was erased, or never was."""
    wanted = (table.c.ticket == ticket, table.c.id == id_, table.c.data.is_not(None))
    row = tx.execute(select(table).where(*wanted)).one_or_none()
    if row is None:
        return None
    told = dict(row._mapping)
    data = bytes(told.pop("data"))
    return File(**told), data


def weight(tx: Connection, ticket: int) -> tuple[int, int]:
    """How many there are of this ticket, and how many bytes."""
    there = (table.c.ticket == ticket, table.c.data.is_not(None))
    row = tx.execute(select(func.count(), func.coalesce(func.sum(table.c.size), 0)).where(*there))
    count, size = row.one()
    return count, size


def erase(tx: Connection, *, tickets: Collection[int]) -> int:
    """Take the pictures and their names away; how many there were."""
    gone = update(table).where(table.c.data.is_not(None)).values(data=None, name="")
    return sum(
        tx.execute(gone.where(table.c.ticket.in_(piece))).rowcount for piece in pieces(tickets)
    )


def erase_old(tx: Connection, *, before: datetime, limit: int = 100) -> int:
    """The same for what was sent before then, some at a time."""
    old = select(table.c.id).where(table.c.at < before, table.c.data.is_not(None)).limit(limit)
    gone = update(table).where(table.c.id.in_(old.scalar_subquery()))
    return tx.execute(gone.values(data=None, name="")).rowcount


def _same(file: File) -> ColumnElement[bool]:
    return table.c.digest == file.digest


def _is_gone(tx: Connection, id_: str) -> bool:
    found = tx.execute(select(table.c.id).where(table.c.id == id_, table.c.data.is_(None)))
    return found.one_or_none() is not None
