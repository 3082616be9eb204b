"""What is said on a ticket here goes to where it is kept, when that is another ticket system."""

from responder.tickets.desk import SYSTEM
from responder.values import Effect, EffectKind, TicketRecord


def told_there(ticket: TicketRecord, said: str, *, queue: str = "") -> list[Effect]:
    """The line of its log that is called `said` outside, and the queue that it should lie in; its
    log here learns of the move when that comes home. Nothing for a ticket of our own desk.
    """
    if ticket.system == SYSTEM:
        return []
    told = {"ticket": ticket.id, "said": said, "queue": queue}
    key, lane = f"ticket-{ticket.id}/{said}", f"words/{ticket.id}"
    return [Effect(key, EffectKind.TICKET_COMMENT, 0, told, lane=lane)]
