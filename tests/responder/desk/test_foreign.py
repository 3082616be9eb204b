"""R1: does a ticket that a customer opens elsewhere become ours, once, and followed since?"""

from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path
from typing import cast

import pytest

from alerts.model import DAEMON
from playbooks.brought import own_key
from playbooks.ports import Change, ChangeKind, TicketState, TicketSystem
from responder.desk.section import Desk as Section
from responder.foreign import TRIED_FOR
from responder.foreign_progress import name_of
from responder.store import Store, cases, cursors
from responder.store.opening import open_store
from responder.support.mailing import solved_by_us
from responder.tickets.own_record import OwnRecord
from tests.contracts.ticket_houses import CUSTOMER
from tests.responder.desk.brought import HELP, HOUSES, OFFER, Home, NoDesk, at_home, refusing
from tests.responder.desk.company import PLAN, company
from tests.responder.desk.tickets import OPENED


@pytest.fixture(params=HOUSES)
async def home(request: pytest.FixtureRequest, file_store: Store) -> AsyncIterator[Home]:
    """A company whose tickets are kept elsewhere, by now."""
    async with HOUSES[request.param]() as house:
        yield await at_home(file_store, house)


async def test_r1_a_customers_ticket_is_ours_with_his_words_and_his_case(home: Home) -> None:
    ref = await home.asked()
    await home.looks()
    (record,) = await home.records()
    assert (record.system, record.ref, record.channel) == (ref.system, ref.id, "ticket")
    assert record.category == "sales"
    case = await home.store.read(cases.by_ticket, record.id)
    assert case is not None
    assert case.requester == CUSTOMER
    opened = [words for kind, _, words in await home.log() if kind == "opened"]
    assert [words.strip() for words in opened] == [OFFER]
    assert record.key == own_key(ref)
    assert await home.waiting() == []


async def test_r1_a_store_that_was_put_back_has_it_again(home: Home, tmp_path: Path) -> None:
    names = [name_of(home.house.system.name), f"tickets/{home.house.system.name}"]
    places = {name: await home.store.read(cursors.read, name) for name in names}
    ref = await home.asked(HELP)
    await home.looks()
    await home.house.people.write_as_customer(ref, "Hello?")
    await home.looks()
    (record,) = await home.records()
    older = open_store(f"sqlite:///{tmp_path / 'older.db'}", ballast=0)
    now = home.company.clock.now()
    for name, place in places.items():
        await older.write(cursors.move, name, place, now=now)
    again = Home(older, home.house, company(older, home.house.system))
    again.company.clock.move(seconds=(now - OPENED).total_seconds())
    again.restart()
    await again.looks()
    (same,) = await again.records()
    assert (same.ref, same.key, same.subject) == (record.ref, record.key, record.subject)
    await again.looks()
    assert [words.strip() for kind, _, words in await again.log() if kind == "customer"] == [
        "Hello?"
    ]
    await older.close()


async def test_r1_however_often_it_is_read_it_is_one_ticket(home: Home) -> None:
    await home.asked()
    for _ in range(3):
        home.restart()
        await home.looks()
    assert len(await home.records()) == 1


async def test_r15_a_question_of_sales_goes_there_in_one_hop(home: Home) -> None:
    ref = await home.asked()
    await home.looks()
    await home.looks()
    (record,) = await home.records()
    there = await home.house.system.read(ref)
    assert (record.queue, there.queue) == ("sales-billing", "sales-billing")
    assert record.level == "sales-billing"


async def test_r13_the_staff_there_read_what_we_know_once(home: Home) -> None:
    ref = await home.asked()
    await home.looks()
    (record,) = await home.records()
    assert await home.house.system.noted(ref, f"{record.key}/known")
    notes = [who for kind, who, _ in await home.log() if kind == "note"]
    await home.looks()
    assert [who for kind, who, _ in await home.log() if kind == "note"] == notes


async def test_what_people_do_with_it_comes_home(home: Home) -> None:
    ref = await home.asked(HELP)
    await home.looks()
    people = home.house.people
    await people.take("dana", ref)
    await home.looks()
    await people.reply("dana", ref, "Here is how: ...")
    await home.looks()
    await people.write_as_customer(ref, "Thank you!")
    await home.looks()
    await people.turn("dana", ref, TicketState.SOLVED)
    await home.looks()
    (record,) = await home.records()
    assert (record.owner, record.state) == ("ana", "solved")
    log = await home.log()
    assert [words.strip() for kind, _, words in log if kind == "customer"] == ["Thank you!"]
    assert [words.strip() for kind, _, words in log if kind == "reply"] == ["Here is how: ..."]


async def test_words_between_the_opening_and_our_key_are_not_lost(home: Home) -> None:
    ref = await home.asked(HELP)
    await home.house.people.write_as_customer(ref, "Hello?")
    home.restart(refusing(home.house))
    await home.looks()
    assert await home.waiting() == [ref.id]
    await home.house.people.write_as_customer(ref, "Anybody?")
    await home.looks()
    home.restart()
    await home.looks()
    await home.looks()
    log = await home.log()
    said = [words.strip() for kind, _, words in log if kind == "customer"]
    assert said == ["Hello?", "Anybody?"]


async def test_a_process_that_dies_before_the_key_loses_and_doubles_nothing(home: Home) -> None:
    refs = [await home.asked(HELP), await home.asked(OFFER)]
    home.restart(refusing(home.house, transient=True))
    await home.looks()
    assert await home.waiting() == [ref.id for ref in refs]
    home.restart()
    await home.looks()
    assert await home.waiting() == []
    assert [record.ref for record in await home.records()] == [ref.id for ref in refs]


async def test_one_that_was_deleted_before_it_got_our_key_counts_nowhere(home: Home) -> None:
    ref = await home.asked(HELP)
    home.restart(refusing(home.house, transient=True))
    await home.looks()
    await home.house.people.delete(ref)
    home.restart()
    await home.looks()
    (record,) = await home.records()
    assert record.gone == "deleted"
    assert await home.waiting() == []


async def test_it_can_be_switched_off_and_begins_anew(home: Home) -> None:
    home.plan = replace(PLAN, desk=Section(take_foreign=False))
    await home.asked()
    await home.looks()
    assert await home.records() == []
    home.plan = PLAN
    await home.looks()
    assert await home.records() == []
    await home.asked(HELP)
    await home.looks()
    assert len(await home.records()) == 1


async def test_a_refused_key_is_tried_for_three_days(home: Home) -> None:
    ref = await home.asked(HELP)
    home.restart(refusing(home.house))
    await home.looks()
    home.company.clock.move(seconds=TRIED_FOR.total_seconds() - 60)
    await home.foreign.turn()
    assert await home.waiting() == [ref.id]
    home.company.clock.move(minutes=10)
    await home.foreign.turn()
    assert await home.waiting() == []


async def test_whoever_moved_it_first_is_right(home: Home) -> None:
    ref = await home.asked(OFFER)
    home.restart(refusing(home.house, transient=True))
    await home.looks()
    await home.house.people.move("dana", ref, "rapid-response")
    home.restart()
    await home.looks()
    await home.looks()
    (record,) = await home.records()
    there = await home.house.system.read(ref)
    assert (record.queue, there.queue) == ("rapid-response", "rapid-response")


async def test_what_can_not_be_moved_counts_where_it_lies(home: Home) -> None:
    ref = await home.asked(OFFER)
    away = NoDesk(home.house)
    home.restart(cast("TicketSystem", away))
    await home.looks()
    (record,) = await home.records()
    assert away.asked
    assert record.queue == (await home.house.system.read(ref)).queue == "level-1"
    assert await home.waiting() == []


async def test_r80_what_its_reseller_answers_is_solved_there_too(home: Home) -> None:
    ref = await home.asked(HELP)
    home.restart(refusing(home.house, transient=True))
    await home.looks()
    (record,) = await home.records()
    done = solved_by_us(record, why="Passed on to its reseller.", at=home.company.clock.now())
    await OwnRecord(home.store, ref.system).add([done])
    home.restart()
    await home.looks()
    assert (await home.house.system.read(ref)).state is TicketState.SOLVED
    (record,) = await home.records()
    assert (record.state, record.solved_by) == ("solved", "automation")


async def test_one_that_was_merged_before_it_got_our_key_is_left_to_whoever_did_it(
    home: Home,
) -> None:
    if not home.house.system.capabilities.merges:
        pytest.skip("nobody is told of merges there")
    ref, kept = await home.asked(HELP), await home.asked(HELP)
    home.restart(refusing(home.house, transient=True))
    await home.looks()
    await home.house.people.merge("dana", ref, kept)
    home.restart()
    await home.looks()
    await home.looks()
    assert await home.waiting() == []
    living = [one.ref for one in await home.records() if not one.gone]
    assert living == [kept.id]


async def test_an_outage_is_brought_to_its_desk_once_the_probes_have_looked(home: Home) -> None:
    ref = await home.asked("My server is down, nothing answers since ten minutes!")
    await home.looks()
    (record,) = await home.records()
    case = await home.store.read(cases.by_ticket, record.id)
    assert case is not None
    assert case.look_at is not None
    assert await home.waiting() == [ref.id]
    assert (await home.house.system.read(ref)).queue == "level-1"
    await home.store.write(cases.change, replace(case, look_at=None))
    await home.looks()
    assert await home.waiting() == []
    assert (await home.house.system.read(ref)).queue == record.queue == "rapid-response"


async def test_r96_the_person_whom_he_knows_gets_it_there_too(home: Home) -> None:
    ref = await home.asked(HELP)
    home.restart(refusing(home.house, transient=True))
    await home.looks()
    given = Change(
        "", ref, home.company.clock.now(), ChangeKind.OWNER, DAEMON, "", {"owner": "dana"}
    )
    await OwnRecord(home.store, ref.system).add([given])
    home.restart()
    await home.looks()
    assert (await home.house.system.read(ref)).owner == "dana"


async def test_many_tickets_are_taken_in_portions(home: Home) -> None:
    refs = [await home.asked(HELP) for _ in range(45)]
    home.restart(refusing(home.house, transient=True))
    await home.foreign.turn()
    assert [record.ref for record in await home.records()] == [ref.id for ref in refs]
    assert await home.waiting() == [ref.id for ref in refs]


async def test_one_that_always_fails_holds_up_no_other(home: Home) -> None:
    bad, good = await home.asked(HELP), await home.asked(HELP)
    home.restart(refusing(home.house, transient=True, only=bad))
    await home.foreign.turn()
    assert await home.waiting() == [bad.id, good.id]
    await home.foreign.turn()
    assert await home.waiting() == [bad.id]
    home.company.clock.move(minutes=1)
    await home.foreign.turn()
    assert await home.waiting() == [bad.id]
