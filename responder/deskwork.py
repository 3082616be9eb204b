"""What people do at the built-in desk, over API and command line, each act in one transaction."""

import hashlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Concatenate, Final, ParamSpec

from alerts.model import Actor, ActorKind, Category, Priority, clean
from playbooks.ports import Change, ChangeKind, TicketRef, TicketState
from responder.answers import acknowledge
from responder.desk import taking
from responder.desk.casework import case_of
from responder.desk.levels import QUEUES, queue_of
from responder.desk.taking import TakenIn
from responder.kpi.figures import CHANNELS
from responder.plan import Plan
from responder.store import Tx, cases, records
from responder.store import incidents as incident_rows
from responder.store import tickets as rows
from responder.store.tickets import Happening
from responder.tickets.desk import SYSTEM
from responder.values import Entry, Figure, TicketRecord

LONGEST: Final = 100_000  # characters of one text
_SUBJECT: Final = 200
P = ParamSpec("P")


class NoSuchTicket(LookupError):
    """There is no ticket of this number."""


class Conflict(Exception):
    """Somebody was first; the message says who."""


class Refused(ValueError):
    """The desk does not do that; the message says why."""


class Missing(Refused):
    """Something must be said first; the message says what."""


class Forbidden(Refused):
    """Not by this person; the message says why."""


@dataclass(frozen=True, slots=True)
class Request:
    """Somebody's trouble, written down by hand. `on_behalf_of` is the customer as he calls himself.

    `key` is the name of the request where it comes from: the same key never gives two tickets.
    """

    subject: str
    text: str
    channel: str = "ticket"
    brand: str | None = None
    account: str | None = None
    on_behalf_of: str | None = None
    category: Category = Category.HOSTING
    priority: Priority | None = None
    server: str | None = None
    incident: int | None = None
    key: str | None = None


@dataclass(frozen=True, slots=True)
class Acted:
    """The ticket after an act, the figures that are new, and how many effects are due now."""

    ticket: TicketRecord
    figures: tuple[Figure, ...] = ()
    effects: int = 0


@dataclass(frozen=True, slots=True)
class Hand:
    """Who acts, and what the deciding depends on."""

    actor: Actor
    plan: Plan
    now: datetime


def alone(
    work: Callable[Concatenate[Tx, P], Acted],
) -> Callable[Concatenate[Tx, P], Acted]:
    """Acts are one at a time: what is read here holds until the commit."""

    def act(tx: Tx, /, *args: P.args, **kwargs: P.kwargs) -> Acted:
        records.one_at_a_time(tx)
        return work(tx, *args, **kwargs)

    return act


@alone
def open_by_hand(tx: Tx, request: Request, *, by: Hand) -> Acted:
    """Open a ticket. Raises Refused for words that mean nothing here."""
    if request.channel not in CHANNELS:
        raise Refused(f"no channel is called {request.channel}: one of {', '.join(CHANNELS)}")
    if request.incident is not None and not incident_rows.by_ids(tx, [request.incident]):
        raise Refused(f"there is no incident {request.incident}")
    number = rows.next_id(tx)
    ticket = _drafted(request, number, installation=records.installation(tx), now=by.now)
    told = {"on_behalf_of": _named(request.on_behalf_of), "queue": ticket.queue}
    opening = change_of(ticket, ChangeKind.OPENED, by, worded(request.text), told)
    return acted(tx, taking.begin(tx, ticket, opening), by)


@alone
def note(tx: Tx, number: int, text: str, *, public: bool = False, by: Hand) -> Acted:
    """Write to the staff, or (`public`) to the customer."""
    kind = ChangeKind.REPLY if public else ChangeKind.NOTE
    return done(tx, ours(tx, number), by, kind, worded(text), {})


@alone
def take(tx: Tx, number: int, *, by: Hand) -> Acted:
    """Own a ticket that nobody owns; at the next level, work on what its owner stays accountable
    for. Raises Conflict when somebody else has it.
    """
    ticket, me = ours(tx, number), by.actor.name
    if ticket.owner == me:
        return Acted(ticket)
    if ticket.owner is None:
        return done(tx, ticket, by, ChangeKind.OWNER, "", {"owner": me})
    case = case_of(tx, ticket)
    if case.handler == me:
        return Acted(ticket)
    if case.handler is not None:
        raise Conflict(f"{case.handler} has it")
    cases.change(tx, replace(case, handler=me))
    return acted(tx, taking.write(tx, ticket, [Entry("handler", by.actor, {"to": me})], by.now), by)


@alone
def assign(tx: Tx, number: int, owner: str | None, *, by: Hand) -> Acted:
    """Give a ticket to a person, whoever had it; None gives it back to the queue."""
    ticket, owner = ours(tx, number), _named(owner)
    if ticket.owner == owner:
        return Acted(ticket)
    return done(tx, ticket, by, ChangeKind.OWNER, "", {"owner": owner})


@alone
def move(tx: Tx, number: int, queue: str, *, text: str = "", by: Hand) -> Acted:
    """Move a ticket to another queue; the text tells that desk why."""
    ticket = ours(tx, number)
    if queue not in QUEUES:
        raise Refused(f"no queue is called {queue}: one of {', '.join(QUEUES)}")
    if ticket.queue == queue:
        return Acted(ticket)
    return done(tx, ticket, by, ChangeKind.QUEUE, worded(text, empty=True), {"queue": queue})


@alone
def turn(tx: Tx, number: int, state: TicketState, *, by: Hand) -> Acted:
    """Set where a ticket stands. To solve it takes words, and only what is solved can be closed."""
    ticket = ours(tx, number)
    if ticket.state is state:
        return Acted(ticket)
    if state is TicketState.SOLVED:
        raise Refused("to solve a ticket, say how")
    if state is TicketState.CLOSED and ticket.state is not TicketState.SOLVED:
        raise Refused("only a solved ticket can be closed")
    return done(tx, ticket, by, ChangeKind.STATE, "", {"state": state})


@alone
def solve(tx: Tx, number: int, text: str, *, by: Hand) -> Acted:
    """Solve a ticket and say how; its incident stays open while it burns."""
    ticket = ours(tx, number)
    words = worded(text)
    if ticket.over:
        return Acted(ticket)
    return done(tx, ticket, by, ChangeKind.STATE, words, {"state": TicketState.SOLVED})


@alone
def vote(tx: Tx, number: int, score: int, *, comment: str = "", by: Hand) -> Acted:
    """A customer's vote from 1 to 5, on a ticket of any system; the last one counts."""
    ticket = known(tx, number)
    if score not in range(1, 6):
        raise Refused("a vote is a number from 1 to 5")
    words = worded(comment, empty=True)
    return done(tx, ticket, by, ChangeKind.VOTE, words, {"score": str(score)})


@alone
def mark(tx: Tx, number: int, reply: int, *, useful: bool, by: Hand) -> Acted:
    """Say whether the reply at this line of the log helped, on a ticket of any system."""
    ticket = known(tx, number)
    if not rows.is_reply(tx, number, reply):
        raise Refused(f"line {reply} of ticket {number} is no reply")
    told = {"reply": reply, "useful": "yes" if useful else "no"}
    marked = Happening(Entry("useful", by.actor, told), by.now)
    ticket = rows.write_down(tx, replace(ticket, judge_at=by.now), [marked])
    rows.change(tx, ticket)
    return Acted(ticket)


def done(
    tx: Tx,
    ticket: TicketRecord,
    by: Hand,
    kind: ChangeKind,
    words: str,
    told: Mapping[str, str | None],
) -> Acted:
    """One act; the first one of a person on a new ticket opens it."""
    changes = [change_of(ticket, kind, by, words, told)]
    works = kind in (ChangeKind.OWNER, ChangeKind.REPLY) and by.actor.kind is ActorKind.PERSON
    if works and ticket.state is TicketState.NEW:
        changes.append(change_of(ticket, ChangeKind.STATE, by, "", {"state": TicketState.OPEN}))
    return acted(tx, taking.take_in(tx, ticket, changes), by)


def acted(tx: Tx, taken: TakenIn, by: Hand) -> Acted:
    if not taken.answers:
        return Acted(taken.ticket, taken.figures)
    saved = acknowledge(tx, taken.answers, plan=by.plan, now=by.now)
    return Acted(taken.ticket, (*taken.figures, *saved.figures), saved.effects)


def known(tx: Tx, number: int) -> TicketRecord:
    ticket = rows.by_id(tx, number)
    if ticket is None:
        raise NoSuchTicket(f"there is no ticket {number}")
    return ticket


def ours(tx: Tx, number: int) -> TicketRecord:
    ticket = known(tx, number)
    if ticket.system != SYSTEM:
        raise Refused(f"ticket {number} is kept in {ticket.system} as {ticket.ref}: act there")
    return ticket


def change_of(
    ticket: TicketRecord,
    kind: ChangeKind,
    by: Hand,
    words: str,
    told: Mapping[str, str | None],
) -> Change:
    ref = TicketRef(ticket.system, ticket.ref)
    return Change("", ref, by.now, kind, by.actor, words, told)


def _drafted(request: Request, number: int, *, installation: str, now: datetime) -> TicketRecord:
    queue = queue_of(request.category)
    usual = Priority.MEDIUM if request.account else Priority.LOW
    own_key = f"{installation}-t{number}"
    return TicketRecord(
        id=number,
        key=f"{request.channel}/{_key(request.key)}" if request.key else own_key,
        system=SYSTEM,
        ref=str(number),
        incident=request.incident,
        subject=" ".join(worded(request.subject).split())[:_SUBJECT],
        queue=queue,
        level=queue,
        state=TicketState.NEW,
        priority=request.priority or usual,
        category=request.category,
        channel=request.channel,
        brand=_named(request.brand),
        account=_named(request.account),
        server=_named(request.server),
        opened_at=now,
        detected_at=now,
    )


def worded(text: str, *, empty: bool = False) -> str:
    words = clean(text)[:LONGEST]
    if not words.strip() and not empty:
        raise Refused("a text is needed")
    return words


def _named(name: str | None) -> str | None:
    """One line of a column; nothing is nobody."""
    return " ".join(clean(name).split())[:_SUBJECT] or None if name else None


def _key(key: str) -> str:
    """Whole, or shortened so that no other key becomes the same."""
    if len(key) <= _SUBJECT:
        return clean(key)
    return f"{clean(key[:150])} {hashlib.blake2b(key.encode('utf-8', 'replace')).hexdigest()[:32]}"
