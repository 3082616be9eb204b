"""Does an incident live through the ticket systems of others as it does at the desk?"""

from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import AbstractAsyncContextManager

import pytest

from playbooks.ports import TicketRef, TicketState
from responder.clock import Clock
from responder.emulators.freescout_book import FreeScoutBook
from responder.emulators.ticket_faults import Fault
from responder.store import Store
from responder.sync import Sync
from tests.contracts.house_freescout import FreeScoutHouse, emulated_freescout
from tests.contracts.house_whmcs import WhmcsHouse, emulated_whmcs
from tests.contracts.house_zammad import ZammadHouse, emulated_zammad
from tests.contracts.house_zendesk import ZendeskHouse, emulated_zendesk
from tests.responder.desk.company import PLAN, Company, company
from tests.responder.desk.tickets import ANA, OPENED, told

Rented = WhmcsHouse | ZendeskHouse | ZammadHouse | FreeScoutHouse
HOUSES: Mapping[str, Callable[[], AbstractAsyncContextManager[Rented]]] = {
    "whmcs": emulated_whmcs,
    "zendesk": emulated_zendesk,
    "zammad": emulated_zammad,
    "freescout": emulated_freescout,
}


@pytest.fixture(params=HOUSES)
async def rented(request: pytest.FixtureRequest) -> AsyncIterator[Rented]:
    """A ticket system of others, with the people who work in it."""
    async with HOUSES[request.param]() as house:
        yield house


async def following(store: Store, rented: Rented) -> tuple[Company, Sync]:
    """The company at the hour of that ticket system, which has a clock of its own."""
    house = company(store, rented.system)
    house.clock.move(seconds=(Clock().now() - OPENED).total_seconds())
    sync = Sync(
        store,
        rented.system,
        plan=lambda: PLAN,
        people=lambda: {"dana": "ana"},
        clock=house.clock,
        counted=house.counted.extend,
    )
    await sync.turn()
    return house, sync


async def ref_of(house: Company) -> TicketRef:
    """The only ticket."""
    (record,) = await house.tickets()
    return TicketRef(record.system, record.ref)


async def test_a_technician_answers_the_incident(file_store: Store, rented: Rented) -> None:
    house, sync = await following(file_store, rented)
    await house.breaks()
    await house.works()
    ref, people = await ref_of(house), rented.people
    for act in (
        people.take("dana", ref),
        people.reply("dana", ref, "The disk was full."),
        people.turn("dana", ref, TicketState.SOLVED),
    ):
        await act
        await sync.turn()
    (record,) = await house.tickets()
    assert (record.owner, record.state, record.solved_by) == ("ana", "solved", "rapid-response")
    assert (await house.incident()).acknowledged_by == "ana"
    lines = [(kind, actor) for kind, actor, _ in await house.log() if actor == "ana"]
    assert lines == [("owner", "ana"), ("reply", "ana"), ("state", "ana")]
    assert {"reaction", "first_reply", "solved", "ack"} <= told(house.counted).keys()


async def test_what_the_daemon_solves_is_automation(file_store: Store, rented: Rented) -> None:
    house, sync = await following(file_store, rented)
    await house.breaks()
    await house.works()
    await house.recovers()
    await house.works()
    await sync.turn()
    (record,) = await house.tickets()
    assert (record.state, record.owner, record.solved_by) == ("solved", None, "automation")
    assert [kind for kind, _, _ in await house.log()] == ["opened", "note", "note", "state"]


async def test_a_ticket_that_is_closed_while_the_outage_lives_ends_nothing(
    file_store: Store, rented: Rented
) -> None:
    house, sync = await following(file_store, rented)
    await house.breaks()
    await house.works()
    await rented.people.turn("bob", await ref_of(house), TicketState.SOLVED)
    await sync.turn()
    (record,) = await house.tickets()
    assert record.state == "solved"
    assert (await house.incident()).active


async def test_a_deleted_ticket_is_opened_again_once(file_store: Store, rented: Rented) -> None:
    house, sync = await following(file_store, rented)
    await house.breaks()
    await house.works()
    ref = await ref_of(house)
    _delete(rented, ref)
    await house.decide("noted", 1, ANA, words="The switch is dead.")
    await house.works()
    again = await ref_of(house)
    assert again != ref
    assert (await rented.system.read(again)).state == "new"
    await sync.turn()
    assert (await house.incident()).state == "open"


@pytest.mark.parametrize("fault", [Fault.RESET, Fault.LOGIN_PAGE, Fault.UNAVAILABLE])
async def test_whatever_becomes_of_the_create_there_is_one_ticket(
    file_store: Store, rented: Rented, fault: Fault
) -> None:
    """R29."""
    house, _ = await following(file_store, rented)
    rented.emulator.faults.next = [fault]
    await house.breaks()
    await house.works()
    assert await house.tickets() == []
    for _ in range(3):  # a new process each time, as after kill -9
        house.runner = house.start_runner()
        house.clock.move(minutes=5)
        await house.works()
    ref = await ref_of(house)
    assert (await rented.system.read(ref)).ref == ref
    assert _count(rented) == 1


def _delete(rented: Rented, ref: TicketRef) -> None:
    match rented:
        case WhmcsHouse():
            del rented.emulator.book.tickets[int(ref.id)]
        case ZendeskHouse():
            rented.emulator.book.held(int(ref.id)).deleted = True
        case ZammadHouse():
            rented.emulator.book.delete(int(ref.id))
        case FreeScoutHouse():
            rented.emulator.book.delete("dana", int(ref.id))


def _count(rented: Rented) -> int:
    book = rented.emulator.book
    return len(book.conversations if isinstance(book, FreeScoutBook) else book.tickets)
