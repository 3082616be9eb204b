"""The built-in desk with people in it, for the contract suite."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from alerts.model import Priority, person
from playbooks.ports import Draft, TicketRef, TicketState
from responder import deskwork as desk
from responder.plan import Plan
from responder.store import Store
from responder.store import tickets as rows
from responder.store.opening import open_store
from responder.store.tickets import Wanted
from responder.tickets.desk import Desk
from tests.contracts.ticket_houses import QUEUE, House

_UNASKED = "the suite asks this only where changes are polled"


@dataclass(frozen=True)
class DeskHouse:
    """The built-in desk."""

    store: Store
    url: str = ""
    knows_people: bool = False
    marks: bool = True
    votes: bool = True
    tells_key: bool = True

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

    async def move(self, who: str, ticket: TicketRef, queue: str) -> None:
        await self.store.write(desk.move, int(ticket.id), queue, by=_hand(who))

    async def give(self, who: str, ticket: TicketRef, owner: str | None) -> None:
        raise AssertionError(_UNASKED)

    async def turn(self, who: str, ticket: TicketRef, state: TicketState) -> None:
        raise AssertionError(_UNASKED)

    async def press(self, who: str, ticket: TicketRef, priority: Priority) -> None:
        raise AssertionError(_UNASKED)

    async def vote(self, who: str, ticket: TicketRef, score: int) -> None:
        raise AssertionError(_UNASKED)

    async def merge(self, who: str, ticket: TicketRef, into: TicketRef) -> None:
        raise AssertionError(_UNASKED)

    async def open(self, subject: str) -> TicketRef:
        request = desk.Request(subject, subject)
        acted = await self.store.write(desk.open_by_hand, request, by=_hand("alice"))
        return TicketRef("desk", acted.ticket.ref)

    async def ask(self, subject: str, text: str, queue: str = QUEUE) -> TicketRef:
        raise AssertionError(_UNASKED)

    async def delete(self, ticket: TicketRef) -> None:
        raise AssertionError(_UNASKED)

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
