"""What the contract suite asks of a ticket system and of the people in it."""

import secrets
from typing import Protocol

import pytest

from alerts.model import Category, Priority
from playbooks.ports import (
    Assigns,
    Capabilities,
    Draft,
    Moves,
    TicketRef,
    TicketState,
    TicketSystem,
)

CUSTOMER = "john@customer.example"
QUEUE = "sales-billing"  # where the suite moves tickets; other tests of the shared RT count theirs


class System(TicketSystem, Moves, Protocol):
    """What every ticket system of ours can do; the rest is asked of each."""

    @property
    def capabilities(self) -> Capabilities: ...


class People(Protocol):
    """What people do in the ticket system, without us, in our words."""

    async def take(self, who: str, ticket: TicketRef) -> None: ...
    async def reply(self, who: str, ticket: TicketRef, text: str, *, useful: str = "") -> None:
        """Write to the customer; `useful` (yes, no) is told by houses with `marks` alone."""
        ...

    async def note(self, who: str, ticket: TicketRef, text: str) -> None: ...
    async def give(self, who: str, ticket: TicketRef, owner: str | None) -> None: ...
    async def move(self, who: str, ticket: TicketRef, queue: str) -> None: ...
    async def turn(self, who: str, ticket: TicketRef, state: TicketState) -> None: ...
    async def press(self, who: str, ticket: TicketRef, priority: Priority) -> None: ...
    async def vote(self, who: str, ticket: TicketRef, score: int) -> None: ...
    async def merge(self, who: str, ticket: TicketRef, into: TicketRef) -> None: ...
    async def open(self, subject: str) -> TicketRef:
        """A ticket that is none of ours."""
        ...

    async def ask(self, subject: str, text: str, queue: str = QUEUE) -> TicketRef:
        """A ticket that CUSTOMER opens in a queue of ours."""
        ...

    async def delete(self, ticket: TicketRef) -> None: ...
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
    def knows_people(self) -> bool:
        """Does it refuse an owner whom it does not know?"""
        ...

    @property
    def marks(self) -> bool:
        """Can people mark a reply as useful?"""
        ...

    @property
    def votes(self) -> bool:
        """Can a customer's vote stand there?"""
        ...

    @property
    def tells_key(self) -> bool:
        """Does a ticket show our very key, not only a digest of it?"""
        ...

    def another(self) -> System:
        """The same ticket system seen by another process of ours."""
        ...


def assigning(house: House) -> Assigns:
    """The house's system; the test is skipped where nobody can be given a ticket."""
    if not isinstance(house.system, Assigns):
        pytest.skip(f"{house.system.name} gives tickets to nobody")
    return house.system


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
