"""An emulated WHMCS with people in it, for the contract suite."""

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

import aiohttp

from alerts.model import Priority
from playbooks.client import open_session
from playbooks.ports import Draft, TicketRef, TicketState
from responder.emulators.whmcs import ADDRESS, IDENTIFIER, SECRET, WhmcsEmulator
from responder.secrets import Secret
from responder.tickets.whmcs import Whmcs
from responder.tickets.whmcs_settings import WhmcsTickets
from tests.contracts.ticket_houses import CUSTOMER, QUEUE


@dataclass(frozen=True)
class WhmcsHouse:
    """WHMCS, emulated."""

    emulator: WhmcsEmulator
    session: aiohttp.ClientSession
    system: Whmcs
    knows_people: bool = True
    marks: bool = False
    votes: bool = False
    tells_key: bool = False

    @property
    def people(self) -> "WhmcsPeople":
        return WhmcsPeople(self.emulator)

    @property
    def url(self) -> str:
        return self.emulator.url

    def another(self, **settings: object) -> Whmcs:
        """The same WHMCS seen by another process of ours, perhaps set up otherwise."""
        return Whmcs(settings_for(self.emulator, **settings), self.session)


@dataclass(frozen=True)
class WhmcsPeople:
    """People of the admin area; customers answer by mail."""

    emulator: WhmcsEmulator

    async def take(self, who: str, ticket: TicketRef) -> None:
        self.emulator.person(who).take(ticket.id)

    async def reply(self, who: str, ticket: TicketRef, text: str, *, useful: str = "") -> None:
        self.emulator.person(who).reply(ticket.id, text)

    async def note(self, who: str, ticket: TicketRef, text: str) -> None:
        self.emulator.person(who).note(ticket.id, text)

    async def give(self, who: str, ticket: TicketRef, owner: str | None) -> None:
        self.emulator.person(who).give(ticket.id, owner)

    async def move(self, who: str, ticket: TicketRef, queue: str) -> None:
        self.emulator.person(who).move(ticket.id, queue)

    async def turn(self, who: str, ticket: TicketRef, state: TicketState) -> None:
        words = {TicketState.SOLVED: "Closed", TicketState.OPEN: "In Progress"}
        self.emulator.person(who).turn(ticket.id, words[state])

    async def press(self, who: str, ticket: TicketRef, priority: Priority) -> None:
        words = {Priority.MEDIUM: "Medium", Priority.LOW: "Low"}
        self.emulator.person(who).press(ticket.id, words.get(priority, "High"))

    async def vote(self, who: str, ticket: TicketRef, score: int) -> None:
        raise AssertionError("customers rate single replies: tests/contracts/test_whmcs.py")

    async def merge(self, who: str, ticket: TicketRef, into: TicketRef) -> None:
        raise AssertionError("nobody is told who was merged where")

    async def open(self, subject: str) -> TicketRef:
        told = {"deptid": "1", "subject": subject, "message": subject}
        ticket = self.emulator.book.open({**told, "name": "John", "email": CUSTOMER})
        return TicketRef("whmcs", str(ticket.id))

    async def ask(self, subject: str, text: str, queue: str = QUEUE) -> TicketRef:
        numbers = {name: number for number, name in self.emulator.book.departments.items()}
        told = {"deptid": numbers[queue], "subject": subject, "message": text}
        ticket = self.emulator.book.open({**told, "name": "John", "email": CUSTOMER})
        return TicketRef("whmcs", str(ticket.id))

    async def delete(self, ticket: TicketRef) -> None:
        del self.emulator.book.tickets[int(ticket.id)]

    async def name_customer(self, ticket: TicketRef) -> None:
        self.emulator.book.held(ticket.id).email = CUSTOMER

    async def write_as_customer(self, ticket: TicketRef, text: str) -> None:
        self.emulator.book.reply(ticket.id, text)

    async def find(self, draft: Draft) -> int:
        return len(self.emulator.by_subject(draft.subject))


def settings_for(emulator: WhmcsEmulator, **settings: object) -> WhmcsTickets:
    """How the emulator is spoken to."""
    told: Mapping[str, object] = {
        "system": "whmcs",
        "url": emulator.url,
        "identifier": IDENTIFIER,
        "secret_file": Secret.of(SECRET),
        "email": ADDRESS,
        "zone": "Europe/Berlin",
    }
    return WhmcsTickets.model_validate({**told, **settings})


@asynccontextmanager
async def emulated_whmcs(folder: Path | None = None) -> AsyncIterator[WhmcsHouse]:
    """The emulator and who works in it."""
    emulator = WhmcsEmulator()
    await emulator.start()
    async with open_session() as session:
        yield WhmcsHouse(emulator, session, Whmcs(settings_for(emulator), session))
    await emulator.stop()
