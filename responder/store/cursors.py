"""How far we have read in other systems."""

from datetime import datetime

from sqlalchemy import Connection, insert, select, update

from responder.store.own_tables import cursor as table


def read(tx: Connection, name: str) -> str:
    """Where this reading goes on; "" before the first one."""
    return tx.execute(select(table.c.value).where(table.c.name == name)).scalar_one_or_none() or ""


def moved_at(tx: Connection, name: str) -> datetime | None:
    """When this reading went on last; None before the first time."""
    return tx.execute(select(table.c.at).where(table.c.name == name)).scalar_one_or_none()


def move(tx: Connection, name: str, value: str, *, now: datetime) -> None:
    """Go on from here, in the transaction that keeps what was read."""
    moved = update(table).where(table.c.name == name).values(value=value, at=now)
    if tx.execute(moved).rowcount == 0:
        tx.execute(insert(table).values(name=name, value=value, at=now))
