"""Zammad is polled by time stamps: nothing is missed and nothing told twice."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta

import pytest

from playbooks.ports import ChangeKind, TicketRef
from responder.tickets.keys import tail
from tests.contracts.house_zammad import ZammadHouse, emulated_zammad
from tests.contracts.ticket_houses import draft


@pytest.fixture
async def house() -> AsyncIterator[ZammadHouse]:
    async with emulated_zammad() as house:
        yield house


async def opened(house: ZammadHouse) -> tuple[TicketRef, str]:
    """A ticket of ours, and the cursor after its opening."""
    _, begin = await house.system.changes("")
    ref = await house.system.open(draft())
    _, cursor = await house.system.changes(begin)
    return ref, cursor


async def test_changes_under_one_time_stamp_are_told_once_each(house: ZammadHouse) -> None:
    ref, cursor = await opened(house)
    moment = datetime.now(UTC).replace(microsecond=0)
    house.emulator.book.clock = lambda: moment
    told = list[str]()
    for number in range(4):
        await house.people.note("dana", ref, f"note {number}")
        changes, cursor = await house.system.changes(cursor)
        told += [change.text for change in changes]
    assert told == [f"note {number}" for number in range(4)]


async def test_a_change_that_the_search_shows_late_is_told_once(house: ZammadHouse) -> None:
    ref, cursor = await opened(house)
    other = await house.system.open(draft())
    await house.people.note("dana", ref, "first")
    await house.people.note("bob", other, "second")
    house.emulator.stale = {int(ref.id)}
    early, cursor = await house.system.changes(cursor)
    house.emulator.stale = set()
    late, cursor = await house.system.changes(cursor)
    notes = [change.text for change in (*early, *late) if change.kind is ChangeKind.NOTE]
    assert notes == ["second", "first"]
    assert await house.system.changes(cursor) == ([], cursor)


async def test_a_change_with_an_older_stamp_than_what_was_told_is_told_all_the_same(
    house: ZammadHouse,
) -> None:
    ref, cursor = await opened(house)
    await house.people.note("dana", ref, "the later one")
    _, cursor = await house.system.changes(cursor)
    before = datetime.now(UTC) - timedelta(seconds=5)
    house.emulator.book.clock = lambda: before
    await house.people.note("bob", ref, "a slow transaction")
    changes, _ = await house.system.changes(cursor)
    assert [change.text for change in changes] == ["a slow transaction"]


async def test_more_tickets_than_a_page_are_read_though_they_share_a_stamp(
    house: ZammadHouse,
) -> None:
    _, cursor = await opened(house)
    moment = datetime.now(UTC).replace(microsecond=0) + timedelta(seconds=1)
    house.emulator.book.clock = lambda: moment
    for number in range(450):
        told = {"title": f"t{number} [{tail(str(number))}]", "group": "Users", "customer_id": 2}
        house.emulator.book.create("alice", told)
    changes, after = await house.system.changes(cursor)
    assert len({change.ticket for change in changes}) == len(changes) == 450
    assert await house.system.changes(after) == ([], after)


async def test_the_survivor_of_a_merge_is_followed_over_a_restart(house: ZammadHouse) -> None:
    ref, cursor = await opened(house)
    foreign = await house.people.open("My shop is down!")
    await house.people.merge("dana", ref, foreign)
    _, cursor = await house.system.changes(cursor)
    await house.people.reply("dana", foreign, "Back again.")
    changes, _ = await house.another().changes(cursor)
    assert [(change.ticket, change.text) for change in changes] == [(foreign, "Back again.")]


async def test_a_customers_answer_keeps_its_words_and_not_its_markup(house: ZammadHouse) -> None:
    ref, cursor = await opened(house)
    await house.people.reply("dana", ref, "a &lt; b<br>and more")
    (change,), _ = await house.system.changes(cursor)
    assert change.text == "a < b\nand more"


async def test_whoever_was_deleted_since_stops_nobody_elses_news(house: ZammadHouse) -> None:
    ref, cursor = await opened(house)
    await house.people.note("dana", ref, "It is the disk.")
    house.emulator.book.deleted = {"dana"}
    await house.people.note("bob", ref, "I order one.")
    changes, cursor = await house.system.changes(cursor)
    number = str(house.emulator.book.users["dana"])
    told = [(change.actor.name, change.text) for change in changes]
    assert told == [(number, "It is the disk."), ("bob", "I order one.")]
    assert await house.system.changes(cursor) == ([], cursor)
