"""What is measured: the figures by name, and those of openings and of incidents."""

from datetime import datetime
from enum import StrEnum
from typing import Final

from alerts.model import Priority
from responder.run_values import Run
from responder.values import Figure, Incident, TicketRecord


class Name(StrEnum):
    """The first word of `Figure.figure`; some have more words behind a slash, for a counter."""

    REACTION = "reaction"  # /automation for the daemon's own
    FIRST_REPLY = "first_reply"
    USEFUL = "useful_response"
    RESOLUTION = "resolution"
    WAIT = "requester_wait"
    OPENED = "opened"  # /category/channel
    SOLVED = "solved"
    ESCALATED = "escalated"  # /from/to
    HANDBACK = "handback"  # /from/yes|no: does the level below get the solution?
    REOPENED = "reopened"
    ONE_TOUCH = "one_touch"
    MISSCOPED = "misscoped"
    REPEAT = "repeat"
    TOPIC = "topic"  # /task
    KB_LINKED = "kb_linked"  # /yes|no
    SLA_BREACH = "sla_breach"  # /target
    VOTE = "csat"  # /score/brand
    ACK = "ack"
    RECOVERY = "recovery"
    FIRST_ACTION = "first_action"


PERSON: Final = "person"
PRIORITIES: Final = tuple(str(priority) for priority in Priority)
CHANNELS: Final = ("ticket", "email", "phone", "chat", "form", "api", "monitoring")
SCORES: Final = ("1", "2", "3", "4", "5")
ANSWERS: Final = ("yes", "no")


def counts(ticket: TicketRecord) -> bool:
    """Drills, merged and deleted tickets count nowhere."""
    return not ticket.drill and not ticket.gone


def opened(ticket: TicketRecord) -> tuple[Figure, ...]:
    """A ticket has come."""
    return _at_opening(ticket, "/".join((Name.OPENED, ticket.category, ticket.channel)))


def of_topic(ticket: TicketRecord, task: str) -> tuple[Figure, ...]:
    """Which task of the scope catalogue a new ticket is about (R60); "" is other."""
    return _at_opening(ticket, f"{Name.TOPIC}/{task}")


def _at_opening(ticket: TicketRecord, figure: str) -> tuple[Figure, ...]:
    if not counts(ticket):
        return ()
    return (
        Figure(
            about=f"ticket:{ticket.id}",
            figure=figure,
            seconds=0,
            priority=ticket.priority,
            level=ticket.level,
            by=PERSON,
            at=ticket.opened_at,
            brand=ticket.brand or "",
            channel=ticket.channel,
        ),
    )


def of_incident(before: Incident | None, after: Incident) -> tuple[Figure, ...]:
    """What has become known about an incident with this change: its acknowledgement, its recovery.

    Of its first episode alone, as `opened_at` is the start of that one; not while it is muted
    (planned work), and not when a person ended it while it still fired.
    """
    if before is None or after.drill or after.episode > 1 or after.muted_by:
        return ()
    found = []
    if before.acknowledged_at is None and (at := after.acknowledged_at):
        found.append((Name.ACK, at))
    well = after.recovered_at if not after.firing else None
    if before.resolved_at is None and after.resolved_at and well:
        found.append((Name.RECOVERY, well))
    return tuple(
        Figure(
            about=f"incident:{after.id}",
            figure=name,
            seconds=max(0, int((at - after.opened_at).total_seconds())),
            priority=after.priority,
            level="",
            by=PERSON,
            at=at,
        )
        for name, at in found
    )


def first_action(run: Run, incident: Incident, *, at: datetime) -> tuple[Figure, ...]:
    """The first step of a playbook that the daemon itself has begun for an incident's first episode
    (R24).
    """
    if run.drill or run.dry or run.requested_by or run.results or incident.episode > 1:
        return ()
    return (
        Figure(
            about=f"incident:{incident.id}",
            figure=Name.FIRST_ACTION,
            seconds=max(0, int((at - incident.opened_at).total_seconds())),
            priority=incident.priority,
            level="",
            by="automation",
            at=at,
        ),
    )
