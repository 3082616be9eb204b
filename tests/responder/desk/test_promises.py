"""Promises are watched: warned of once, told to whoever works, counted when they are broken."""

from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from alerts.model import DAEMON
from playbooks.ports import Change, ChangeKind, TicketRef
from responder import deskwork
from responder.desk import taking
from responder.desk.section import Desk
from responder.plan import Plan
from responder.store import Store, Tx, clocks, logs
from responder.store import tickets as rows
from tests.responder.desk.company import add_ticket
from tests.responder.desk.house import CREW, HOUR, House
from tests.responder.desk.tickets import OPENED, ticket


@pytest.fixture
def house(file_store: Store) -> House:
    return House(file_store, Plan(desk=Desk(), escalations=CREW))


async def test_r23_both_engines_keep_clocks_alike(store: Store) -> None:
    house = House(store, Plan(desk=Desk(), escalations=CREW))
    ticket = await house.opens()
    for hours in (0.5, 0.8, 1):
        await house.passes(hours)
    assert [percent for _, percent in await house.warnings(ticket.id)] == [50, 80, 100]
    assert len(house.told()) == 5


async def test_r23_a_promise_is_warned_of_at_50_80_and_100_percent_once(house: House) -> None:
    ticket = await house.opens()  # medium: 1 h to react, 8 h for an answer, 24 h to solve it
    await house.passes(0.4)
    assert await house.warnings(ticket.id) == []
    for hours in (0.5, 0.6, 0.8, 0.9, 1, 1.1, 3):
        await house.passes(hours)
    assert await house.warnings(ticket.id) == [
        ("reaction", 50),
        ("reaction", 80),
        ("reaction", 100),
    ]
    late = "Ticket 1: 80 % of its time to react is used up"
    assert sorted(house.told()[:2]) == [("ana", late), ("bob", late)]
    assert {who for who, title in house.told() if "100 %" in title} == {"ana", "bob", "lea"}


async def test_r23_what_is_broken_is_counted_once_at_its_moment(house: House) -> None:
    await house.opens()
    for hours in (1, 2, 3):
        await house.passes(hours)
    broken = [one for one in house.counted if one.figure.startswith("sla_breach")]
    assert [(one.figure, one.at) for one in broken] == [("sla_breach/reaction", OPENED + HOUR)]


async def test_r23_the_first_act_of_a_person_keeps_the_promise_to_react(house: House) -> None:
    ticket = await house.opens()
    house.clock.move(minutes=20)
    await house.store.write(deskwork.note, ticket.id, "looking", by=house.hand)
    await house.passes(3)
    assert await house.warnings(ticket.id) == []
    (known,) = [
        one
        for one in (await house.store.read(clocks.of_tickets, [ticket.id]))[ticket.id]
        if one.target == "reaction"
    ]
    assert (known.ended_at, known.spent) == (OPENED + timedelta(minutes=20), 1200)


async def test_r94_a_reply_marked_as_no_help_lets_the_clock_run_on(house: House) -> None:
    ticket = await house.opens()
    reply = await house.store.write(
        deskwork.note, ticket.id, "Your quota was full", public=True, by=house.hand
    )
    await house.passes(7)
    assert ("useful", 80) not in await house.warnings(ticket.id)
    lines = await house.store.read(logs.read, "ticket", reply.ticket.id)
    place = next(line.seq for line in lines if line.kind == "reply")
    await house.store.write(deskwork.mark, ticket.id, place, useful=False, by=house.hand)
    await house.passes(7.1)
    assert ("useful", 80) in await house.warnings(ticket.id)


async def test_a_warning_waits_for_the_end_of_quiet_hours(house: House) -> None:
    until = OPENED + 6 * HOUR
    house.plan = Plan(escalations=replace(CREW, quiet={"ana": until, "bob": until}))
    await house.opens()
    await house.passes(0.8)
    assert house.told() == []
    house.plan = Plan(escalations=CREW)
    await house.passes(6.01)
    assert {who for who, _ in house.told()} >= {"ana", "bob"}


async def test_the_owner_is_told_and_nobody_else_of_his_level(house: House) -> None:
    ticket = await house.opens()
    await house.store.write(deskwork.take, ticket.id, by=house.hand)
    await house.passes(6.4)
    assert [who for who, title in house.told() if "useful" in title] == ["ana"]


async def test_a_mailbox_that_does_not_exist_is_a_dead_letter_and_no_noise(house: House) -> None:
    await house.opens()
    house.post.broken = True
    await house.passes(0.8)
    assert sorted(house.ended.values()) == ["dead", "dead"]


@pytest.mark.parametrize("escalates", [True, False])
async def test_r25_without_success_in_its_budget_a_ticket_goes_up(
    house: House, escalates: bool
) -> None:
    """R25, R46, R47, R77: level 1 has 24 h, level 2 until 48 h, where the desk wants it so."""
    house.plan = Plan(desk=Desk(escalate=escalates), escalations=CREW)
    ticket = await house.opens()
    where = []
    for hours in (23, 24, 47, 48):
        await house.passes(hours)
        known = await house.store.read(rows.by_id, ticket.id)
        assert known is not None
        where.append(known.queue)
    up = ["level-1", "level-2", "level-2", "level-3"]
    assert where == (up if escalates else ["level-1"] * 4)
    lines = await house.store.read(logs.read, "ticket", ticket.id)
    why = [line.words for line in lines if line.kind == "queue"]
    assert why[:1] == ["level-1 has not solved it within its time"] * escalates


async def test_r23_another_priority_is_another_promise(house: House) -> None:
    ticket = await house.opens(account=None)  # low: 4 h to react
    await house.passes(1)
    await house.store.write(raise_priority, ticket.id, now=house.clock.now())
    await house.passes(1.01)
    assert ("reaction", 100) in await house.warnings(ticket.id)  # high: 15 minutes


def raise_priority(tx: Tx, number: int, *, now: datetime) -> None:
    ticket = rows.by_id(tx, number)
    assert ticket is not None
    ref = TicketRef(ticket.system, ticket.ref)
    told = {"priority": "high"}
    taking.take_in(tx, ticket, [Change("", ref, now, ChangeKind.PRIORITY, DAEMON, "", told)])


@pytest.mark.parametrize(("drill", "count"), [(False, 5), (True, 0)])
async def test_tickets_of_other_systems_have_clocks_and_drills_have_none(
    file_store: Store, drill: bool, count: int
) -> None:
    await file_store.write(add_ticket, replace(ticket(), drill=drill))
    found = await file_store.read(clocks.of_tickets, [7])
    assert len(found[7]) == count
