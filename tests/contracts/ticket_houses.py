"""Ticket systems with people in them, for the contract suite: the emulator and a real RT."""

import secrets
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Protocol

import aiohttp

from alerts.model import Category, Priority, person
from playbooks.client import open_session
from playbooks.ports import Assigns, Draft, Moves, TicketRef, TicketSystem
from responder import deskwork as desk
from responder.emulators.tickets import TicketEmulator
from responder.plan import Plan
from responder.secrets import Secret
from responder.store import Store
from responder.store import tickets as rows
from responder.store.opening import open_store
from responder.store.tickets import Wanted
from responder.tickets.desk import Desk
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

    @property
    def knows_people(self) -> bool:
        """Does it refuse an owner whom it does not know?"""
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
    knows_people: bool = True

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


@dataclass(frozen=True)
class DeskHouse:
    """The built-in desk."""

    store: Store
    url: str = ""
    merges: bool = False
    knows_people: bool = False

    @property
    def system(self) -> Desk:
        return Desk(self.store)

    @property
    def people(self) -> "DeskPeople":
        return DeskPeople(self.store)

    def another(self) -> Desk:
        """The same desk seen by another process of ours."""
        return Desk(self.store)


@dataclass(frozen=True)
class DeskPeople:
    """People of the built-in desk. What they do needs no poll: tests/responder/desk tells it."""

    store: Store

    async def take(self, who: str, ticket: TicketRef) -> None:
        await self.store.write(desk.take, int(ticket.id), by=_hand(who))

    async def reply(self, who: str, ticket: TicketRef, text: str, *, useful: str = "") -> None:
        await self.store.write(desk.note, int(ticket.id), text, public=True, by=_hand(who))

    async def note(self, who: str, ticket: TicketRef, text: str) -> None:
        await self.store.write(desk.note, int(ticket.id), text, by=_hand(who))

    async def change(self, who: str, ticket: TicketRef, **values: object) -> None:
        for name, value in values.items():
            assert name == "Queue", f"the suite does not need {name} here"
            await self.store.write(desk.move, int(ticket.id), str(value), by=_hand(who))

    async def open(self, subject: str) -> TicketRef:
        request = desk.Request(subject, subject)
        acted = await self.store.write(desk.open_by_hand, request, by=_hand("alice"))
        return TicketRef("desk", acted.ticket.ref)

    async def name_customer(self, ticket: TicketRef) -> None:
        """Every customer may vote on any ticket here; none is named."""

    async def write_as_customer(self, ticket: TicketRef, text: str) -> None:
        raise AssertionError("customers do not write to the desk yet")

    async def find(self, draft: Draft) -> int:
        found = await self.store.read(rows.listed, Wanted())
        return sum(ticket.key == draft.key for ticket in found)


def _hand(who: str) -> desk.Hand:
    return desk.Hand(person(who), Plan(), datetime.now(UTC))


@asynccontextmanager
async def at_the_desk(folder: Path) -> AsyncIterator[House]:
    """The built-in desk on a store of its own."""
    store = open_store(f"sqlite:///{folder / 'responder.db'}", ballast=0)
    yield DeskHouse(store)
    await store.close()


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
