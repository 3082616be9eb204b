"""Letters over a real mail server and answers in tickets: each once, in its brand's name alone."""

from email.message import EmailMessage

import pytest

from playbooks.ports import TicketState
from responder import deskwork, notices
from responder.store import Store, customers, logs, pages
from responder.store import tickets as ticket_rows
from tests.real.smtp import Mailbox, Trouble
from tests.responder.customers.delivery import Delivery, delivery
from tests.responder.desk.company import PLAN
from tests.responder.room import MIRA

ANNA, BERT, CARL = "anna@customer.example", "bert@kunde.example", "carl@customer.example"


@pytest.fixture
def night(store: Store, mailbox: Mailbox) -> Delivery:
    return delivery(store, mailbox)


def everything(mail: EmailMessage) -> str:
    """All of it, as its reader's mail program has it."""
    ours = ("X-MailFrom", "X-RcptTo", "X-ArrivedAt")
    heads = [f"{name}: {value}" for name, value in mail.items() if name not in ours]
    return "\n".join([*heads, mail.get_content()])


async def test_each_customer_gets_one_opening_and_one_end_in_his_brands_name(
    night: Delivery,
) -> None:
    await night.hears("web1")
    await night.passes(10)
    await night.hears("web1", over=True)
    await night.passes(20)
    anna, bert = night.mails_to(ANNA), night.mails_to(BERT)
    assert [one["Subject"] for one in anna] == [
        "Acme Hosting: disruption of your services",
        "Acme Hosting: your services work again",
    ]
    assert [one["Subject"] for one in bert] == [
        "Blau & Grün: Störung Ihrer Dienste",
        "Blau & Grün: Ihre Dienste funktionieren wieder",
    ]
    assert len(night.mailbox.messages) == 4
    assert "2026-11-21 05:10 (EET)" in anna[0].get_content()
    assert "2026-11-21 04:20 (CET)" in bert[1].get_content()


async def test_a_letter_is_from_the_brand_and_from_nobody_else(night: Delivery) -> None:
    await night.hears("web1")
    await night.passes(3)
    (anna,), (bert,) = night.mails_to(ANNA), night.mails_to(BERT)
    assert anna["From"] == "Acme Hosting <support@acme.example>"
    assert anna["X-MailFrom"] == "support@acme.example"
    assert anna["Message-ID"].endswith("@acme.example>")
    assert anna["Auto-Submitted"] == "auto-generated"
    assert (anna["Content-Language"], bert["Content-Language"]) == ("en", "de")
    assert [name for name in anna if name.startswith(("X-Responder", "List-"))] == []
    words = everything(anna).casefold()
    for foreign in ("blau", "web1", "mothership", "fra1", "responder", "mira", "hilfe"):
        assert foreign not in words
    assert "acme" not in everything(bert).casefold()


async def test_all_letters_of_one_trouble_are_one_thread(night: Delivery) -> None:
    await night.hears("web1")
    await night.passes(3)
    words = notices.Words("A disk is being replaced.")
    await night.store.write(
        notices.tell, id_=1, actor=MIRA, words=words, plan=night.plan, now=night.clock.now()
    )
    await night.hears("web1", over=True)
    await night.passes(10)
    mails = night.mails_to(ANNA)
    assert len({one["Message-ID"] for one in mails}) == 3
    assert len({one["References"] for one in mails}) == 1
    assert len({one["References"] for one in (*mails, *night.mails_to(BERT))}) == 2


async def test_a_storm_of_thirty_servers_is_one_letter(night: Delivery) -> None:
    servers = [f"web{number}" for number in range(1, 31)]
    await night.hears(*servers)
    await night.passes(10)
    await night.hears(*servers, over=True)
    await night.passes(10)
    for one in (ANNA, BERT, CARL):
        assert len(night.mails_to(one)) == 2, one
    assert len(night.mailbox.messages) == 6


async def test_two_instances_tell_once(night: Delivery) -> None:
    await night.hears("web1")
    night.clock.move(minutes=3)
    await night.decides()
    await night.decides()
    one, two = night.runner("one"), night.runner("two")
    await night.works(one, two)
    assert len(night.mailbox.messages) == 2


async def test_killed_between_sending_and_marking_repeats_once_under_the_same_id(
    night: Delivery,
) -> None:
    await night.hears("web1")
    night.clock.move(minutes=3)
    await night.decides()
    for job in await night.claimed():
        await night.handler.perform(job)
    runner = night.runner("dead")  # the same instance comes back
    assert await runner.release_own() == 2
    await night.works(runner)
    await night.passes(5)
    mails = night.mails_to(ANNA)
    assert len(mails) == 2
    assert len({one["Message-ID"] for one in mails}) == 1
    assert mails[0].as_bytes() != b""
    assert everything(mails[0]) == everything(mails[1])


async def test_a_lost_answer_is_repeated_under_the_same_id(night: Delivery) -> None:
    await night.hears("web1")
    night.mailbox.trouble = Trouble.DROP_AFTER_DATA
    night.clock.move(minutes=3)
    await night.decides()
    await night.works(night.runner(), turns=1)
    night.mailbox.trouble = Trouble.NONE
    await night.passes(3)
    assert len({one["Message-ID"] for one in night.mails_to(ANNA)}) == 1
    assert {one.state for one in await night.ledger()} == {customers.SENT}


async def test_what_is_over_before_the_mail_server_is_back_is_not_told(night: Delivery) -> None:
    night.mailbox.trouble = Trouble.REFUSE_451
    await night.hears("web1")
    await night.passes(4)
    await night.hears("web1", over=True)
    await night.passes(6)
    night.mailbox.trouble = Trouble.NONE
    await night.passes(20)
    assert night.mailbox.messages == []
    assert {one.state for one in await night.ledger()} == {customers.DROPPED}


async def test_who_cannot_be_told_makes_people_be_paged_once_a_brand(night: Delivery) -> None:
    night.mailbox.trouble = Trouble.REFUSE_550
    await night.hears("web1")
    await night.passes(5)
    assert {one.state for one in await night.ledger()} == {customers.FAILED}
    ledger = (await night.store.read(pages.of_incidents, [1]))[1]
    called = [one.event for one in ledger if one.event == "dead-letter"]
    assert len(called) == 2  # ana, for each of two brands


async def test_the_blind_wait_until_they_see_again(night: Delivery) -> None:
    await night.hears("web1")
    night.clock.move(minutes=3)
    await night.decides()
    night.blind = True
    await night.works(night.runner())
    assert night.mailbox.messages == []
    night.blind = False
    await night.passes(1)
    assert len(night.mailbox.messages) == 2


async def test_a_customers_own_ticket_is_answered_where_his_brand_says_so(
    store: Store, mailbox: Mailbox
) -> None:
    night = delivery(store, mailbox, acme={"tell": {"ways": ["ticket", "mail"]}})
    await night.hears("web1")
    number = await night.writes("Is it down?", account="anna", brand="acme", incident=1)
    stranger = await night.writes("And mine?", brand="acme", incident=1)
    await night.passes(10)
    assert night.mails_to(ANNA) == []
    assert len(night.mails_to(BERT)) == 1
    for ticket in (number, stranger):
        (reply,) = [
            line for line in await store.read(logs.read, "ticket", ticket) if line.kind == "reply"
        ]
        assert "disrupted since" in reply.words
        assert "web1" not in reply.words
    await night.hears("web1", over=True)
    await night.passes(10)
    kinds = [line.kind for line in await store.read(logs.read, "ticket", number)]
    assert kinds.count("reply") == 2


async def test_a_robots_answer_is_no_reaction_and_useful_to_nobody(night: Delivery) -> None:
    await night.hears("web1")
    number = await night.writes("Is it down?", brand="acme", incident=1)
    await night.passes(10)
    record = await night.store.read(ticket_rows.by_id, number)
    assert record is not None
    assert (record.reacted_at, record.replied_at, record.useful_at) == (None, None, None)


async def test_a_closed_ticket_is_left_alone(night: Delivery) -> None:
    await night.hears("web1")
    number = await night.writes("Is it down?", brand="acme", incident=1)
    await night.passes(3)
    by = deskwork.Hand(MIRA, PLAN, night.clock.now())
    await night.store.write(deskwork.solve, number, "It was your own edit.", by=by)
    await night.hears("web1", over=True)
    await night.passes(10)
    record = await night.store.read(ticket_rows.by_id, number)
    assert record is not None
    assert record.state is TicketState.SOLVED
    kinds = [line.kind for line in await night.store.read(logs.read, "ticket", number)]
    assert kinds.count("reply") == 1


async def test_a_ticket_without_a_brand_is_answered_in_nobodys_name(night: Delivery) -> None:
    await night.hears("web1")
    number = await night.writes("Is it down?", incident=1)
    await night.passes(5)
    heard = await night.store.read(notices.concerned, 1, plan=night.plan)
    assert (f"ticket:{number}", "it belongs to no brand") in [
        (one.name, one.why) for one in heard.untold
    ]
    kinds = [line.kind for line in await night.store.read(logs.read, "ticket", number)]
    assert "reply" not in kinds


async def test_the_log_says_who_was_told(night: Delivery) -> None:
    await night.hears("web1")
    await night.passes(3)
    lines = await night.store.read(logs.read, "incident", 1)
    (told,) = [line.data for line in lines if line.kind == "customers_told"]
    assert told == {"change": "open", "customers": 2, "brands": {"acme": 1, "blau": 1}}
