"""Gives a customer's ticket to the person whom that customer knows (R96)."""

import asyncio
from collections.abc import Collection
from datetime import datetime

import structlog

from alerts.model import Category
from playbooks.outside import OutsideError
from playbooks.ports import Assigns, TicketRef, TicketSystem
from responder.paging.duties import Duties
from responder.plan import Plan
from responder.rota.contact import assignee
from responder.store import Tx, rotas
from responder.values import Incident

log = structlog.get_logger(__name__)

_RESELLER = "reseller:"
_WITHIN = 10.0  # seconds: the ticket is open, and that is what counts


def owner_of(tx: Tx, incident: Incident, *, plan: Plan, now: datetime) -> str | None:
    """Who gets the ticket of this incident, as the ticket system calls that person; None: whoever
    takes it from its queue.
    """
    client = plan.clientele.clients.get(incident.key.removeprefix(_RESELLER))
    if client is None or client.own is None or not incident.key.startswith(_RESELLER):
        return None
    critical = incident.category is Category.CRITICAL
    found = assignee(client.own, on_call=on_shift(tx, plan, now=now), critical=critical)
    return plan.clientele.accounts.get(found, found) if found else None


def on_shift(tx: Tx, plan: Plan, *, now: datetime) -> Collection[str]:
    """Everybody who is on call in some rota; without rotas everybody, for nobody knows better."""
    told = plan.escalations
    if not isinstance(told, Duties) or not told.rotas:
        return told.methods
    changes = rotas.changes(tx, now=now)
    return {who for rota in told.rotas.values() for who in rota.on_call(now, changes)}


async def give(system: TicketSystem, ticket: TicketRef, owner: str) -> None:
    """As far as the ticket system can and lets us: without it the ticket lies in its queue, where
    everybody sees it.
    """
    if not isinstance(system, Assigns):
        log.info("ticket_not_assigned", ticket=ticket.id, owner=owner, why="it has no owners")
        return
    try:
        async with asyncio.timeout(_WITHIN):
            await system.assign(ticket, owner)
    except (OutsideError, TimeoutError) as error:
        why = str(error) or f"no answer in {_WITHIN:g} s"
        log.warning("ticket_not_assigned", ticket=ticket.id, owner=owner, why=why)
    else:
        log.info("ticket_assigned", ticket=ticket.id, owner=owner)
