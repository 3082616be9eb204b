"""Reads the desk's mailboxes: each mail once, as a request or as a customer's comment (R3)."""

import asyncio
import hashlib
from collections.abc import Collection
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Final

import structlog

from alerts.model import Actor, ActorKind
from alerts.requests.model import Decision
from playbooks.datacentre.mailbox import Mail
from playbooks.outside import OutsideError
from responder.customers.clientele import Clientele
from responder.desk.lines import a_line
from responder.desk.mail_in import Letter, answered, named_by, read_letter, recipient
from responder.desk.section import Inbox
from responder.deskwork import Acted, Hand, NoSuchTicket, Refused
from responder.plan import Plan
from responder.requests import Linked, Request, key_of, take, understood, unlinked
from responder.store import Store, StoreUnavailable, Tx, cases, cursors, quarantine, records
from responder.store import tickets as rows
from responder.store.customer_traces import ERASED
from responder.supervise import broken_by
from responder.support.outages import again, still_down
from responder.trackwork import Right, TooMuch, Words, say
from responder.values import TicketRecord
from responder.world import World

log = structlog.get_logger(__name__)

_FIRST: Final = timedelta(days=2)  # so far a mailbox is read back at first
WRITER: Final = Actor(ActorKind.CUSTOMER, "customer")  # who that is stands in the ticket's case


class Mailboxes:
    """The duty `mailboxes`: asks each as often as it wishes; one that is away is asked again."""

    def __init__(self, world: World, *, link: Linked = unlinked) -> None:
        self._world = world
        self._link = link
        self._asked: dict[str, datetime] = {}

    async def turn(self) -> None:
        """Every mailbox whose time has come."""
        now = self._world.clock.now()
        for name, box in self._world.live.config.desk.mailboxes.items():
            last = self._asked.get(name)
            if last is None or now - last >= box.every:
                self._asked[name] = now
                await self._read(name, box)

    async def _read(self, name: str, box: Inbox) -> None:
        store, cursor = self._world.store, f"mailbox/{box.name}"
        before = await store.read(cursors.moved_at, cursor)
        try:
            mails, place = await box.read(
                await store.read(cursors.read, cursor), now=self._world.clock.now()
            )
        except OutsideError as error:
            log.warning("mailbox_not_read", mailbox=name, error=str(error))
            return
        for mail in mails:
            broken = await broken_by(
                self._take(store, mail, box, cursor, since=before), but=StoreUnavailable
            )
            if broken is not None:
                await self._put_aside(name, mail, broken, cursor=cursor)
        await store.write(cursors.move, cursor, place, now=self._world.clock.now())

    async def _put_aside(self, name: str, mail: Mail, error: Exception, *, cursor: str) -> None:
        """A mail that breaks us is kept for a person to look at: it must not stop all others."""
        log.error("mail_broke", mailbox=name, exc_info=error)
        now = self._world.clock.now()
        await self._world.store.write(keep_aside, mail, name=name, cursor=cursor, now=now)

    async def _take(
        self, store: Store, mail: Mail, box: Inbox, cursor: str, *, since: datetime | None
    ) -> None:
        """Its words are read beside the loop and before the transaction: hostile ones take long."""
        world = self._world
        by = Hand(WRITER, world.live.plan, world.clock.now())
        read = await asyncio.to_thread(read_mail, mail, box=box, by=by, since=since)
        acted = await store.write(
            take_mail, read, mail.cursor, cursor=cursor, by=by, link=self._link
        )
        if acted is not None:
            world.count(acted.figures, effects=acted.effects)
            world.hasten("requests")


@dataclass(frozen=True, slots=True)
class Read:
    """A mail with its words read: as a request of its own, and as words to an older one."""

    letter: Letter
    request: Request
    again: Decision


def read_mail(mail: Mail, *, box: Inbox, by: Hand, since: datetime | None = None) -> Read | str:
    """What a mail says, or why it is nothing for us. `since`: when we looked last; it was not there
    then.
    """
    letter = read_letter(mail.raw, ours=addresses(by.plan, box))
    if isinstance(letter, str):
        return letter
    told = letter.mail
    request = Request(
        subject=letter.subject,
        text=letter.text,
        channel="email",
        key=told.id,
        sender=told.sender,
        sender_name=told.name,
        to=_known(letter, box, by.plan),
        brand=box.brand,
        opened_at=_came(letter, since or by.now - _FIRST, by.now),
        message_id=told.id if told.id.startswith("<") else "",
    )
    return Read(letter, understood(request, by.plan), again(letter.text, plan=by.plan))


def take_mail(
    tx: Tx, read: Read | str, place: str, *, cursor: str, by: Hand, link: Linked = unlinked
) -> Acted | None:
    """One mail, together with the place behind it: after a crash none is lost and none is taken
    twice. None for one that is nothing for us.
    """
    records.one_at_a_time(tx)
    cursors.move(tx, cursor, place, now=by.now)
    if isinstance(read, str):
        log.info("mail_passed_over", why=read)
        return None
    spoken_of = _spoken_of(tx, read.letter)
    for ticket in spoken_of:
        if (said := _answered(tx, read, ticket, by)) is not None:
            return said
    return _opened(tx, read, by, link, answers=spoken_of[0].id if spoken_of else 0)


def keep_aside(tx: Tx, mail: Mail, *, name: str, cursor: str, now: datetime) -> None:
    """Into the quarantine, together with the place behind it."""
    why = "the responder could not read this mail"
    quarantine.keep_body(tx, f"mailbox/{name}", mail.raw, reason=why, now=now)
    cursors.move(tx, cursor, mail.cursor, now=now)


def addresses(plan: Plan, box: Inbox | None = None) -> Collection[str]:
    """From which we write ourselves, and to which we are written: a mail from there is a loop."""
    whose: Clientele = plan.clientele
    told = [whose.relay.sender if whose.relay else "", box.user if box else ""]
    for brand in whose.brands.values():
        told += [brand.sender or "", brand.mail or "", brand.reply_to or "", *brand.addresses]
    return {one.casefold() for one in told if "@" in one}


def _known(letter: Letter, box: Inbox, plan: Plan) -> str:
    """The address of ours that he wrote to."""
    doors = {door for brand in plan.clientele.brands.values() for door in brand.addresses}
    known = {*addresses(plan), *(door.casefold() for door in doors)}
    return recipient(letter, known, box.user if "@" in box.user else "")


def _came(letter: Letter, since: datetime, now: datetime) -> datetime:
    """When he wrote it, as he says; nobody can have waited for us since before we looked last."""
    return min(max(letter.mail.sent_at or now, since), now)


def _spoken_of(tx: Tx, letter: Letter) -> list[TicketRecord]:
    """The tickets that it names by their number, or that it answers a mail of, ours or a
    customer's; the nearest first.
    """
    before = answered(letter.mail)
    keys = [key_of(Request("", "", "email", key=one)) for one in before]
    mails = [found for key in keys if (found := rows.by_key(tx, key))]
    said = cases.where_said(tx, letter.mail.sender, outside=[f"track/{one}" for one in before])
    numbers = [letter.reference, *map(named_by, before), *(one.id for one in mails), *said]
    tickets = (rows.by_id(tx, number) for number in dict.fromkeys(numbers) if number)
    return [ticket for ticket in tickets if ticket is not None]


def _opened(tx: Tx, read: Read, by: Hand, link: Linked, *, answers: int) -> Acted | None:
    request = replace(read.request, answers=answers)
    known = rows.by_key(tx, key_of(request))
    if known is not None and not _is_same(tx, known, read.letter):
        request = replace(request, key=_own_key(read.letter))
    try:
        return take(tx, request, by=by, link=link)
    except Refused as refusal:
        log.warning("mail_refused", why=str(refusal))
        return None


def _is_same(tx: Tx, ticket: TicketRecord, letter: Letter) -> bool:
    """Was it this very mail? Two programs may give one Message-ID to two of them."""
    case = cases.by_ticket(tx, ticket.id)
    writer = case is None or case.requester in ("", letter.mail.sender)
    subject = ticket.subject in (ERASED, a_line(letter.subject))
    return writer and subject and rows.was_said(tx, ticket.id, letter.text) is not False


def _own_key(letter: Letter) -> str:
    told = f"{letter.mail.sender}\0{letter.subject}\0{letter.text}".encode("utf-8", "replace")
    return f"{letter.mail.id} {hashlib.blake2b(told, digest_size=12).hexdigest()}"


def _answered(tx: Tx, read: Read, ticket: TicketRecord, by: Hand) -> Acted | None:
    """Who answers in his own ticket comments it; a stranger who names it does not."""
    letter, case = read.letter, cases.by_ticket(tx, ticket.id)
    if case is None or case.requester.casefold() != letter.mail.sender:
        return None
    key = letter.mail.id
    if rows.was_said(tx, ticket.id, letter.text, outside=f"track/{key}") is False:
        key = _own_key(letter)
    right, words = Right(ticket.id, ticket.brand or ""), Words(letter.text, key=key)
    try:
        said = say(tx, right, words, now=by.now)
        still_down(tx, ticket.id, read.again, now=by.now)
        return said
    except TooMuch:
        log.warning("mail_passed_over", why="one mailbox writes too much", ticket=ticket.id)
    except NoSuchTicket:
        return None
    return Acted(ticket)
