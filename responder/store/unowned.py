"""Tickets that nobody has, as a list (R33)."""

from datetime import datetime, timedelta

from sqlalchemy import BigInteger, Connection, and_, func, or_, select, type_coerce

from playbooks.ports import TicketState
from responder.store.desk_tables import ticket_case as case
from responder.store.tables import ticket

FORGOTTEN = timedelta(days=7)
"""What lies for longer is an old backlog, such as that of a store that knew no nudges yet."""

_OPEN = (TicketState.NEW, TicketState.OPEN, TicketState.ANSWERING)


def since(
    tx: Connection, *, nudge: timedelta, alarm: timedelta, now: datetime, limit: int = 100
) -> list[int]:
    """Those that lie at their desk for as long as `nudge` and of which nobody was told, and for as
    long as `alarm`, of which only the desk was; the oldest first. For the tickets of incidents that
    page people the pages speak.
    """
    came = func.coalesce(case.c.entered_at, ticket.c.opened_at)
    told = case.c.nudged_at
    span = alarm // timedelta(microseconds=1)
    early = type_coerce(told, BigInteger) < type_coerce(came, BigInteger) + span
    found = (
        select(ticket.c.id)
        .select_from(ticket.outerjoin(case, case.c.ticket == ticket.c.id))
        .where(
            ticket.c.state.in_([str(one) for one in _OPEN]),
            ticket.c.owner.is_(None),
            ticket.c.gone == "",
            ticket.c.drill.is_(False),
            or_(ticket.c.channel != "monitoring", ticket.c.category != "critical"),
            came > now - alarm - FORGOTTEN,
            or_(
                and_(came <= now - nudge, told.is_(None)),
                and_(came <= now - alarm, early),
            ),
        )
        .order_by(ticket.c.id)
        .limit(limit)
    )
    return list(tx.execute(found).scalars())
