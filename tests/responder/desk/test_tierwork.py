"""Up with a reason and a log, back with a solution: what the levels owe each other."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from alerts.model import Actor, person
from playbooks.ports import TicketState
from responder import deskwork
from responder.customers.brands import Brand
from responder.customers.clientele import Clientele
from responder.desk.closing_rules import Closing
from responder.desk.section import Desk
from responder.desk_values import Case
from responder.deskwork import Acted, Conflict, Forbidden, Hand, Missing, Refused
from responder.plan import Plan
from responder.store import Store, cases, logs
from responder.store.logs import Line
from responder.support import closing, tierwork
from responder.support.tierwork import Handback, Transfer
from responder.values import TicketRecord
from tests.responder.desk.house import CREW, House
from tests.responder.desk.tickets import ANA, BOB, OPENED

EVA, TOM = person("eva"), person("tom")  # of level 2, of level 3
PEOPLE = replace(
    CREW,
    methods={**CREW.methods, "tom": ("email",)},
    teams={**CREW.teams, "level-3": ("tom",)},
)
UP = Transfer(
    "level-2", "no_solution", impact="high", urgency="low", steps=("restarted exim",), log="looked"
)
BACK = Handback("was the quota", "raise the quota of the mailbox")
FOR_GOOD = replace(BACK, prevention="rule", why="quota alert at 90 %")


@pytest.fixture
def house(file_store: Store) -> House:
    return House(file_store, plan())


def plan(**brand: Any) -> Plan:
    brands = {"acme": Brand(title="ACME", **brand)} if brand else {}
    return Plan(desk=Desk(), escalations=PEOPLE, clientele=Clientele(brands=brands))


async def act(
    house: House, work: Callable[..., Acted], *args: Any, by: Actor = ANA
) -> TicketRecord:
    hand = Hand(by, house.plan, house.clock.now())
    return (await house.store.write(work, 1, *args, by=hand)).ticket


async def lines(house: House) -> list[Line]:
    return await house.store.read(logs.read, "ticket", 1)


async def kinds(house: House) -> list[str]:
    return [line.kind for line in await lines(house)]


@pytest.mark.parametrize(
    ("wish", "says"),
    [
        (replace(UP, reason=""), "reason"),
        (replace(UP, reason="because"), "reason"),
        (replace(UP, impact=None, steps=(" ",)), "impact, steps"),
        (replace(UP, urgency=None), "urgency"),
        (replace(UP, log=""), "log"),
    ],
)
async def test_r40_r48_r49_nothing_goes_up_without_reason_facts_and_log(
    house: House, wish: Transfer, says: str
) -> None:
    await house.opens()
    with pytest.raises(Missing, match=says):
        await act(house, tierwork.transfer, wish)
    assert await kinds(house) == ["opened"]


async def test_r49_the_log_may_stand_in_the_ticket_and_counts_for_its_level_alone(
    house: House,
) -> None:
    await house.opens()
    await act(house, deskwork.note, "exim was restarted")
    moved = await act(house, tierwork.transfer, replace(UP, log=""))
    assert (moved.queue, moved.level) == ("level-2", "level-2")
    with pytest.raises(Missing, match="level-2 did"):
        await act(house, tierwork.transfer, replace(UP, to="level-3", log=""), by=EVA)


async def test_r51_time_at_the_level_and_time_of_work_go_with_the_ticket(house: House) -> None:
    await house.opens()
    house.clock.move(minutes=30)
    await act(house, deskwork.note, "looking")
    house.clock.move(minutes=10)
    await act(house, tierwork.transfer, UP)
    moved = (await lines(house))[-1]
    assert (moved.data["held_seconds"], moved.data["touch_seconds"]) == ("2400", "600")
    assert "restarted exim" in moved.words


async def test_the_next_level_hears_of_what_has_come(house: House) -> None:
    await house.opens()
    await act(house, tierwork.transfer, UP)
    await house.passes(0)
    assert house.told() == [("eva", "Ticket 1 has come to level-2")]


async def test_r44_who_knows_such_tasks_hears_of_them_and_nobody_else(house: House) -> None:
    known = Desk(skills={"dns-zone": ("zoe", "bob")})
    house.plan = replace(
        house.plan,
        desk=known,
        escalations=replace(
            PEOPLE,
            methods={**PEOPLE.methods, "zoe": ("email",)},
            teams={**PEOPLE.teams, "level-2": ("eva", "zoe")},
        ),
    )
    await house.opens()
    await house.store.write(cases.add, Case(1, OPENED, task="dns-zone"))
    await act(house, tierwork.transfer, UP)
    assert await house.asked_for("staff.tell") == ["zoe"]


async def test_r28_a_level_that_is_not_offered_is_skipped(house: House) -> None:
    house.plan = plan(levels=("level-1", "level-3"))
    await house.opens(brand="acme")
    assert (await act(house, tierwork.transfer, UP)).queue == "level-3"


async def test_r28_the_last_level_that_is_offered_keeps_it_with_a_note(house: House) -> None:
    house.plan = plan(levels=("level-1",))
    await house.opens(brand="acme")
    assert (await act(house, tierwork.transfer, UP)).queue == "level-1"
    assert "level-2 is not offered" in (await lines(house))[-1].words


async def test_r34_the_owner_stays_accountable_while_another_level_works(house: House) -> None:
    await house.opens()
    await act(house, deskwork.take)
    await act(house, tierwork.transfer, UP)
    taken = await act(house, deskwork.take, by=EVA)
    case = await house.store.read(cases.by_ticket, 1)
    assert case is not None
    assert (taken.owner, case.handler) == ("ana", "eva")
    with pytest.raises(Conflict, match="eva has it"):
        await act(house, deskwork.take, by=BOB)
    await act(house, tierwork.release, by=EVA)
    assert (await act(house, deskwork.take, by=BOB)).owner == "ana"


async def test_r33_only_who_has_a_ticket_can_give_it_back(house: House) -> None:
    await house.opens()
    await act(house, deskwork.take)
    with pytest.raises(Conflict, match="ana has it"):
        await act(house, tierwork.release, by=BOB)
    assert (await act(house, tierwork.release)).owner is None


async def test_r50_a_review_is_kept_and_a_solution_without_one_is_a_warning(house: House) -> None:
    await house.opens()
    await act(house, tierwork.transfer, UP)
    await act(house, tierwork.review, by=EVA)
    await act(house, tierwork.hand_back, BACK, by=EVA)
    assert "reviewed" in await kinds(house)
    assert "warning" not in await kinds(house)
    await act(house, tierwork.transfer, UP)
    await act(house, tierwork.hand_back, BACK, by=EVA)
    assert "warning" in await kinds(house)


@pytest.mark.parametrize("wish", [replace(BACK, comment=" "), replace(BACK, solution="")])
async def test_r41_nothing_comes_back_without_comment_and_solution(
    house: House, wish: Handback
) -> None:
    await house.opens()
    await act(house, tierwork.transfer, UP)
    with pytest.raises(Missing):
        await act(house, tierwork.hand_back, wish, by=EVA)


@pytest.mark.parametrize("levels", [("level-2",), ("level-2", "level-3")])
async def test_r35_r45_what_a_level_solved_level_1_tells_the_customer(
    house: House, levels: tuple[str, ...]
) -> None:
    await house.opens()
    for to in levels:
        await act(house, tierwork.transfer, replace(UP, to=to))
    back = await act(house, tierwork.hand_back, FOR_GOOD, by=EVA)
    assert (back.queue, back.state, back.replied_at) == ("level-1", TicketState.ANSWERING, None)
    said = [line.words for line in await lines(house)]
    assert {BACK.comment, BACK.solution} <= set(said)
    await house.passes(0)
    assert ("bob", "Ticket 1 is solved: tell the customer") in house.told()
    with pytest.raises(Refused, match="answer him"):
        await act(house, closing.solve, Closing("raised", article="none"))
    with pytest.raises(Missing, match="article"):
        await act(house, closing.answer, "There is room again.", Closing("answered"))
    told = Closing("answered", article="none")
    over = await act(house, closing.answer, "There is room again.", told)
    assert (over.state, over.solved_by, over.queue) == (TicketState.SOLVED, levels[-1], "level-1")
    assert over.replied_at is not None


@pytest.mark.parametrize(("handback", "queue"), [("l1", "level-1"), ("l2", "level-2")])
async def test_r56_the_brand_says_who_answers(house: House, handback: str, queue: str) -> None:
    house.plan = plan(handback=handback)
    await house.opens(brand="acme")
    await act(house, tierwork.transfer, replace(UP, to="level-3"))
    assert (await act(house, tierwork.hand_back, FOR_GOOD, by=TOM)).queue == queue


async def test_who_answers_himself_hands_nothing_back(house: House) -> None:
    await house.opens()
    with pytest.raises(Refused, match="answers the customer itself"):
        await act(house, tierwork.hand_back, BACK)
    await act(house, tierwork.transfer, UP)
    with pytest.raises(Refused, match="handed back"):
        await act(house, tierwork.transfer, replace(UP, to="level-1"))


async def test_r57_level_3_mends_it_for_everybody_or_says_why_not(house: House) -> None:
    await house.opens()
    await act(house, tierwork.transfer, replace(UP, to="level-3"))
    for lacking in (BACK, replace(BACK, prevention="none")):
        with pytest.raises(Missing, match=r"prevention|why"):
            await act(house, tierwork.hand_back, lacking, by=TOM)
    await act(house, tierwork.hand_back, replace(FOR_GOOD, candidate=True), by=TOM)
    case = await house.store.read(cases.by_ticket, 1)
    assert case is not None
    assert (case.prevention, case.candidate, case.handed_from) == ("rule", True, "level-3")


async def test_r52_level_2_may_answer_and_level_1_hears_of_it(house: House) -> None:
    await house.opens()
    await act(house, tierwork.transfer, UP)
    await act(house, closing.reply, "Please try again.", by=EVA)
    last = (await lines(house))[-1]
    assert (last.kind, last.words) == ("note", "For level-1: level-2 has answered directly.")
    await act(house, closing.solve, Closing("quota raised"), by=EVA)


async def test_r35_a_higher_level_does_not_end_what_the_customer_has_not_heard(
    house: House,
) -> None:
    await house.opens()
    await act(house, tierwork.transfer, UP)
    with pytest.raises(Refused, match="hands it back"):
        await act(house, closing.solve, Closing("quota raised"), by=EVA)


async def test_r54_level_3_does_not_write_to_customers(house: House) -> None:
    await house.opens()
    with pytest.raises(Forbidden):  # wherever the ticket lies
        await act(house, closing.reply, "Hello", by=TOM)
    await act(house, tierwork.transfer, replace(UP, to="level-3"))
    with pytest.raises(Forbidden):
        await act(house, closing.reply, "Hello", by=TOM)
    await act(house, closing.reply, "It takes a while yet.", by=ANA)  # level 1 speaks to customers


async def test_r51_the_clock_of_a_second_stay_begins_anew(house: House) -> None:
    await house.opens()
    await act(house, tierwork.transfer, UP)
    house.clock.move(minutes=7)
    await act(house, tierwork.transfer, replace(UP, to="level-3"), by=EVA)
    assert (await lines(house))[-1].data["held_seconds"] == str(7 * 60)
