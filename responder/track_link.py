"""Where a customer follows his ticket: a signed address at his brand's own name."""

from datetime import datetime

from responder.desk.tracking import link_base
from responder.links import TRACKED_FOR, Links, TrackGrant
from responder.live import Live
from responder.values import TicketRecord


def track_link(live: Live, links: Links, ticket: TicketRecord, *, now: datetime) -> str:
    """Good for 90 days from now, for this ticket alone (R30)."""
    clientele, listen = live.plan.clientele, live.config.status.listen
    grant = TrackGrant(ticket.id, ticket.brand or "", now + TRACKED_FOR)
    return links.track(grant, base=link_base(clientele, ticket.brand, listen))
