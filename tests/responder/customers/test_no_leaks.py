"""Thousands of requests with hostile words in them: no customer reads what is not his (R10)."""

import random
import re
import sqlite3
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import cached_property
from typing import Any

import pytest
from sqlalchemy import create_engine, event
from sqlalchemy.engine import Engine
from sqlalchemy.pool import StaticPool

from alerts.model import Actor, ActorKind, person
from probes import redaction
from responder import deskwork, trackwork
from responder.compile import compiled
from responder.config import Config
from responder.deskwork import Hand
from responder.plan import Plan
from responder.requests import Request, take
from responder.store.tables import metadata, outbox
from responder.support.mailing import composed, leaks, mailbox
from responder.tracked import track
from responder.trackwork import Right, Words
from responder.values import EffectKind, TicketRecord

NOW = datetime(2026, 3, 29, 1, 10, tzinfo=UTC)
HISTORIES = 200  # of one company; a long life costs less than many short ones
CUSTOMER = Actor(ActorKind.CUSTOMER, "customer")
SECRET = "Kq7xVw2mZp9tB4"  # of ours: a token that some adapter has used
PLAIN = (
    "My site shows an error since this morning.",
    "Meine Seite ist nicht erreichbar!",
    "What does it cost?",
    "Please design a page for me.",
    "mail does not arrive",
    "I would like an invoice",
    "",
    "Danke, es geht wieder.",
)
SHAPES: tuple[Callable[[str], str], ...] = (str, str.upper, str.title)


@dataclass(frozen=True)
class Company:
    """Three brands on shared machines, with names that are no words of any language."""

    dice: random.Random

    @cached_property
    def words(self) -> list[str]:
        return ["".join(self.dice.choices("bcdfgjkqvwxz", k=6)) for _ in range(12)]

    @property
    def brands(self) -> list[str]:
        return self.words[:3]

    @property
    def servers(self) -> list[str]:
        return [f"{word}{number}" for number, word in enumerate(self.words[3:7], start=1)]

    @property
    def people(self) -> list[str]:
        return self.words[7:9]

    @cached_property
    def plan(self) -> Plan:
        told: dict[str, Any] = {
            "brands": {name: self._brand(name) for name in self.brands},
            "servers": {
                name: {"address": f"10.1.2.{number}", "aliases": [f"{name}.core.example.net"]}
                for number, name in enumerate(self.servers, start=10)
            },
            "resellers": {
                f"r{number}": {
                    "server": self.servers[number],
                    "brand": brand,
                    "mail": f"boss@{brand}-r.example",
                }
                for number, brand in enumerate(self.brands)
            },
            "people": {
                name: {"methods": [{"kind": "email", "to": f"{name}@own.example.net"}]}
                for name in self.people
            },
            "paging": {"email": {"host": "127.0.0.1", "port": 2525, "from": "r@own.example.net"}},
        }
        return compiled(Config.model_validate(told))

    def _brand(self, name: str) -> dict[str, Any]:
        return {
            "title": f"{name.title()} Hosting",
            "url": f"https://www.{name}.example",
            "from": f"help@{name}.example",
            "addresses": [f"{name}.example"],
            "order_url": f"https://{name}.example/order",
            "language": self.dice.choice(["en", "de", "fr", "bg", "pl", "ru"]),
            "end_customers": self.dice.choice(["white_label", "reseller_handles"]),
        }

    def forbidden(self, brand: str | None) -> list[str]:
        """What a customer of this brand must not read, told without the code under test."""
        others = [name for name in self.brands if name != brand]
        ours = [*self.servers, *self.people, *(f"{one}.core.example.net" for one in self.servers)]
        return [*others, *(f"{one} hosting" for one in others), *ours, "10.1.2.10"]

    def hostile(self) -> str:
        """Words that somebody types or an alert says, with names of ours and of others in them."""
        names = [*self.forbidden(None), *(f"https://{one}/x" for one in self.servers)]
        parts = self.dice.choices([*names, *PLAIN, *PLAIN], k=self.dice.randint(1, 5))
        shaped = [self.dice.choice(SHAPES)(part) for part in parts]
        secret = [SECRET] if self.dice.random() < 0.2 else []
        return self.dice.choice([" ", "\n", ", "]).join([*shaped, *secret]).strip() or "?"


@dataclass
class Life:
    """The tickets of one company, in a store in memory."""

    company: Company
    engine: Engine
    now: datetime = NOW

    def do(self, work: Any, *args: Any, **told: Any) -> Any:
        with self.engine.begin() as tx:
            return work(tx, *args, **told)

    def by(self, actor: Actor) -> Hand:
        return Hand(actor, self.company.plan, self.now)

    def begins(self, number: int) -> TicketRecord:
        """Somebody writes to one of the brands, or to none."""
        dice, company = self.company.dice, self.company
        brand = dice.choice([*company.brands, None])
        request = Request(
            subject=dice.choice([company.hostile(), *PLAIN[:4]]),
            text=company.hostile(),
            channel=dice.choice(["email", "form", "chat"]),
            key=f"<{number}@x.example>",
            sender=f"c{number}@customer.example",
            sender_name=dice.choice(["", "Mara", company.people[0]]),
            to=f"help@{brand}.example" if brand else "",
            brand=brand,
        )
        opened: deskwork.Acted = self.do(take, request, by=self.by(CUSTOMER))
        return opened.ticket

    def goes_on(self, ticket: TicketRecord) -> None:
        """Staff and customer act on it, in any order; the desk may refuse."""
        dice, mira = self.company.dice, self.by(person("mira"))
        right = Right(ticket.id, ticket.brand or "")
        acts: tuple[Callable[[str], Any], ...] = (
            lambda _: self.do(deskwork.take, ticket.id, by=mira),
            lambda words: self.do(deskwork.note, ticket.id, words, by=mira),
            lambda words: self.do(deskwork.note, ticket.id, words, public=True, by=mira),
            lambda words: self.do(deskwork.solve, ticket.id, words, by=mira),
            lambda words: self.do(trackwork.say, right, Words(words), now=self.now),
        )
        for act in dice.choices(acts, k=3):
            self.now += timedelta(minutes=dice.randint(1, 90))
            try:
                act(self.company.hostile())
            except (deskwork.Refused, deskwork.Conflict, trackwork.TooMuch, trackwork.NotNow):
                continue

    def seen(self, ticket: TicketRecord) -> str:
        """What its customer sees."""
        right = Right(ticket.id, ticket.brand or "")
        return str(self.do(track, right, plan=self.company.plan, now=self.now).seen)

    def letters(self) -> Iterator[tuple[str, str]]:
        """Brand and whole text of every letter to a customer that may go out."""
        plan = self.company.plan
        with self.engine.begin() as tx:
            rows = tx.execute(outbox.select().where(outbox.c.kind == EffectKind.DESK_MAIL)).all()
        for row in rows:
            told = row.payload
            server = mailbox(plan, told["brand"])
            if leaks(plan, f"{told['subject']}\n{told['text']}", brand=told["brand"]):
                continue  # kept back: responder/support/mailing.py
            assert server is not None
            mail = composed(told, plan, sender=server.sender, key=row.key, at=row.created_at)
            head = "\n".join(f"{name}: {value}" for name, value in mail.items())
            yield told["brand"], f"{head}\n{told['text']}"


@pytest.fixture(params=range(10))
def life(request: pytest.FixtureRequest) -> Iterator[Life]:
    engine = create_engine("sqlite://", poolclass=StaticPool)
    event.listen(engine, "connect", _keep_references)
    metadata.create_all(engine)
    redaction.remember(SECRET)
    yield Life(Company(random.Random(request.param)), engine)
    engine.dispose()


def _keep_references(connection: sqlite3.Connection, _: object) -> None:
    connection.execute("PRAGMA foreign_keys = ON")


def foreign(company: Company, brand: str | None, text: str) -> list[str]:
    words = "|".join(re.escape(word.casefold()) for word in company.forbidden(brand))
    found = re.findall(rf"(?<!\w)(?:{words})(?!\w)", text.casefold())
    return [*found, *re.findall(SECRET, text)]


def test_no_customer_reads_a_name_that_is_not_his(life: Life) -> None:
    """R10, R30: over 2,000 histories in all."""
    tickets = [life.begins(number) for number in range(HISTORIES)]
    for ticket in tickets:
        life.goes_on(ticket)
    for ticket in tickets:
        assert foreign(life.company, ticket.brand, life.seen(ticket)) == [], ticket.brand
    sent = list(life.letters())
    for brand, text in sent:
        assert foreign(life.company, brand or None, text) == [], brand
    assert len(sent) > HISTORIES // 2
    assert {brand for brand, _ in sent} >= set(life.company.brands)
