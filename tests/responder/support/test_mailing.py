"""Do the desk's letters leave in the right name, once, and without a word that must stay here?"""

from collections.abc import AsyncIterator
from dataclasses import dataclass, field, replace
from datetime import timedelta
from types import SimpleNamespace
from typing import Any

import pytest

from alerts.model import Actor, ActorKind
from playbooks.mail import MailServer
from playbooks.outside import OutsideError
from playbooks.ports import Note, TicketRef
from responder.desk_values import Case
from responder.deskwork import Hand, Refused
from responder.outbox import Done, Dropped
from responder.plan import Plan
from responder.store import Store, logs, outbox
from responder.support.closing import reply
from responder.support.mailing import DeskMail, leaks, letter_to_customer, mailbox
from responder.support.thanks import spoken
from responder.values import Effect, EffectKind, Job
from tests.real.smtp import Mailbox
from tests.responder.support.test_requests import MAIL, NOW, case_of, plan, taken

STAFF = {"to": "boss@example.net", "subject": "Digest", "text": "All of web1 is well."}


@dataclass
class System:
    """A ticket system that keeps what it is told."""

    name: str = "rt"
    quiet_seconds: float = 0.0
    notes: list[tuple[str, Note]] = field(default_factory=list)

    async def note(self, ticket: TicketRef, note: Note) -> None:
        self.notes.append((ticket.id, note))

    async def noted(self, ticket: TicketRef, key: str) -> bool:
        return (ticket.id, key) in [(id_, note.key) for id_, note in self.notes]


def with_smtp(server: Mailbox, **more: Any) -> Plan:
    email = {"host": server.host, "port": server.port, "from": "r@example.net"}
    return plan(paging={"email": email}, **more)


@pytest.fixture
async def smtp() -> AsyncIterator[Mailbox]:
    server = Mailbox()
    await server.start()
    yield server
    await server.stop()


def job(payload: dict[str, Any], *, ambiguous: int = 0) -> Job:
    return Job(1, "desk/1/received", EffectKind.DESK_MAIL, 0, payload, 1, ambiguous, 1, NOW)


def handler(plan: Plan, system: System | None = None) -> DeskMail:
    kept: Any = system or System()
    return DeskMail(plan=lambda: plan, system=lambda: kept)


async def queued(store: Store, told: Plan, **more: Any) -> Job:
    """The acknowledgement of a new request."""
    await taken(store, replace(MAIL, **more), plan=told)
    (found,) = await store.write(
        outbox.claim,
        owner="test",
        kinds=[EffectKind.DESK_MAIL],
        now=NOW,
        lease=timedelta(minutes=2),
        limit=9,
    )
    return found


async def replies(store: Store) -> list[Any]:
    return [one for one in await store.read(logs.read, "ticket", 1) if one.kind == "reply"]


async def test_r10_the_mail_is_the_brands_alone(file_store: Store, smtp: Mailbox) -> None:
    """R5."""
    told = with_smtp(smtp)
    letter = await queued(file_store, told)
    await handler(told).perform(letter)
    again = await handler(told).perform(letter)
    mail, second = smtp.messages
    assert mail["From"] == "Acme Hosting <support@acme.example>"
    assert (mail["X-MailFrom"], mail["Auto-Submitted"]) == (
        "support@acme.example",
        "auto-generated",
    )
    assert mail["In-Reply-To"] == "<1@gina.example>"
    assert mail["Message-ID"] == second["Message-ID"]
    assert isinstance(again, Done)
    assert "example.net" not in mail.as_string().replace(mail["X-RcptTo"], "")


async def test_it_stands_in_the_tickets_log_and_is_no_reaction(store: Store, smtp: Mailbox) -> None:
    told = with_smtp(smtp)
    letter = await queued(store, told)
    done = await handler(told).perform(letter)
    assert isinstance(done, Done)
    for _ in range(2):
        await store.write(handler(told).record, letter, done, now=NOW)
    lines = await store.read(logs.read, "ticket", 1)
    (reply,) = [line for line in lines if line.kind == "reply"]
    assert (reply.actor.name, reply.words) == ("responder", letter.payload["text"])


@pytest.mark.parametrize(
    "text",
    [
        "Ask Blau und Weiss.",
        "It lives on web1.",
        "Write to hilfe@blau.example.",
        "See https://jo:hunter2@db.example/",
        "The key is server:web1",
    ],
)
@pytest.mark.parametrize("brand", ["acme", ""])
async def test_r10_a_letter_that_tells_too_much_is_kept_back(
    smtp: Mailbox, text: str, brand: str
) -> None:
    told = with_smtp(smtp)
    payload = {"ticket": 1, "brand": brand, "to": "a@b.example", "subject": "Hi", "text": text}
    with pytest.raises(OutsideError, match="kept back") as kept:
        await handler(told).perform(job(payload))
    assert not kept.value.transient
    assert smtp.messages == []


async def test_who_works_on_the_ticket_learns_that_a_letter_was_kept_back(
    file_store: Store, smtp: Mailbox
) -> None:
    told = with_smtp(smtp)
    letter = await queued(file_store, told)
    error = OutsideError("kept back: a name", transient=False)
    await file_store.write(_trouble, handler(told), letter, error)
    lines = await file_store.read(logs.read, "ticket", 1)
    assert "could not be sent" in lines[-1].words


def _trouble(tx: Any, handler: DeskMail, letter: Job, error: OutsideError) -> None:
    handler.trouble(tx, letter, error, dead=True, now=NOW)


async def test_r92_staff_read_what_customers_must_not(smtp: Mailbox) -> None:
    await handler(with_smtp(smtp)).perform(job(STAFF))
    (mail,) = smtp.messages
    assert (mail["From"], mail["To"], mail["Subject"]) == (
        "r@example.net",
        "boss@example.net",
        "Digest",
    )


async def test_a_ticket_of_another_system_is_answered_there_once(file_store: Store) -> None:
    told = replace(plan(), clientele=replace(plan().clientele, system="rt"))
    letter = await queued(file_store, told, channel="ticket", system="rt", ref="4711")
    there = System()
    for ambiguous in (0, 1):
        await handler(told, there).perform(replace(letter, ambiguous=ambiguous))
    ((ref, note),) = there.notes
    assert (ref, note.public, letter.payload["to"]) == ("4711", True, "")
    elsewhere = await handler(told, System(name="zammad")).perform(letter)
    assert isinstance(elsewhere, Dropped)


async def test_where_tickets_are_kept_by_mail_he_is_answered_by_a_mail_of_ours(
    file_store: Store,
) -> None:
    told = replace(plan(), clientele=replace(plan().clientele, system="email"))
    letter = await queued(file_store, told, channel="email", system="email", ref="RR-1")
    assert letter.payload["to"] == MAIL.sender


async def test_who_has_no_mail_gets_no_letter(file_store: Store) -> None:
    acted = await taken(file_store, replace(MAIL, sender="+49 170 1234567"))
    case, told = await case_of(file_store, acted), plan()

    def letter(case: Case) -> Effect | None:
        return letter_to_customer(acted.ticket, case, key="k", subject="s", text="t", plan=told)

    assert letter(case) is None
    assert isinstance(letter(replace(case, requester="a@b.example")), Effect)


def test_r9_no_brand_is_never_another_one() -> None:
    told = plan()
    assert leaks(told, "Acme Hosting says hello", brand="") != ""
    assert leaks(told, "We have your request", brand="") == ""
    assert isinstance(mailbox(told, None), MailServer)
    assert mailbox(told, "gone") is None


@pytest.mark.parametrize(
    ("minutes", "language", "wanted"),
    [(30, "en", "30 min"), (480, "de", "8 h"), (90, "ru", "1 ч 30 мин"), (0, "en", "1 min")],
)
def test_spans_are_told_as_the_reader_reads_them(minutes: int, language: str, wanted: str) -> None:
    assert spoken(timedelta(minutes=minutes), language) == wanted


async def test_r52_an_answer_bears_the_number_and_is_written_down_once(
    file_store: Store, smtp: Mailbox
) -> None:
    """Whoever answers it comes back to his ticket."""
    told = with_smtp(smtp)
    await queued(file_store, told)
    by = Hand(Actor(ActorKind.PERSON, "ana"), told, NOW)
    said = await file_store.write(reply, 1, "It runs again.", by=by)
    effect = await file_store.read(outbox.effect_of, f"desk/1/reply/{said.ticket.seq}")
    assert effect is not None
    letter = job(dict(effect.payload))
    done = await handler(told).perform(letter)
    assert isinstance(done, Done)
    await file_store.write(handler(told).record, letter, done, now=NOW)
    assert [one.words for one in await replies(file_store)] == ["It runs again."]
    (mail,) = smtp.messages
    assert mail["Subject"] == f"Re: {MAIL.subject} [#1]"


def test_no_long_subject_cuts_the_number_off() -> None:
    ticket: Any = SimpleNamespace(ref="17", id=17, system="desk", brand="acme")
    case = Case(17, NOW, requester="a@b.example")
    for subject in ("x" * 500, "we have [#17]"):
        letter = letter_to_customer(ticket, case, key="k", subject=subject, text="t", plan=plan())
        assert letter is not None
        assert letter.payload["subject"].count("[#17]") == 1
        assert len(letter.payload["subject"]) <= 155


async def test_r10_articles_on_another_brands_pages_are_left_out(file_store: Store) -> None:
    pages, tags = ("https://acme.example/help", "https://help.example/x"), ["mailbox", "phone"]
    urls = dict.fromkeys(pages, tags)
    told = plan(desk={"knowledge": {"urls": urls}})
    letter = await queued(file_store, told, to="hilfe@blau.example")
    assert letter.payload["brand"] == "blau"
    assert "help.example" in letter.payload["text"]
    assert leaks(told, letter.payload["text"], brand="blau") == ""


async def test_r10_an_agent_hears_at_once_what_he_must_not_write(file_store: Store) -> None:
    """A name in the customer's own subject is cut out of ours: he can be answered."""
    told = plan()
    await taken(file_store, replace(MAIL, subject="web1 is slow"), plan=told)
    by = Hand(Actor(ActorKind.PERSON, "ana"), told, NOW)
    with pytest.raises(Refused, match="web1"):
        await file_store.write(reply, 1, "We moved you to web1.", by=by)
    assert await replies(file_store) == []
    said = await file_store.write(reply, 1, "It is quick again.", by=by)
    effect = await file_store.read(outbox.effect_of, f"desk/1/reply/{said.ticket.seq}")
    assert effect is not None
    assert effect.payload["subject"] == "Re: … is slow [#1]"
