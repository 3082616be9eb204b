"""Facts about this store itself, and the order in which members decide."""

import secrets

from sqlalchemy import Connection, insert, select, text, update

from responder.store.own_tables import meta

# Any fixed number: members that decide about incidents wait for each other under it (PostgreSQL).
_DECISIONS = 0x52_52_01


def one_at_a_time(tx: Connection) -> None:
    """Decisions are serial: on SQLite by its one writer, on PostgreSQL by this lock, held until the
    commit.
    """
    if tx.dialect.name == "postgresql":
        tx.execute(text("SELECT pg_advisory_xact_lock(:number)"), {"number": _DECISIONS})


def installation(tx: Connection) -> str:
    """Eight characters that tell this store from every other; made at the first call, renewed by a
    restore.
    """
    known = fact(tx, "installation")
    if known is None:
        known = secrets.token_hex(4)
        state(tx, "installation", known)
    return known


def fact(tx: Connection, name: str) -> str | None:
    """One fact, None when nobody has stated it."""
    return tx.execute(select(meta.c.value).where(meta.c.name == name)).scalar_one_or_none()


def state(tx: Connection, name: str, value: str) -> None:
    """State a fact, whatever it was before."""
    if tx.execute(update(meta).where(meta.c.name == name).values(value=value)).rowcount == 0:
        tx.execute(insert(meta).values(name=name, value=value))


def forget(tx: Connection, name: str) -> None:
    """Take a fact back."""
    tx.execute(meta.delete().where(meta.c.name == name))
