"""Every try to deliver a page and every later word about it: the ledger per attempt."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, insert, select

from playbooks.plain import one_line
from responder.store.tables import page_delivery as page_table
from responder.store.voice_tables import page_try as table

_LONGEST = 300


@dataclass(frozen=True, slots=True)
class Try:
    """`outcome`: accepted | failed | unsure (a try), reached | missed | unknown (what the provider
    said later), pressed (a key of the telephone), answered (an SMS).
    """

    key: str
    at: datetime
    outcome: str
    detail: str


def add(tx: Connection, key: str, *, outcome: str, detail: str = "", now: datetime) -> None:
    """One more line."""
    told = one_line(detail, limit=_LONGEST)
    tx.execute(insert(table).values(key=key, at=now, outcome=outcome, detail=told))


def known(tx: Connection, key: str, *, outcome: str, detail: str) -> bool:
    """Does this very line stand there? What comes twice from outside is done once."""
    same = (table.c.key == key) & (table.c.outcome == outcome) & (table.c.detail == detail)
    return tx.execute(select(table.c.id).where(same).limit(1)).first() is not None


def of_incident(tx: Connection, incident: int) -> dict[str, tuple[Try, ...]]:
    """The lines of each page of this incident, in order."""
    lines = (
        select(table.c.key, table.c.at, table.c.outcome, table.c.detail)
        .join(page_table, page_table.c.key == table.c.key)
        .where(page_table.c.incident == incident)
        .order_by(table.c.id)
    )
    grouped: dict[str, tuple[Try, ...]] = {}
    for row in tx.execute(lines).mappings():
        grouped[row["key"]] = (*grouped.get(row["key"], ()), Try(**row))
    return grouped
