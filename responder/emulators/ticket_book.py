"""What the ticket emulator remembers, with the odd ways that Request Tracker was seen to have."""

import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, Final

NOBODY: Final = "Nobody"
RT_ITSELF: Final = "RT_System"
BOT: Final = "responder"
KEY_FIELD: Final = "Incident Key"
VOTE_FIELD: Final = "CSAT"
QUEUES: Final = {
    "General": 1,
    "level-1": 3,
    "level-2": 4,
    "level-3": 5,
    "rapid-response": 6,
    "sales-billing": 7,
}
FIELDS: Final = {"Account": 2, "Brand": 3, VOTE_FIELD: 4, KEY_FIELD: 5, "Server": 6, "Severity": 7}
CHOICES: Final[Mapping[str, Sequence[str]]] = {
    "Severity": ("critical", "high", "medium", "low"),
    VOTE_FIELD: ("1", "2", "3", "4", "5"),
}
_STATUSES: Final = ("new", "open", "stalled", "resolved", "rejected", "deleted")
_INACTIVE: Final = ("resolved", "rejected", "deleted")


def _now() -> datetime:
    return datetime.now(UTC)


@dataclass(slots=True)
class EmulatedTicket:
    """A ticket; `asked_key` is the key that it was to have, whether it got it or not."""

    id: int
    survivor: int
    asked_key: str
    subject: str
    queue: str
    priority: int
    requestors: tuple[str, ...]
    creator: str = BOT
    status: str = "new"
    owner: str = NOBODY
    fields: dict[str, str] = field(default_factory=dict)
    born: float = field(default_factory=time.monotonic)

    @property
    def visible(self) -> bool:
        """Would a person find it in a list?"""
        return self.survivor == self.id and self.status != "deleted"


@dataclass(frozen=True, slots=True)
class Transaction:
    """One thing that happened to a ticket."""

    id: int
    ticket: int
    who: str
    type: str
    what: str = ""
    old: str = ""
    new: str = ""
    text: str = ""
    useful: str = ""
    at: datetime = field(default_factory=_now)


class TicketBook:
    """Tickets and transactions. The sentences that come back are what RT says, in RT's words."""

    def __init__(self, *, unique_keys: bool = True) -> None:
        self.tickets: dict[int, EmulatedTicket] = {}
        self.transactions: list[Transaction] = []
        self.users = {RT_ITSELF: 1, NOBODY: 6, BOT: 14}
        self._unique_keys = unique_keys

    def number_of(self, user: str) -> int:
        """A user's number; a new user is made, as RT does for a customer who writes."""
        return self.users.setdefault(user, 14 + len(self.users))

    def held(self, number: int) -> EmulatedTicket:
        """A ticket, or the one that it was merged into. Raises KeyError."""
        return self.tickets[self.tickets[number].survivor]

    def create(self, who: str, told: Mapping[str, Any]) -> int:
        """A new ticket. Fields that are unknown, wrong or taken are dropped without a word."""
        number = len(self.tickets) + 1
        asked: Mapping[str, str] = told.get("CustomFields") or {}
        requestor = told.get("Requestor")
        self.tickets[number] = ticket = EmulatedTicket(
            id=number,
            survivor=number,
            asked_key=asked.get(KEY_FIELD, ""),
            subject=told.get("Subject", ""),
            queue=told["Queue"],
            priority=int(told.get("Priority") or 0),
            requestors=(requestor,) if requestor else (),
            creator=who,
        )
        ticket.fields = {
            name: value for name, value in asked.items() if not self._field_fault(name, value)
        }
        self._log(ticket, who, "Create", text=told.get("Content", ""))
        return number

    def say(
        self, who: str, number: int, text: str, *, public: bool, status: str = "", useful: str = ""
    ) -> list[str]:
        """A comment or a correspondence; the latter makes an unread or ended ticket open."""
        ticket = self.held(number)
        self._log(ticket, who, "Correspond" if public else "Comment", text=text, useful=useful)
        if public and ticket.status in {"new", *_INACTIVE}:
            self._set_status(RT_ITSELF, ticket, "open")
        said = ["Correspondence added" if public else "Comments added"]
        return said + (self._set_status(who, ticket, status) if status else [])

    def change(self, who: str, number: int, told: Mapping[str, Any]) -> list[str]:
        """Change a ticket: a refusal is a sentence too, and nothing new is no sentence."""
        ticket, said = self.held(number), list[str]()
        if "Status" in told:
            said += self._set_status(who, ticket, told["Status"])
        if "Owner" in told:
            said += self._set_owner(who, ticket, told["Owner"])
        if "Queue" in told:
            said += self._set_queue(who, ticket, told["Queue"])
        if "Priority" in told:
            self._set_priority(who, ticket, int(told["Priority"]))
        for name, value in (told.get("CustomFields") or {}).items():
            said += self._set_field(who, ticket, name, value)
        if "MergeInto" in told:
            said += self._merge(who, ticket, int(told["MergeInto"]))
        return said

    def _set_status(self, who: str, ticket: EmulatedTicket, status: str) -> list[str]:
        if status not in _STATUSES:
            return [f"Ticket {ticket.id}: Status '{status}' isn't a valid status for this ticket."]
        if status == ticket.status:
            return []
        old, ticket.status = ticket.status, status
        self._log(ticket, who, "Status", "Status", old=old, new=status)
        return [f"Ticket {ticket.id}: Status changed from '{old}' to '{status}'"]

    def _set_owner(self, who: str, ticket: EmulatedTicket, owner: str) -> list[str]:
        if owner not in self.users:
            return [f"Ticket {ticket.id}: That user does not exist"]
        if owner == ticket.owner:
            return []
        old, ticket.owner = ticket.owner, owner
        for type_ in ("Set", "SetWatcher"):  # RT tells it twice
            numbers = str(self.users[old]), str(self.users[owner])
            self._log(ticket, who, type_, "Owner", old=numbers[0], new=numbers[1])
        return [f"Ticket {ticket.id}: Owner changed from {old} to {owner}"]

    def _set_queue(self, who: str, ticket: EmulatedTicket, queue: str) -> list[str]:
        if queue not in QUEUES:
            return [f"Ticket {ticket.id}: Queue {queue} does not exist"]
        if queue == ticket.queue:
            return []
        old, ticket.queue = ticket.queue, queue
        self._log(ticket, who, "Set", "Queue", old=str(QUEUES[old]), new=str(QUEUES[queue]))
        return [f"Ticket {ticket.id}: Queue changed from {old} to {queue}"]

    def _set_priority(self, who: str, ticket: EmulatedTicket, priority: int) -> None:
        if priority != ticket.priority:
            old, ticket.priority = ticket.priority, priority
            self._log(ticket, who, "Set", "Priority", old=str(old), new=str(priority))

    def _set_field(self, who: str, ticket: EmulatedTicket, name: str, value: str) -> list[str]:
        if name not in FIELDS or ticket.fields.get(name) == value:
            return []
        if fault := self._field_fault(name, value):
            return [fault]
        ticket.fields[name] = value
        self._log(ticket, who, "CustomField", str(FIELDS[name]), new=value)
        return [f"{name} {value} added"]

    def _field_fault(self, name: str, value: str) -> str:
        if name not in FIELDS:
            return "No such field"
        if name in CHOICES and value not in CHOICES[name]:
            return "Invalid value for custom field"
        if name == KEY_FIELD and self._unique_keys and self._taken(value):
            return f"Could not add a new value to custom field: '{value}' is not a unique value"
        return ""

    def _taken(self, key: str) -> bool:
        held = (ticket.fields.get(KEY_FIELD, "") for ticket in self.tickets.values())
        return any(value.lower() == key.lower() for value in held)

    def _merge(self, who: str, ticket: EmulatedTicket, into: int) -> list[str]:
        target = self.held(into)
        if target is ticket:
            return ["Can't merge a ticket into itself"]
        target.requestors = tuple({*target.requestors, *ticket.requestors})
        link = f"fsck.com-rt://hosting.test/ticket/{target.id}"
        for one in (ticket, target):  # RT writes it to both
            self._log(one, who, "AddLink", "MergedInto", new=link)
        for one in self.tickets.values():
            one.survivor = target.id if one.survivor == ticket.id else one.survivor
        return ["Merge Successful"]

    def _log(
        self,
        ticket: EmulatedTicket,
        who: str,
        type_: str,
        what: str = "",
        *,
        old: str = "",
        new: str = "",
        text: str = "",
        useful: str = "",
    ) -> None:
        self.number_of(who)
        number = len(self.transactions) + 1
        line = Transaction(number, ticket.id, who, type_, what, old, new, text, useful)
        self.transactions.append(line)
