"""Tickets of one kind and brand: how many there were, and what helped the last time (R42)."""

from dataclasses import dataclass

from sqlalchemy import Connection, func, select

from responder.store.desk_tables import ticket_case as case
from responder.store.tables import ticket, ticket_event, written


@dataclass(frozen=True, slots=True)
class Familiar:
    """`times` it was seen before; `ticket`, the last one that was solved, and how."""

    times: int = 0
    ticket: int | None = None
    fix: str = ""


def familiar(tx: Connection, fingerprint: str, *, brand: str | None, before: int) -> Familiar:
    """What is known of this kind from before that ticket; a brand learns of its own alone."""
    if not fingerprint:
        return Familiar()
    own = ticket.c.brand.is_not_distinct_from(brand)
    same = (case.c.fingerprint == fingerprint, case.c.ticket < before, own)
    of_kind = case.join(ticket, case.c.ticket == ticket.c.id)
    times = int(tx.execute(select(func.count()).select_from(of_kind).where(*same)).scalar_one())
    if not times:
        return Familiar()
    solved = select(ticket.c.id).select_from(of_kind)
    solved = solved.where(*same, ticket.c.solved_at.is_not(None), ticket.c.gone == "")
    last = tx.execute(solved.order_by(ticket.c.id.desc()).limit(1)).scalar_one_or_none()
    return Familiar(times, last, _fix(tx, last) if last is not None else "")


def _fix(tx: Connection, number: int) -> str:
    """The solution that was handed back, else the words with which it was solved."""
    lines = select(ticket_event.c.kind, ticket_event.c.data, written.c.text).join(
        written,
        (written.c.log == "ticket")
        & (written.c.owner == ticket_event.c.ticket)
        & (written.c.seq == ticket_event.c.seq),
    )
    kinds = ticket_event.c.kind.in_(("note", "state"))
    found = lines.where(ticket_event.c.ticket == number, kinds).order_by(ticket_event.c.seq.desc())
    told = [(row.kind, row.data, row.text) for row in tx.execute(found)]
    handed = (text for kind, data, text in told if kind == "note" and data.get("solution"))
    ended = (text for kind, data, text in told if data.get("state") == "solved")
    return next((text for text in (*handed, *ended) if text and text != "answered"), "")
