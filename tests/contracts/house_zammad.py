"""Zammad with people in it, for the contract suite: an emulator after its documents and source."""

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import aiohttp

from alerts.model import Priority
from playbooks.client import open_session
from playbooks.ports import Draft, TicketRef, TicketState
from responder.emulators.zammad import ZammadEmulator
from responder.secrets import Secret
from responder.tickets.zammad import Zammad
from responder.tickets.zammad_settings import ZammadTickets
from tests.contracts.ticket_houses import CUSTOMER, QUEUE

QUEUES: Final = {"rapid-response": "Rapid Response"}
_STATES: Final = {TicketState.SOLVED: "closed", TicketState.OPEN: "open"}


@dataclass(frozen=True)
class ZammadPeople:
    """People of the emulator. Logins are names, customers are known by their address."""

    emulator: ZammadEmulator

    async def take(self, who: str, ticket: TicketRef) -> None:
        await self.give(who, ticket, who)

    async def reply(self, who: str, ticket: TicketRef, text: str, *, useful: str = "") -> None:
        self.emulator.person(who).reply(ticket.id, text)

    async def note(self, who: str, ticket: TicketRef, text: str) -> None:
        self.emulator.person(who).note(ticket.id, text)

    async def give(self, who: str, ticket: TicketRef, owner: str | None) -> None:
        self.emulator.person(who).change(ticket.id, owner=owner or "-")

    async def move(self, who: str, ticket: TicketRef, queue: str) -> None:
        self.emulator.person(who).change(ticket.id, group=QUEUES.get(queue, queue))

    async def turn(self, who: str, ticket: TicketRef, state: TicketState) -> None:
        self.emulator.person(who).change(ticket.id, state=_STATES[state])

    async def press(self, who: str, ticket: TicketRef, priority: Priority) -> None:
        words = {Priority.MEDIUM: "2 normal", Priority.LOW: "1 low"}
        self.emulator.person(who).change(ticket.id, priority=words.get(priority, "3 high"))

    async def vote(self, who: str, ticket: TicketRef, score: int) -> None:
        self.emulator.person(who).vote(ticket.id, score)

    async def merge(self, who: str, ticket: TicketRef, into: TicketRef) -> None:
        self.emulator.person(who).merge(ticket.id, into.id)

    async def open(self, subject: str) -> TicketRef:
        told = {"title": subject, "group": "Users", "customer_id": f"guess:{CUSTOMER}"}
        article = {"body": "Hello!", "sender": "Customer", "type": "email"}
        ticket = self.emulator.book.create("alice", told | {"article": article})
        return TicketRef("zammad", str(ticket.id))

    async def ask(self, subject: str, text: str, queue: str = QUEUE) -> TicketRef:
        group = QUEUES.get(queue, queue)
        told = {"title": subject, "group": group, "customer_id": f"guess:{CUSTOMER}"}
        article = {"body": text, "sender": "Customer", "type": "email"}
        ticket = self.emulator.book.create(CUSTOMER, told | {"article": article})
        return TicketRef("zammad", str(ticket.id))

    async def delete(self, ticket: TicketRef) -> None:
        self.emulator.book.delete(int(ticket.id))

    async def name_customer(self, ticket: TicketRef) -> None:
        self.emulator.book.number_of(CUSTOMER)
        self.emulator.person("alice").change(ticket.id, customer=CUSTOMER)

    async def write_as_customer(self, ticket: TicketRef, text: str) -> None:
        self.emulator.person(CUSTOMER).write(ticket.id, text)

    async def find(self, draft: Draft) -> int:
        return len(self.emulator.visible(draft.subject))


@dataclass(frozen=True)
class ZammadHouse:
    """The emulated Zammad, as the contract suite and its own tests know it."""

    system: Zammad
    people: ZammadPeople
    settings: ZammadTickets
    session: aiohttp.ClientSession
    knows_people: bool = True
    marks: bool = False
    votes: bool = True
    tells_key: bool = True

    @property
    def emulator(self) -> ZammadEmulator:
        return self.people.emulator

    @property
    def url(self) -> str:
        return self.settings.url

    def another(self, **settings: object) -> Zammad:
        """The same seen by another process of ours, perhaps set up otherwise."""
        told = {name: getattr(self.settings, name) for name in self.settings.model_fields_set}
        return Zammad(ZammadTickets.model_validate(told | settings), self.session)


@asynccontextmanager
async def emulated_zammad(_: Path | None = None) -> AsyncIterator[ZammadHouse]:
    """The emulator and who works in it."""
    emulator = ZammadEmulator()
    await emulator.start()
    told: Mapping[str, object] = {
        "system": "zammad",
        "url": emulator.url,
        "token_file": Secret.of(emulator.token),
        "webhook_secret_file": Secret.of(emulator.secret),
        "queues": QUEUES,
        "fields": {"brand": "brand", "server": "server", "severity": "severity"},
        "vote_field": "csat",
    }
    settings = ZammadTickets.model_validate(told)
    async with open_session() as session:
        people = ZammadPeople(emulator)
        yield ZammadHouse(Zammad(settings, session), people, settings, session)
    await emulator.stop()
