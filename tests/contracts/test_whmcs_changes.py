"""What people do in WHMCS, which keeps no history: as the emulator shows it."""

from collections.abc import AsyncIterator

import pytest

from alerts.model import ActorKind
from playbooks.ports import ChangeKind, TicketState
from tests.contracts.house_whmcs import WhmcsHouse, emulated_whmcs
from tests.contracts.ticket_houses import draft


@pytest.fixture
async def house() -> AsyncIterator[WhmcsHouse]:
    """The emulator and who works in it."""
    async with emulated_whmcs() as house:
        yield house


async def test_words_come_back_as_they_were_written(house: WhmcsHouse) -> None:
    wanted = draft()
    ref = await house.system.open(wanted)
    _, cursor = await house.system.changes("")
    await house.people.note("alice", ref, 'if a < b & c > "d"')
    (change,), _ = await house.system.changes(cursor)
    assert (change.text, change.actor.name) == ('if a < b & c > "d"', "alice")


async def test_times_are_read_in_the_zone_of_whmcs(house: WhmcsHouse) -> None:
    ref = await house.system.open(draft())
    _, cursor = await house.system.changes("")
    house.emulator.book.note(ref.id, "Words.", by="dana").at = "2026-01-15 12:00:00"
    (change,), _ = await house.system.changes(cursor)
    assert change.at.isoformat() == "2026-01-15T11:00:00+00:00"


async def test_an_answer_that_shows_after_a_younger_one_is_not_missed(house: WhmcsHouse) -> None:
    ref = await house.system.open(draft())
    _, cursor = await house.system.changes("")
    late = house.emulator.book.reply(ref.id, "first", by="dana")
    late.hidden = True
    house.emulator.book.reply(ref.id, "second", by="bob").at = late.at
    first, cursor = await house.system.changes(cursor)
    late.hidden = False
    then, _ = await house.system.changes(cursor)
    told = [(one.text, one.actor.name) for one in (*first, *then) if one.text]
    assert told == [("second", "bob"), ("first", "dana")]


async def test_many_words_of_one_second_are_each_seen_once(house: WhmcsHouse) -> None:
    ref = await house.system.open(draft())
    _, cursor = await house.system.changes("")
    seen = list[str]()
    for number in range(60):
        house.emulator.book.reply(ref.id, str(number), by="dana").at = "2026-01-15 12:00:00"
        if number % 7 == 0:
            changes, cursor = await house.system.changes(cursor)
            seen += [one.text for one in changes if one.kind is ChangeKind.REPLY]
    changes, _ = await house.system.changes(cursor)
    seen += [one.text for one in changes if one.kind is ChangeKind.REPLY]
    assert seen == [str(number) for number in range(60)]


async def test_notes_on_quiet_tickets_are_found_a_few_tickets_at_a_time(house: WhmcsHouse) -> None:
    refs = [await house.system.open(draft()) for _ in range(7)]
    poller = house.another(unseen_at_once=2)
    _, cursor = await poller.changes("")
    for ref in refs:
        await house.people.note("dana", ref, "Words.")
    house.emulator.asked.clear()
    seen = list[str]()
    for _ in range(4):
        changes, cursor = await poller.changes(cursor)
        seen += [change.ticket.id for change in changes]
    assert sorted(seen) == sorted(ref.id for ref in refs)
    assert house.emulator.asked.count("GetTicket") == 8


async def test_the_same_cursor_tells_the_same_changes_by_the_same_ids(house: WhmcsHouse) -> None:
    ref = await house.system.open(draft())
    _, cursor = await house.system.changes("")
    await house.people.take("dana", ref)
    once, _ = await house.system.changes(cursor)
    await house.people.give("dana", ref, "bob")
    await house.people.note("bob", ref, "Mine now.")
    again, _ = await house.another().changes(cursor)
    assert len({change.id for change in (*once, *again)}) == 3
    assert {change.data.get("owner") for change in (*once, *again)} == {"dana", "bob", None}


async def test_stars_for_a_reply_are_the_customers_vote(house: WhmcsHouse) -> None:
    ref = await house.system.open(draft())
    await house.people.reply("dana", ref, "Done.")
    _, cursor = await house.system.changes("")
    house.emulator.book.held(ref.id).words[-1].rating = 4
    (vote,), cursor = await house.system.changes(cursor)
    assert (vote.kind, dict(vote.data)) == (ChangeKind.VOTE, {"score": "4"})
    assert vote.actor.kind is ActorKind.CUSTOMER
    assert await house.system.changes(cursor) == ([], cursor)


async def test_who_closes_a_ticket_that_nobody_has_is_somebody_of_the_staff(
    house: WhmcsHouse,
) -> None:
    ref = await house.system.open(draft())
    _, cursor = await house.system.changes("")
    await house.people.turn("dana", ref, TicketState.SOLVED)
    (closed,), _ = await house.system.changes(cursor)
    assert (closed.actor.kind, closed.actor.name) == (ActorKind.PERSON, "staff")


async def test_words_of_somebody_who_was_deleted_keep_their_name(house: WhmcsHouse) -> None:
    ref = await house.system.open(draft())
    _, cursor = await house.system.changes("")
    house.emulator.book.note(ref.id, "Words.", by="ghost")
    house.emulator.asked.clear()
    (note,), cursor = await house.system.changes(cursor)
    assert (note.kind, note.actor.name) == (ChangeKind.NOTE, "Gone Ghost")
    await house.system.changes(cursor)
    assert house.emulator.asked.count("GetAdminUsers") == 1
