"""Tickets as JSON of the API; made inside the look, beside the loop."""

from responder.store import Tx, cases, logs
from responder.store import tickets as rows
from responder.store.tickets import Wanted
from responder.story import told_of_ticket
from responder.values import TicketRecord
from responder.web.case_answer import case_answer
from responder.web.ticket_orders import FullTicketAnswer, TicketQuery, TicketsAnswer
from responder.web.views import cursor, events


def tickets(tx: Tx, query: TicketQuery, *, below_id: int | None, brand: str | None) -> str:
    """One part of the list as JSON."""
    states = [str(one) for one in query.state]
    wanted = Wanted(states, queue=query.queue, owner=query.owner, brand=brand)
    found = rows.listed(tx, wanted, below_id=below_id, limit=query.limit + 1)
    shown, more = found[: query.limit], len(found) > query.limit
    after = cursor(shown[-1].id) if more else None
    return TicketsAnswer(tickets=tuple(map(answer, shown)), next=after).model_dump_json()


def ticket(tx: Tx, id_: int) -> str | None:
    """One ticket as JSON, None when there is none."""
    found = rows.by_id(tx, id_)
    if found is None:
        return None
    case = cases.by_ticket(tx, id_)
    shown = answer(found)
    return shown.model_copy(update={"case": case_answer(case) if case else None}).model_dump_json()


def ticket_events(tx: Tx, id_: int) -> str | None:
    """The whole log of a ticket as JSON, None when there is no such ticket."""
    if rows.by_id(tx, id_) is None:
        return None
    return events(logs.read(tx, "ticket", id_), told_of_ticket).model_dump_json()


def answer(one: TicketRecord) -> FullTicketAnswer:
    """One ticket as the API shows it."""
    return FullTicketAnswer(
        id=str(one.id),
        ref=one.ref,
        key=one.key,
        system=one.system,
        subject=one.subject,
        queue=one.queue,
        level=one.level,
        owner=one.owner,
        state=one.state,
        priority=one.priority,
        category=one.category,
        brand=one.brand,
        account=one.account,
        server=one.server,
        channel=one.channel,
        incident=None if one.incident is None else str(one.incident),
        opened_at=one.opened_at,
        reacted_at=one.reacted_at,
        replied_at=one.replied_at,
        useful_at=one.useful_at,
        solved_at=one.solved_at,
        solved_by=one.solved_by,
        drill=one.drill,
    )
