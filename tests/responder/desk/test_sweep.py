"""Are tickets that were opened twice folded into one, and lost references found again?"""

from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from datetime import timedelta

import pytest

from playbooks.ports import TicketRef
from responder.emulators.ticket_book import BOT, KEY_FIELD
from responder.emulators.tickets import TicketEmulator
from responder.store import Store
from responder.sweep import AT_ONCE, BACK, EVERY, Sweep
from responder.tickets.desk import Desk
from responder.tickets.rt import RequestTracker
from responder.values import TicketRecord
from tests.contracts.house_rt import RtHouse, emulated
from tests.responder.desk.company import Company
from tests.responder.desk.followed import following


@dataclass
class Swept:
    """The company with an emulated Request Tracker; `ours`: is the duty ours?"""

    house: Company
    emulator: TicketEmulator
    tracker: RtHouse
    ours: bool = True
    due: int = 0
    asked: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.sweep = self.restarted()

    def restarted(self) -> Sweep:
        """A new process."""
        return Sweep(
            self.house.store,
            lambda: self.house.system,
            hold=self._hold,
            clock=self.house.clock,
            counted=self.house.counted.extend,
            due=self._due,
        )

    async def _hold(self, duty: str, span: timedelta) -> bool:
        self.asked.append(duty)
        assert span == EVERY
        return self.ours

    def _due(self) -> None:
        self.due += 1

    async def sweeps(self, turns: int = 2) -> None:
        for _ in range(turns):
            await self.sweep.turn()

    async def opens(self, server: str = "web1") -> TicketRecord:
        """An incident and its ticket."""
        incident = await self.house.breaks(server)
        await self.house.works()
        (record,) = await self.house.tickets(incident.id)
        return record

    def twin(self, record: TicketRecord, *, keyed: bool = False) -> str:
        """A second ticket for the same draft, whose create was answered to nobody. RT lets it have
        no key, unless two may share one.
        """
        told = {"Queue": record.queue, "Subject": record.subject}
        number = self.emulator.book.create(BOT, {**told, "CustomFields": {KEY_FIELD: record.key}})
        if keyed:
            self.emulator.book.tickets[number].fields[KEY_FIELD] = record.key
        return str(number)

    async def record(self, number: int = 1) -> TicketRecord:
        found = await self.house.tickets(number)
        return found[-1]

    async def notes(self, number: int = 1) -> list[tuple[str, str]]:
        return [(kind, words) for kind, _, words in await self.house.log(number)][1:]


@pytest.fixture
async def swept(file_store: Store) -> AsyncIterator[Swept]:
    async with emulated() as (emulator, tracker):
        house, _ = await following(file_store, tracker.system)
        yield Swept(house, emulator, tracker)


@pytest.mark.parametrize("keyed", [False, True])
async def test_a_twin_is_folded_into_the_oldest_once_and_it_is_recorded(
    swept: Swept, keyed: bool
) -> None:
    record = await swept.opens()
    twin = swept.twin(record, keyed=keyed)
    await swept.sweeps()
    assert swept.emulator.book.held(int(twin)).id == int(record.ref)
    told = f"Ticket {twin} was opened for the same incident; it was folded into this one."
    assert await swept.notes() == [("note", told)]
    swept.house.clock.move(hours=1)
    await swept.sweeps()
    assert len(await swept.notes()) == 1


async def test_our_reference_follows_to_the_survivor(swept: Swept) -> None:
    first = swept.emulator.book.create(BOT, {"Queue": "rapid-response", "Subject": "x"})
    record = await swept.opens()
    older = swept.emulator.book.tickets[first]
    older.fields[KEY_FIELD], older.subject = record.key, record.subject
    await swept.sweeps()
    assert (await swept.record()).ref == str(first)
    assert [kind for kind, _ in await swept.notes()] == ["merged"]
    assert swept.emulator.book.held(int(record.ref)).id == first


async def test_a_ticket_of_somebody_else_with_the_same_words_is_no_twin(swept: Swept) -> None:
    record = await swept.opens()
    told = {"Queue": "level-1", "Subject": record.subject}
    foreign = swept.emulator.book.create("alice", told)
    await swept.sweeps()
    assert swept.emulator.book.held(foreign).id == foreign
    assert await swept.notes() == []


async def test_a_merge_that_the_poller_missed_is_followed(swept: Swept) -> None:
    record = await swept.opens()
    foreign = await swept.tracker.people.open("My shop is down!")
    await swept.tracker.people.merge("dana", TicketRef("rt", record.ref), foreign)
    await swept.sweeps()
    assert (await swept.record()).ref == foreign.id


async def test_a_ticket_deleted_while_nothing_is_said_is_opened_again_once(swept: Swept) -> None:
    record = await swept.opens()
    for _ in range(2):
        await swept.tracker.people.change("dana", TicketRef("rt", record.ref), Status="deleted")
        await swept.sweeps()
        await swept.house.works()
        swept.house.clock.move(hours=1)
    (again,) = await swept.house.tickets()
    assert again.ref != record.ref
    assert swept.due == 1
    assert (await swept.tracker.system.read(TicketRef("rt", again.ref))).state == "new"


async def test_a_ticket_deleted_after_its_incident_stays_deleted(swept: Swept) -> None:
    record = await swept.opens()
    await swept.house.recovers()
    await swept.house.works()
    await swept.tracker.people.change("dana", TicketRef("rt", record.ref), Status="deleted")
    await swept.sweeps()
    await swept.house.works()
    assert (swept.due, swept.emulator.tickets) == (0, ())


async def test_a_system_that_is_away_is_asked_again_at_the_next_turn(swept: Swept) -> None:
    record = await swept.opens()
    twin = swept.twin(record)
    await swept.sweep.turn()
    await swept.emulator.stop()
    await swept.sweep.turn()
    assert swept.emulator.book.held(int(twin)).id == int(twin)
    await swept.emulator.start()
    await swept.sweep.turn()
    assert swept.emulator.book.held(int(twin)).id == int(record.ref)


async def test_it_is_done_every_hour_by_one_of_us(swept: Swept) -> None:
    record = await swept.opens()
    swept.ours = False
    await swept.sweeps(4)
    twin = swept.twin(record)
    assert (len(swept.asked), set(swept.asked)) == (4, {"sweep"})
    swept.ours = True
    await swept.sweeps()
    assert swept.emulator.book.held(int(twin)).id == int(record.ref)
    again = swept.twin(record)
    await swept.sweeps()
    assert swept.emulator.book.held(int(again)).id == int(again)
    swept.house.clock.move(hours=1)
    await swept.sweeps()
    assert swept.emulator.book.held(int(again)).id == int(record.ref)


async def test_a_fold_that_was_not_recorded_is_completed(swept: Swept) -> None:
    record = await swept.opens()
    twin = swept.twin(record, keyed=True)
    system = swept.house.system
    assert isinstance(system, RequestTracker)
    await system.fold(TicketRef("rt", twin), TicketRef("rt", record.ref))
    await system.fold(TicketRef("rt", twin), TicketRef("rt", record.ref))  # and again
    assert await system.holders(record.key) == [TicketRef("rt", record.ref)]
    await swept.sweeps()
    assert (await swept.record()).ref == record.ref


async def test_some_are_asked_about_in_each_turn_and_old_ones_never(swept: Swept) -> None:
    old = await swept.opens("web0")
    swept.house.clock.move(seconds=BACK.total_seconds() + 1)
    records = [await swept.opens(f"web{number}") for number in range(1, AT_ONCE + 2)]
    twins = [swept.twin(record) for record in (old, records[0], records[-1])]

    def folded() -> list[bool]:
        return [swept.emulator.book.held(int(twin)).id != int(twin) for twin in twins]

    await swept.sweeps()
    assert folded() == [False, True, False]
    await swept.sweep.turn()
    assert folded() == [False, True, True]


async def test_a_desk_that_can_have_no_twins_is_left_alone(swept: Swept) -> None:
    swept.house.system = Desk(swept.house.store)
    await swept.sweeps()
    assert swept.asked == []
