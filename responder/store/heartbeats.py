"""When each sign of life came last."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, insert, select, update

from responder.store.pieces import pieces
from responder.store.tables import heartbeat as table


@dataclass(frozen=True, slots=True)
class Pulse:
    """The last signs of one key."""

    seen_at: datetime | None = None
    started_at: datetime | None = None
    failed_at: datetime | None = None


def sign(tx: Connection, key: str, *, good: bool, now: datetime) -> None:
    """A sign came: a good one ends what was begun and what had failed, a bad one is a failure."""
    ended = {"started_at": None, "failed_at": None}
    values = {**ended, "seen_at": now} if good else {**ended, "failed_at": now}
    _put(tx, key, values)


def begin(tx: Connection, key: str, *, now: datetime) -> None:
    """A job said that it begins; its end must follow."""
    _put(tx, key, {"started_at": now})


def pulses(tx: Connection, keys: Collection[str]) -> dict[str, Pulse]:
    """What is known of these keys; one that never gave a sign is missing."""
    return {
        row.key: Pulse(row.seen_at, row.started_at, row.failed_at)
        for piece in pieces(keys)
        for row in tx.execute(select(table).where(table.c.key.in_(piece)))
    }


def _put(tx: Connection, key: str, values: dict[str, datetime | None]) -> None:
    if tx.execute(update(table).where(table.c.key == key).values(values)).rowcount == 0:
        tx.execute(insert(table).values(key=key, **values))
