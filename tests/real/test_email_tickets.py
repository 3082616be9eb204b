"""A ticket system behind a real mail server and a real Dovecot: what comes back is understood."""

import imaplib
import ssl
from collections.abc import AsyncIterator, Callable, Iterator
from datetime import UTC, datetime
from email.message import EmailMessage
from pathlib import Path
from typing import Any

import aiohttp
import pytest

from playbooks.outside import OutsideError
from playbooks.ports import Change, ChangeKind, ListsChanges, Note, TicketRef
from responder.clock import Clock
from responder.foreign import Foreign
from responder.plan import Plan
from responder.store import Store, logs
from responder.store import tickets as rows
from responder.store.opening import open_store
from responder.sync import Sync
from responder.tickets.email import AnsweredMailTickets
from responder.tickets.kinds import ticket_system
from responder.tickets.own_record import OwnRecord
from tests.contracts.house_email import settings
from tests.contracts.ticket_houses import draft
from tests.real.mail_servers import Dovecot
from tests.real.smtp import Mailbox, Trouble
from tests.real.targets import Identity
from tests.responder.tickets.mails import mail

pytestmark = pytest.mark.xdist_group("targets")  # each worker would start all of them

WANTED = draft("7f-1/ticket")
NOTE = Note("7f-1/note/3", "Page sent to ana.")
Deliver = Callable[[EmailMessage], None]


@pytest.fixture
def folder(dovecot: Dovecot, identity: Identity) -> Iterator[str]:
    """A folder of its own for each test."""
    name = f"tickets{datetime.now(UTC):%H%M%S%f}"
    with _session(dovecot, identity) as imap:
        imap.create(name)
    yield name
    with _session(dovecot, identity) as imap:
        imap.delete(name)


@pytest.fixture
def deliver(dovecot: Dovecot, identity: Identity, folder: str) -> Deliver:
    """Puts a mail into our mailbox, as the mail server would."""

    def delivered(one: EmailMessage) -> None:
        with _session(dovecot, identity) as imap:
            imap.append(folder, "", imaplib.Time2Internaldate(datetime.now(UTC)), one.as_bytes())

    return delivered


def _session(dovecot: Dovecot, identity: Identity) -> imaplib.IMAP4:
    trust = ssl.create_default_context(cafile=identity.certificate)
    imap = imaplib.IMAP4_SSL("127.0.0.1", dovecot.imaps, ssl_context=trust, timeout=10)
    imap.login("watch", "sesame")
    return imap


@pytest.fixture
async def store(tmp_path: Path) -> AsyncIterator[Store]:
    opened = open_store(f"sqlite:///{tmp_path / 'responder.db'}", ballast=0)
    yield opened
    await opened.close()


@pytest.fixture
def told(
    dovecot: Dovecot, identity: Identity, mailbox: Mailbox, folder: str, tmp_path: Path
) -> dict[str, Any]:
    """Settings with a mailbox."""
    (tmp_path / "password").write_text("sesame\n")
    return {
        "smtp": {
            "host": "127.0.0.1",
            "port": mailbox.port,
            "from": "responder@hosting.test",
            "reply_to": "rr-answers@hosting.test",
        },
        "imap": {
            "host": "127.0.0.1",
            "port": dovecot.imaps,
            "user": "watch",
            "password_file": str(tmp_path / "password"),
            "ca_file": str(identity.certificate),
            "folder": folder,
        },
        "number_seconds": 0,
    }


@pytest.fixture
def system(store: Store, told: dict[str, Any]) -> AnsweredMailTickets:
    return build(store, told)


def build(store: Store, told: dict[str, Any], **more: object) -> AnsweredMailTickets:
    chosen = settings(0, **{**told, **more})
    assert chosen.imap is not None
    return AnsweredMailTickets(chosen, OwnRecord(store, "email"), chosen.imap)


async def take_in(store: Store, changes: list[Change]) -> None:
    """As the poller does."""
    record = OwnRecord(store, "email")
    for change in changes:
        await record.add([change])


async def test_a_mailbox_makes_answers_heard(store: Store, told: dict[str, Any]) -> None:
    async with aiohttp.ClientSession() as session:
        system = ticket_system(settings(0, **told), session, store)
    assert isinstance(system, ListsChanges)


async def test_each_mail_comes_to_our_own_mailbox_too_and_asks_for_a_number(
    system: AnsweredMailTickets, mailbox: Mailbox
) -> None:
    await system.open(WANTED)
    (opening,) = mailbox.messages
    assert opening["X-RcptTo"] == "rr@hosting.test, rr-answers@hosting.test"
    assert opening["Reply-To"] == "rr-answers@hosting.test"
    assert opening["Auto-Submitted"] is None


async def test_a_ticket_whose_confirmation_was_lost_is_found_by_its_copy(
    system: AnsweredMailTickets, mailbox: Mailbox, deliver: Deliver
) -> None:
    mailbox.trouble = Trouble.DROP_AFTER_DATA
    with pytest.raises(OutsideError):
        await system.open(WANTED)
    assert await system.find(WANTED.key) is None
    deliver(mailbox.messages[0])
    found = await system.find(WANTED.key)
    assert found is not None
    mailbox.trouble = Trouble.NONE
    assert await system.open(WANTED) == found


async def test_a_note_whose_confirmation_was_lost_is_found_by_its_copy(
    system: AnsweredMailTickets, mailbox: Mailbox, deliver: Deliver
) -> None:
    ref = await system.open(WANTED)
    mailbox.trouble = Trouble.DROP_AFTER_DATA
    with pytest.raises(OutsideError):
        await system.note(ref, NOTE)
    assert not await system.noted(ref, NOTE.key)
    deliver(mailbox.messages[-1])
    assert await system.noted(ref, NOTE.key)
    mailbox.trouble = Trouble.NONE
    await system.solve(ref, NOTE)  # known to be written: nothing is sent again
    assert len(mailbox.messages) == 2


async def test_the_number_is_learned_and_every_later_mail_carries_it(
    system: AnsweredMailTickets, store: Store, mailbox: Mailbox, deliver: Deliver
) -> None:
    _, cursor = await system.changes("")
    ref = await system.open(WANTED)
    deliver(mailbox.messages[0])  # our own copy
    receipt = f"[hosting.test #12] AutoReply: {mailbox.messages[0]['Subject']}"
    deliver(mail(receipt, "Thank you.", Auto_Submitted="auto-replied"))
    changes, cursor = await system.changes(cursor)
    assert [(one.kind, one.ticket) for one in changes] == [(ChangeKind.NUMBERED, ref)]
    await take_in(store, list(changes))
    await system.note(ref, NOTE)
    assert mailbox.messages[-1]["Subject"] == (
        f"[hosting.test #12] Re: {WANTED.subject} [{ref.id}]"
    )
    assert await system.changes(cursor) == ([], cursor)


async def test_a_note_waits_for_the_number(
    store: Store, told: dict[str, Any], mailbox: Mailbox
) -> None:
    system = build(store, told, number_seconds=300)
    ref = await system.open(WANTED)
    with pytest.raises(OutsideError, match="number") as waiting:
        await system.note(ref, NOTE)
    assert (waiting.value.transient, waiting.value.ambiguous) == (True, False)
    assert waiting.value.retry_after
    assert len(mailbox.messages) == 1


async def test_what_people_answer_is_seen_once_however_often_the_poller_dies(
    system: AnsweredMailTickets, store: Store, told: dict[str, Any], deliver: Deliver
) -> None:
    _, cursor = await system.changes("")
    ref = await system.open(WANTED)
    seen = list[Change]()
    for number in range(4):
        deliver(mail(f"[hosting.test #12] Re: [{ref.id}]", f"note {number}", id_=f"<{number}@rt>"))
        fresh, after = await build(store, told).changes(cursor)
        if number % 2:  # else the poller dies before it has stored what it read
            seen, cursor = [*seen, *fresh], after
            await take_in(store, list(fresh))
    replies = [one for one in seen if one.kind is ChangeKind.REPLY]
    assert [one.text for one in replies] == [f"note {number}" for number in range(4)]
    assert len({one.id for one in seen}) == len(seen)
    assert (await system.read(ref)).owner == "Dana"


async def test_an_empty_mailbox_has_an_end(system: AnsweredMailTickets, deliver: Deliver) -> None:
    changes, cursor = await system.changes("")
    assert changes == ()
    assert await system.changes(cursor) == ([], cursor)
    ref = await system.open(WANTED)
    deliver(mail(f"Re: [{ref.id}]", "I look."))
    changes, _ = await system.changes(cursor)
    assert [one.kind for one in changes] == [ChangeKind.REPLY, ChangeKind.OWNER]


async def test_r1_a_customers_mail_becomes_our_ticket_and_its_answers_follow(
    store: Store, told: dict[str, Any], mailbox: Mailbox, deliver: Deliver
) -> None:
    john = {"sender": "John <john@customer.example>", "to": "support@hosting.test"}
    system = build(store, told)
    deliver(mail("Older than we", "Hello.", id_="<old@customer>", **john))
    common: dict[str, Any] = {"plan": Plan, "people": dict, "clock": Clock()}
    foreign, sync = Foreign(store, system, **common), Sync(store, system, **common)
    await foreign.turn()
    await sync.turn()
    deliver(mail("How do I read mail?", "In Outlook, please.", id_="<a1@customer>", **john))
    answers = {"In_Reply_To": "<a1@customer>"}
    deliver(mail("Re: How do I read mail?", "Hello?", id_="<a2@customer>", **john, **answers))
    await sync.turn()  # it passes by what is not ours yet
    for _ in range(2):
        await foreign.turn()
        await sync.turn()
    (record,) = await store.read(rows.listed, rows.Wanted())
    assert (record.system, record.channel, record.subject) == (
        "email",
        "email",
        "How do I read mail?",
    )
    await system.note(TicketRef("email", record.ref), Note("k", "Words."))
    with pytest.raises(OutsideError) as waits:
        await system.note(TicketRef("email", record.ref), Note("p", "Words.", public=True))
    assert waits.value.transient
    assert mailbox.messages == []  # it would open another one there
    number = "[hosting.test #12] Re: How do I read mail?"
    deliver(mail(number, "Like this.", id_="<s1@rt>", **answers))
    await sync.turn()
    await system.note(TicketRef("email", record.ref), NOTE)
    (sent,) = mailbox.messages
    assert sent["Subject"].startswith("[hosting.test #12] Re: How do I read mail?")
    assert sent["In-Reply-To"] == "<a1@customer>"
    lines = await store.read(logs.read, "ticket", record.id)
    said = [line.words for line in lines if line.kind in ("customer", "reply")]
    assert said == ["Hello?", "Like this."]
