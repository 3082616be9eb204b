"""FreeScout with people in it, for the contract suite: an emulator after its documents."""

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import aiohttp

from alerts.model import Priority
from playbooks.client import open_session
from playbooks.ports import Draft, TicketRef, TicketState
from responder.emulators.freescout import FreeScoutEmulator
from responder.secrets import Secret
from responder.tickets.freescout import FreeScout
from responder.tickets.freescout_settings import FreeScoutTickets
from tests.contracts.ticket_houses import CUSTOMER, QUEUE

QUEUES: Final = {"rapid-response": "Emergency"}
_STATUSES: Final = {TicketState.SOLVED: "closed", TicketState.OPEN: "active"}


@dataclass(frozen=True)
class FreeScoutPeople:
    """People of the emulator, where an address is a mere name."""

    emulator: FreeScoutEmulator

    async def take(self, who: str, ticket: TicketRef) -> None:
        await self.give(who, ticket, who)

    async def reply(self, who: str, ticket: TicketRef, text: str, *, useful: str = "") -> None:
        self.emulator.person(who).reply(ticket.id, text)

    async def note(self, who: str, ticket: TicketRef, text: str) -> None:
        self.emulator.person(who).note(ticket.id, text)

    async def give(self, who: str, ticket: TicketRef, owner: str | None) -> None:
        number = self.emulator.book.users[owner] if owner else None
        self.emulator.person(who).change(ticket.id, assignTo=number)

    async def move(self, who: str, ticket: TicketRef, queue: str) -> None:
        box = self.emulator.book.mailboxes.index(QUEUES.get(queue, queue)) + 1
        self.emulator.person(who).change(ticket.id, mailboxId=box)

    async def turn(self, who: str, ticket: TicketRef, state: TicketState) -> None:
        self.emulator.person(who).change(ticket.id, status=_STATUSES[state])

    async def press(self, who: str, ticket: TicketRef, priority: Priority) -> None:
        raise AssertionError("FreeScout has no priorities")

    async def vote(self, who: str, ticket: TicketRef, score: int) -> None:
        raise AssertionError("FreeScout has no place for votes that we could read")

    async def merge(self, who: str, ticket: TicketRef, into: TicketRef) -> None:
        self.emulator.person(who).merge(ticket.id, into.id)

    async def open(self, subject: str) -> TicketRef:
        customer = {"email": CUSTOMER}
        thread = {"type": "customer", "text": "Hello!", "customer": customer}
        told = {"mailboxId": 5, "subject": subject, "customer": customer, "threads": [thread]}
        return TicketRef("freescout", str(self.emulator.book.create(told).id))

    async def ask(self, subject: str, text: str, queue: str = QUEUE) -> TicketRef:
        box = self.emulator.book.mailboxes.index(QUEUES.get(queue, queue)) + 1
        customer = {"email": CUSTOMER}
        thread = {"type": "customer", "text": text, "customer": customer}
        told = {"mailboxId": box, "subject": subject, "customer": customer, "threads": [thread]}
        return TicketRef("freescout", str(self.emulator.book.create(told).id))

    async def delete(self, ticket: TicketRef) -> None:
        self.emulator.book.delete("dana", int(ticket.id))

    async def name_customer(self, ticket: TicketRef) -> None:
        self.emulator.book.conversations[int(ticket.id)].customer = CUSTOMER

    async def write_as_customer(self, ticket: TicketRef, text: str) -> None:
        self.emulator.person(CUSTOMER).write(ticket.id, text)

    async def find(self, draft: Draft) -> int:
        return len(self.emulator.visible(draft.subject))


@dataclass(frozen=True)
class FreeScoutHouse:
    """The emulated FreeScout, as the contract suite and its own tests know it."""

    system: FreeScout
    people: FreeScoutPeople
    settings: FreeScoutTickets
    session: aiohttp.ClientSession
    knows_people: bool = True
    marks: bool = False
    votes: bool = False
    tells_key: bool = False

    @property
    def emulator(self) -> FreeScoutEmulator:
        return self.people.emulator

    @property
    def url(self) -> str:
        return self.settings.url

    def another(self, **settings: object) -> FreeScout:
        """The same seen by another process of ours, perhaps set up otherwise."""
        told = {name: getattr(self.settings, name) for name in self.settings.model_fields_set}
        return FreeScout(FreeScoutTickets.model_validate(told | settings), self.session)


@asynccontextmanager
async def emulated_freescout(_: Path | None = None) -> AsyncIterator[FreeScoutHouse]:
    """The emulator and who works in it."""
    emulator = FreeScoutEmulator()
    await emulator.start()
    told: Mapping[str, object] = {
        "system": "freescout",
        "url": emulator.url,
        "api_key_file": Secret.of(emulator.api_key),
        "app_key_file": Secret.of(emulator.app_key),
        "user": "responder",
        "customer": "monitoring@responder.example",
        "mailbox": "Support",
        "queues": QUEUES,
        "brands": {"acme": "Acme"},
    }
    settings = FreeScoutTickets.model_validate(told)
    async with open_session() as session:
        people = FreeScoutPeople(emulator)
        yield FreeScoutHouse(FreeScout(settings, session), people, settings, session)
    await emulator.stop()
