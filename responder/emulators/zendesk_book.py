"""What the Zendesk emulator remembers: tickets, and an audit of all that one update does."""

import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, Final

BOT: Final = 900
MERGED: Final = "closed_by_merge"
GROUPS: Final = {
    21: "Support",
    23: "level-1",
    24: "level-2",
    25: "level-3",
    26: "rapid-response",
    27: "sales-billing",
    28: "abuse",
}
DOMAIN: Final = "hosting.example"
_STATUSES: Final = ("new", "open", "pending", "hold", "solved", "closed")
_PRIORITIES: Final = ("low", "normal", "high", "urgent")


class Refused(Exception):
    """What the API says with a status above 399."""

    def __init__(self, status: int, error: str, description: str) -> None:
        super().__init__(description)
        self.status = status
        self.error = error


@dataclass(frozen=True, slots=True)
class User:
    """Somebody; `role` is end-user, agent or admin."""

    id: int
    name: str
    email: str
    role: str = "agent"


@dataclass(slots=True)
class ZendeskTicket:
    """A ticket; `asked_external` is the external_id that it was opened with."""

    id: int
    subject: str
    external_id: str | None
    asked_external: str | None
    requester: int
    group: int | None
    priority: str | None
    tags: list[str]
    custom: dict[int, object]
    updated_at: datetime
    created_at: datetime
    description: str = ""
    status: str = "new"
    assignee: int | None = None
    deleted: bool = False
    born: float = field(default_factory=time.monotonic)


@dataclass(slots=True)
class ZendeskAudit:
    """One update. `hidden`: made, but not to be seen yet."""

    id: int
    ticket: int
    author: int
    at: datetime
    events: list[dict[str, Any]]
    via: dict[str, Any] = field(default_factory=lambda: {"channel": "api"})
    hidden: bool = False


class ZendeskBook:
    """Tickets in memory. `deaf`: fields that are taken with a yes, and lost."""

    def __init__(self) -> None:
        self.tickets: dict[int, ZendeskTicket] = {}
        self.audits: list[ZendeskAudit] = []
        self.deaf: set[str] = set()
        self.groups = dict(GROUPS)
        self.fields: dict[int, str] = {360: "Server", 361: "Brand"}
        self.users = {BOT: User(BOT, "Rapid Responder", f"responder@{DOMAIN}", "admin")}
        for number, name in enumerate(("dana", "bob", "alice"), start=901):
            self.users[number] = User(number, name.capitalize(), f"{name}@{DOMAIN}")
        self._last = 91_048_994_000

    def user(self, email: str) -> User:
        """A user by address; a stranger becomes an end-user, as whoever writes does."""
        for user in self.users.values():
            if user.email == email:
                return user
        number = max(self.users) + 1
        self.users[number] = User(number, "", email, "end-user")
        return self.users[number]

    def held(self, number: int) -> ZendeskTicket:
        """A ticket that is not deleted."""
        ticket = self.tickets.get(number)
        if ticket is None or ticket.deleted:
            raise Refused(404, "RecordNotFound", "Not found")
        return ticket

    def open(self, author: int, told: Mapping[str, Any]) -> ZendeskTicket:
        """A new ticket with its first audit."""
        self._check(told)
        number, now = 40 + 3 * len(self.tickets), _now()
        custom = {one["id"]: one["value"] for one in told.get("custom_fields", ())}
        self.tickets[number] = ticket = ZendeskTicket(
            id=number,
            subject=told["subject"],
            external_id=None if "external_id" in self.deaf else told.get("external_id"),
            asked_external=told.get("external_id"),
            requester=told.get("requester_id", author),
            group=told.get("group_id"),
            priority=None if "priority" in self.deaf else told.get("priority"),
            tags=list(told.get("tags", ())),
            custom={one: value for one, value in custom.items() if one in self.fields},
            updated_at=now,
            created_at=now,
            description=(told.get("comment") or {}).get("body", ""),
        )
        names = {"subject": ticket.subject, "status": "new", "priority": ticket.priority}
        events = [self._comment(author, told["comment"])] if told.get("comment") else []
        events += [self._event("Create", field_name=one, value=names[one]) for one in names]
        self._log(ticket, author, events)
        return ticket

    def update(self, author: int, number: int, told: Mapping[str, Any]) -> ZendeskTicket:
        """One update: words and changes in one audit. A closed ticket takes none."""
        ticket = self.held(number)
        if ticket.status == "closed":
            raise Refused(422, "RecordInvalid", "Status: closed prevents ticket update")
        self._check(told)
        solving = told.get("status") == "solved" and ticket.status != "solved"
        if solving and not (told.get("assignee_id") or ticket.assignee):
            raise Refused(422, "RecordInvalid", "Assignee: is required when solving a ticket")
        events = [self._comment(author, told["comment"])] if told.get("comment") else []
        changes = {name: told[name] for name in _COLUMNS if name in told and name not in self.deaf}
        if changes.get("assignee_id") and ticket.status == "new" and "status" not in told:
            changes["status"] = "open"
        events += self._changed(ticket, changes)
        if "tags" in told and told["tags"] != ticket.tags:
            was, ticket.tags = ticket.tags, list(told["tags"])
            events.append(
                self._event("Change", field_name="tags", previous_value=was, value=ticket.tags)
            )
        if "external_id" in told and "external_id" not in self.deaf:
            ticket.external_id = told["external_id"]
        if events:
            self._log(ticket, author, events)
        return ticket

    def write(self, email: str, number: int, text: str) -> None:
        """A requester's mail: it opens what waits or is solved."""
        ticket, author = self.held(number), self.user(email)
        events = [self._comment(author.id, {"body": text, "public": True})]
        if ticket.status in {"pending", "solved"}:
            events += self._changed(ticket, {"status": "open"})
        self._log(ticket, author.id, events, channel="email")

    def merge(self, author: int, number: int, into: int, *, words: Sequence[str] = ()) -> None:
        """The first is closed with a tag, the other takes its words in."""
        source, target = self.held(number), self.held(into)
        told = words or (f"This request was closed and merged into request #{into}.", "Merged.")
        via = {"channel": "web", "source": {"rel": "merge", "from": {}, "to": {}}}
        here = self._comment(author, {"body": told[0], "public": False})
        tags = self._event(
            "Change", field_name="tags", previous_value=source.tags, value=[*source.tags, MERGED]
        )
        status = self._changed(source, {"status": "closed"})
        source.tags = [*source.tags, MERGED]
        self._log(source, author, [here, tags, *status])
        there = self._comment(author, {"body": told[1], "public": False})
        self._log(target, author, [there], via=via)

    def of(self, number: int) -> list[ZendeskAudit]:
        """The audits of a ticket, in order."""
        self.held(number)
        return [one for one in self.audits if one.ticket == number and not one.hidden]

    def _check(self, told: Mapping[str, Any]) -> None:
        limits = {
            "group_id": (self.groups, "Group: is invalid"),
            "status": (_STATUSES, "Status: is not valid"),
            "priority": (_PRIORITIES, "Priority: is not valid"),
            "assignee_id": (self.users, "Assignee: is invalid"),
        }
        for name, (valid, refusal) in limits.items():
            if told.get(name) is not None and told[name] not in valid:
                raise Refused(422, "RecordInvalid", refusal)

    def _changed(self, ticket: ZendeskTicket, told: Mapping[str, Any]) -> list[dict[str, Any]]:
        events = list[dict[str, Any]]()
        for name, value in told.items():
            was = getattr(ticket, _COLUMNS[name])
            if was != value:
                setattr(ticket, _COLUMNS[name], value)
                texts = [None if one is None else str(one) for one in (was, value)]
                event = self._event(
                    "Change", field_name=name, previous_value=texts[0], value=texts[1]
                )
                events.append(event)
        return events

    def _comment(self, author: int, told: Mapping[str, Any]) -> dict[str, Any]:
        body, public = told["body"], told.get("public", True)
        texts = {"body": body, "plain_body": body, "html_body": f"<p>{body}</p>"}
        return self._event("Comment", author_id=author, public=public, **texts)

    def _event(self, type_: str, **told: Any) -> dict[str, Any]:
        return {"id": self._next(), "type": type_, **told}

    def _log(
        self,
        ticket: ZendeskTicket,
        author: int,
        events: list[dict[str, Any]],
        *,
        channel: str = "api",
        via: dict[str, Any] | None = None,
    ) -> None:
        ticket.updated_at = _now()
        audit = ZendeskAudit(self._next(), ticket.id, author, ticket.updated_at, events)
        audit.via = via or {"channel": channel}
        self.audits.append(audit)

    def _next(self) -> int:
        self._last += 4
        return self._last


_COLUMNS: Final = {
    "group_id": "group",
    "assignee_id": "assignee",
    "priority": "priority",
    "status": "status",
}


def _now() -> datetime:
    """Zendesk tells whole seconds."""
    return datetime.now(UTC).replace(microsecond=0)
