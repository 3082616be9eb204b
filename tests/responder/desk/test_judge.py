"""Is what only time can tell told in time, and once?"""

from datetime import timedelta

import pytest

from alerts.model import DAEMON
from playbooks.ports import TicketState
from responder import deskwork as desk
from responder.desk_values import Case
from responder.deskwork import Request
from responder.judge import Judge, judge
from responder.store import Store, Tx, cases, kpis, logs
from responder.store import tickets as rows
from tests.responder.desk.company import Company, add_ticket, company
from tests.responder.desk.tickets import ANA, BOB, JOHN, OPENED, minutes, ticket, told

DAY = timedelta(hours=24)


@pytest.fixture
async def house(store: Store) -> Company:
    """The company with ticket 1, opened by phone."""
    house = company(store)
    request = Request("Slow", "Very slow.", channel="phone", brand="acme")
    await house.store.write(desk.open_by_hand, request, by=house.by())
    return house


async def replies(house: Company, text: str) -> None:
    """Somebody writes to the customer."""
    await house.store.write(desk.note, 1, text, public=True, by=house.by())


async def measured(house: Company) -> dict[str, float]:
    """What a turn of the judge finds now."""
    before = len(house.counted)
    await Judge(house.store, clock=house.clock, counted=house.counted.extend).turn()
    return told(house.counted[before:])


async def test_a_reply_counts_after_a_quarter_of_an_hour(house: Company) -> None:
    house.clock.move(minutes=10)
    await replies(house, "The disk was full.")
    house.clock.move(minutes=14)
    assert await measured(house) == {}
    house.clock.move(minutes=1)
    assert await measured(house) == {"useful_response": 10}
    assert await measured(house) == {}
    found = await house.store.read(rows.by_id, 1)
    assert found is not None
    assert (found.useful_at, found.judge_at) == (minutes(10), None)


async def test_a_late_mark_counts(house: Company) -> None:
    await replies(house, "Is it the disk?")
    house.clock.move(minutes=10)
    await replies(house, "It was the disk.")
    house.clock.move(minutes=4)
    await house.store.write(desk.mark, 1, 2, useful=False, by=house.by(BOB))
    house.clock.move(minutes=11)
    assert await measured(house) == {"useful_response": 10}


async def test_the_last_mark_of_a_reply_counts(house: Company) -> None:
    await replies(house, "On it.")
    await house.store.write(desk.mark, 1, 2, useful=False, by=house.by())
    await house.store.write(desk.mark, 1, 2, useful=True, by=house.by())
    house.clock.move(minutes=15)
    assert await measured(house) == {"useful_response": 0}


async def test_a_mark_after_the_judging_counts_when_nothing_else_has(house: Company) -> None:
    await replies(house, "On it.")
    house.clock.move(minutes=20)
    assert await measured(house) == {}
    await house.store.write(desk.mark, 1, 2, useful=True, by=house.by())
    assert await measured(house) == {"useful_response": 0}


async def test_a_reply_that_was_counted_stays_counted(house: Company) -> None:
    await replies(house, "It was the disk.")
    house.clock.move(minutes=15)
    await measured(house)
    await house.store.write(desk.mark, 1, 2, useful=False, by=house.by())
    house.clock.move(minutes=15)
    assert await measured(house) == {}


async def test_a_resolution_counts_when_it_has_held_for_a_day(house: Company) -> None:
    house.clock.move(minutes=60)
    await house.store.write(desk.turn, 1, TicketState.WAITING_CUSTOMER, by=house.by())
    house.clock.move(minutes=30)
    await house.store.write(desk.solve, 1, "Restarted.", by=house.by())
    house.clock.move(seconds=DAY.total_seconds() - 1)
    assert await measured(house) == {}
    house.clock.move(seconds=1)
    assert await measured(house) == {"resolution": 90, "requester_wait": 60}
    assert await measured(house) == {}


async def test_a_solved_ticket_that_comes_back_within_the_day_is_not_resolved_yet(
    house: Company,
) -> None:
    await house.store.write(desk.solve, 1, "Restarted.", by=house.by())
    house.clock.move(hours=20)
    acted = await house.store.write(desk.turn, 1, TicketState.OPEN, by=house.by(JOHN))
    assert list(told(acted.figures)) == ["reopened"]
    house.clock.move(hours=5)
    assert await measured(house) == {}
    await house.store.write(desk.solve, 1, "Changed the disk.", by=house.by())
    house.clock.move(hours=24)
    assert await measured(house) == {"resolution": 25 * 60, "requester_wait": 5 * 60}


async def test_a_judgement_whose_counting_was_lost_is_not_counted_twice(house: Company) -> None:
    await replies(house, "It was the disk.")
    house.clock.move(minutes=15)
    first = await house.store.write(judge, now=house.clock.now())  # and here the process dies
    assert list(told(first)) == ["useful_response"]
    assert await house.store.write(judge, now=house.clock.now()) == ()
    summary = await house.store.read(kpis.summary, since=OPENED, until=OPENED + DAY)
    assert [one.count for one in summary if one.figure == "useful_response"] == [1]


async def test_words_that_were_erased_are_judged_as_they_stand(house: Company) -> None:
    await replies(house, "It was the disk of john7.")
    house.clock.move(minutes=15)
    await house.store.write(erase, seq=2)
    assert await measured(house) == {"useful_response": 0}


async def test_robots_help_nobody(house: Company) -> None:
    await house.store.write(desk.note, 1, "The disk was full.", public=True, by=house.by(DAEMON))
    house.clock.move(minutes=15)
    assert await measured(house) == {}


async def test_many_tickets_are_judged_turn_by_turn(file_store: Store) -> None:
    house = company(file_store)
    for number in range(1, 251):
        due = ticket(id=number, key=f"k{number}", ref=str(number), judge_at=OPENED)
        await file_store.write(add_ticket, due)
    await measured(house)
    assert len(await file_store.read(rows.to_judge, now=OPENED)) == 50
    await measured(house)
    assert await file_store.read(rows.to_judge, now=OPENED) == []


def erase(tx: Tx, *, seq: int) -> None:
    """The customer wants his words erased."""
    logs.erase(tx, "ticket", 1, seq=seq, by=ANA.name, now=OPENED)


@pytest.mark.parametrize(
    ("first", "second", "repeats"), [("quota", "quota", 1), ("", "", 0), ("quota", "dns", 0)]
)
async def test_r42_a_kind_that_was_seen_before_is_measured_apart(
    file_store: Store, first: str, second: str, repeats: int
) -> None:
    """`responder_repeat_seconds`: the resolution of the second of two tickets of one kind."""
    for number, kind in ((11, first), (12, second)):
        solved = ticket(
            id=number, key=f"k{number}", ref=str(number), state=TicketState.SOLVED,
            solved_at=minutes(number), solved_by="level-1", judge_at=minutes(number) + DAY,
        )  # fmt: skip
        await file_store.write(add_ticket, solved)
        await file_store.write(put_case, Case(number, OPENED, fingerprint=kind))
    figures = await file_store.write(judge, now=minutes(60) + DAY)
    found = [one for one in figures if one.figure == "repeat"]
    assert [(one.about, one.seconds) for one in found] == [("ticket:12", 720)] * repeats
    assert await file_store.write(judge, now=minutes(60) + DAY) == ()


def put_case(tx: Tx, case: Case) -> None:
    put = cases.add if cases.by_ticket(tx, case.ticket) is None else cases.change
    put(tx, case)
