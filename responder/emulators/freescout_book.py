"""What the FreeScout emulator remembers, with the ways that its source and documents tell of."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, Final

BOT: Final = "responder"
MAILBOXES: Final = ("Support", "Emergency", "sales-billing", "Acme", "Careers")
STATUSES: Final = ("active", "pending", "closed", "spam")
_ACTIONS: Final = {
    "status": ("changed-ticket-status", "marked as"),
    "assignTo": ("changed-ticket-assignee", "assigned to"),
    "mailboxId": ("moved-from-mailbox", "moved conversation from another mailbox"),
}


class Refusal(Exception):
    """400 with the field that FreeScout does not like."""

    def __init__(self, path: str, message: str) -> None:
        super().__init__(message)
        self.path = path


def now() -> datetime:
    """Whole seconds, as its API tells them."""
    return datetime.now(UTC).replace(microsecond=0)


@dataclass(slots=True)
class Thread:
    """Words, or a line of the history, in a conversation that a merge may change."""

    id: int
    conversation: int
    type: str
    who: str
    at: datetime
    body: str = ""
    status: str = "nochange"
    assignee: str = ""
    action: tuple[str, str] | None = None


@dataclass(slots=True)
class Conversation:
    """A conversation; its number is not its id."""

    id: int
    subject: str
    mailbox: int
    customer: str
    created_at: datetime
    updated_at: datetime
    status: str = "active"
    state: str = "published"
    assignee: str = ""

    @property
    def number(self) -> int:
        """What people call it."""
        return self.id + 100


@dataclass(slots=True)
class FreeScoutBook:
    """Conversations and threads. `clock` may be set: equal time stamps are asked for so.

    `refuses`: what is not changed though the answer is a 204. `cuts`: so many characters of a
    subject are kept. People are users by name, customers by their address.
    """

    conversations: dict[int, Conversation] = field(default_factory=dict)
    threads: list[Thread] = field(default_factory=list)
    users: dict[str, int] = field(default_factory=lambda: {BOT: 1})
    customers: dict[str, int] = field(default_factory=dict)
    mailboxes: list[str] = field(default_factory=lambda: list(MAILBOXES))
    clock: Callable[[], datetime] = now
    refuses: set[str] = field(default_factory=set)
    cuts: int = 998

    def create(self, told: Mapping[str, Any]) -> Conversation:
        """A new conversation with its first thread."""
        if told.get("mailboxId") not in range(1, len(self.mailboxes) + 1):
            raise Refusal("mailboxId", "Mailbox does not exist")
        at, number = self.clock(), len(self.conversations) + 1
        self.conversations[number] = made = Conversation(
            id=number,
            subject=told["subject"][: self.cuts],
            mailbox=told["mailboxId"],
            customer=told["customer"]["email"],
            created_at=at,
            updated_at=at,
            status=told.get("status", "active"),
        )
        for thread in told["threads"]:
            self.speak(number, thread)
        return made

    def speak(self, number: int, told: Mapping[str, Any]) -> Thread:
        """A thread by what the API is told: a user's by his number, a customer's by his address."""
        if told["type"] == "customer":
            who = told["customer"]["email"]
        else:
            who = self.user_of(int(told["user"]))
        return self.say(who, number, told["text"], type=told["type"])

    def say(self, who: str, number: int, text: str, *, type: str, status: str = "") -> Thread:
        """Words; a reply may set the status with no line of its own."""
        held = self.conversations[number]
        if status:
            held.status = status
        thread = self._add(held, who, type, body=text)
        thread.status = status or "nochange"
        thread.assignee = held.assignee
        return thread

    def change(self, who: str, number: int, told: Mapping[str, Any]) -> None:
        """Change a conversation; each change leaves a line, but for the subject."""
        held = self.conversations[number]
        for name, value in told.items():
            if name == "byUser" or name in self.refuses:
                continue
            if name == "subject":
                held.subject, held.updated_at = value[: self.cuts], self.clock()
            elif name in _ACTIONS and self._set(held, name, value):
                self._line(held, who, *_ACTIONS[name])

    def merge(self, who: str, source: int, into: int) -> None:
        """All threads move; the source is left among the deleted with a line that names the other
        by number.
        """
        old, new = self.conversations[source], self.conversations[into]
        for thread in self.threads:
            thread.conversation = into if thread.conversation == source else thread.conversation
        self._line(new, who, "merged", "merged with another conversation")
        self._line(old, who, "merged", f"merged into conversation #{new.number}")
        self.delete(who, source)

    def delete(self, who: str, number: int) -> None:
        """Into the folder of the deleted."""
        held = self.conversations[number]
        held.state = "deleted"
        self._line(held, who, "deleted-ticket", "deleted")

    def threads_of(self, number: int) -> Sequence[Thread]:
        """The newest first, as the API gives them."""
        return [one for one in reversed(self.threads) if one.conversation == number]

    def user_of(self, number: int) -> str:
        """A user's name. Raises Refusal."""
        names = {known: name for name, known in self.users.items()}
        if number not in names:
            raise Refusal("user", "User does not exist")
        return names[number]

    def number_of(self, who: str) -> int:
        """A user's or customer's number; a new customer is made."""
        if who in self.users:
            return self.users[who]
        return self.customers.setdefault(who, 500 + len(self.customers))

    def _set(self, held: Conversation, name: str, value: Any) -> bool:
        before = (held.status, held.assignee, held.mailbox)
        if name == "status" and value not in STATUSES:
            raise Refusal("status", "Incorrect value")
        if name == "mailboxId" and value not in range(1, len(self.mailboxes) + 1):
            raise Refusal("mailboxId", "Mailbox does not exist")
        if name == "status":
            held.status = value
        elif name == "assignTo":
            held.assignee = self.user_of(int(value)) if value else ""
        else:
            held.mailbox = value
        return before != (held.status, held.assignee, held.mailbox)

    def _line(self, held: Conversation, who: str, action: str, text: str) -> None:
        line = self._add(held, who, "lineitem")
        line.action = (action, f"{who} {text}")
        line.assignee = held.assignee
        if action == "changed-ticket-status":
            line.status = held.status

    def _add(self, held: Conversation, who: str, type: str, *, body: str = "") -> Thread:
        held.updated_at = self.clock()
        number = len(self.threads) + 1
        thread = Thread(number, held.id, type, who, held.updated_at, body)
        self.threads.append(thread)
        return thread
