"""What happened to a Zendesk ticket, read from its audits (pure)."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC
from typing import Final

from alerts.model import Actor, ActorKind
from playbooks.ports import Change, ChangeKind, TicketRef
from responder.tickets.zendesk_rows import Audit, Event, UserRow
from responder.tickets.zendesk_settings import ZendeskTickets

SYSTEM: Final = "zendesk"
_ROBOTS: Final = ("rule", "system")  # triggers, automations, Zendesk itself
_NUMBER = re.compile(r"#(\d+)")
_SCORES: Final = {"good": "5", "bad": "1"}  # Zendesk's satisfaction has two ends

Told = tuple[ChangeKind, Mapping[str, str | None]]


@dataclass(frozen=True, slots=True)
class Known:
    """All that must be looked up before audits can be read: our own number, users, groups."""

    me: str
    users: Mapping[str, UserRow]
    groups: Mapping[str, str]
    settings: ZendeskTickets

    def owner(self, number: str) -> str | None:
        """Who has a ticket. We are nobody: Zendesk wants an assignee of whoever solves."""
        if not number or number == self.me:
            return None
        user = self.users.get(number)
        return self.settings.agent(user.email) if user else number

    def actor(self, audit: Audit, event: Event | None = None) -> Actor:
        """Who did it."""
        via = (event.via if event else None) or audit.via
        number = (event.author if event else "") or audit.author
        if via.channel in _ROBOTS or not number.isdecimal():
            return Actor(ActorKind.SYSTEM, via.channel or SYSTEM)
        if number == self.me:
            return Actor(ActorKind.DAEMON, number)
        user = self.users.get(number)
        if user is None:
            return Actor(ActorKind.PERSON, number)
        if user.role == "end-user":
            return Actor(ActorKind.CUSTOMER, user.email or user.name)
        return Actor(ActorKind.PERSON, self.settings.agent(user.email))


def numbers_in(audit: Audit) -> Iterator[str]:
    """The users whom an audit names."""
    yield audit.author
    for event in audit.events:
        yield event.author
        if event.field == "assignee_id":
            yield from (str(one) for one in (event.value, event.was) if one)


def survivor(audit: Audit) -> str:
    """The ticket in which one goes on that this audit has ended by a merge; "" for no merge.

    The words name it in every language: `... merged into request #123`.
    """
    if not audit.merges:
        return ""
    told = audit.via.source.to.get("ticket_id")
    words = (_NUMBER.search(event.words) for event in audit.events if event.type == "Comment")
    found = next((match[1] for match in words if match), "")
    return found or (str(told) if told else "")


def read(audit: Audit, known: Known) -> list[Change]:
    """One audit as changes; none for what says nothing."""
    if into := survivor(audit):
        return [_change(audit, None, (ChangeKind.MERGED, {"into": into}), known)]
    if audit.took_in:
        return []
    if any(event.type == "Create" for event in audit.events):
        return [_change(audit, None, (ChangeKind.OPENED, {}), known)]
    return [
        _change(audit, event, told, known)
        for event in audit.events
        if (told := _meaning(audit, event, known)) and not _by_itself(audit, event)
    ]


def _by_itself(audit: Audit, event: Event) -> bool:
    """A new ticket that somebody is given is made open by Zendesk: that says nothing more."""
    turned = event.field == "status" and (event.was, event.value) == ("new", "open")
    return turned and any(other.field == "assignee_id" for other in audit.events)


def _meaning(audit: Audit, event: Event, known: Known) -> Told | None:
    match event.type, event.field:
        case "Comment", _:
            return _spoken(audit, event, known), {}
        case "Change", "status":
            states = [known.settings.state_here(_id(one)) for one in (event.value, event.was)]
            return ChangeKind.STATE, {"state": states[0], "was": states[1]}
        case "Change", "assignee_id":
            now, was = known.owner(_id(event.value)), known.owner(_id(event.was))
            return None if now == was else (ChangeKind.OWNER, {"owner": now})
        case "Change", "group_id":
            group = known.groups.get(_id(event.value), _id(event.value))
            return ChangeKind.QUEUE, {"queue": known.settings.queue_here(group)}
        case "Change", "priority":
            priority = known.settings.priority_here(_id(event.value))
            return ChangeKind.PRIORITY, {"priority": priority}
        case "SatisfactionRating", _ if event.score in _SCORES:
            return ChangeKind.VOTE, {"score": _SCORES[event.score]}
    return None


def _spoken(audit: Audit, event: Event, known: Known) -> ChangeKind:
    if known.actor(audit, event).kind is ActorKind.CUSTOMER:
        return ChangeKind.CUSTOMER
    return ChangeKind.REPLY if event.public else ChangeKind.NOTE


def _id(told: object) -> str:
    return "" if told is None else str(told)


def _change(audit: Audit, event: Event | None, told: Told, known: Known) -> Change:
    return Change(
        id=str(event.id if event else audit.id),
        ticket=TicketRef(SYSTEM, audit.ticket),
        at=audit.created_at.astimezone(UTC),
        kind=told[0],
        actor=known.actor(audit, event),
        text=event.words if event else "",
        data=told[1],
    )
