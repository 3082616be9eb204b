"""The ticket emulator fails as it is told, and what it did can be counted."""

import asyncio
import random
from collections.abc import AsyncIterator

import aiohttp
import pytest

from alerts.model import ActorKind
from playbooks.outside import OutsideError
from playbooks.ports import TicketState
from responder.emulators.ticket_faults import Fault, Faults
from responder.emulators.ticket_sql import BadQuery, condition
from responder.emulators.tickets import TicketEmulator
from tests.contracts.house_rt import RtHouse, emulated
from tests.contracts.ticket_houses import draft


@pytest.fixture
async def works() -> AsyncIterator[tuple[TicketEmulator, RtHouse]]:
    async with emulated() as works:
        yield works


@pytest.mark.parametrize(
    ("fault", "transient", "ambiguous", "tickets"),
    [
        (Fault.UNAVAILABLE, True, False, 0),
        (Fault.LOGIN_PAGE, True, True, 0),
        (Fault.RESET, True, True, 1),
        (Fault.NO_ID, True, True, 1),
        (Fault.HANG, True, True, 1),
        (Fault.LATE, True, True, 0),
    ],
)
async def test_each_fault_looks_to_the_caller_as_it_should(
    works: tuple[TicketEmulator, RtHouse],
    fault: Fault,
    transient: bool,
    ambiguous: bool,
    tickets: int,
) -> None:
    emulator, house = works
    emulator.faults = Faults(next=[fault], late_seconds=(1.0, 1.0))
    wanted = draft()
    with pytest.raises(OutsideError) as lost:
        await house.another(within_seconds=0.2).open(wanted)
    assert (lost.value.transient, lost.value.ambiguous) == (transient, ambiguous)
    assert len(emulator.by_key(wanted.key)) == tickets
    await house.system.open(wanted)
    assert len(emulator.by_key(wanted.key)) == 1


async def test_a_late_fault_strikes_when_the_caller_has_gone(
    works: tuple[TicketEmulator, RtHouse],
) -> None:
    emulator, house = works
    emulator.faults = Faults(next=[Fault.LATE], late_seconds=(0.3, 0.3))
    wanted = draft()
    with pytest.raises(OutsideError):
        await house.another(within_seconds=0.1).open(wanted)
    assert emulator.by_key(wanted.key) == ()
    async with asyncio.timeout(45):
        while not emulator.by_key(wanted.key):  # noqa: ASYNC110 - the emulator tells nobody
            await asyncio.sleep(0.01)
    assert await house.system.find(wanted.key) is not None


async def test_who_searches_too_early_makes_a_double_and_the_emulator_shows_it(
    works: tuple[TicketEmulator, RtHouse],
) -> None:
    emulator, house = works
    emulator.faults = Faults(next=[Fault.LATE], late_seconds=(0.3, 0.3))
    wanted = draft()
    with pytest.raises(OutsideError):
        await house.another(within_seconds=0.1).open(wanted)
    await house.system.open(wanted)  # without the quiet time
    async with asyncio.timeout(45):
        while len(emulator.by_key(wanted.key)) < 2:  # noqa: ASYNC110
            await asyncio.sleep(0.01)


async def test_a_search_index_may_lag(works: tuple[TicketEmulator, RtHouse]) -> None:
    emulator, house = works
    wanted = draft()
    await house.system.open(wanted)
    emulator.faults = Faults(lag_seconds=60)
    assert await house.system.find(wanted.key) is None
    emulator.faults = Faults()
    assert await house.system.find(wanted.key) is not None


async def test_a_stopped_emulator_refuses_and_keeps_its_tickets(
    works: tuple[TicketEmulator, RtHouse],
) -> None:
    emulator, house = works
    wanted = draft()
    ref = await house.system.open(wanted)
    await emulator.stop()
    with pytest.raises(OutsideError) as refused:
        await house.system.read(ref)
    assert (refused.value.transient, refused.value.ambiguous) == (True, False)
    await emulator.start()
    assert (await house.system.read(ref)).key == wanted.key


async def test_reads_are_spared_unless_told(works: tuple[TicketEmulator, RtHouse]) -> None:
    emulator, house = works
    ref = await house.system.open(draft())
    emulator.faults = Faults(chances={Fault.UNAVAILABLE: 1.0})
    assert (await house.system.read(ref)).state is TicketState.NEW
    emulator.faults.reads = True
    with pytest.raises(OutsideError):
        await house.system.read(ref)


async def test_chances_are_kept(works: tuple[TicketEmulator, RtHouse]) -> None:
    chances = {Fault.UNAVAILABLE: 0.1, Fault.HANG: 0.2}
    faults = Faults(chances=chances, dice=random.Random(7))
    drawn = [faults.draw() for _ in range(10_000)]
    assert drawn.count(Fault.UNAVAILABLE) == pytest.approx(1000, rel=0.15)
    assert drawn.count(Fault.HANG) == pytest.approx(2000, rel=0.15)
    assert drawn.count(None) == pytest.approx(7000, rel=0.05)


async def test_under_chaos_whoever_keeps_the_rules_makes_one_ticket_each(
    works: tuple[TicketEmulator, RtHouse],
) -> None:
    """Find before each repeat, after the quiet time: facts/reliability.md, section 5."""
    emulator, house = works
    emulator.faults = Faults(
        chances={Fault.UNAVAILABLE: 0.1, Fault.HANG: 0.1, Fault.LATE: 0.05, Fault.RESET: 0.05},
        reads=True,
        hang_seconds=0.3,
        late_seconds=(0.1, 0.2),
        dice=random.Random(3),
    )
    system = house.another(within_seconds=0.1)

    async def insist(key: str) -> None:
        unsure = False
        while True:
            try:
                if unsure and await system.find(key) is not None:
                    return
                unsure = False
                await system.open(draft(key))
                return
            except OutsideError as error:
                unsure = unsure or error.ambiguous
                await asyncio.sleep(0.4 if error.ambiguous else 0.01)

    keys = [f"chaos-{number}" for number in range(30)]
    async with asyncio.timeout(50):
        await asyncio.gather(*(insist(key) for key in keys))
    assert [len(emulator.by_key(key)) for key in keys] == [1] * len(keys)


async def test_tasks_of_one_process_wait_for_each_other_and_create_once(
    works: tuple[TicketEmulator, RtHouse],
) -> None:
    emulator, house = works
    wanted = draft()
    await asyncio.gather(*(house.system.open(wanted) for _ in range(8)))
    assert len(emulator.book.tickets) == 1


async def test_people_work_in_it_as_python_objects(works: tuple[TicketEmulator, RtHouse]) -> None:
    emulator, house = works
    wanted = draft()
    ref = await house.system.open(wanted)
    _, cursor = await house.system.changes("")
    dana = emulator.person("dana")
    dana.take(ref.id)
    dana.reply(ref.id, "On it.", useful="no")
    dana.change(ref.id, Status="resolved")
    changes, _ = await house.system.changes(cursor)
    assert [change.actor.name for change in changes] == ["dana", "dana", "RT_System", "dana"]
    assert changes[0].actor.kind is ActorKind.PERSON
    [ticket] = emulator.by_key(wanted.key)
    assert (ticket.owner, ticket.status) == ("dana", "resolved")


async def test_without_unique_keys_two_tickets_with_one_key_become_one() -> None:
    emulator = TicketEmulator(unique_keys=False)
    await emulator.start()
    async with emulated() as (_, house):
        system = house.another(url=emulator.url)
        wanted = draft()
        refs = await asyncio.gather(
            *(house.another(url=emulator.url).open(wanted) for _ in range(4))
        )
        assert len(emulator.by_key(wanted.key)) == 1
        assert await system.find(wanted.key) == min(refs, key=lambda ref: int(ref.id))
    await emulator.stop()


async def test_a_stranger_is_not_let_in(works: tuple[TicketEmulator, RtHouse]) -> None:
    emulator, _ = works
    for headers in ({}, {"Authorization": "token wrong"}, {"Authorization": "Basic bWFsbG9yeTo="}):
        async with aiohttp.request("GET", f"{emulator.url}/REST/2.0/rt", headers=headers) as told:
            assert told.status == 401


@pytest.mark.parametrize(
    ("query", "holds"),
    [
        ("id = 7", True),
        ("id = 8", False),
        ("id = 8 OR id = 7 AND id > 6", True),
        ("(id = 8 OR id = 7) AND id > 7", False),
        ("'CF.{Brand}' = 'ACME'", True),
        ("'CF.{Brand}' = 'it\\'s'", False),
        ("'CF.{Brand}' IS NOT NULL", True),
        ("'CF.{Server}' IS NOT NULL", False),
    ],
)
def test_ticket_sql_is_understood(query: str, holds: bool) -> None:
    assert condition(query)({"id": "7", "CF.{Brand}": "acme"}) is holds


@pytest.mark.parametrize(
    "query", ["", "id", "id =", "id = 7 OR", "(id = 7", "id = 7)", "id LIKE 7", "'open", "id > 'a'"]
)
def test_what_is_no_ticket_sql_is_refused(query: str) -> None:
    with pytest.raises(BadQuery):
        condition(query)
