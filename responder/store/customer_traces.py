"""Where else a ticket is spoken of: in its incident, in digests. It is taken away there as well."""

import re
from collections.abc import Collection
from datetime import datetime
from typing import Any, Final

from sqlalchemy import Connection, and_, or_, select, update

from responder.store.desk_tables import digest
from responder.store.pieces import pieces
from responder.store.tables import incident, outbox, ticket, written

ERASED: Final = "[erased]"
_SHORTEST: Final = 4  # letters of a subject that is looked for in a title


def wipe(tx: Connection, tickets: Collection[int], *, by: str, now: datetime) -> None:
    """To be called while the tickets still have their subjects."""
    found = select(ticket.c.id, ticket.c.subject, ticket.c.incident)
    joined = found.where(ticket.c.incident.is_not(None))
    titled = set[int]()
    for piece in pieces(tickets):
        for row in tx.execute(joined.where(ticket.c.id.in_(piece))).all():
            if _of_incident(tx, row, by=by, now=now):
                titled.add(row.incident)
    _of_digests(tx, tickets, titled)


def without(text: str, tickets: Collection[int], incidents: Collection[int] = ()) -> str:
    """The text without what its lines say of these, as digests speak of them."""
    for what, ids in (("[Tt]icket", tickets), ("incident", incidents)):
        if numbers := "|".join(str(number) for number in sorted(ids)):
            text = re.sub(rf"\b({what} (?:{numbers})\b).*", rf"\1: {ERASED}", text)
    return text


def _of_incident(tx: Connection, row: Any, *, by: str, now: datetime) -> bool:
    """Did its title hold what the customer wrote?"""
    one = incident.c.id == row.incident
    title: str | None = tx.execute(select(incident.c.title).where(one)).scalar_one_or_none()
    titled = title is not None and len(row.subject) >= _SHORTEST and row.subject in title
    if title is not None and titled:
        tx.execute(update(incident).where(one).values(title=title.replace(row.subject, ERASED)))
    about = [written.c.text.contains(f"icket {row.id}{end}") for end in (":", ")")]
    beside = select(ticket.c.id).where(ticket.c.incident == row.incident)
    mine = or_(
        and_(written.c.log == "incident", written.c.owner == row.incident),
        and_(written.c.log == "ticket", written.c.owner.in_(beside)),
    )
    there = (mine, or_(*about), written.c.erased_at.is_(None))
    tx.execute(update(written).where(*there).values(text="", erased_at=now, erased_by=by))
    return titled


def _of_digests(tx: Connection, tickets: Collection[int], incidents: Collection[int]) -> None:
    for row in tx.execute(select(digest.c.starts_at, digest.c.text)).all():
        if (text := without(row.text, tickets, incidents)) != row.text:
            tx.execute(update(digest).where(digest.c.starts_at == row.starts_at).values(text=text))
    sent = select(outbox.c.id, outbox.c.payload).where(outbox.c.key.startswith("digest/"))
    for row in tx.execute(sent).all():
        text = without(str(row.payload.get("text", "")), tickets, incidents)
        if text != row.payload.get("text", ""):
            payload = {**row.payload, "text": text}
            tx.execute(update(outbox).where(outbox.c.id == row.id).values(payload=payload))
