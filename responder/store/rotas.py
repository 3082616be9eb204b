"""What people have changed about the rotas: who stands in for whom, and who is away."""

from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, case, delete, insert, literal, select, update

from responder.rota_values import Absence, Changes, Override, Span
from responder.store.voice_tables import absence as absence_table
from responder.store.voice_tables import rota_override as table

# So far ahead it is asked who comes next; no layer of a rota is empty for longer.
AHEAD = timedelta(days=15)


def changes(tx: Connection, *, now: datetime, ahead: timedelta = AHEAD) -> Changes:
    """All that holds at this moment or in the time ahead of it."""
    return within(tx, Span(now, now + ahead))


def within(tx: Connection, span: Span) -> Changes:
    """All that holds for a part of this span, the oldest wish first."""
    found = tx.execute(
        select(table)
        .where(
            table.c.ends_at > span.starts,
            table.c.starts_at < span.ends,
            table.c.ends_at > table.c.starts_at,
        )
        .order_by(table.c.id)
    )
    away = tx.execute(
        select(absence_table)
        .where(absence_table.c.ends_at > span.starts, absence_table.c.starts_at < span.ends)
        .order_by(absence_table.c.starts_at, absence_table.c.id)
    )
    return Changes(
        tuple(_override(row) for row in found.mappings()),
        tuple(_absence(row) for row in away.mappings()),
    )


def add(tx: Connection, wish: Override, *, now: datetime) -> Override:
    """Write it down; the same with the number that it has from now on."""
    number = tx.execute(
        insert(table)
        .values(
            rota=wish.rota, person=wish.person, instead_of=wish.instead_of,
            starts_at=wish.span.starts, ends_at=wish.span.ends, swap=wish.swap,
            reason=wish.reason, created_by=wish.by, created_at=now, ended_by="",
        )
        .returning(table.c.id)
    ).scalar_one()  # fmt: skip
    return Override(
        number, wish.rota, wish.person, wish.span, wish.instead_of, wish.swap, wish.reason, wish.by
    )


def by_id(tx: Connection, number: int) -> Override | None:
    """One that holds; None when there is none such, or it was taken back."""
    found = tx.execute(select(table).where(table.c.id == number, table.c.ended_by == ""))
    row = found.mappings().first()
    return _override(row) if row else None


def end(tx: Connection, wish: Override, *, by: str, now: datetime) -> int:
    """Take it back from now on, both halves of a swap: what was until now, was. How many rows that
    were.
    """
    same = table.c.swap == wish.swap if wish.swap else table.c.id == wish.id
    over = case(
        (table.c.starts_at > now, table.c.starts_at), else_=literal(now, table.c.ends_at.type)
    )
    ended = update(table).where(same, table.c.ended_by == "", table.c.ends_at > now)
    return tx.execute(ended.values(ended_by=by, ends_at=over)).rowcount


def absent(tx: Connection, source: str, found: Iterable[Absence]) -> int:
    """All that this calendar says from now on; what it said before is forgotten. How many rows."""
    tx.execute(delete(absence_table).where(absence_table.c.source == source))
    rows = [
        {
            "person": one.person,
            "source": source,
            "uid": one.uid,
            "starts_at": one.span.starts,
            "ends_at": one.span.ends,
            "why": one.why,
        }
        for one in found
    ]
    if rows:
        tx.execute(insert(absence_table), rows)
    return len(rows)


def calendars(tx: Connection) -> set[str]:
    """Whose absences are known."""
    return set(tx.execute(select(absence_table.c.source).distinct()).scalars())


def absences(tx: Connection, source: str) -> list[Absence]:
    """What this calendar said when it was read last, in order."""
    kept = select(absence_table).where(absence_table.c.source == source)
    found = tx.execute(kept.order_by(absence_table.c.starts_at, absence_table.c.uid))
    return [_absence(row) for row in found.mappings()]


def _override(row: Mapping[Any, Any]) -> Override:
    return Override(
        row["id"], row["rota"], row["person"], Span(row["starts_at"], row["ends_at"]),
        row["instead_of"], row["swap"], row["reason"], row["created_by"],
    )  # fmt: skip


def _absence(row: Mapping[Any, Any]) -> Absence:
    span = Span(row["starts_at"], row["ends_at"])
    return Absence(row["person"], span, row["why"], row["source"], row["uid"])
