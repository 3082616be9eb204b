"""Pages whose fate a provider tells only later, and when to ask next."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, delete, insert, select, update

from responder.store.tables import page_delivery as page_table
from responder.store.voice_tables import page_follow as table


@dataclass(frozen=True, slots=True)
class Follow:
    """One page to ask about: `method` is the kind that took it, `until_at` when nobody asks any
    more.
    """

    key: str
    method: str
    reference: str
    due_at: datetime
    until_at: datetime


def begin(
    tx: Connection, key: str, *, reference: str, due_at: datetime, until_at: datetime
) -> None:
    """Ask about this page from now on; of two attempts the later one is followed."""
    end(tx, key)
    tx.execute(insert(table).values(key=key, reference=reference, due_at=due_at, until_at=until_at))


def waiting(tx: Connection, *, now: datetime) -> bool:
    """Is any of them due?"""
    return tx.execute(select(table.c.key).where(table.c.due_at <= now).limit(1)).first() is not None


def take(
    tx: Connection, *, again: Callable[[Follow], datetime], now: datetime, limit: int
) -> list[Follow]:
    """What is due now; each is due again when `again` says, so that no other instance asks too."""
    due = (
        select(table, page_table.c.method)
        .join(page_table, page_table.c.key == table.c.key)
        .where(table.c.due_at <= now)
        .order_by(table.c.due_at, table.c.key)
        .limit(limit)
        .with_for_update(of=table, skip_locked=True)
    )
    taken = [Follow(**row) for row in tx.execute(due).mappings()]
    for one in taken:
        tx.execute(update(table).where(table.c.key == one.key).values(due_at=again(one)))
    return taken


def hasten(tx: Connection, key: str, *, now: datetime) -> bool:
    """The provider has news: ask at once. False when nobody asks about this page any more."""
    sooner = update(table).where(table.c.key == key).values(due_at=now)
    return tx.execute(sooner).rowcount == 1


def end(tx: Connection, key: str) -> bool:
    """Its fate is known. False when somebody else has ended it by now: then do nothing more."""
    return tx.execute(delete(table).where(table.c.key == key)).rowcount == 1
