"""Tickets that level 1 passed on or that came back to it, by whom: to train, not to rank (R43)."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, select

from alerts.model import ActorKind
from responder.store.tables import ticket, ticket_event

_UP = ("level-2", "level-3")
_OVER = ("solved", "closed")


@dataclass(frozen=True, slots=True)
class PassedOn:
    """One ticket that somebody has passed on (`how` escalated) or that came back (reopened)."""

    person: str
    ticket: int
    subject: str
    how: str
    at: datetime


def passed_on(tx: Connection, *, since: datetime, brand: str | None = None) -> list[PassedOn]:
    """Since then, of all brands or one, by name and time: an order that says nothing of how good
    anybody is.
    """
    line = ticket_event.c
    query = (
        select(line.ticket, line.at, line.kind, line.actor_kind, line.actor, line.data)
        .add_columns(ticket.c.subject)
        .join(ticket, ticket.c.id == line.ticket)
        .where(line.kind.in_(("opened", "queue", "state")), line.at >= since, ticket.c.gone == "")
        .order_by(line.ticket, line.seq)
    )
    if brand is not None:
        query = query.where(ticket.c.brand == brand)
    found, queue, solver = list[PassedOn](), dict[int, str](), dict[int, str]()
    for row in tx.execute(query):
        told, here = row.data, queue.get(row.ticket, "level-1")
        person = row.actor if row.actor_kind == ActorKind.PERSON else ""
        if row.kind == "queue" and told.get("queue") in _UP and here == "level-1" and person:
            found.append(PassedOn(person, row.ticket, row.subject, "escalated", row.at))
        queue[row.ticket] = told.get("queue") or here
        if row.kind != "state":
            continue
        state, ended = told.get("state"), solver.get(row.ticket, "")
        if state in _OVER:
            solver[row.ticket] = ended or person
        elif ended and row.actor_kind == ActorKind.CUSTOMER:
            found.append(PassedOn(ended, row.ticket, row.subject, "reopened", row.at))
            solver[row.ticket] = ""
    return sorted(found, key=lambda one: (one.person, one.at))
