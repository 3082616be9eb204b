"""Is what two members told of one machine put right by the one that goes on looking at it?"""

import asyncio

import pytest

from responder.eyes.doubts import ASK_EVERY
from responder.store import Store
from tests.responder.eyes.made import at, fail, look, works
from tests.responder.eyes.teller import WEB, Room, restarted

PAUSE = ASK_EVERY.total_seconds()
DOWN = {"ServerDown of web1", "ProbeFailed of web1"}


@pytest.fixture
async def leaving(file_store: Store) -> Room:
    """A member that still looks at a machine which is the other one's from now on."""
    room = Room(file_store, WEB)
    await room.telling.begin()
    works(room.beliefs, [WEB])
    await room.turn(1)
    return room


@pytest.fixture
async def staying(leaving: Room) -> Room:
    """The other one: it has asked the store already."""
    room = await restarted(leaving, WEB)
    await room.turn(2)
    return room


async def down_for(leaving: Room) -> None:
    """It alone has seen the machine fail often enough, and hands it over."""
    fail(leaving.beliefs, WEB, 60, 80, 100)
    await leaving.turn(101)
    assert await leaving.fires() == DOWN


async def test_an_alert_of_another_member_ends_where_the_machine_is_well(
    leaving: Room, staying: Room
) -> None:
    await down_for(leaving)
    works(staying.beliefs, [WEB], second=102)  # it was soon well again
    await staying.turn(103)
    assert await staying.fires() == DOWN  # nothing has changed for this one
    works(staying.beliefs, [WEB], second=110)
    await staying.turn(103 + PAUSE)
    assert await staying.fires() == set()


async def test_an_end_that_another_member_told_is_no_end_where_it_is_still_down(
    leaving: Room, staying: Room
) -> None:
    await down_for(leaving)
    fail(staying.beliefs, WEB, 60, 80, 100)
    await staying.turn(102)
    works(leaving.beliefs, [WEB], second=103)
    works(leaving.beliefs, [WEB], second=123)
    await leaving.turn(124)
    assert await leaving.fires() == set()
    await staying.turn(102 + PAUSE)  # since now it is in doubt
    fail(staying.beliefs, WEB, 140)
    await staying.turn(102 + 2 * PAUSE)
    assert await staying.fires() == DOWN


async def test_nothing_ends_before_it_was_looked_at_since(leaving: Room, staying: Room) -> None:
    await down_for(leaving)
    for pauses in (0, 1, 2):
        await staying.turn(103 + pauses * PAUSE)
    assert await staying.fires() == DOWN


async def test_what_fails_and_is_not_decided_is_left_as_it_is(leaving: Room, staying: Room) -> None:
    await down_for(leaving)
    await staying.turn(103)
    fail(staying.beliefs, WEB, 110)
    await staying.turn(103 + PAUSE)
    assert await staying.fires() == DOWN
    assert staying.beliefs.standing(WEB.key).soft


async def test_the_store_is_not_asked_at_each_turn(leaving: Room, staying: Room) -> None:
    await down_for(leaving)
    await staying.turn(103)
    works(staying.beliefs, [WEB], second=104)
    await staying.turn(103 + PAUSE - 1)
    assert await staying.fires() == DOWN


async def test_where_all_agree_nothing_is_told_again(leaving: Room) -> None:
    await down_for(leaving)
    for second in (140, 180, 220):
        fail(leaving.beliefs, WEB, second - 1)
        await leaving.turn(second)
    assert await leaving.news() == 2


async def test_other_looks_at_the_machine_are_not_waited_for(file_store: Store) -> None:
    """A list is asked once in an hour."""
    leaving = Room(file_store, WEB)
    await leaving.telling.begin()
    works(leaving.beliefs, [WEB])
    staying = await restarted(leaving, WEB, look("web1", "dnsbl"))
    await staying.turn(2)
    await down_for(leaving)
    await staying.turn(103)
    works(staying.beliefs, [WEB], second=110)
    await staying.turn(103 + PAUSE)
    assert await staying.fires() == set()


async def test_what_was_told_is_not_read_anew_in_the_middle_of_a_turn(leaving: Room) -> None:
    """The members change in the moment of the recovery."""
    await down_for(leaving)
    works(leaving.beliefs, [WEB], second=140)
    works(leaving.beliefs, [WEB], second=160)
    leaving.clock.move(seconds=(at(161) - leaving.clock.now()).total_seconds())
    turn = leaving.telling.turn(everywhere=leaving.hosts.__contains__)
    await asyncio.gather(leaving.telling.begin(), turn)
    assert await leaving.fires() == set()
