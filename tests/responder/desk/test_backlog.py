"""Is a backlog read without missing or repeating anything, wherever we die?"""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import pytest
from sqlalchemy import Engine, event

from playbooks.ports import ListsChanges, TicketRef, TicketState
from responder.clock import Clock
from responder.emulators.ticket_book import BOT, KEY_FIELD
from responder.emulators.tickets import TicketEmulator
from responder.store import Store, cursors, kpis, logs
from responder.store import tickets as rows
from responder.sync import Sync
from tests.contracts.house_rt import RtHouse, emulated, in_reality
from tests.real.rt import RequestTracker as RealTracker
from tests.responder.desk.company import PLAN, Company, add_ticket, company
from tests.responder.desk.followed import PEOPLE
from tests.responder.desk.tickets import OPENED, ticket

RESTARTS = 55
_WRITES = ("INSERT", "UPDATE", "DELETE")


class Died(Exception):
    """Here the process was killed."""


@dataclass
class Death:
    """Dies before the transaction (0), at its so manieth write, or after its COMMIT (-1)."""

    at: int
    written: int = 0

    def people(self) -> dict[str, str]:
        """Asked when all is read and nothing is written."""
        if self.at == 0:
            raise Died
        return PEOPLE

    def counted(self, _: object) -> None:
        """Told when all is written."""
        if self.at == -1:
            raise Died

    @contextmanager
    def waits(self) -> Iterator[None]:
        """Every write of this process is counted."""

        def executed(*told: Any) -> None:
            if told[2].lstrip().upper().startswith(_WRITES):
                self.written += 1
                if self.written == self.at:
                    raise Died

        event.listen(Engine, "before_cursor_execute", executed)
        try:
            yield
        finally:
            event.remove(Engine, "before_cursor_execute", executed)


async def polled(house: Company, death: Death) -> bool:
    """One poll by a new process; did it live?"""
    sync = Sync(
        house.store,
        house.system,
        plan=lambda: PLAN,
        people=death.people,
        clock=house.clock,
        counted=death.counted,
    )
    with death.waits():
        try:
            await sync.turn()
        except Died:
            return False
    return True


async def known(store: Store, number: int) -> list[str]:
    """The transactions that stand in a ticket's log, in its order."""
    lines = await store.read(logs.read, "ticket", number)
    return [line.outside for line in lines if line.outside]


def told(emulator: TicketEmulator, number: int) -> list[str]:
    """The transactions of a ticket that must stand there: all but our own words."""
    return [
        str(line.id)
        for line in emulator.book.transactions
        if line.ticket == number
        and line.type in {"Create", "Comment", "Correspond", "Status", "Set"}
        and not (line.who == BOT and line.type in {"Create", "Comment", "Correspond"})
    ]


async def lives(tracker: RtHouse, number: int) -> None:
    """A ticket of ours, and what people do to it: ten transactions more."""
    ref, people = TicketRef("rt", str(number)), tracker.people
    await people.take("dana", ref)
    await people.reply("dana", ref, f"We are on it. {number}", useful="no")
    await people.note("dana", ref, f"The disk is full. {number}")
    await people.move("dana", ref, "level-2")
    await people.reply("bob", ref, f"Freed 10 GB. {number}", useful="yes")
    await people.turn("bob", ref, TicketState.SOLVED)
    await people.turn("bob", ref, TicketState.OPEN)
    await people.turn("bob", ref, TicketState.SOLVED)


async def test_nothing_is_missed_or_repeated_over_fifty_restarts(
    file_store: Store,
) -> None:
    async with emulated() as (emulator, tracker):
        house = company(file_store, tracker.system)
        await polled(house, Death(99))
        deaths = 0
        for number in range(1, RESTARTS + 1):
            key = f"k-{number}"
            told_there = {"Queue": "level-1", "Subject": key, "CustomFields": {KEY_FIELD: key}}
            ref = emulator.book.create(BOT, told_there)
            one = ticket(id=number, key=key, ref=str(ref))
            await file_store.write(add_ticket, one)
            await lives(tracker, ref)
            # Each place where it can die in turn: before, at each write, after.
            deaths += not await polled(house, Death(number % 12 - 1))
        assert await polled(house, Death(99))
        assert deaths > RESTARTS // 2
        assert len(emulator.book.transactions) >= 600
        for number in range(1, RESTARTS + 1):
            assert await known(file_store, number) == told(emulator, number)
        summary = await file_store.read(kpis.summary, since=OPENED, until=Clock().now())
        counts = {one.figure: one.count for one in summary}
        assert (counts["first_reply"], counts["reaction"]) == (RESTARTS, RESTARTS)


async def test_a_poller_that_always_dies_moves_nothing(file_store: Store) -> None:
    async with emulated() as (emulator, tracker):
        house = company(file_store, tracker.system)
        await polled(house, Death(99))
        before = await file_store.read(cursors.read, "tickets/rt")
        ref = emulator.book.create(BOT, {"Queue": "level-1", "CustomFields": {KEY_FIELD: "k"}})
        await file_store.write(add_ticket, ticket(id=1, key="k", ref=str(ref)))
        await lives(tracker, ref)
        for at in range(6):
            assert not await polled(house, Death(at))
            assert await file_store.read(cursors.read, "tickets/rt") == before
            assert await known(file_store, 1) == []


@pytest.mark.timeout(180)
@pytest.mark.xdist_group("rt")
async def test_a_real_backlog_of_six_hundred_is_read_once(
    file_store: Store, request_tracker: RealTracker
) -> None:
    async with in_reality(request_tracker) as tracker:
        house = company(file_store, tracker.system)
        assert isinstance(tracker.system, ListsChanges)
        _, start = await tracker.system.changes("")
        made = request_tracker.backlog(76)
        for number, (ref, key) in enumerate(made, start=1):
            await file_store.write(add_ticket, ticket(id=number, key=key, ref=ref))
        await file_store.write(cursors.move, "tickets/rt", start, now=OPENED)
        for at in (1, 300, -1):
            assert not await polled(house, Death(at))
        assert await polled(house, Death(0x7FFF))
        everything, cursor = await tracker.system.changes(start)
        assert await file_store.read(cursors.read, "tickets/rt") == cursor
        assert len(everything) >= 600
        for number, (ref, _) in enumerate(made, start=1):
            people = [
                one.id
                for one in everything
                if one.ticket.id == ref
                and not (one.actor.name == "responder" and one.kind in {"opened", "note"})
            ]
            assert await known(file_store, number) == people
            record = await file_store.read(rows.by_id, number)
            assert record is not None
            assert (record.owner, record.state) == ("ana", TicketState.SOLVED)
