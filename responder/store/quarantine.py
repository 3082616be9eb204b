"""What an authenticated sender sent and nobody could read: kept once, counted."""

import hashlib
from collections.abc import Iterable
from datetime import datetime

from sqlalchemy import Connection, func, insert, select, update

from alerts.alertmanager import Refused
from responder.store.tables import intake as table

# Enough to see what a sender does, and no more than the disk can bear; a body is kept whole.
KEPT = 1000
KEPT_BYTES = 100 << 20


def keep(tx: Connection, sender: str, refused: Iterable[Refused], *, now: datetime) -> None:
    """Parts of a body that could not be read."""
    for one in refused:
        keep_body(tx, sender, one.raw.encode("utf-8", "replace"), reason=one.reason, now=now)


def keep_body(tx: Connection, sender: str, body: bytes, *, reason: str, now: datetime) -> bool:
    """Keep a body; the same bytes stand here once. True when it was new and there was room."""
    digest = hashlib.blake2b(body, digest_size=16).hexdigest()
    again = (
        update(table).where(table.c.digest == digest).values(times=table.c.times + 1, last_at=now)
    )
    if tx.execute(again).rowcount:
        return False
    if count(tx) >= KEPT or _bytes(tx) + len(body) > KEPT_BYTES:
        return False
    tx.execute(
        insert(table).values(
            digest=digest,
            sender=sender,
            reason=reason,
            body=body,
            times=1,
            first_at=now,
            last_at=now,
        )
    )
    return True


def count(tx: Connection) -> int:
    """How many different bodies are kept."""
    return tx.execute(select(func.count()).select_from(table)).scalar_one()


def _bytes(tx: Connection) -> int:
    return int(
        tx.execute(select(func.coalesce(func.sum(func.length(table.c.body)), 0))).scalar_one()
    )


def listed(tx: Connection, *, limit: int = 50) -> list[dict[str, object]]:
    """The newest ones, without their bytes."""
    columns = [column for column in table.c if column.name != "body"]
    found = select(*columns).order_by(table.c.last_at.desc()).limit(limit)
    return [dict(row) for row in tx.execute(found).mappings()]


def body(tx: Connection, digest: str) -> bytes | None:
    """What came, byte by byte; None when nothing of this digest is kept."""
    found = select(table.c.body).where(table.c.digest == digest)
    return tx.execute(found).scalar_one_or_none()
