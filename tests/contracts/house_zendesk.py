"""An emulated Zendesk with people in it, for the contract suite."""

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

import aiohttp

from alerts.model import Priority
from playbooks.client import open_session
from playbooks.ports import Draft, TicketRef, TicketState
from responder.emulators.zendesk import TOKEN, USER, ZendeskEmulator
from responder.emulators.zendesk_book import DOMAIN
from responder.secrets import Secret
from responder.tickets.keys import stored
from responder.tickets.zendesk import Zendesk
from responder.tickets.zendesk_settings import ZendeskTickets
from tests.contracts.ticket_houses import CUSTOMER, QUEUE


@dataclass(frozen=True)
class ZendeskHouse:
    """Zendesk, emulated."""

    emulator: ZendeskEmulator
    session: aiohttp.ClientSession
    system: Zendesk
    knows_people: bool = True
    marks: bool = False
    votes: bool = False
    tells_key: bool = True

    @property
    def people(self) -> "ZendeskPeople":
        return ZendeskPeople(self.emulator)

    @property
    def url(self) -> str:
        return self.emulator.url

    def another(self, **settings: object) -> Zendesk:
        """The same Zendesk seen by another process of ours, perhaps set up otherwise."""
        return Zendesk(settings_for(self.emulator, **settings), self.session)


@dataclass(frozen=True)
class ZendeskPeople:
    """Agents; customers answer by mail."""

    emulator: ZendeskEmulator

    async def take(self, who: str, ticket: TicketRef) -> None:
        await self.give(who, ticket, who)

    async def reply(self, who: str, ticket: TicketRef, text: str, *, useful: str = "") -> None:
        self.emulator.person(who).say(int(ticket.id), text, public=True)

    async def note(self, who: str, ticket: TicketRef, text: str) -> None:
        self.emulator.person(who).say(int(ticket.id), text, public=False)

    async def give(self, who: str, ticket: TicketRef, owner: str | None) -> None:
        number = self.emulator.person(owner).number if owner else None
        self.emulator.person(who).update(int(ticket.id), assignee_id=number)

    async def move(self, who: str, ticket: TicketRef, queue: str) -> None:
        numbers = {name: number for number, name in self.emulator.book.groups.items()}
        self.emulator.person(who).update(int(ticket.id), group_id=numbers[queue])

    async def turn(self, who: str, ticket: TicketRef, state: TicketState) -> None:
        self.emulator.person(who).update(int(ticket.id), status=state.value)

    async def press(self, who: str, ticket: TicketRef, priority: Priority) -> None:
        words = {Priority.CRITICAL: "urgent", Priority.HIGH: "high", Priority.MEDIUM: "normal"}
        self.emulator.person(who).update(int(ticket.id), priority=words.get(priority, "low"))

    async def vote(self, who: str, ticket: TicketRef, score: int) -> None:
        raise AssertionError("customers are content or not: tests/contracts/test_zendesk.py")

    async def merge(self, who: str, ticket: TicketRef, into: TicketRef) -> None:
        self.emulator.person(who).merge(int(ticket.id), int(into.id))

    async def open(self, subject: str) -> TicketRef:
        author = self.emulator.book.user(CUSTOMER).id
        told = {"subject": subject, "comment": {"body": subject}, "group_id": 21}
        return TicketRef("zendesk", str(self.emulator.book.open(author, told).id))

    async def ask(self, subject: str, text: str, queue: str = QUEUE) -> TicketRef:
        author = self.emulator.book.user(CUSTOMER).id
        numbers = {name: number for number, name in self.emulator.book.groups.items()}
        told = {"subject": subject, "comment": {"body": text}, "group_id": numbers[queue]}
        return TicketRef("zendesk", str(self.emulator.book.open(author, told).id))

    async def delete(self, ticket: TicketRef) -> None:
        self.emulator.book.held(int(ticket.id)).deleted = True

    async def name_customer(self, ticket: TicketRef) -> None:
        book = self.emulator.book
        book.held(int(ticket.id)).requester = book.user(CUSTOMER).id

    async def write_as_customer(self, ticket: TicketRef, text: str) -> None:
        self.emulator.book.write(CUSTOMER, int(ticket.id), text)

    async def find(self, draft: Draft) -> int:
        return len(self.emulator.by_external(f"rr:{stored(draft.key)}"))


def settings_for(emulator: ZendeskEmulator, **settings: object) -> ZendeskTickets:
    """How the emulator is spoken to."""
    told: Mapping[str, object] = {
        "system": "zendesk",
        "url": emulator.url,
        "user": USER,
        "token_file": Secret.of(TOKEN),
        "agent_domain": DOMAIN,
    }
    return ZendeskTickets.model_validate({**told, **settings})


@asynccontextmanager
async def emulated_zendesk(folder: Path | None = None) -> AsyncIterator[ZendeskHouse]:
    """The emulator and who works in it."""
    emulator = ZendeskEmulator()
    await emulator.start()
    async with open_session() as session:
        yield ZendeskHouse(emulator, session, Zendesk(settings_for(emulator), session))
    await emulator.stop()
