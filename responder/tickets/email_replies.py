"""The mails that came back from a ticket system, read into changes (pure)."""

from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from alerts.model import Actor, ActorKind
from playbooks.datacentre.incoming import Incoming
from playbooks.ports import Change, ChangeKind, TicketRef
from probes.patterns import read_pattern
from responder.tickets.email_letters import is_echo, ref_in
from responder.tickets.email_settings import EmailTickets
from responder.tickets.keys import tail, tail_of

SYSTEM: Final = "email"
_ANSWERS: Final = 10  # of the mails that one answers, the last


@dataclass(frozen=True, slots=True)
class Known:
    """All that must be looked up before mails can be read: which numbers in subjects are which
    tickets (two, where somebody has merged them there), which tickets somebody has, and which that
    are named by what is answered were brought by a customer's mail.
    """

    numbers: Sequence[tuple[str, str]] = ()
    owned: frozenset[str] = frozenset()
    brought: frozenset[str] = frozenset()


def number_in(subject: str, settings: EmailTickets) -> str:
    """The other system's number as it stands in a subject, or ""."""
    found = read_pattern(settings.number).search(subject)
    return str(found.group(0)) if found else ""


def read(
    mails: Iterable[Incoming], known: Known, settings: EmailTickets, *, now: datetime
) -> list[Change]:
    """What these mails tell of our tickets, in their order. Nothing of what we wrote ourselves, and
    no machine's words.
    """
    numbers, owned, changes = list(known.numbers), set(known.owned), list[Change]()
    for mail in mails:
        number = number_in(mail.subject, settings)
        ref = about(mail, settings) or answered(mail, known.brought)
        ref = ref or next((ref for one, ref in numbers if one == number), "")
        if not ref or is_ours(mail, settings):
            continue
        fresh = number if (number, ref) not in numbers else ""
        for change in _told(mail, ref, fresh, settings, now):
            if change.kind is ChangeKind.OWNER and ref in owned:
                continue
            changes.append(change)
            if change.kind is ChangeKind.NUMBERED:
                numbers.append((number, ref))
            if change.kind is ChangeKind.OWNER:
                owned.add(ref)
    return changes


def about(mail: Incoming, settings: EmailTickets) -> str:
    """The ticket that a mail names by what it answers, or in its subject."""
    return ref_in(mail.answers, settings) or tail_of(mail.subject)


def named(mail: Incoming) -> Sequence[str]:
    """The tickets that the mails which this one answers would be, had customers sent them."""
    return [ref_of(one) for one in mail.answers[-_ANSWERS:]]


def answered(mail: Incoming, brought: Collection[str]) -> str:
    """The ticket that a customer's mail has brought, and which this one goes on with; or ""."""
    return next((ref for ref in named(mail) if ref in brought), "")


def key_of(message_id: str) -> str:
    """Our key of the ticket that a customer's mail brings, as its adapter calls it."""
    return f"brought/{tail(message_id)}"


def ref_of(message_id: str) -> str:
    """What that ticket is called, as every ticket of this system: by its whole key."""
    return tail(f"{SYSTEM}/{key_of(message_id)}")


def is_brought(key: str) -> bool:
    """Is this the whole key of a ticket that a customer's mail has brought?"""
    return key.startswith(f"{SYSTEM}/brought/")


def is_ours(mail: Incoming, settings: EmailTickets) -> bool:
    """Did we write it?"""
    return mail.sender == settings.sender.lower() or bool(ref_in((mail.id,), settings))


def _told(
    mail: Incoming, ref: str, number: str, settings: EmailTickets, now: datetime
) -> Iterator[Change]:
    """`number` is "" unless it is news."""
    at, ticket = min(mail.sent_at or now, now), TicketRef(SYSTEM, ref)
    staff = settings.is_staff(mail.sender)
    if number and staff:
        told = {"number": number}
        robot = Actor(ActorKind.SYSTEM, mail.sender)
        yield Change(number, ticket, at, ChangeKind.NUMBERED, robot, "", told)
    if mail.bounced:
        robot = Actor(ActorKind.SYSTEM, "mail server")
        text = f"A mail of ours could not be delivered.\n\n{mail.text}"
        yield Change(mail.id, ticket, at, ChangeKind.NOTE, robot, text)
        return
    text = mail.fresh("")
    # A system that says so of itself by no other header answers its first mail in bulk.
    if mail.automatic or is_echo(text) or (mail.bulk and number):
        return
    actor = Actor(ActorKind.PERSON if staff else ActorKind.CUSTOMER, _name(mail, settings))
    kind = ChangeKind.REPLY if staff else ChangeKind.CUSTOMER
    yield Change(mail.id, ticket, at, kind, actor, text)
    if staff:  # nothing tells who has it: who answers first
        told = {"owner": actor.name}
        yield Change(f"{mail.id}/owner", ticket, at, ChangeKind.OWNER, actor, "", told)


def _name(mail: Incoming, settings: EmailTickets) -> str:
    """The address, or of a mail in a queue's name who stands before it: "Dana via RT"."""
    shared = {one.lower() for one in (*settings.queues.values(), *settings.comments.values())}
    if mail.sender in shared and mail.name:
        return mail.name.partition(" via ")[0].strip() or mail.sender
    return mail.sender
