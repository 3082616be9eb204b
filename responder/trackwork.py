"""What a customer does to his own ticket: he writes, sends pictures, votes, complains."""

import secrets
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Final

from alerts.model import Actor, ActorKind, clean
from playbooks.ports import Change, ChangeKind, TicketRef, TicketState
from responder import deskwork
from responder.desk import pictures, taking
from responder.desk.abroad import told_there
from responder.desk.tracking import votable_until
from responder.deskwork import Acted, Hand, NoSuchTicket
from responder.plan import Plan
from responder.store import Tx, attachments, cases, customer_words, logs, outbox, records
from responder.store import tickets as rows
from responder.store.attachments import File
from responder.tickets.desk import SYSTEM
from responder.values import Effect, EffectKind, TicketRecord

CUSTOMER: Final = Actor(ActorKind.CUSTOMER, "customer")  # no name: the log can't forget one
_LIMITS: Final = ((10, timedelta(minutes=10)), (60, timedelta(days=1)))
_WOKEN: Final = (TicketState.WAITING_CUSTOMER, TicketState.SOLVED, TicketState.CLOSED)
_SUPERVISOR: Final = "supervisor"


class TooMuch(Exception):
    """Not now: the customer has said so much in so short a time."""


class NotNow(Exception):
    """It can't be done with this ticket as it stands; the message says why."""


class NoPicture(Exception):
    """Only PNG, JPEG and WebP are taken."""


@dataclass(frozen=True, slots=True)
class Right:
    """Which ticket may be opened, and by what: a link knows its brand, a PIN its account."""

    ticket: int
    brand: str
    account: str | None = None

    def opens(self, ticket: TicketRecord) -> bool:
        """Is it this customer's? A ticket that is not, is none."""
        if ticket.id != self.ticket or ticket.gone == "deleted":
            return False
        return (ticket.brand or "") == self.brand and self.account in (None, ticket.account)


@dataclass(frozen=True, slots=True)
class Words:
    """What he says. The same key is said once. `complaint`: somebody above must look at it."""

    text: str
    files: tuple[str, ...] = ()
    key: str = ""
    complaint: bool = False


def owned(tx: Tx, right: Right) -> TicketRecord:
    """The ticket that this opens. Raises NoSuchTicket, alike for a foreign one and for none."""
    ticket = rows.by_id(tx, right.ticket)
    if ticket is None or not right.opens(ticket):
        raise NoSuchTicket("there is no such request")
    return ticket


def say(tx: Tx, right: Right, words: Words, *, now: datetime) -> Acted:
    """The customer's words, once; a ticket that waited or was over is open again. Where another
    system keeps it, they are on their way there. Raises NoSuchTicket, TooMuch, NotNow.
    """
    records.one_at_a_time(tx)
    ticket = owned(tx, right)
    id_ = f"track/{words.key or secrets.token_hex(8)}"
    if rows.known(tx, ticket.id, [id_]):
        return Acted(ticket)
    _within_limits(tx, ticket, now)
    _known_files(tx, ticket, words.files)
    changes = [_change(ticket, ChangeKind.CUSTOMER, now, id_, words.text, _told(words))]
    if ticket.system == SYSTEM or ticket.state is TicketState.WAITING_CUSTOMER:
        changes += _wakes(ticket, words, now)
    taken = taking.take_in(tx, ticket, changes)
    if words.complaint:
        _remember_whom(tx, ticket)
    if ticket.system == SYSTEM:
        return Acted(taken.ticket, taken.figures)
    effects = _abroad(ticket, id_, complaint=words.complaint)
    outbox.add(tx, effects, now=now)
    return Acted(taken.ticket, taken.figures, len(effects))


def vote(tx: Tx, right: Right, score: int, *, comment: str, plan: Plan, now: datetime) -> Acted:
    """How he found the help, while that is asked; the last vote counts (R85). Raises NoSuchTicket,
    TooMuch, NotNow.
    """
    records.one_at_a_time(tx)
    ticket = owned(tx, right)
    within = plan.desk.votes_within
    if votable_until(logs.read(tx, "ticket", ticket.id), votes_within=within, now=now) is None:
        raise NotNow("a vote counts once the request is solved, and for a while after that")
    _within_limits(tx, ticket, now)
    by = Hand(CUSTOMER, plan, now)
    return deskwork.vote(tx, ticket.id, score, comment=clean(comment), by=by)


def picture(tx: Tx, right: Right, data: bytes, *, name: str, now: datetime) -> File:
    """Keep a picture for the next words. Raises NoSuchTicket, TooMuch, NoPicture."""
    records.one_at_a_time(tx)
    ticket = owned(tx, right)
    kind = pictures.kind_of(data)
    if kind is None:
        raise NoPicture("only PNG, JPEG and WebP pictures are taken")
    count, size = attachments.weight(tx, ticket.id)
    if count >= pictures.MOST_OF_TICKET or size + len(data) > pictures.MOST_BYTES_OF_TICKET:
        raise TooMuch("this request has as many pictures as it may have")
    file = File(
        id=secrets.token_hex(16),
        ticket=ticket.id,
        name=pictures.plain_name(clean(name), kind=kind),
        kind=kind,
        size=len(data),
        digest=pictures.digest(data),
        by=CUSTOMER.name,
        at=now,
    )
    return attachments.keep(tx, file, data)


def picture_of(tx: Tx, right: Right, id_: str) -> tuple[File, bytes]:
    """A picture of this ticket. Raises NoSuchTicket, alike for a foreign one and for none."""
    found = attachments.read(tx, owned(tx, right).id, id_)
    if found is None:
        raise NoSuchTicket("there is no such request")
    return found


def _within_limits(tx: Tx, ticket: TicketRecord, now: datetime) -> None:
    for most, span in _LIMITS:
        if customer_words.spoken_since(tx, ticket.id, now - span) >= most:
            raise TooMuch("so much was written in so short a time: please wait a little")


def _known_files(tx: Tx, ticket: TicketRecord, files: tuple[str, ...]) -> None:
    known = {file.id for file in attachments.of_ticket(tx, ticket.id)} if files else set()
    if len(files) > pictures.MOST_OF_COMMENT or not set(files) <= known:
        raise NotNow(f"up to {pictures.MOST_OF_COMMENT} pictures that were sent here before")


def _told(words: Words) -> Mapping[str, str | None]:
    told = {"via": "track", "files": " ".join(words.files)} if words.files else {"via": "track"}
    return {**told, "complaint": "yes"} if words.complaint else told


def _wakes(ticket: TicketRecord, words: Words, now: datetime) -> list[Change]:
    """What his words do to a ticket of our own desk; elsewhere they only end the waiting for him,
    so that the clocks run on.
    """
    changes = []
    if ticket.state in _WOKEN:
        told = {"state": str(TicketState.OPEN)}
        changes.append(_change(ticket, ChangeKind.STATE, now, "", "", told))
    if words.complaint and ticket.queue != _SUPERVISOR and ticket.system == SYSTEM:
        told = {"queue": _SUPERVISOR}
        changes.append(_change(ticket, ChangeKind.QUEUE, now, "", "", told))
    return changes


def _abroad(ticket: TicketRecord, id_: str, *, complaint: bool) -> list[Effect]:
    """His words go to where the ticket is kept. A note there wakes nobody while it waits for him:
    who has it hears of it from us.
    """
    effects = told_there(ticket, id_, queue=_SUPERVISOR if complaint else "")
    if ticket.state is TicketState.WAITING_CUSTOMER and ticket.owner:
        words = f"The customer has answered; {ticket.system} has his words as a note."
        subject = f"Ticket {ticket.ref}: the customer has answered"
        news = {"person": ticket.owner, "subject": subject, "text": words, "ticket": ticket.id}
        effects.append(Effect(f"{effects[0].key}/told", EffectKind.STAFF_TELL, 0, news))
    return effects


def _remember_whom(tx: Tx, ticket: TicketRecord) -> None:
    """Whoever is complained about may not close it (R86)."""
    case = cases.by_ticket(tx, ticket.id)
    about = (case.handler if case else None) or ticket.owner
    if case is not None and about:
        cases.change(tx, replace(case, complaint_about=about))


def _change(
    ticket: TicketRecord,
    kind: ChangeKind,
    now: datetime,
    id_: str,
    text: str,
    told: Mapping[str, str | None],
) -> Change:
    return Change(id_, TicketRef(ticket.system, ticket.ref), now, kind, CUSTOMER, text, told)
