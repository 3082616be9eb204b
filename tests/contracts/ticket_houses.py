"""Ticket systems with people in them, for the contract suite: the emulator and a real RT."""

import secrets
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Protocol

import aiohttp

from alerts.model import Category, Priority
from playbooks.ports import Assigns, Draft, Moves, TicketRef, TicketSystem
from responder.client import open_session
from responder.emulators.tickets import TicketEmulator
from responder.secrets import Secret
from responder.tickets.rt import RequestTracker
from responder.tickets.rt_settings import RtTickets
from tests.real.rt import REST, plain
from tests.real.rt import RequestTracker as RealTracker

CUSTOMER = "john@customer.example"
QUEUE = "sales-billing"  # where the suite moves tickets; other tests of the shared RT count theirs


class System(TicketSystem, Assigns, Moves, Protocol):
    """What every ticket system of ours can do; the rest is asked of each."""


class People(Protocol):
    """What people do in the ticket system, without us."""

    async def take(self, who: str, ticket: TicketRef) -> None: ...
    async def reply(self, who: str, ticket: TicketRef, text: str, *, useful: str = "") -> None: ...
    async def note(self, who: str, ticket: TicketRef, text: str) -> None: ...
    async def change(self, who: str, ticket: TicketRef, **values: object) -> None:
        """Set values by RT's names: Status, Queue, Priority, MergeInto, CustomFields..."""
        ...

    async def open(self, subject: str) -> TicketRef:
        """A ticket that is none of ours."""
        ...

    async def name_customer(self, ticket: TicketRef) -> None:
        """From now on it is CUSTOMER's ticket."""
        ...

    async def write_as_customer(self, ticket: TicketRef, text: str) -> None:
        """A mail from CUSTOMER."""
        ...

    async def find(self, draft: Draft) -> int:
        """How many tickets a person finds that were opened for this draft."""
        ...


class House(Protocol):
    """A ticket system, and the people who work with it. `url` begins the links to its tickets."""

    @property
    def system(self) -> System: ...
    @property
    def people(self) -> People: ...
    @property
    def url(self) -> str: ...
    @property
    def merges(self) -> bool:
        """Can people merge two tickets?"""
        ...

    def another(self) -> System:
        """The same ticket system seen by another process of ours."""
        ...


@dataclass(frozen=True)
class RtHouse:
    """Request Tracker, real or emulated."""

    system: RequestTracker
    people: People
    settings: RtTickets
    session: aiohttp.ClientSession
    merges: bool = True

    @property
    def url(self) -> str:
        return self.settings.url

    def another(self, **settings: object) -> RequestTracker:
        """The same RT seen by another process of ours, perhaps set up otherwise."""
        told = {name: getattr(self.settings, name) for name in self.settings.model_fields_set}
        return RequestTracker(RtTickets.model_validate(told | settings), self.session)


@dataclass(frozen=True)
class EmulatedPeople:
    """People of the emulator."""

    emulator: TicketEmulator

    async def take(self, who: str, ticket: TicketRef) -> None:
        self.emulator.person(who).take(ticket.id)

    async def reply(self, who: str, ticket: TicketRef, text: str, *, useful: str = "") -> None:
        self.emulator.person(who).reply(ticket.id, text, useful=useful)

    async def note(self, who: str, ticket: TicketRef, text: str) -> None:
        self.emulator.person(who).note(ticket.id, text)

    async def change(self, who: str, ticket: TicketRef, **values: object) -> None:
        self.emulator.person(who).change(ticket.id, **values)

    async def open(self, subject: str) -> TicketRef:
        told = {"Queue": "General", "Subject": subject}
        return TicketRef("rt", str(self.emulator.book.create("alice", told)))

    async def name_customer(self, ticket: TicketRef) -> None:
        self.emulator.book.held(int(ticket.id)).requestors = (CUSTOMER,)

    async def write_as_customer(self, ticket: TicketRef, text: str) -> None:
        self.emulator.person(CUSTOMER).reply(ticket.id, text)

    async def find(self, draft: Draft) -> int:
        return len(self.emulator.by_key(draft.key))


@dataclass(frozen=True)
class RealPeople:
    """People of a real Request Tracker; customers write through its mail gateway."""

    tracker: RealTracker

    async def take(self, who: str, ticket: TicketRef) -> None:
        await self.tracker.as_agent(who).take(int(ticket.id))

    async def reply(self, who: str, ticket: TicketRef, text: str, *, useful: str = "") -> None:
        body = plain(text) | ({"TxnCustomFields": {"Useful": useful}} if useful else {})
        path, headers = f"{REST}/ticket/{ticket.id}/correspond", self.tracker.as_agent(who).headers
        await self.tracker.call("POST", path, json=body, headers=headers)

    async def note(self, who: str, ticket: TicketRef, text: str) -> None:
        await self.tracker.as_agent(who).comment(int(ticket.id), text)

    async def change(self, who: str, ticket: TicketRef, **values: object) -> None:
        await self.tracker.as_agent(who).change(int(ticket.id), **values)

    async def open(self, subject: str) -> TicketRef:
        return TicketRef("rt", str(await self.tracker.create("General", subject)))

    async def name_customer(self, ticket: TicketRef) -> None:
        await self.change("dana", ticket, Requestor=[CUSTOMER])

    async def write_as_customer(self, ticket: TicketRef, text: str) -> None:
        mail = f"From: {CUSTOMER}\nSubject: [hosting.test #{ticket.id}] Re\n\n{text}\n"
        form = aiohttp.FormData(default_to_multipart=True)
        told = {"SessionType": "REST", "action": "correspond", "queue": "level-1", "message": mail}
        for name, value in told.items():
            form.add_field(name, value)
        gateway = f"{self.tracker.url}/REST/1.0/NoAuth/mail-gateway"
        async with aiohttp.request("POST", gateway, data=form) as answer:
            assert (await answer.text()).startswith("ok")

    async def find(self, draft: Draft) -> int:
        return len(await self.tracker.search(f"Subject = '{draft.subject}'"))


@asynccontextmanager
async def emulated() -> AsyncIterator[tuple[TicketEmulator, RtHouse]]:
    """The emulator and who works in it."""
    emulator = TicketEmulator()
    await emulator.start()
    async with open_session() as session:
        yield emulator, _house(emulator.url, emulator.token, EmulatedPeople(emulator), session)
    await emulator.stop()


@asynccontextmanager
async def in_reality(tracker: RealTracker) -> AsyncIterator[RtHouse]:
    """A real Request Tracker and who works in it."""
    async with open_session() as session:
        yield _house(tracker.url, tracker.token, RealPeople(tracker), session)


def draft(key: str = "") -> Draft:
    """A draft whose subject, and key unless one is given, no other test has."""
    mark = secrets.token_hex(4)
    return Draft(
        key=key or f"test-{mark}/ticket",
        queue="rapid-response",
        priority=Priority.CRITICAL,
        category=Category.CRITICAL,
        subject=f"web1 is down {mark}",
        text="web1 does not answer since 03:10.",
        server="web1",
        brand="acme",
    )


def _house(url: str, token: str, people: People, session: aiohttp.ClientSession) -> RtHouse:
    told: Mapping[str, object] = {
        "system": "rt",
        "url": url,
        "token_file": Secret.of(token),
        "settle_seconds": 0,
    }
    settings = RtTickets.model_validate(told)
    return RtHouse(RequestTracker(settings, session), people, settings, session)
