"""What customers said and who they are, found again: for limits, for their lists, for votes."""

from datetime import datetime

from sqlalchemy import Connection, Text, cast, exists, func, literal, select, text

from playbooks.ports import ChangeKind
from responder.store import tickets
from responder.store.desk_tables import ticket_case
from responder.store.tables import kpi_observation, ticket, ticket_event
from responder.values import TicketRecord

_SPOKEN = (ChangeKind.CUSTOMER, ChangeKind.VOTE)


def spoken_since(tx: Connection, number: int, since: datetime) -> int:
    """How often the customer has written or voted since then."""
    lines = (ticket_event.c.ticket == number, ticket_event.c.at > since)
    kinds = ticket_event.c.kind.in_(_SPOKEN)
    found: int = tx.execute(select(func.count()).where(*lines, kinds)).scalar_one()
    return found


def of_account(tx: Connection, account: str, *, brand: str, limit: int) -> list[TicketRecord]:
    """The account's tickets of this brand, of none for "", the newest first."""
    own = (ticket.c.account == account, ticket.c.brand.is_not_distinct_from(brand or None))
    query = select(ticket.c.id).where(*own, ticket.c.gone != "deleted")
    ids = tx.execute(query.order_by(ticket.c.id.desc()).limit(limit)).scalars()
    return [one for id_ in ids if (one := tickets.by_id(tx, id_)) is not None]


def to_ask(
    tx: Connection, *, figure: str, solved_after: datetime, limit: int
) -> list[TicketRecord]:
    """Solved tickets of people who wrote to us, and who were not asked yet how the help was."""
    about = literal("ticket:") + cast(ticket.c.id, Text)
    asked = exists().where(kpi_observation.c.about == about, kpi_observation.c.figure == figure)
    query = (
        select(ticket.c.id)
        .join(ticket_case, ticket_case.c.ticket == ticket.c.id)
        # Word for word as in the partial index: else every ticket would be looked at.
        .where(text("ticket.solved_at IS NOT NULL"), ticket.c.solved_at > solved_after)
        .where(ticket.c.gone == "", ~ticket.c.drill, ticket_case.c.requester != "", ~asked)
        .order_by(ticket.c.solved_at)
        .limit(limit)
    )
    ids = tx.execute(query).scalars()
    return [one for id_ in ids if (one := tickets.by_id(tx, id_)) is not None]
