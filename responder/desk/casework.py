"""The case of a ticket: what the procedure knows of it, made at the first need."""

from responder.desk_values import Case
from responder.store import Tx, cases
from responder.values import TicketRecord


def case_of(tx: Tx, ticket: TicketRecord) -> Case:
    """Its case; a bare one where nobody has made one yet (monitoring, by hand, of old)."""
    known = cases.by_ticket(tx, ticket.id)
    if known is not None:
        return known
    bare = Case(ticket.id, entered_at=ticket.opened_at, handler=ticket.owner)
    cases.add(tx, bare)
    return bare
