"""R85: is everybody asked once how the help was, in his brand's name and language?"""

from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import select

from alerts.model import Category, Priority
from playbooks.ports import Draft, TicketState
from responder.customers.brands import Brand
from responder.customers.clientele import Clientele
from responder.customers.discretion import Discretion
from responder.customers.wording import Language
from responder.desk.opening import opened
from responder.desk.tracking import asked_to_vote, phrases, speech
from responder.desk_values import Case
from responder.paging.smtp import EmailPaging
from responder.plan import Plan
from responder.store import Store, Tx, cases
from responder.store import tickets as rows
from responder.store.tables import outbox
from responder.support.asking import ask
from responder.values import TicketRecord
from tests.responder.web.conftest import START

RELAY = EmailPaging.model_validate({"host": "127.0.0.1", "port": 25, "from": "r@ours.example"})
BRANDS = {
    "acme": Brand.model_validate({"title": "Acme Hosting", "from": "support@acme.example"}),
    "blau": Brand.model_validate({"title": "Blau", "from": "hilfe@blau.example", "language": "de"}),
}
PLAN = Plan(clientele=Clientele(BRANDS, {}, Discretion(BRANDS), RELAY, "desk"))


def _link(ticket: TicketRecord) -> str:
    return f"https://status.example.net/s/{ticket.id}"


def _solved(tx: Tx, brand: str, requester: str, state: TicketState) -> None:
    draft = Draft(f"{brand}{requester}", "level-1", Priority.LOW, Category.HOSTING, "s", "t",
                  brand=brand)  # fmt: skip
    ticket = opened(tx, draft, system="desk", now=START).ticket
    if cases.by_ticket(tx, ticket.id) is None:
        cases.add(tx, Case(ticket.id, START))
    cases.change(tx, replace(cases.by_ticket(tx, ticket.id) or Case(0, START), requester=requester))
    over = START + timedelta(hours=1)
    look = over + timedelta(hours=24)
    rows.change(tx, replace(ticket, state=state, solved_at=over, judge_at=look))


def _letters(tx: Tx) -> list[dict[str, str]]:
    found = select(outbox.c.payload).where(outbox.c.key.startswith("vote/")).order_by(outbox.c.id)
    return [dict(payload) for payload in tx.execute(found).scalars()]


async def test_each_is_asked_once_and_nobody_without_an_address(store: Store) -> None:
    mail = "john@customer.example"
    for brand, requester in (("acme", mail), ("blau", mail), ("acme", ""), ("acme", "0170 1")):
        await store.write(_solved, brand, requester, TicketState.SOLVED)
    now = START + timedelta(hours=1, minutes=1)
    looked = [await store.write(ask, plan=PLAN, link=_link, now=now) for _ in range(2)]
    assert looked == [3, 0]
    letters = await store.read(_letters)
    assert [one["to"] for one in letters] == [mail, mail]
    assert letters[0]["subject"] == "Acme Hosting: how did you find our help? [#1]"
    assert "https://status.example.net/s/1/vote" in letters[0]["text"]
    assert letters[1]["subject"].startswith("Blau: Wie fanden Sie")


async def test_a_brand_that_has_no_address_for_its_customers_asks_nobody(store: Store) -> None:
    """R10: a link would name us."""
    await store.write(_solved, "acme", "a@customer.example", TicketState.SOLVED)
    now = START + timedelta(hours=1, minutes=1)
    assert await store.write(ask, plan=PLAN, link=lambda _: "", now=now) == 1
    assert await store.read(_letters) == []


async def test_what_was_solved_long_ago_or_is_open_is_not_asked(store: Store) -> None:
    await store.write(_solved, "acme", "a@customer.example", TicketState.SOLVED)
    await store.write(_solved, "blau", "a@customer.example", TicketState.OPEN)
    later = START + timedelta(days=1, hours=2)
    assert await store.write(ask, plan=PLAN, link=_link, now=later) == 0
    assert await store.read(_letters) == []


@pytest.mark.parametrize("language", list(Language))
def test_every_language_has_every_word_and_its_own(language: Language) -> None:
    words, english = phrases(language), phrases(Language.EN)
    assert set(words) == set(english)
    assert all(isinstance(word, str) and word for word in words.values())
    assert language is Language.EN or words["working"] != english["working"]
    brand = Brand.model_validate({"title": "Acme", "language": language, "signature": "Bye"})
    manner = speech(Clientele({"acme": brand}, {}, Discretion({"acme": brand})), "acme")
    subject, text = asked_to_vote(manner, reference="RR-7", link="https://x.example/s/1/vote")
    assert "Acme" in subject
    assert "{" not in subject + text
    assert "RR-7" in text
    assert text.endswith("Bye")
    assert manner.discreet(subject + text) == subject + text


def test_without_a_brand_nobody_is_named() -> None:
    manner = speech(PLAN.clientele, None)
    subject, _ = asked_to_vote(manner, reference="7", link="https://x.example")
    assert subject == "how did you find our help?"
    assert manner.discreet("ask Acme Hosting or Blau") == "ask … or …"
