"""What an authenticated sender sent and nobody could read: kept once, counted."""

import hashlib
import re
from collections.abc import Iterable
from datetime import datetime

from sqlalchemy import Connection, delete, func, insert, or_, select, update

from alerts.alertmanager import Refused
from responder.store.pieces import pieces
from responder.store.tables import intake as table

# Enough to see what a sender does, and no more than the disk can bear; a body is kept whole.
KEPT = 1000
KEPT_BYTES = 100 << 20
_HEAD = 64 << 10  # bytes in which a mail says who wrote it
_WRITERS = (b"from:", b"reply-to:", b"sender:")


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


def written_by(tx: Connection, addresses: Iterable[str]) -> list[dict[str, object]]:
    """The mails and tickets of these people that are kept here: what heads each of them says who
    wrote it.
    """
    said = [one.casefold().encode() for one in addresses if "@" in one]
    theirs = or_(*(table.c.sender.startswith(kind) for kind in ("mailbox/", "tickets/")))
    rows = tx.execute(select(table).where(theirs)).mappings() if said else ()
    return [dict(row) for row in rows if any(one in _writer(row["body"]) for one in said)]


def forget(tx: Connection, digests: Iterable[str]) -> None:
    """Keep these bodies no more."""
    for piece in pieces(digests):
        tx.execute(delete(table).where(table.c.digest.in_(piece)))


def _writer(body: bytes) -> bytes:
    """The lines that say who has written it, of a mail, or of a ticket as foreign.py keeps it."""
    head = re.split(rb"\r?\n\r?\n", body[:_HEAD], maxsplit=1)[0].lower()
    lines = re.sub(rb"\r?\n[ \t]+", b" ", head).splitlines()  # RFC 5322, 2.2.3
    return b"\n".join(line for line in lines if line.startswith(_WRITERS))


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
