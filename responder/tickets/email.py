"""Any ticket system that takes mail: one mail opens a ticket, and the answers come to a mailbox."""

import asyncio
import secrets
import time
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import replace
from datetime import datetime, timedelta
from email.message import EmailMessage
from typing import Final

import structlog
from typing_extensions import override

from playbooks.brought import Brought
from playbooks.datacentre.incoming import Incoming, read_mail
from playbooks.datacentre.mailbox import Mailbox
from playbooks.mail import hand_over
from playbooks.outside import OutsideError
from playbooks.ports import Capabilities, Change, Draft, Note, Ticket, TicketRef, TicketState
from responder.desk import taking
from responder.store import Tx, cases, members, records
from responder.store import tickets as rows
from responder.tickets import email_letters as letters
from responder.tickets.email_replies import SYSTEM, Known, about, is_brought, named, number_in, read
from responder.tickets.email_requests import brought
from responder.tickets.email_settings import EmailTickets
from responder.tickets.keys import tail, unsure_from_here
from responder.tickets.own_record import OwnRecord
from responder.values import TicketRecord

log = structlog.get_logger(__name__)

_OFFER_SECONDS: Final = 7.0
_HAND_OVER_SECONDS: Final = 13.0
_ALONE_FOR: Final = timedelta(seconds=60)  # longer than all of an open
_PATIENCE_SECONDS: Final = 10.0
_ASK_AGAIN_SECONDS: Final = 15.0


class MailTickets:
    """A TicketSystem that also moves, by asking for it (playbooks/ports.py).

    Nothing can be read there: owner, queue and state are those of our own record. The mail of one
    key has the same Message-ID on every attempt, so that most systems drop a second one.
    """

    name: Final = SYSTEM
    quiet_seconds = 0.0
    capabilities = Capabilities(key="subject", history=False, reads=False)

    def __init__(self, settings: EmailTickets, record: OwnRecord) -> None:
        self._settings = settings
        self._record = record

    async def find(self, key: str) -> TicketRef | None:
        """The ticket that we know to be opened for this key."""
        return TicketRef(SYSTEM, tail(key)) if await self._record.find(key) else None

    async def open(self, draft: Draft) -> TicketRef:
        """The one ticket of this key: mailed by one process at a time, and never when it is known
        to be opened.
        """
        ref = tail(draft.key)
        async with self._alone(ref):
            if not await self._record.find(draft.key):
                await self._send(letters.opening(draft, self._settings, now=self._record.now))
                with unsure_from_here():
                    await self._record.open(draft, ref=ref)
        return TicketRef(SYSTEM, ref)

    async def note(self, ticket: TicketRef, note: Note) -> None:
        """Write to the queue's address (`public`) or to its address for comments."""
        record = await self._record.record(ticket)
        if await self._record.knows(record, note.key):
            return
        await self._write(record, note)
        with unsure_from_here():
            await self._record.add(taking.by_daemon(ticket, note, at=self._record.now))

    async def noted(self, ticket: TicketRef, key: str) -> bool:
        """Do we know that the note of this key was sent?"""
        return await self._record.knows(await self._record.record(ticket), key)

    async def solve(self, ticket: TicketRef, note: Note) -> None:
        """Ask for it with these words, once for their key."""
        record = await self._record.record(ticket)
        if not await self.noted(ticket, note.key):
            await self._write(record, note, wish=self._settings.sayings.solve)
        with unsure_from_here():
            await self._record.turn(ticket, note, TicketState.SOLVED)

    async def reopen(self, ticket: TicketRef, note: Note) -> None:
        """Ask for it at the queue's address, whose mails open a ticket by themselves; the words go
        where notes go.
        """
        record = await self._record.record(ticket)
        wish = self._settings.sayings.reopen
        if self._apart(record.queue, note):
            await self.note(ticket, Note(f"{note.key}/asked", wish, public=True))
            wish = ""
        if not await self.noted(ticket, note.key):
            await self._write(record, note, wish=wish)
        with unsure_from_here():
            await self._record.turn(ticket, note, TicketState.OPEN)

    async def move(self, ticket: TicketRef, queue: str) -> None:
        """Ask for it, once; where the ticket lies afterwards nobody tells us."""
        if queue not in self._settings.queues:
            raise OutsideError(f"no address is known for the queue {queue}", transient=False)
        wish = self._settings.sayings.move.replace("{queue}", queue)
        await self.note(ticket, Note(f"move/{queue}", wish))

    async def read(self, ticket: TicketRef) -> Ticket:
        """The ticket as we know it."""
        return await self._record.read(ticket)

    async def _write(self, record: TicketRecord, note: Note, *, wish: str = "") -> None:
        settings = self._settings
        number = await self._number(record)
        if is_brought(record.key) and not number:
            self._withhold(record, note)
            return
        first = await self._record.look(_first, record.id) if is_brought(record.key) else ""
        thread = letters.Thread(record.key, record.subject, number, first)
        to = settings.address(record.queue, public=note.public)
        now = self._record.now
        await self._send(letters.letter(note, thread, settings, to=to, wish=wish, now=now))

    def _withhold(self, record: TicketRecord, note: Note) -> None:
        """It would open another ticket, as nobody there knows which is meant: what its customer is
        to read waits for the number, all else stands in our own log.
        """
        why = f"no answer has named the number of ticket {record.ref} yet"
        if note.public:
            raise OutsideError(why, transient=True, retry_after=_ASK_AGAIN_SECONDS)
        log.info("ticket_mail_not_sent", ticket=record.ref, why=why)

    async def _number(self, record: TicketRecord) -> str:
        return await self._record.look(rows.number_of, record.id)

    async def _send(self, mail: EmailMessage) -> None:
        await hand_over(
            self._settings.smtp.server(),
            mail,
            to=str(mail["To"]),
            copy_to=self._settings.copy_to,
            offer_seconds=_OFFER_SECONDS,
            hand_over_seconds=_HAND_OVER_SECONDS,
        )

    def _apart(self, queue: str, note: Note) -> bool:
        """Do these words go elsewhere than mails that open a ticket again?"""
        addresses = (self._settings.address(queue, public=one) for one in (True, note.public))
        return len(set(addresses)) > 1

    @asynccontextmanager
    async def _alone(self, ref: str) -> AsyncIterator[None]:
        """No other process opens this ticket meanwhile."""
        duty, owner = f"email/{ref[-2:]}", secrets.token_hex(8)
        latest = time.monotonic() + _PATIENCE_SECONDS
        while not await self._hold(duty, owner, _ALONE_FOR):
            if time.monotonic() > latest:
                raise OutsideError("another process is at this ticket", transient=True)
            await asyncio.sleep(0.1)
        try:
            yield
        finally:
            with suppress(OutsideError):  # then it ends by itself
                await self._hold(duty, owner, timedelta())

    async def _hold(self, duty: str, owner: str, span: timedelta) -> bool:
        now = self._record.now
        return await self._record.hold(_held, duty, owner=owner, span=span, now=now)


class AnsweredMailTickets(MailTickets):
    """The same with a mailbox: answers are changes, and a copy of each mail proves that it went."""

    capabilities = replace(MailTickets.capabilities, requests=True)

    def __init__(self, settings: EmailTickets, record: OwnRecord, box: Mailbox) -> None:
        super().__init__(settings, record)
        self._box = box
        self.quiet_seconds = settings.quiet_seconds

    @override
    async def find(self, key: str) -> TicketRef | None:
        """The ticket that we know to be opened for this key, or whose mail came back to us."""
        found = await super().find(key)
        if found or not await self._box.holds(letters.opening_id(key, self._settings)):
            return found
        return TicketRef(SYSTEM, tail(key))

    @override
    async def noted(self, ticket: TicketRef, key: str) -> bool:
        """Do we know that the note of this key was sent, or did it come back to us?"""
        if await super().noted(ticket, key):
            return True
        return await self._box.holds(letters.note_id(ticket.id, key, self._settings))

    async def changes(self, cursor: str) -> tuple[Sequence[Change], str]:
        """What answers say since the cursor, in the mailbox's order; "" begins now with nothing."""
        if not cursor:
            return (), await self._box.end()
        now = self._record.now
        mails, after = await self._box.read(cursor, now=now)
        incoming = [read_mail(mail.raw) for mail in mails]
        return read(incoming, await self._look_up(incoming), self._settings, now=now), after

    async def requests(self, cursor: str) -> tuple[Sequence[Brought], str]:
        """What customers have sent to our queues since the cursor; "" begins now with nothing."""
        if not cursor:
            return (), await self._box.end()
        now = self._record.now
        mails, after = await self._box.read(cursor, now=now)
        incoming = [read_mail(mail.raw) for mail in mails]
        return brought(incoming, await self._look_up(incoming), self._settings, now=now), after

    async def adopt(self, ticket: TicketRef, key: str) -> Sequence[Change]:
        """There is no place for a key: it is known by the mail that brought it. What has answered
        that mail by now.
        """
        record = await self._record.record(ticket)
        first = await self._record.look(_first, record.id)
        incoming = [read_mail(mail.raw) for mail in await self._box.answering(first)]
        known, now = await self._look_up(incoming), self._record.now
        return [
            one for one in read(incoming, known, self._settings, now=now) if one.ticket == ticket
        ]

    async def _look_up(self, incoming: Sequence[Incoming]) -> Known:
        numbers = {number_in(mail.subject, self._settings) for mail in incoming} - {""}
        ours = {about(mail, self._settings) for mail in incoming} - {""}
        theirs = {ref for mail in incoming for ref in named(mail)}
        return await self._record.look(_known, numbers, ours, theirs)

    @override
    async def _number(self, record: TicketRecord) -> str:
        """Many systems know a ticket by its number alone: a mail without it would open another."""
        number = await super()._number(record)
        if is_brought(record.key):
            return number
        waited = (self._record.now - record.opened_at).total_seconds()
        if number or waited >= self._settings.number_seconds:
            return number
        message = f"no answer has named the number of ticket {record.ref} yet"
        raise OutsideError(message, transient=True, retry_after=_ASK_AGAIN_SECONDS)


def _held(tx: Tx, duty: str, *, owner: str, span: timedelta, now: datetime) -> bool:
    records.one_at_a_time(tx)
    return members.hold(tx, duty, owner=owner, span=span, now=now)


def _known(tx: Tx, numbers: set[str], ours: set[str], theirs: set[str]) -> Known:
    pairs = rows.numbered(tx, SYSTEM, numbers)
    refs = {*ours, *theirs, *(ref for _, ref in pairs)}
    found = [one[0] for ref in refs if (one := rows.by_ref(tx, SYSTEM, ref))]
    owned = frozenset(one.ref for one in found if one.owner is not None)
    return Known(pairs, owned, frozenset(one.ref for one in found if one.ref in theirs))


def _first(tx: Tx, number: int) -> str:
    """The Message-ID of the mail that has brought this ticket, as its case keeps it."""
    case = cases.by_ticket(tx, number)
    return str(case.facts.get("message_id", "")) if case else ""
