"""What happened to a WHMCS ticket, read from how it was and how it is (pure).

WHMCS tells who wrote, but not who flagged, moved, closed or judged: there is no history in its API.
What we did ourselves our own notes tell; else it was the owner, or somebody of the staff.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Final
from zoneinfo import ZoneInfo

from alerts.model import Actor, ActorKind, person
from playbooks.ports import Change, ChangeKind, TicketRef, TicketState
from responder.tickets.whmcs_marks import is_marked, untraced
from responder.tickets.whmcs_rows import NoteRow, ReplyRow, TicketRow, WordRow
from responder.tickets.whmcs_seen import Seen
from responder.tickets.whmcs_settings import WhmcsTickets

SYSTEM: Final = "whmcs"
STAFF: Final = "staff"  # somebody of them; WHMCS does not say who
_NEVER: Final = "0000-00-00 00:00:00"


@dataclass(frozen=True, slots=True)
class Known:
    """All that must be looked up before a ticket can be read.

    `me`: our full name; `users`: numbers -> user names; `names`: full names -> user names.
    """

    me: str
    users: Mapping[str, str]
    names: Mapping[str, str]
    departments: Mapping[str, str]
    settings: WhmcsTickets

    def actor(self, admin: str) -> Actor:
        """Somebody of the staff by the name under his words."""
        if admin == self.me:
            return Actor(ActorKind.DAEMON, admin)
        return person(self.names.get(admin, admin))

    def queue(self, department: str) -> str:
        """Our word for the number of a department."""
        return self.settings.queue_here(self.departments.get(department, department))

    def utc(self, told: str) -> datetime | None:
        return utc(told, self.settings)


@dataclass(frozen=True, slots=True)
class Read:
    """What happened since, in order, and the ticket as it is now."""

    changes: tuple[Change, ...]
    seen: Seen


def utc(told: str, settings: WhmcsTickets) -> datetime | None:
    """A time as WHMCS writes it: its own zone, whole seconds."""
    if told == _NEVER:
        return None
    try:
        local = datetime.fromisoformat(told)
    except ValueError:
        return None
    return local.replace(tzinfo=ZoneInfo(settings.zone)).astimezone(UTC)


def first(row: TicketRow, known: Known, *, at: datetime) -> Read:
    """A ticket that we see for the first time: how it began our own opening words tell."""
    opening = next((one for one in row.replies if one.id == 0), None)
    _, began = untraced(opening.message) if opening else ("", {})
    seen = Seen(
        status=known.settings.status_there(TicketState.NEW),
        department=began.get("department", row.deptid),
        urgency=began.get("urgency", row.priority),
        owner="",
    )
    when = known.utc(opening.date) if opening else None
    actor = Actor(ActorKind.DAEMON, known.me)
    opened = _change(row, "opened", when or at, ChangeKind.OPENED, actor)
    rest = since(seen, row, known, at=at)
    return Read((opened, *rest.changes), rest.seen)


def since(seen: Seen, row: TicketRow, known: Known, *, at: datetime) -> Read:
    """What happened to a ticket since it was seen so."""
    fresh = sorted(_fresh(seen, row), key=lambda one: (one.date, isinstance(one, NoteRow), one.id))
    at = at.replace(microsecond=0)  # as words are dated
    changes, expected = list[Change](), seen
    for word in fresh:
        told, expected = _spoken(word, row, known, expected, at=at)
        changes += told
    voted = sorted(f"{one.id}:{one.rating}" for one in row.replies if one.rating)
    changes += [_vote(row, vote, at) for vote in voted if vote not in seen.votes]
    turned = list(_turned(expected, row, known, fresh, at=at))
    return Read((*changes, *turned), seen.after(row, turned=bool(turned), votes=voted))


def _fresh(seen: Seen, row: TicketRow) -> Iterator[WordRow]:
    yield from (one for one in row.replies if one.id and one.id not in seen.replies)
    yield from (one for one in row.notes if one.id not in seen.notes)


def _spoken(
    word: WordRow, row: TicketRow, known: Known, expected: Seen, *, at: datetime
) -> tuple[list[Change], Seen]:
    """The changes that words are, with what our own ones say that we did."""
    when = known.utc(word.date) or at
    if isinstance(word, ReplyRow):
        return [_reply(word, row, known, when)], expected
    actor, (text, did) = known.actor(word.admin), untraced(word.message)
    if actor.kind is not ActorKind.DAEMON:
        note = _change(row, f"n{word.id}", when, ChangeKind.NOTE, actor, text=word.message)
        return [note], expected
    changes = list[Change]()
    if is_marked(text) or not did:
        changes.append(_change(row, f"n{word.id}", when, ChangeKind.NOTE, actor, text=text))
    for field, value in did.items():
        kind, data = _meaning(field, value, expected, known)
        changes.append(_change(row, f"n{word.id}-{field}", when, kind, actor, data=data))
        expected = _with(expected, field, value)
    return changes, expected


def _reply(word: ReplyRow, row: TicketRow, known: Known, when: datetime) -> Change:
    if word.admin:
        kind, actor = ChangeKind.REPLY, known.actor(word.admin)
    else:
        name = word.email or word.requestor or word.name
        kind, actor = ChangeKind.CUSTOMER, Actor(ActorKind.CUSTOMER, name)
    return _change(row, f"r{word.id}", when, kind, actor, text=word.message)


def _vote(row: TicketRow, vote: str, at: datetime) -> Change:
    """The stars that a customer gave a reply."""
    reply, _, score = vote.partition(":")
    actor = Actor(ActorKind.CUSTOMER, "")
    return _change(row, f"v{reply}-{score}", at, ChangeKind.VOTE, actor, data={"score": score})


def _turned(
    expected: Seen, row: TicketRow, known: Known, fresh: list[WordRow], *, at: datetime
) -> Iterator[Change]:
    """What is otherwise than all words explain."""
    now = {
        "flag": (expected.owner, row.owner),
        "department": (expected.department, row.deptid),
        "urgency": (expected.urgency, row.priority),
        "status": (expected.status, row.status),
    }
    for field, (was, value) in now.items():
        if was == value:
            continue
        kind, data = _meaning(field, value, expected, known)
        if data.get("state") and data["state"] == data["was"]:
            continue  # two words of WHMCS for one of ours
        actor = _culprit(field, expected, row, known, fresh)
        # The value too: who reads again from the same cursor may find another one.
        name = f"{field}{expected.turns}-{value}"
        yield _change(row, name, at, kind, actor, data=data)


def _culprit(field: str, was: Seen, row: TicketRow, known: Known, fresh: list[WordRow]) -> Actor:
    last = fresh[-1] if fresh else None
    if field == "status" and last is not None:
        settings = known.settings
        if row.status in {settings.answered, settings.answered_by_client}:
            return Actor(ActorKind.SYSTEM, SYSTEM)
        if last.admin:
            return known.actor(last.admin)
    owner = (row.owner or was.owner) if field == "flag" else row.owner
    return person(known.users.get(owner, owner) or STAFF)


def _meaning(
    field: str, value: str, was: Seen, known: Known
) -> tuple[ChangeKind, Mapping[str, str | None]]:
    """A field of WHMCS as we call it."""
    settings = known.settings
    match field:
        case "flag":
            return ChangeKind.OWNER, {"owner": known.users.get(value, value) or None}
        case "department":
            return ChangeKind.QUEUE, {"queue": known.queue(value)}
        case "urgency":
            priority = settings.priority_here(value, known.queue(was.department))
            return ChangeKind.PRIORITY, {"priority": priority}
    states = settings.state_here(value), settings.state_here(was.status)
    return ChangeKind.STATE, {"state": states[0], "was": states[1]}


def _with(seen: Seen, field: str, value: str) -> Seen:
    match field:
        case "flag":
            return replace(seen, owner=value)
        case "department":
            return replace(seen, department=value)
        case "urgency":
            return replace(seen, urgency=value)
    return replace(seen, status=value)


def _change(
    row: TicketRow,
    name: str,
    at: datetime,
    kind: ChangeKind,
    actor: Actor,
    *,
    text: str = "",
    data: Mapping[str, str | None] | None = None,
) -> Change:
    ticket = TicketRef(SYSTEM, row.id)
    return Change(f"{row.id}-{name}", ticket, at, kind, actor, text, data or {})
