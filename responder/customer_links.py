"""The address at which a customer follows his ticket, as letters name it (R30)."""

from responder.requests import Linked
from responder.track_link import letter_link
from responder.values import TicketRecord
from responder.world import World


def link_to(world: World) -> Linked:
    """Only in a brand's own name: without `status_url` a link would name us, and there is none."""

    def link(ticket: TicketRecord) -> str:
        return letter_link(world.live, world.links, ticket, now=world.clock.now())

    return link
