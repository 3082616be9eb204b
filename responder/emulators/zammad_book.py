"""What the Zammad emulator remembers, with the odd ways that its source and documents tell of."""

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, Final

ITSELF: Final = 1
BOT: Final = "responder"
KEY_FIELD: Final = "incident_key"
VOTE_FIELD: Final = "csat"
GROUPS: Final = (
    "Users",
    "Rapid Response",
    "level-1",
    "level-2",
    "level-3",
    "sales-billing",
    "abuse",
    "supervisor",
    "accounts",
)
STATES: Final = ("new", "open", "pending reminder", "closed", "merged", "pending close")
PRIORITIES: Final = ("1 low", "2 normal", "3 high")
_LOGGED: Final = ("title", "group", "state", "priority", "owner", "customer")


class Refusal(Exception):
    """422 with Zammad's words."""


def now() -> datetime:
    """Milliseconds, as PostgreSQL keeps them for Zammad."""
    told = datetime.now(UTC)
    return told.replace(microsecond=told.microsecond // 1000 * 1000)


@dataclass(slots=True)
class EmulatedTicket:
    """A ticket by names; `own` are the attributes of one's own."""

    id: int
    title: str
    group: str
    customer: str
    state: str
    priority: str
    created_at: datetime
    updated_at: datetime
    owner: str = "-"
    own: dict[str, str] = field(default_factory=dict)
    born: float = field(default_factory=time.monotonic)

    @property
    def number(self) -> str:
        """What people call it."""
        return str(22000 + self.id)


@dataclass(slots=True)
class Article:
    """Words in a ticket; `to` is whom they were mailed to."""

    id: int
    ticket: int
    who: str
    body: str
    type: str
    internal: bool
    sender: str
    content_type: str
    to: str = ""


class ZammadBook:
    """Tickets, articles and their history. `clock` may be set: equal time stamps are asked for so.

    `refuses`: attributes whose change is put back by a rule of the company, with a 200.
    `agents`: who may own a ticket in a group, everybody unless named.
    """

    def __init__(self) -> None:
        self.tickets: dict[int, EmulatedTicket] = {}
        self.articles: dict[int, Article] = {}
        self.history: list[dict[str, Any]] = []
        self.users: dict[str, int] = {"-": ITSELF, BOT: 2}
        self.deleted: set[str] = set()
        self.groups = list(GROUPS)
        self.attributes: set[str] = {KEY_FIELD, VOTE_FIELD, "brand", "server", "severity"}
        self.clock: Callable[[], datetime] = now
        self.refuses: set[str] = set()
        self.agents: dict[str, set[str]] = {}
        self._made = 0
        self._logged = 0

    def number_of(self, user: str) -> int:
        """A user's number; a customer who writes becomes one."""
        return self.users.setdefault(user, len(self.users) + 1)

    def login_of(self, number: int) -> str:
        """Raises KeyError, for those who were deleted too: their acts stay."""
        known = {number: name for name, number in self.users.items() if name not in self.deleted}
        return known[number]

    def create(self, who: str, told: Mapping[str, Any]) -> EmulatedTicket:
        """A new ticket. Attributes that nobody has defined are dropped without a word."""
        if told.get("group") not in self.groups:
            raise Refusal(f"No lookup value found for 'group': \"{told.get('group')}\"")
        self._made += 1
        at, number = self.clock(), self._made
        self.tickets[number] = ticket = EmulatedTicket(
            id=number,
            title=told["title"],
            group=told["group"],
            customer=self._customer(told.get("customer_id")),
            state=told.get("state", "new"),
            priority=told.get("priority", "2 normal"),
            created_at=at,
            updated_at=at,
            own={name: str(told[name]) for name in self.attributes if told.get(name)},
        )
        self.log(ticket, who, "created")
        if "article" in told:
            self.say(who, ticket.id, **_spoken(told["article"]))
        return ticket

    def change(self, who: str, number: int, told: Mapping[str, Any]) -> EmulatedTicket:
        """Change a ticket; what is refused is simply not done."""
        ticket = self.tickets[number]
        self._check(told)
        for name, value in told.items():
            if name in self.refuses or name == "article":
                continue
            if name in self.attributes:
                self._note(ticket, who, name, ticket.own.get(name, ""), str(value))
                ticket.own[name] = str(value)
            elif name in _LOGGED:
                self._set(ticket, who, name, self._allowed(ticket, name, str(value)))
        return ticket

    def say(
        self,
        who: str,
        number: int,
        body: str,
        *,
        type: str = "note",
        internal: bool = False,
        sender: str = "Agent",
        content_type: str = "text/plain",
        to: str = "",
    ) -> Article:
        """An article; Zammad sends an internal e-mail as any other."""
        ticket = self.tickets[number]
        new = max(self.articles, default=0) + 1
        article = Article(new, number, who, body, type, internal, sender, content_type, to)
        self.articles[new] = article
        self.log(ticket, who, "created", article=article.id)
        # What the web page calls noise: Zammad writes it down beside.
        self.log(ticket, who, "updated", "last_contact_at", "", self.clock().isoformat())
        return article

    def merge(self, who: str, source: int, into: EmulatedTicket) -> None:
        """The articles move; the source stays behind as a shell."""
        ticket = self.tickets[source]
        if into.state == "merged":
            raise Refusal("It is not possible to merge into an already merged ticket.")
        if ticket is into:
            raise Refusal("It is not possible to merge a ticket with itself.")
        for article in self.articles.values():
            article.ticket = into.id if article.ticket == source else article.ticket
        self.log(into, who, "received_merge", ids=(source, into.id))
        self.log(ticket, who, "merged_into", ids=(source, into.id))
        self.say(who, source, "merged")
        self._set(ticket, who, "state", "merged")
        self._set(ticket, who, "owner", "-")

    def delete(self, number: int) -> None:
        """Gone, with its history."""
        del self.tickets[number]
        self.history = [one for one in self.history if one["_ticket"] != number]

    def log(
        self,
        ticket: EmulatedTicket,
        who: str,
        type_: str,
        attribute: str = "",
        was: str = "",
        now_: str = "",
        *,
        ids: tuple[int, int] | None = None,
        article: int = 0,
    ) -> None:
        """One line of history; it marks the ticket as changed."""
        ticket.updated_at = self.clock()
        self._logged += 1
        line: dict[str, Any] = {
            "id": self._logged,
            "_ticket": ticket.id,
            "object": "Ticket::Article" if article else "Ticket",
            "type": type_,
            "o_id": article or ticket.id,
            "created_by_id": self.number_of(who),
            "created_at": ticket.updated_at.isoformat(timespec="milliseconds"),
        }
        if article:
            line |= {"related_o_id": ticket.id, "related_object": "Ticket"}
        if attribute:
            line |= {"attribute": attribute, "value_from": was, "value_to": now_}
        if ids:
            line |= {"id_from": ids[0], "id_to": ids[1]}
        self.history.append(line)

    def _check(self, told: Mapping[str, Any]) -> None:
        known = {"group": self.groups, "state": STATES, "priority": PRIORITIES, "owner": self.users}
        for name, values in known.items():
            if name in told and told[name] not in values:
                raise Refusal(f"No lookup value found for '{name}': \"{told[name]}\"")

    def _allowed(self, ticket: EmulatedTicket, name: str, value: str) -> str:
        """An owner who may not work in the group is put back to nobody, without a word."""
        agents = self.agents.get(ticket.group)
        return "-" if name == "owner" and agents is not None and value not in agents else value

    def _set(self, ticket: EmulatedTicket, who: str, name: str, value: str) -> None:
        was = getattr(ticket, name)
        setattr(ticket, name, value)
        self._note(ticket, who, name, was, value)

    def _note(self, ticket: EmulatedTicket, who: str, name: str, was: str, value: str) -> None:
        if was == value:
            return
        if name in {"owner", "customer"}:
            ids = self.number_of(was), self.number_of(value)
            self.log(ticket, who, "updated", name, f"Full {was}", f"Full {value}", ids=ids)
        else:
            self.log(ticket, who, "updated", name, was, value)

    def _customer(self, told: object) -> str:
        if isinstance(told, str) and told.startswith("guess:"):
            self.number_of(told.removeprefix("guess:"))
            return told.removeprefix("guess:")
        return self.login_of(int(str(told)))


def _spoken(article: Mapping[str, Any]) -> Mapping[str, Any]:
    known = ("body", "type", "internal", "sender", "content_type", "to")
    return {name: article[name] for name in known if name in article}
