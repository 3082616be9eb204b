"""The clocks of what was promised about tickets, as rows."""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import asdict, fields
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, bindparam, insert, select, update

from responder.desk_values import SlaClock, Target
from responder.store.desk_tables import sla_clock as table
from responder.store.pieces import pieces

_COLUMNS = [table.c[field.name] for field in fields(SlaClock)]
_STIR = update(table).where(table.c.ticket == bindparam("whose")).values(next_at=bindparam("at"))
_SAVE = update(table).where(
    table.c.ticket == bindparam("whose"), table.c.target == bindparam("what")
)


def begin(tx: Connection, ticket: int, targets: Iterable[Target], *, at: datetime) -> None:
    """The clocks of a new ticket; their time is reckoned at the next turn of the duty `sla`."""
    rows = [asdict(SlaClock(ticket, target, budget=0, next_at=at)) for target in targets]
    if rows:
        tx.execute(insert(table), rows)


def stir(tx: Connection, ticket: int, *, at: datetime) -> None:
    """Something has happened to a ticket: its clocks are reckoned anew at the next turn."""
    tx.execute(_STIR, {"whose": ticket, "at": at})


def due(tx: Connection, *, now: datetime, limit: int = 200) -> list[int]:
    """The tickets of which a clock must be looked at, the longest waiting first."""
    found = select(table.c.ticket).where(table.c.next_at <= now).order_by(table.c.next_at)
    return list(dict.fromkeys(tx.execute(found.limit(limit)).scalars()))


def of_tickets(tx: Connection, tickets: Collection[int]) -> dict[int, list[SlaClock]]:
    """The clocks of these tickets."""
    grouped: dict[int, list[SlaClock]] = {one: [] for one in tickets}
    found = select(*_COLUMNS).order_by(table.c.ticket, table.c.target)
    for piece in pieces(tickets):
        for row in tx.execute(found.where(table.c.ticket.in_(piece))):
            grouped[row.ticket].append(_read(row))
    return grouped


def save(tx: Connection, clocks: Sequence[SlaClock]) -> None:
    """Known clocks as they are now."""
    rows = [{"whose": one.ticket, "what": one.target, **asdict(one)} for one in clocks]
    if rows:
        tx.execute(_SAVE, rows)


def _read(row: Any) -> SlaClock:
    told = dict(row._mapping)
    return SlaClock(**{**told, "target": Target(told["target"])})
