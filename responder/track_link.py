"""Where a customer follows his ticket: a signed address at his brand's own name (R30)."""

from datetime import datetime

from responder.desk.tracking import link_base
from responder.links import TRACKED_FOR, Links, TrackGrant
from responder.live import Live
from responder.values import TicketRecord


def track_link(live: Live, links: Links, ticket: TicketRecord, *, now: datetime) -> str:
    """Good for 90 days from now, for this ticket alone."""
    clientele, listen = live.plan.clientele, live.config.status.listen
    grant = TrackGrant(ticket.id, ticket.brand or "", now + TRACKED_FOR)
    return links.track(grant, base=link_base(clientele, ticket.brand, listen))


def letter_link(live: Live, links: Links, ticket: TicketRecord, *, now: datetime) -> str:
    """The same for a letter: only in a brand's own name. Without `status_url` a letter has no link,
    for it would name us; then it is "".
    """
    brand = live.plan.clientele.brands.get(ticket.brand or "")
    own = brand is not None and brand.status_url
    return track_link(live, links, ticket, now=now) if own else ""
