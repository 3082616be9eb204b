"""A customer's ticket, gathered for his eyes in one look."""

from dataclasses import dataclass
from datetime import datetime

from responder.desk.tracking import Seen, seen, speech
from responder.majors.life import next_update_of
from responder.plan import Plan
from responder.store import Tx, attachments, logs
from responder.store.attachments import File
from responder.trackwork import Right, owned


@dataclass(frozen=True, slots=True)
class Track:
    """What he sees, his pictures, and how long the ticket's log is: it grows with every change."""

    seen: Seen
    files: list[File]
    seq: int


def track(tx: Tx, right: Right, *, plan: Plan, now: datetime) -> Track:
    """The ticket as it is. Raises NoSuchTicket."""
    ticket = owned(tx, right)
    promised = next_update_of(tx, ticket.incident) if ticket.incident is not None else None
    shown = seen(
        ticket,
        logs.read(tx, "ticket", ticket.id),
        speech(plan.clientele, ticket.brand),
        next_update=promised if promised and promised > now else None,
        votes_within=plan.desk.votes_within,
        now=now,
    )
    return Track(shown, attachments.of_ticket(tx, ticket.id), ticket.seq)


def length(tx: Tx, right: Right) -> int:
    """How long its log is: whoever follows it looks at the rest only when this has grown. Raises
    NoSuchTicket.
    """
    return owned(tx, right).seq
