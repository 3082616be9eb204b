"""Reads the desk's mailboxes: each mail once, as a request or as a customer's comment (R3)."""

import asyncio
from collections.abc import Collection
from datetime import datetime, timedelta
from typing import Final

import structlog

from alerts.model import Actor, ActorKind
from playbooks.datacentre.mailbox import Mail
from playbooks.outside import OutsideError
from responder.customers.clientele import Clientele
from responder.desk.mail_in import Letter, read_letter, recipient
from responder.desk.section import Inbox
from responder.deskwork import Acted, Hand, NoSuchTicket, Refused
from responder.plan import Plan
from responder.requests import Linked, Request, take, unlinked
from responder.store import Store, StoreUnavailable, Tx, cases, cursors, quarantine, records
from responder.store import tickets as rows
from responder.support.outages import still_down
from responder.trackwork import Right, TooMuch, Words, say
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
            taking = self._take(store, mail, box, cursor, since=before)
            (broken,) = await asyncio.gather(taking, return_exceptions=True)
            if broken is not None:
                await self._put_aside(name, mail, broken, cursor=cursor)
        await store.write(cursors.move, cursor, place, now=self._world.clock.now())

    async def _put_aside(self, name: str, mail: Mail, error: BaseException, *, cursor: str) -> None:
        """A mail that breaks us is kept for a person to look at: it must not stop all others."""
        if isinstance(error, StoreUnavailable) or not isinstance(error, Exception):
            raise error
        log.error("mail_broke", mailbox=name, exc_info=error)
        now = self._world.clock.now()
        await self._world.store.write(keep_aside, mail, name=name, cursor=cursor, now=now)

    async def _take(
        self, store: Store, mail: Mail, box: Inbox, cursor: str, *, since: datetime | None
    ) -> None:
        world = self._world
        acted = await store.write(
            take_mail,
            mail,
            box=box,
            cursor=cursor,
            by=Hand(WRITER, world.live.plan, world.clock.now()),
            link=self._link,
            since=since,
        )
        if acted is not None:
            world.count(acted.figures, effects=acted.effects)
            world.hasten("requests")


def take_mail(
    tx: Tx,
    mail: Mail,
    *,
    box: Inbox,
    cursor: str,
    by: Hand,
    link: Linked = unlinked,
    since: datetime | None = None,
) -> Acted | None:
    """One mail, together with the place behind it: after a crash none is lost and none is taken
    twice. None for one that is nothing for us. `since`: when we looked last; it was not there.
    """
    records.one_at_a_time(tx)
    letter = read_letter(mail.raw, ours=addresses(by.plan, box))
    cursors.move(tx, cursor, mail.cursor, now=by.now)
    if isinstance(letter, str):
        log.info("mail_passed_over", why=letter)
        return None
    known = _known(letter, box, by.plan)
    came = _came(letter, since or by.now - _FIRST, by.now)
    return _answered(tx, letter, by) or _opened(tx, letter, box, by, link, to=known, came=came)


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


def _opened(
    tx: Tx, letter: Letter, box: Inbox, by: Hand, link: Linked, *, to: str, came: datetime
) -> Acted | None:
    mail = letter.mail
    request = Request(
        subject=letter.subject,
        text=letter.text,
        channel="email",
        key=mail.id,
        sender=mail.sender,
        sender_name=mail.name,
        to=to,
        brand=box.brand,
        opened_at=came,
        message_id=mail.id if mail.id.startswith("<") else "",
    )
    try:
        return take(tx, request, by=by, link=link)
    except Refused as refusal:
        log.warning("mail_refused", why=str(refusal))
        return None


def _answered(tx: Tx, letter: Letter, by: Hand) -> Acted | None:
    """Who answers in his own ticket comments it; a stranger who names its number does not."""
    case = cases.by_ticket(tx, letter.reference) if letter.reference else None
    ticket = rows.by_id(tx, letter.reference) if case else None
    if case is None or ticket is None or case.requester.casefold() != letter.mail.sender:
        return None
    right, words = Right(ticket.id, ticket.brand or ""), Words(letter.text, key=letter.mail.id)
    try:
        said = say(tx, right, words, now=by.now)
        still_down(tx, ticket.id, letter.text, plan=by.plan, now=by.now)
        return said
    except TooMuch:
        log.warning("mail_passed_over", why="one mailbox writes too much", ticket=ticket.id)
    except NoSuchTicket:
        return None
    return Acted(ticket)
