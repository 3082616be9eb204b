"""What people do in Zendesk, as the emulator tells it: late, twice, out of order."""

from collections.abc import AsyncIterator
from datetime import timedelta

import pytest

from alerts.model import ActorKind
from playbooks.ports import ChangeKind
from tests.contracts.house_zendesk import ZendeskHouse, emulated_zendesk
from tests.contracts.ticket_houses import draft


@pytest.fixture
async def house() -> AsyncIterator[ZendeskHouse]:
    """The emulator and who works in it."""
    async with emulated_zendesk() as house:
        yield house


async def texts(house: ZendeskHouse, cursor: str) -> list[str]:
    """What was written since."""
    changes, _ = await house.system.changes(cursor)
    return [change.text for change in changes if change.text]


async def test_the_export_may_be_spent_and_news_are_told_all_the_same(house: ZendeskHouse) -> None:
    ref = await house.system.open(draft())
    _, cursor = await house.system.changes("")
    house.emulator.exports, house.emulator.lag_seconds = 0, 0
    await house.people.note("dana", ref, "Words.")
    changes, cursor = await house.system.changes(cursor)
    assert [change.text for change in changes] == ["Words."]
    house.emulator.exports = 10_000
    assert (await house.another().changes(cursor))[0] == []


async def test_what_a_crowd_has_pushed_out_of_the_list_comes_with_the_export(
    house: ZendeskHouse,
) -> None:
    ref = await house.system.open(draft())
    _older(house, timedelta(minutes=1))
    _, cursor = await house.system.changes("")
    await house.people.note("dana", ref, "Words.")
    await _crowd(house)
    later, cursor = await house.system.changes(cursor)
    assert later == []
    house.emulator.lag_seconds = -1
    later, cursor = await house.system.changes(cursor)
    assert [change.text for change in later] == ["Words."]
    assert (await house.system.changes(cursor))[0] == []


async def test_what_was_before_us_is_none_of_our_business(house: ZendeskHouse) -> None:
    ref = await house.system.open(draft())
    await house.people.note("dana", ref, "before")
    await _crowd(house)
    _, cursor = await house.system.changes("")
    house.emulator.lag_seconds = -1
    await house.people.note("dana", ref, "after")
    assert await texts(house, cursor) == ["after"]


async def test_an_event_that_shows_after_a_younger_one_is_not_missed(house: ZendeskHouse) -> None:
    ref = await house.system.open(draft())
    _, cursor = await house.system.changes("")
    await house.people.note("dana", ref, "first")
    late = house.emulator.book.audits[-1]
    late.hidden = True
    await house.people.note("bob", ref, "second")
    first, cursor = await house.system.changes(cursor)
    late.hidden = False
    then, cursor = await house.system.changes(cursor)
    assert [change.text for change in (*first, *then)] == ["second", "first"]
    assert (await house.another().changes(cursor))[0] == []


async def test_an_event_that_is_listed_twice_is_told_once(house: ZendeskHouse) -> None:
    ref = await house.system.open(draft())
    _, cursor = await house.system.changes("")
    await house.people.note("dana", ref, "once")
    house.emulator.book.audits.append(house.emulator.book.audits[-1])
    assert await texts(house, cursor) == ["once"]


async def test_a_cursor_that_was_not_stored_tells_the_same_again(house: ZendeskHouse) -> None:
    ref = await house.system.open(draft())
    _older(house, timedelta(minutes=1))
    _, cursor = await house.system.changes("")
    await house.people.note("dana", ref, "Words.")
    _older(house, timedelta(seconds=30))
    once, _ = await house.system.changes(cursor)
    again, _ = await house.system.changes(cursor)
    assert once == again
    assert [change.text for change in once] == ["Words."]


async def test_a_trigger_is_no_person(house: ZendeskHouse) -> None:
    ref = await house.system.open(draft())
    _, cursor = await house.system.changes("")
    await house.people.move("dana", ref, "level-2")
    event = house.emulator.book.audits[-1].events[0]
    event["via"] = {"channel": "rule", "source": {"rel": "trigger", "to": {}}}
    (moved,), _ = await house.system.changes(cursor)
    assert (moved.kind, moved.actor.kind) == (ChangeKind.QUEUE, ActorKind.SYSTEM)


async def test_the_satisfaction_of_a_customer_is_a_vote(house: ZendeskHouse) -> None:
    ref = await house.system.open(draft())
    _, cursor = await house.system.changes("")
    await house.people.write_as_customer(ref, "Thanks.")
    event = house.emulator.book.audits[-1].events[0]
    house.emulator.book.audits[-1].events[0] = {
        "id": event["id"],
        "type": "SatisfactionRating",
        "score": "good",
    }
    (vote,), _ = await house.system.changes(cursor)
    assert (vote.kind, dict(vote.data)) == (ChangeKind.VOTE, {"score": "5"})
    assert vote.actor.kind is ActorKind.CUSTOMER


async def test_the_survivor_of_a_merge_is_followed_after_a_restart(house: ZendeskHouse) -> None:
    ref = await house.system.open(draft())
    foreign = await house.people.open("My shop is down!")
    _, cursor = await house.system.changes("")
    await house.people.merge("dana", ref, foreign)
    (merged,), cursor = await house.system.changes(cursor)
    assert merged.data == {"into": foreign.id}
    await house.people.reply("bob", foreign, "Freed 10 GB.")
    (reply,), _ = await house.another().changes(cursor)
    assert (reply.ticket, reply.actor.name) == (foreign, "bob")


async def _crowd(house: ZendeskHouse) -> None:
    """A hundred other tickets that are changed after ours."""
    _older(house, timedelta(seconds=5))
    for number in range(101):
        await house.people.open(f"Question {number}")


def _older(house: ZendeskHouse, by: timedelta) -> None:
    """As if all had happened earlier."""
    for ticket in house.emulator.book.tickets.values():
        ticket.updated_at -= by
    for audit in house.emulator.book.audits:
        audit.at -= by
