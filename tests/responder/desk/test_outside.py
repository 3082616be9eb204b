"""Who is asked outside the desk, who is reminded, and who hears that nobody has a ticket."""

from dataclasses import replace
from datetime import timedelta

import pytest

from alerts.model import Actor, ActorKind, Category, Priority
from playbooks.ports import Change, ChangeKind, TicketRef, TicketState
from responder import deskwork
from responder.desk import taking
from responder.desk.closing_rules import Closing
from responder.desk_values import Case
from responder.deskwork import Forbidden, Refused
from responder.store import Store, Tx, cases, questions, records, vendors
from responder.store import tickets as rows
from responder.store.familiar import Familiar, familiar
from responder.store.passed_on import passed_on
from responder.store.unowned import FORGOTTEN
from responder.support import closing, outside, tierwork
from responder.support.chores import Chores, remind
from responder.support.outside import Vendor
from responder.support.staff_tell import MOST, StaffTelling
from tests.responder.desk.house import House
from tests.responder.desk.test_tierwork import BACK, EVA, TOM, UP, act, kinds, lines, plan
from tests.responder.desk.test_tierwork import house as house  # the same desk
from tests.responder.desk.tickets import BOB, OPENED

HOUR = timedelta(hours=1)
ASKED = Vendor("LiteSpeed", reference="LS-4711", contact="support@vendor.example")
CUSTOMER = Actor(ActorKind.CUSTOMER, "customer")


def customer_writes(tx: Tx, number: int, *, house: House) -> None:
    records.one_at_a_time(tx)
    ticket = rows.by_id(tx, number)
    assert ticket is not None
    ref, now = TicketRef(ticket.system, ticket.ref), house.clock.now()
    taking.take_in(tx, ticket, [Change("", ref, now, ChangeKind.CUSTOMER, CUSTOMER, "Tuesday.")])


async def reminded(house: House, hours: float) -> None:
    """The duty has its turn so long after the opening."""
    house.clock.move(seconds=(OPENED + hours * HOUR - house.clock.now()).total_seconds())
    await Chores(house.store, plan=lambda: house.plan, clock=house.clock).turn()
    await house.runner.turn()
    await house.runner.settle()


async def test_r55_level_3_asks_one_question_and_its_right_ends_with_the_answer(
    house: House,
) -> None:
    await house.opens()
    await act(house, tierwork.transfer, replace(UP, to="level-3"))
    waits = await act(house, outside.clarify, "Since when?", 24 * HOUR, by=TOM)
    assert waits.state is TicketState.WAITING_CUSTOMER
    said = [line.words for line in await lines(house) if line.kind == "reply"]
    assert said == ["Since when?"]
    with pytest.raises(Forbidden, match="one at a time"):
        await act(house, outside.clarify, "And where?", HOUR, by=TOM)
    await house.store.write(customer_writes, 1, house=house)
    assert await house.store.read(questions.open_until, 1, now=house.clock.now()) is None
    with pytest.raises(Forbidden):
        await act(house, closing.reply, "Thank you", by=TOM)


async def test_r55_a_question_that_nobody_answers_ends_with_its_time(house: House) -> None:
    await house.opens()
    await act(house, tierwork.transfer, replace(UP, to="level-3"))
    await act(house, outside.clarify, "Since when?", 2 * HOUR, by=TOM)
    await reminded(house, 1)
    assert "unanswered" not in await kinds(house)
    await reminded(house, 2)
    assert (await kinds(house)).count("unanswered") == 1
    known = await house.store.read(rows.by_id, 1)
    assert known is not None
    assert known.state is TicketState.OPEN


async def test_r55_a_question_ends_with_its_ticket(house: House) -> None:
    await house.opens()
    await act(house, tierwork.transfer, replace(UP, to="level-3"))
    await act(house, outside.clarify, "Since when?", 2 * HOUR, by=TOM)
    await act(house, tierwork.hand_back, replace(BACK, prevention="none", why="rare"), by=TOM)
    over = await act(house, closing.answer, "It works.", Closing("answered", article="none"))
    assert over.state is TicketState.SOLVED
    assert await house.store.read(questions.open_until, 1, now=house.clock.now()) is None
    await reminded(house, 2)
    assert "unanswered" not in await kinds(house)


async def test_r55_whoever_may_write_to_customers_needs_no_clarification(house: House) -> None:
    await house.opens()
    with pytest.raises(Refused, match="just replies"):
        await act(house, outside.clarify, "Since when?", HOUR)


async def test_r59_a_vendor_is_asked_again_until_he_has_answered(house: House) -> None:
    await house.opens()
    with pytest.raises(Forbidden):
        await act(house, outside.ask_vendor, ASKED)
    await act(house, tierwork.transfer, UP)
    await act(house, deskwork.take, by=EVA)
    waits = await act(house, outside.ask_vendor, ASKED, by=EVA)
    assert waits.state is TicketState.WAITING_VENDOR
    for hours in (23, 24, 25, 48):
        await reminded(house, hours)
    assert (await kinds(house)).count("vendor_chase") == 2
    about = [title for who, title in house.told() if who == "eva" and "LiteSpeed" in title]
    assert about == ["Ticket 1 waits for LiteSpeed: ask again"] * 2
    over = await act(house, outside.end_vendor, 1, "a known fault, mended in 6.2", by=EVA)
    assert over.state is TicketState.OPEN
    (case,) = await house.store.read(vendors.of_ticket, 1)
    assert (case.reference, case.closed_by, case.chase_at) == ("LS-4711", "eva", None)
    with pytest.raises(Refused, match="no open case"):
        await act(house, outside.end_vendor, 1, "again", by=EVA)


async def test_r59_the_ticket_waits_while_another_vendor_is_asked(house: House) -> None:
    await house.opens()
    await act(house, tierwork.transfer, UP)
    for name in ("LiteSpeed", "cPanel"):
        await act(house, outside.ask_vendor, replace(ASKED, vendor=name), by=EVA)
    waits = await act(house, outside.end_vendor, 1, "no", by=EVA)
    assert waits.state is TicketState.WAITING_VENDOR
    assert (await act(house, outside.end_vendor, 2, "yes", by=EVA)).state is TicketState.OPEN


async def test_r86_a_complaint_goes_to_the_supervisor_who_has_an_hour(house: House) -> None:
    await house.opens()
    await act(house, deskwork.take)
    moved = await act(house, outside.complain, "Nobody listens to me.", None, by=BOB)
    assert moved.queue == "supervisor"
    case = await house.store.read(cases.by_ticket, 1)
    assert case is not None
    assert case.complaint_about == "ana"
    with pytest.raises(Forbidden, match="complaint"):
        await act(house, closing.solve, Closing("all is well", article="none"))
    await house.passes(1)
    assert ("supervisor", 100) in await house.warnings(1)
    assert any(who == "lea" for who, _ in house.told())
    over = await act(house, closing.solve, Closing("called him", article="none"), by=BOB)
    assert over.state is TicketState.SOLVED
    with pytest.raises(Forbidden):
        await act(house, closing.turn, TicketState.CLOSED)
    assert (await act(house, closing.turn, TicketState.CLOSED, by=BOB)).over


async def test_r33_r42_r43_both_engines_know_who_waits_and_what_was_before(store: Store) -> None:
    house = House(store, plan())
    await house.opens()
    await house.store.write(cases.add, Case(1, OPENED, fingerprint="f"))
    for minutes in (15, 45, 60):
        await reminded(house, minutes / 60)
    assert (await kinds(house)).count("unowned") == 2
    await act(house, tierwork.transfer, UP)
    await act(house, tierwork.hand_back, BACK, by=EVA)
    await act(house, closing.answer, "There is room.", Closing("answered", article="none"))
    seen = await house.store.read(familiar, "f", brand=None, before=9)
    assert seen == Familiar(1, 1, "raise the quota of the mailbox")
    found = await house.store.read(passed_on, since=OPENED)
    assert [(one.person, one.how) for one in found] == [("ana", "escalated")]


async def test_r33_nobody_has_it_its_desk_is_told_and_then_the_lead(house: House) -> None:
    ticket = await house.opens()
    for minutes in (14, 15, 20, 44, 45, 60):
        await reminded(house, minutes / 60)
    told = [line.data["told"] for line in await lines(house) if line.kind == "unowned"]
    assert told == ["desk", "lead"]
    title = f"Ticket {ticket.id} in level-1: nobody has taken it"
    assert sorted(house.told()) == [("ana", title), ("bob", title), ("lea", title)]


async def test_r33_whoever_takes_it_in_time_is_left_in_peace(house: House) -> None:
    await house.opens()
    await act(house, deskwork.take)
    await reminded(house, 5)
    assert house.told() == []


async def test_r33_after_a_long_night_of_ours_both_hear_of_it_once(house: House) -> None:
    await house.opens()
    await reminded(house, 3)
    await reminded(house, 4)
    assert {who for who, _ in house.told()} == {"ana", "bob", "lea"}
    assert (await kinds(house)).count("unowned") == 1
    assert await house.store.write(remind, plan=house.plan, now=house.clock.now()) == 0


async def test_r33_pages_speak_for_the_ticket_of_an_outage(house: House) -> None:
    await house.opens(channel="monitoring", category=Category.CRITICAL, priority=Priority.CRITICAL)
    await reminded(house, 3)
    await house.passes(3)
    assert (await kinds(house)).count("unowned") == 0
    assert ("reaction", 100) in await house.warnings(1)
    assert [title for _, title in house.told() if "react" in title] == []


async def test_nobody_is_woken_for_the_backlog_of_a_year(house: House) -> None:
    await house.opens()
    house.clock.move(seconds=FORGOTTEN.total_seconds() + 3600)
    assert await house.store.write(remind, plan=house.plan, now=house.clock.now()) == 0


async def test_one_person_is_told_of_so_many_tickets_in_an_hour_and_no_more(house: House) -> None:
    for _ in range(40):
        await house.opens()
    await reminded(house, 0.25)
    for _ in range(40):
        await house.runner.turn()
        await house.runner.settle()
    for person in ("ana", "bob"):
        heard = [who for who, _ in house.told() if who == person]
        # Several hands work at once: what is on its way is not counted yet.
        assert MOST <= len(heard) < MOST + StaffTelling.hands
    assert "dropped" in house.ended.values()
    (line, *_) = [one for one in await lines(house) if one.kind == "unowned"]
    assert line.data["told"] == "desk"
