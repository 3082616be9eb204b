"""Request Tracker with people in it, for the contract suite: the emulator and a real one."""

from abc import ABC, abstractmethod
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

import aiohttp
from typing_extensions import override

from alerts.model import Priority
from playbooks.client import open_session
from playbooks.ports import Draft, TicketRef, TicketState
from responder.emulators.tickets import TicketEmulator
from responder.secrets import Secret
from responder.tickets.rt import RequestTracker
from responder.tickets.rt_settings import RtTickets
from tests.contracts.ticket_houses import CUSTOMER, QUEUE, People
from tests.real.rt import REST, plain
from tests.real.rt import RequestTracker as RealTracker


class RtPeople(People, Protocol):
    """People of RT, by RT's own names too."""

    async def change(self, who: str, ticket: TicketRef, **values: object) -> None:
        """Set values by RT's names: Status, Queue, Priority, MergeInto, CustomFields..."""
        ...


class Changing(ABC):
    """The verbs of people who change a ticket by RT's names."""

    @abstractmethod
    async def change(self, who: str, ticket: TicketRef, **values: object) -> None: ...

    async def give(self, who: str, ticket: TicketRef, owner: str | None) -> None:
        await self.change(who, ticket, Owner=owner or "Nobody")

    async def move(self, who: str, ticket: TicketRef, queue: str) -> None:
        await self.change(who, ticket, Queue=queue)

    async def turn(self, who: str, ticket: TicketRef, state: TicketState) -> None:
        await self.change(who, ticket, Status={"solved": "resolved"}.get(state, state.value))

    async def press(self, who: str, ticket: TicketRef, priority: Priority) -> None:
        numbers = {Priority.CRITICAL: 100, Priority.HIGH: 70, Priority.MEDIUM: 40}
        await self.change(who, ticket, Priority=numbers.get(priority, 10))

    async def vote(self, who: str, ticket: TicketRef, score: int) -> None:
        await self.change(who, ticket, CustomFields={"CSAT": str(score)})

    async def delete(self, ticket: TicketRef) -> None:
        await self.change("root", ticket, Status="deleted")

    async def merge(self, who: str, ticket: TicketRef, into: TicketRef) -> None:
        await self.change(who, ticket, MergeInto=int(into.id))


@dataclass(frozen=True)
class RtHouse:
    """Request Tracker, real or emulated."""

    system: RequestTracker
    people: RtPeople
    settings: RtTickets
    session: aiohttp.ClientSession
    knows_people: bool = True
    marks: bool = True
    votes: bool = True
    tells_key: bool = True

    @property
    def url(self) -> str:
        return self.settings.url

    def another(self, **settings: object) -> RequestTracker:
        """The same RT seen by another process of ours, perhaps set up otherwise."""
        told = {name: getattr(self.settings, name) for name in self.settings.model_fields_set}
        return RequestTracker(RtTickets.model_validate(told | settings), self.session)


@dataclass(frozen=True)
class EmulatedPeople(Changing):
    """People of the emulator."""

    emulator: TicketEmulator

    async def take(self, who: str, ticket: TicketRef) -> None:
        self.emulator.person(who).take(ticket.id)

    async def reply(self, who: str, ticket: TicketRef, text: str, *, useful: str = "") -> None:
        self.emulator.person(who).reply(ticket.id, text, useful=useful)

    async def note(self, who: str, ticket: TicketRef, text: str) -> None:
        self.emulator.person(who).note(ticket.id, text)

    @override
    async def change(self, who: str, ticket: TicketRef, **values: object) -> None:
        self.emulator.person(who).change(ticket.id, **values)

    async def open(self, subject: str) -> TicketRef:
        told = {"Queue": "General", "Subject": subject}
        return TicketRef("rt", str(self.emulator.book.create("alice", told)))

    async def ask(self, subject: str, text: str, queue: str = QUEUE) -> TicketRef:
        told = {"Queue": queue, "Subject": subject, "Requestor": CUSTOMER, "Content": text}
        return TicketRef("rt", str(self.emulator.book.create(CUSTOMER, told)))

    async def name_customer(self, ticket: TicketRef) -> None:
        self.emulator.book.held(int(ticket.id)).requestors = (CUSTOMER,)

    async def write_as_customer(self, ticket: TicketRef, text: str) -> None:
        self.emulator.person(CUSTOMER).reply(ticket.id, text)

    async def find(self, draft: Draft) -> int:
        return len(self.emulator.by_key(draft.key))


@dataclass(frozen=True)
class RealPeople(Changing):
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

    @override
    async def change(self, who: str, ticket: TicketRef, **values: object) -> None:
        await self.tracker.as_agent(who).change(int(ticket.id), **values)

    async def open(self, subject: str) -> TicketRef:
        return TicketRef("rt", str(await self.tracker.create("General", subject)))

    async def ask(self, subject: str, text: str, queue: str = QUEUE) -> TicketRef:
        await self._mail(subject, text, queue=queue)
        (found,) = await self.tracker.search(f"Subject = '{subject}'")
        return TicketRef("rt", str(found.id))

    async def name_customer(self, ticket: TicketRef) -> None:
        await self.change("dana", ticket, Requestor=[CUSTOMER])

    async def write_as_customer(self, ticket: TicketRef, text: str) -> None:
        await self._mail(f"[hosting.test #{ticket.id}] Re", text, queue="level-1")

    async def _mail(self, subject: str, text: str, *, queue: str) -> None:
        mail = f"From: {CUSTOMER}\nSubject: {subject}\n\n{text}\n"
        form = aiohttp.FormData(default_to_multipart=True)
        told = {"SessionType": "REST", "action": "correspond", "queue": queue, "message": mail}
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
async def emulated_rt(_: Path) -> AsyncIterator[RtHouse]:
    """The same, for the list of houses."""
    async with emulated() as (_emulator, house):
        yield house


@asynccontextmanager
async def in_reality(tracker: RealTracker) -> AsyncIterator[RtHouse]:
    """A real Request Tracker and who works in it."""
    async with open_session() as session:
        yield _house(tracker.url, tracker.token, RealPeople(tracker), session)


def _house(url: str, token: str, people: RtPeople, session: aiohttp.ClientSession) -> RtHouse:
    told: Mapping[str, object] = {
        "system": "rt",
        "url": url,
        "token_file": Secret.of(token),
        "settle_seconds": 0,
    }
    settings = RtTickets.model_validate(told)
    return RtHouse(RequestTracker(settings, session), people, settings, session)
