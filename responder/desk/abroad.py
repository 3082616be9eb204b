"""What is said on a ticket here goes to where it is kept, when that is another ticket system."""

from typing import Final

from responder.tickets.desk import SYSTEM
from responder.values import Effect, EffectKind, TicketRecord

# These take no request from us: our own desk, and mail, which would come in our own name.
NO_HOUSE: Final = ("", SYSTEM, "email")
_BORN_THERE: Final = ("monitoring", "ticket")


def told_there(ticket: TicketRecord, said: str, *, queue: str = "") -> list[Effect]:
    """The line of its log that is called `said` outside, and the queue that it should lie in; its
    log here learns of the move when that comes home. Nothing for a ticket of our own desk.
    """
    if ticket.system == SYSTEM:
        return []
    told = {"ticket": ticket.id, "said": said, "queue": queue}
    key = f"ticket-{ticket.id}/{said}"
    return [Effect(key, EffectKind.TICKET_COMMENT, 0, told, lane=lane(ticket))]


def to_be_filed(ticket: TicketRecord, *, house: str) -> list[Effect]:
    """A request that came to us is opened in the ticket system that is called `house` as well, and
    kept there from then on; nothing where that takes none, and for what is over.
    """
    if house in NO_HOUSE or ticket.system != SYSTEM or ticket.over:
        return []
    told = {"ticket": ticket.id}
    key = f"ticket-{ticket.id}/file"
    return [Effect(key, EffectKind.TICKET_FILE, 0, told, lane=lane(ticket))]


def is_filed(ticket: TicketRecord) -> bool:
    """Did we open it there for a customer? Then that system does not know him: we write to him."""
    return ticket.system not in NO_HOUSE and ticket.channel not in _BORN_THERE


def lane(ticket: TicketRecord) -> str:
    """What is said on one ticket arrives in the order in which it was said."""
    return f"words/{ticket.id}"
