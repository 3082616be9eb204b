"""Does each request become one ticket with all that is known of it, whatever channel it took?"""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from alerts.model import Actor, ActorKind, Category, Priority, person
from playbooks.ports import TicketState
from probes.panel_map import Account, PanelMap
from responder.compile import compiled
from responder.config import Config
from responder.desk_values import Case
from responder.deskwork import Acted, Hand, Refused
from responder.plan import Plan
from responder.requests import Request, take
from responder.store import Store, cases, logs, outbox
from responder.store import tickets as rows
from responder.values import EffectKind, Job

NOW = datetime(2026, 11, 21, 3, 10, tzinfo=UTC)
MARA = Actor(ActorKind.CUSTOMER, "mara@gina.example")
MAPS = {
    "web1": PanelMap(
        accounts=(
            Account("anna", "anna-shop.example", "anna", plan="gold"),
            Account("gina", "gina.example", "anna", plan="small"),
        )
    )
}
HOUSE: dict[str, Any] = {
    "brands": {
        "acme": {
            "title": "Acme Hosting",
            "from": "support@acme.example",
            "order_url": "https://acme.example/order",
            "prices_url": "https://acme.example/prices",
        },
        "blau": {
            "title": "Blau und Weiss",
            "from": "hilfe@blau.example",
            "language": "de",
            "levels": ["level-2", "level-3"],
            "end_customers": "reseller_handles",
        },
    },
    "servers": {"web1": {"address": "127.0.0.2"}, "web2": {"address": "127.0.0.3"}},
    "resellers": {
        "anna": {
            "server": "web1",
            "brand": "acme",
            "mail": "anna@reseller.example",
            "contact": "ana",
            "flags": ["call_first"],
            "notes": "ERP on port 8443",
        },
        "bert": {"server": "web2", "brand": "blau", "mail": "bert@kunde.example"},
    },
    "people": {"ana": {"methods": [{"kind": "email", "to": "ana@example.net"}]}},
    "paging": {"email": {"host": "127.0.0.1", "port": 2525, "from": "r@example.net"}},
}
MAIL = Request(
    subject="Cannot set up my mailbox",
    text="How do I set up my mailbox on my phone?",
    channel="email",
    key="<1@gina.example>",
    sender="mara@gina.example",
    sender_name="Mara",
    to="support@acme.example",
    message_id="<1@gina.example>",
)


def plan(**more: Any) -> Plan:
    return compiled(Config.model_validate({**HOUSE, **more}), MAPS)


PLAN = plan()


async def taken(store: Store, request: Request, *, plan: Plan = PLAN, actor: Actor = MARA) -> Acted:
    return await store.write(take, request, by=Hand(actor, plan, NOW))


async def case_of(store: Store, acted: Acted) -> Case:
    found = await store.read(cases.by_ticket, acted.ticket.id)
    assert found is not None
    return found


async def letters(store: Store) -> list[Job]:
    """Every letter that waits."""
    return await store.write(
        outbox.claim,
        owner="test",
        kinds=[EffectKind.DESK_MAIL],
        now=NOW,
        lease=timedelta(minutes=2),
        limit=50,
    )


@pytest.mark.parametrize("channel", ["ticket", "email", "phone", "chat", "form", "api"])
async def test_r4_every_channel_gives_the_same_ticket_and_case(
    file_store: Store, channel: str
) -> None:
    """R1, R2, R3, R7."""
    acted = await taken(file_store, replace(MAIL, channel=channel))
    case = await case_of(file_store, acted)
    assert (acted.ticket.channel, acted.ticket.brand, acted.ticket.queue) == (
        channel,
        "acme",
        "level-1",
    )
    assert (case.requester, case.brand_rule) == ("mara@gina.example", "recipient")
    lines = await file_store.read(logs.read, "ticket", acted.ticket.id)
    assert [line.kind for line in lines[:2]] == ["opened", "note"]


async def test_the_same_request_is_one_ticket_and_one_letter(store: Store) -> None:
    first, second = await taken(store, MAIL), await taken(store, MAIL)
    assert (first.ticket.id, second.figures, second.effects) == (second.ticket.id, (), 0)
    assert len(await letters(store)) == 1


async def test_r6_who_typed_it_in_and_for_whom_are_both_kept(file_store: Store) -> None:
    call = Request("Slow", "He says it is slow.", "phone", on_behalf_of="Jo, +49 170 1234567")
    acted = await taken(file_store, call, actor=person("mira"))
    case = await case_of(file_store, acted)
    assert (case.submitted_by, case.on_behalf_of) == ("mira", "Jo, +49 170 1234567")
    (line, *_) = await file_store.read(logs.read, "ticket", acted.ticket.id)
    assert (line.data["submitted_by"], line.data["on_behalf_of"]) == ("mira", "customer")


@pytest.mark.parametrize(
    ("text", "category"),
    [
        ("What does your biggest package cost? I want to order it.", "sales"),
        ("I was charged twice: please send me a corrected invoice and a refund.", "billing"),
    ],
)
async def test_r15_sales_and_billing_come_to_their_desk_in_one_hop(
    file_store: Store, text: str, category: str
) -> None:
    acted = await taken(file_store, replace(MAIL, subject="A question", text=text))
    one = acted.ticket
    assert (one.queue, one.level, one.category) == ("sales-billing", "sales-billing", category)
    lines = await file_store.read(logs.read, "ticket", one.id)
    assert "queue" not in [line.kind for line in lines]


async def test_r27_a_sales_question_gets_a_suggested_reply_with_the_brands_pages(
    file_store: Store,
) -> None:
    acted = await taken(file_store, replace(MAIL, category=Category.SALES))
    _, note, *_ = await file_store.read(logs.read, "ticket", acted.ticket.id)
    assert "Order: https://acme.example/order" in note.words
    assert "Prices: https://acme.example/prices" in note.words
    (letter,) = await letters(file_store)
    assert "https://acme.example/order" not in letter.payload["text"]


async def test_an_agents_word_counts_more_than_the_rules(file_store: Store) -> None:
    wish = replace(MAIL, category=Category.ABUSE, priority=Priority.HIGH)
    acted = await taken(file_store, wish)
    assert (acted.ticket.queue, acted.ticket.priority) == ("abuse", "high")
    assert (await case_of(file_store, acted)).rule == "an agent's word"


async def test_r28_a_level_that_the_brand_does_not_offer_is_passed_over(file_store: Store) -> None:
    acted = await taken(file_store, replace(MAIL, brand="blau"))
    assert acted.ticket.queue == "level-2"


async def test_r13_all_that_is_known_stands_in_the_case_and_in_the_first_note(
    store: Store,
) -> None:
    """R38: notes and flags of the account come first."""
    mine = replace(MAIL, sender="anna@reseller.example", key=None)
    for _ in range(7):
        await taken(store, mine)
    acted = await taken(store, mine)
    facts = (await case_of(store, acted)).facts
    assert (facts["account"], facts["server"], facts["plan"]) == ("anna", "web1", "gold")
    assert [one["id"] for one in facts["tickets"]] == ["7", "6", "5", "4", "3"]
    assert (facts["probes"], facts["panel"]) == ("unavailable", "")
    _, note, *_ = await store.read(logs.read, "ticket", acted.ticket.id)
    assert note.words.startswith(
        "CALL FIRST before anything is changed\nERP on port 8443\n\nBrand: acme"
    )


async def test_r13_what_nobody_knows_is_unavailable_and_no_failure(file_store: Store) -> None:
    acted = await taken(file_store, Request("Help", "Something is odd.", "phone"))
    facts = (await case_of(file_store, acted)).facts
    assert (facts["account"], facts["brand"], facts["plan"]) == (
        "unknown",
        "unknown",
        "unavailable",
    )


async def test_r96_the_person_whom_he_knows_gets_it(file_store: Store) -> None:
    acted = await taken(file_store, replace(MAIL, sender="anna@reseller.example"))
    assert acted.ticket.owner == "ana"
    assert acted.ticket.reacted_at is None


async def test_r5_the_acknowledgement_is_queued_with_the_ticket(store: Store) -> None:
    """R64: it thanks him."""
    acted = await taken(store, MAIL)
    (letter,) = await letters(store)
    told = letter.payload
    assert (told["to"], told["brand"]) == ("mara@gina.example", "acme")
    assert told["subject"] == f"Acme Hosting: we have your request [#{acted.ticket.id}]"
    assert "thank you for telling us" in told["text"]
    assert told["answers"] == "<1@gina.example>"
    assert (acted.ticket.reacted_at, acted.ticket.replied_at) == (None, None)
    assert acted.effects == 1


async def test_r9_whose_brand_nobody_knows_reads_no_brands_name(file_store: Store) -> None:
    unknown = replace(MAIL, to="who@nowhere.example", sender="x@y.example")
    acted = await taken(file_store, unknown)
    (letter,) = await letters(file_store)
    assert acted.ticket.brand is None
    assert letter.payload["subject"] == f"we have your request [#{acted.ticket.id}]"
    assert "Acme" not in letter.payload["text"]


async def test_r80_end_customers_of_a_reseller_who_answers_them_himself_are_passed_on(
    file_store: Store,
) -> None:
    maps = {"web2": PanelMap(accounts=(Account("hugo", "hugo.example", "bert"),))}
    told = compiled(Config.model_validate(HOUSE), maps)
    mine = replace(
        MAIL, to="hilfe@blau.example", account="hugo", text="Wie richte ich mein Postfach ein?"
    )
    acted = await taken(file_store, mine, plan=told)
    assert acted.ticket.state is TicketState.SOLVED
    sent = {one.payload["to"]: one.payload for one in await letters(file_store)}
    assert set(sent) == {"mara@gina.example", "bert@kunde.example"}
    assert "eigenen Anbieter" in sent["mara@gina.example"]["text"]
    assert "> Wie richte ich mein Postfach ein?" in sent["bert@kunde.example"]["text"]


async def test_r80_a_brand_that_serves_end_customers_handles_them_as_its_own(
    file_store: Store,
) -> None:
    acted = await taken(file_store, replace(MAIL, account="gina"))
    assert acted.ticket.state is TicketState.NEW
    assert len(await letters(file_store)) == 1


async def test_a_mailbox_that_writes_without_end_gets_no_more_letters(file_store: Store) -> None:
    for number in range(9):
        await taken(file_store, replace(MAIL, key=f"<{number}@gina.example>"))
    assert len(await letters(file_store)) == 5
    assert await file_store.read(rows.next_id) == 10


async def test_a_ticket_of_another_system_is_known_by_its_own_number(file_store: Store) -> None:
    told = replace(
        MAIL, channel="ticket", system="rt", ref="4711", opened_at=NOW - timedelta(hours=1)
    )
    first = await taken(file_store, told)
    again = await taken(file_store, replace(told, key="another"))
    assert (first.ticket.ref, first.ticket.opened_at) == ("4711", NOW - timedelta(hours=1))
    assert again.ticket.id == first.ticket.id


@pytest.mark.parametrize(
    "wrong",
    [replace(MAIL, channel="pigeon"), replace(MAIL, incident=41), replace(MAIL, queue="nowhere")],
)
async def test_what_means_nothing_is_refused(file_store: Store, wrong: Request) -> None:
    with pytest.raises(Refused):
        await taken(file_store, wrong)


async def test_a_request_without_words_is_not_lost(file_store: Store) -> None:
    acted = await taken(file_store, replace(MAIL, subject=" ", text="\n"))
    (line, *_) = await file_store.read(logs.read, "ticket", acted.ticket.id)
    assert (acted.ticket.subject, line.words) == ("(no subject)", "(no text)")


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("How do I set up my mailbox on my phone?", {"", "en"}),
        ("Wie richte ich mein Postfach auf meinem Telefon ein?", {"de"}),
        ("Как да настроя пощенската си кутия на телефона?", {"bg"}),
    ],
)
async def test_r5_he_is_answered_in_his_own_language(
    file_store: Store, text: str, language: set[str]
) -> None:
    acted = await taken(file_store, replace(MAIL, text=text))
    assert (await case_of(file_store, acted)).language in language


@pytest.mark.parametrize(
    "text",
    [
        "Can you design my home page in our company's colours?",
        "The contact form plugin of my theme has the wrong button colour, please reprogram it.",
    ],
)
async def test_r78_what_is_not_ours_to_do_gets_polite_advice(file_store: Store, text: str) -> None:
    """R79: third-party plug-ins too."""
    wish = replace(MAIL, text=text, category=Category.OUT_OF_SCOPE)
    acted = await taken(file_store, wish)
    (letter,) = await letters(file_store)
    assert acted.ticket.queue == "level-1"
    assert "not part of our service" in letter.payload["text"]
    assert "switch extensions off one by one" in letter.payload["text"]


@pytest.mark.parametrize(
    ("category", "queue"),
    [
        (Category.HOSTING, "level-1"),
        (Category.ONBOARDING, "level-1"),
        (Category.FEATURE_REQUEST, "level-1"),
        (Category.ABUSE, "abuse"),
        (Category.SALES, "sales-billing"),
        (Category.CRITICAL, "rapid-response"),
    ],
)
async def test_r16_each_category_has_its_desk(
    file_store: Store, category: Category, queue: str
) -> None:
    """R26, R81."""
    acted = await taken(file_store, replace(MAIL, category=category))
    assert (acted.ticket.queue, acted.ticket.category) == (queue, category)
