"""Does a system that only takes mail get each mail once, with the right words, to the right one?"""

from collections.abc import AsyncIterator
from dataclasses import replace
from email.message import EmailMessage
from pathlib import Path

import pytest
from pydantic import ValidationError

from playbooks.outside import GoneError, OutsideError
from playbooks.ports import Assigns, ListsChanges, Moves, Note, Sweeps, TicketRef, TicketState
from responder.store import Store
from responder.store.opening import open_store
from responder.tickets.email import MailTickets
from responder.tickets.own_record import OwnRecord
from tests.contracts.house_email import settings
from tests.contracts.ticket_houses import draft
from tests.real.smtp import Mailbox, Trouble

WANTED = draft("7f-1/ticket")
NOTE = Note("7f-1/note/3", "Page sent to ana.")


@pytest.fixture
async def store(tmp_path: Path) -> AsyncIterator[Store]:
    opened = open_store(f"sqlite:///{tmp_path / 'responder.db'}", ballast=0)
    yield opened
    await opened.close()


def tickets(store: Store, mailbox: Mailbox, **told: object) -> MailTickets:
    return MailTickets(settings(mailbox.port, **told), OwnRecord(store, "email"))


@pytest.fixture
def system(store: Store, mailbox: Mailbox) -> MailTickets:
    return tickets(store, mailbox)


def words(mail: EmailMessage) -> str:
    return str(mail.get_content())


async def test_a_ticket_is_one_mail_that_is_found_again(
    system: MailTickets, mailbox: Mailbox
) -> None:
    ref = await system.open(WANTED)
    (mail,) = mailbox.messages
    assert (mail["To"], mail["X-RcptTo"]) == ("rr@hosting.test", "rr@hosting.test")
    assert mail["From"] == "responder@hosting.test"
    assert mail["Subject"] == f"{WANTED.subject} [{ref.id}]"
    assert mail["Message-ID"].startswith(f"<{ref.id}.")
    assert (mail["X-Priority"], mail["Importance"]) == ("1", "high")
    assert mail["Auto-Submitted"] == "auto-generated"  # nobody reads answers
    assert words(mail).startswith(WANTED.text)


async def test_every_attempt_has_the_same_message_id(system: MailTickets, mailbox: Mailbox) -> None:
    mailbox.trouble = Trouble.DROP_AFTER_DATA
    with pytest.raises(OutsideError) as lost:
        await system.open(WANTED)
    assert (lost.value.transient, lost.value.ambiguous) == (True, True)
    assert await system.find(WANTED.key) is None  # without a mailbox we can't know
    mailbox.trouble = Trouble.NONE
    await system.open(WANTED)
    first, second = mailbox.messages
    assert first["Message-ID"] == second["Message-ID"]


@pytest.mark.parametrize(
    ("trouble", "transient"), [(Trouble.REFUSE_451, True), (Trouble.REFUSE_550, False)]
)
async def test_a_refused_mail_opens_nothing(
    system: MailTickets, mailbox: Mailbox, trouble: Trouble, transient: bool
) -> None:
    mailbox.trouble = trouble
    with pytest.raises(OutsideError) as refused:
        await system.open(WANTED)
    assert (refused.value.transient, refused.value.ambiguous) == (transient, False)
    assert await system.find(WANTED.key) is None


async def test_notes_go_where_no_customer_reads_them(system: MailTickets, mailbox: Mailbox) -> None:
    ref = await system.open(WANTED)
    await system.note(ref, NOTE)
    await system.note(ref, Note("7f-1/told/1", "We work on it.", public=True))
    await system.note(ref, NOTE)  # as after a crash
    opening, note, word = mailbox.messages
    assert (note["To"], word["To"]) == ("rr-comment@hosting.test", "rr@hosting.test")
    assert words(note).startswith(NOTE.text)
    for mail in (note, word):
        assert mail["In-Reply-To"] == mail["References"] == opening["Message-ID"]
        assert mail["Subject"] == f"Re: {WANTED.subject} [{ref.id}]"
        assert mail["Auto-Submitted"] == "auto-generated"
    assert len({mail["Message-ID"] for mail in mailbox.messages}) == 3


async def test_without_an_address_for_comments_notes_are_mails_like_others(
    store: Store, mailbox: Mailbox
) -> None:
    system = tickets(store, mailbox, comments={})
    ref = await system.open(WANTED)
    await system.note(ref, NOTE)
    assert mailbox.messages[-1]["To"] == "rr@hosting.test"


async def test_a_solve_asks_for_it_once(system: MailTickets, mailbox: Mailbox) -> None:
    ref = await system.open(WANTED)
    for _ in range(2):
        await system.solve(ref, Note("7f-1/solve/1", "It answers again."))
    (_, mail) = mailbox.messages
    assert words(mail).startswith("Please close this ticket.\n\nIt answers again.")
    assert (await system.read(ref)).state is TicketState.SOLVED


async def test_a_reopening_is_asked_where_a_mail_opens_a_ticket_by_itself(
    system: MailTickets, mailbox: Mailbox
) -> None:
    ref = await system.open(WANTED)
    await system.solve(ref, Note("7f-1/solve/1", "Well."))
    for _ in range(2):
        await system.reopen(ref, Note("7f-1/reopen/2", "It is back.\n\nserver: web1"))
    asked, told = mailbox.messages[2:]
    assert (asked["To"], told["To"]) == ("rr@hosting.test", "rr-comment@hosting.test")
    assert words(asked).startswith("The trouble is back: please open this ticket again.")
    assert "web1" not in words(asked)
    assert words(told).startswith("It is back.")
    assert (await system.read(ref)).state is TicketState.OPEN


async def test_a_move_is_asked_for_once_and_nobody_pretends_to_know(
    system: MailTickets, mailbox: Mailbox
) -> None:
    ref = await system.open(WANTED)
    for _ in range(2):
        await system.move(ref, "sales-billing")
    (_, mail) = mailbox.messages
    assert mail["To"] == "rr-comment@hosting.test"
    assert words(mail).startswith("Please move this ticket to the queue sales-billing.")
    assert (await system.read(ref)).queue == "rapid-response"
    with pytest.raises(OutsideError, match="no address is known for the queue moon"):
        await system.move(ref, "moon")


async def test_commands_by_mail_are_words_of_the_settings(store: Store, mailbox: Mailbox) -> None:
    system = tickets(store, mailbox, sayings={"solve": "#solved"})
    ref = await system.open(WANTED)
    await system.solve(ref, Note("s", "Well."))
    assert words(mailbox.messages[-1]).startswith("#solved\n")


async def test_a_queue_without_an_address_is_the_first_ones(
    system: MailTickets, mailbox: Mailbox
) -> None:
    await system.open(replace(WANTED, queue="abuse"))
    assert mailbox.messages[0]["To"] == "rr@hosting.test"


async def test_hostile_words_make_no_header(system: MailTickets, mailbox: Mailbox) -> None:
    evil = replace(WANTED, subject="web1\r\nBcc: all@hosting.test", text=".\r\nQUIT\r\n")
    await system.open(evil)
    (mail,) = mailbox.messages
    assert mail["Bcc"] is None
    assert "QUIT" in words(mail)


async def test_a_ticket_that_we_do_not_know_is_gone(system: MailTickets) -> None:
    with pytest.raises(GoneError):
        await system.note(TicketRef("email", "RR-0000000000000000"), NOTE)


def test_it_says_what_it_can_not_do(system: MailTickets) -> None:
    told = system.capabilities
    assert (told.reads, told.history, told.merges, told.idempotent) == (False,) * 4
    assert isinstance(system, Moves)
    for shape in (Assigns, ListsChanges, Sweeps):
        assert not isinstance(system, shape)


def test_settings_that_make_no_sense_are_told() -> None:
    with pytest.raises(ValidationError, match="comments names moon"):
        settings(25, comments={"moon": "m@hosting.test"})
    imap = {"host": "127.0.0.1", "user": "u", "password_file": "secrets/imap"}
    with pytest.raises(ValidationError, match=r"smtp\.reply_to"):
        settings(25, imap=imap)
    with pytest.raises(ValidationError, match="regular expression"):
        settings(25, number="(")
