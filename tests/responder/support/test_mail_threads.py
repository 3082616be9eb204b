"""R3: is each mail a request of its own, and an answer part of the ticket that it answers?"""

from datetime import timedelta

import pytest

from playbooks.datacentre.mailbox import Mail
from responder.desk.section import Inbox
from responder.deskwork import Acted, Hand
from responder.mailboxes import WRITER, read_mail, take_mail
from responder.privacy import Whom, erase
from responder.secrets import Secret
from responder.store import Store, cases, logs, outbox
from responder.store import tickets as rows
from responder.store.tickets import Wanted
from responder.support.mailing import composed
from responder.values import EffectKind
from tests.responder.support.test_requests import NOW, PLAN

BOX = Inbox.model_construct(
    host="127.0.0.1", user="support@acme.example", password_file=Secret.of("x"), brand="acme"
)
MARA, NORA = "mara@gina.example", "nora@else.example"
ONE = "<1@gina.example>"


async def comes(
    store: Store,
    text: str,
    *,
    sender: str = MARA,
    message_id: str = ONE,
    answers: str = "",
    subject: str = "Password",
    minutes: int = 0,
) -> Acted:
    head = f"From: {sender}\r\nTo: support@acme.example\r\nSubject: {subject}\r\n"
    head += f"Message-ID: {message_id}\r\n" + (f"In-Reply-To: {answers}\r\n" if answers else "")
    mail = Mail(f"{head}\r\n{text}\r\n".encode(), "77:9")
    by = Hand(WRITER, PLAN, NOW + timedelta(minutes=minutes))
    read = read_mail(mail, box=BOX, by=by)
    acted = await store.write(take_mail, read, mail.cursor, cursor="mailbox/help", by=by)
    assert acted is not None
    return acted


async def said(store: Store, ticket: int) -> list[str]:
    lines = await store.read(logs.read, "ticket", ticket)
    return [one.words for one in lines if one.kind in ("opened", "customer")]


async def count(store: Store) -> int:
    return len(await store.read(rows.listed, Wanted()))


async def letter_id(store: Store, ticket: int) -> str:
    """The Message-ID of the letter that its customer got."""
    kinds, lease = [EffectKind.DESK_MAIL], timedelta(minutes=1)
    jobs = await store.write(outbox.claim, owner="one", kinds=kinds, now=NOW, lease=lease, limit=9)
    told = next(job for job in jobs if job.payload["ticket"] == ticket)
    mail = composed(told.payload, PLAN, sender="support@acme.example", key=told.key, at=NOW)
    return str(mail["Message-ID"])


@pytest.mark.parametrize(
    "other",
    [
        {"text": "My shop is slow."},
        {"text": "Where?", "sender": NORA},
        {"text": "Where?", "subject": "Shop"},
    ],
)
async def test_two_mails_of_one_message_id_are_two_requests(
    store: Store, other: dict[str, str]
) -> None:
    first = await comes(store, "Where?")
    second = await comes(store, **other)  # type: ignore[arg-type]
    assert (first.ticket.id, second.ticket.id) == (1, 2)
    for _ in range(2):  # each of them, read again, is itself
        assert (await comes(store, "Where?")).ticket.id == 1
        assert (await comes(store, **other)).ticket.id == 2  # type: ignore[arg-type]
    assert await count(store) == 2


async def test_a_mail_that_was_erased_is_still_known(store: Store) -> None:
    await comes(store, "Where?")
    await store.write(erase, Whom(requester=MARA), by=WRITER, now=NOW)
    assert (await comes(store, "Where?")).ticket.id == 1


async def test_an_answer_to_a_mail_of_ours_joins_its_ticket(store: Store) -> None:
    await comes(store, "Where?")
    ours = await letter_id(store, 1)
    assert ours.startswith("<desk.1.")
    answer = await comes(store, "Thank you!", message_id="<2@g.example>", answers=ours, minutes=5)
    assert answer.ticket.id == 1
    assert await said(store, 1) == ["Where?", "Thank you!"]


@pytest.mark.parametrize("answered", [ONE, "<2@g.example>"])
async def test_an_answer_to_a_mail_in_a_ticket_joins_it(store: Store, answered: str) -> None:
    """Also to one that came later, and where two answers have one Message-ID."""
    await comes(store, "Where?")
    await comes(store, "Anybody?", message_id="<2@g.example>", answers=ONE)
    for text in ("And my shop?", "And my mail?", "And my mail?"):
        told = await comes(store, text, message_id="<3@g.example>", answers=answered)
        assert told.ticket.id == 1
    assert await said(store, 1) == ["Where?", "Anybody?", "And my shop?", "And my mail?"]


async def test_an_answer_of_somebody_else_is_a_request_that_names_the_ticket(store: Store) -> None:
    await comes(store, "Where?")
    ours = await letter_id(store, 1)
    told = await comes(store, "Me too", sender=NORA, message_id="<2@e.example>", answers=ours)
    assert told.ticket.id == 2
    assert await said(store, 1) == ["Where?"]
    case = await store.read(cases.by_ticket, 2)
    assert case is not None
    assert case.facts["answers"] == 1
    lines = await store.read(logs.read, "ticket", 2)
    assert any("Answers a mail of ticket 1" in one.words for one in lines)


async def test_an_answer_to_what_nobody_knows_is_a_request(store: Store) -> None:
    told = await comes(store, "Hello", answers="<desk.9.0123456789abcdef01234567@acme.example>")
    assert told.ticket.id == 1
