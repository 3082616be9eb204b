"""Tickets and what happens to them, made up for tests; minutes count from the opening."""

from datetime import UTC, datetime, timedelta
from typing import Any, Final

from alerts.model import Actor, ActorKind, Category, Priority, person
from playbooks.ports import Change, ChangeKind, TicketRef, TicketState
from responder.desk.life import happened
from responder.values import Figure, TicketRecord

OPENED: Final = datetime(2026, 11, 21, 3, 10, tzinfo=UTC)
ANA, BOB, DANA = person("ana"), person("bob"), person("dana")
ROBOT: Final = Actor(ActorKind.SYSTEM, "RT_System")
JOHN: Final = Actor(ActorKind.CUSTOMER, "john@customer.example")


def minutes(number: float) -> datetime:
    """So long after the opening."""
    return OPENED + timedelta(minutes=number)


def ticket(queue: str = "level-1", **values: Any) -> TicketRecord:
    """A ticket as it was opened."""
    told: dict[str, Any] = {
        "id": 7,
        "key": "f00-7/ticket",
        "system": "rt",
        "ref": "42",
        "subject": "web1 is down",
        "queue": queue,
        "level": queue,
        "state": TicketState.NEW,
        "priority": Priority.HIGH,
        "category": Category.HOSTING,
        "channel": "monitoring",
        "opened_at": OPENED,
        "detected_at": OPENED,
    }
    return TicketRecord(**(told | values))


def change(
    kind: str,
    actor: Actor = ANA,
    *,
    at: float = 1,
    text: str = "",
    id: str = "",
    **data: str | None,
) -> Change:
    """Somebody did something `at` minutes after the opening."""
    return Change(id, TicketRef("rt", "42"), minutes(at), ChangeKind(kind), actor, text, data)


def lived(begin: TicketRecord, *changes: Change) -> tuple[TicketRecord, list[Figure]]:
    """The ticket after these changes, and everything that was measured meanwhile."""
    measured: list[Figure] = []
    for one in changes:
        step = happened(begin, one)
        begin = step.ticket
        measured += step.figures
    return begin, measured


def told(figures: list[Figure] | tuple[Figure, ...]) -> dict[str, float]:
    """Figures by name, in minutes."""
    return {one.figure: one.seconds / 60 for one in figures}
