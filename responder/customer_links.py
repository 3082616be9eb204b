"""The address at which a customer follows his ticket, as letters name it (R30)."""

from datetime import timedelta
from typing import Final

from responder.links import TrackGrant
from responder.requests import Linked
from responder.values import TicketRecord
from responder.world import World

VALID: Final = timedelta(days=90)


def link_to(world: World) -> Linked:
    """Only in a brand's own name: without `status_url` a letter has no link, for it would name us."""

    def link(ticket: TicketRecord) -> str:
        brand = world.live.plan.clientele.brands.get(ticket.brand or "")
        if brand is None or not brand.status_url:
            return ""
        grant = TrackGrant(ticket.id, ticket.brand or "", world.clock.now() + VALID)
        return world.links.track(grant, base=brand.status_url)

    return link
