"""Is what we believe told once, and all of it, through restarts, moves and an absent store?"""

import pytest
from sqlalchemy import text

from alerts.observed import State
from alerts.trouble import SOURCE
from responder.eyes.telling import IN_A_TURN
from responder.store import Store, StoreUnavailable, Tx
from responder.store import alerts as alert_rows
from tests.responder.eyes.made import at, fail, full, look, works
from tests.responder.eyes.teller import BLUE, HV, VM, WEB, Room, restarted


@pytest.fixture
async def room(file_store: Store) -> Room:
    room = Room(file_store, WEB)
    await room.telling.begin()
    works(room.beliefs, [WEB])
    await room.turn(1)
    return room


async def lock(room: Room) -> None:
    """The store takes nothing more in."""
    await room.store.write(_broken, how="ABORT")


def _broken(tx: Tx, *, how: str) -> None:
    tx.execute(
        text(f"CREATE TRIGGER away BEFORE INSERT ON alert BEGIN SELECT RAISE({how}, 'away'); END")
    )


def _mended(tx: Tx) -> None:
    tx.execute(text("DROP TRIGGER away"))


async def test_an_outage_is_told_once_and_ends_once(room: Room) -> None:
    fail(room.beliefs, WEB, 60, 80, 100)
    await room.turn(101)
    assert await room.fires() == {"ServerDown of web1", "ProbeFailed of web1"}
    for second in (110, 120, 130):
        room.beliefs.dirty.add("web1")
        await room.turn(second)
    assert await room.news() == 2
    works(room.beliefs, [WEB], second=140)
    works(room.beliefs, [WEB], second=160)
    await room.turn(161)
    assert (await room.fires(), await room.news()) == (set(), 4)


async def test_what_it_says_is_told_anew_when_it_says_something_else(room: Room) -> None:
    room.beliefs.take(WEB, full(), began=at(60))
    room.beliefs.take(WEB, full(), began=at(80))
    room.beliefs.take(WEB, full(), began=at(100))
    await room.turn(101)
    assert await room.fires() == {"DISK_FULL of web1"}


async def test_what_fires_is_known_after_a_restart(room: Room) -> None:
    fail(room.beliefs, WEB, 60, 80, 100)
    await room.turn(101)
    after = await restarted(room, WEB)
    await after.turn(102)
    assert (await after.fires(), await after.news()) == (await room.fires(), 0)
    assert after.beliefs.standing(WEB.key).hard


async def test_a_kill_between_keeping_and_telling_loses_nothing(room: Room) -> None:
    fail(room.beliefs, WEB, 60, 80, 100)
    room.clock.move(seconds=100)
    await room.telling._keep([])
    after = await restarted(room, WEB)
    assert await after.fires() == set()
    await after.turn(102)
    assert await after.fires() == {"ServerDown of web1", "ProbeFailed of web1"}


async def test_an_issue_outlives_a_restart_in_the_middle_of_a_suspicion(room: Room) -> None:
    for second in (60, 80, 100):
        room.beliefs.take(WEB, full(), began=at(second))
    fail(room.beliefs, WEB, 160)
    await room.turn(161)
    assert room.beliefs.standing(WEB.key).soft
    after = await restarted(room, WEB)
    await after.turn(162)
    assert after.beliefs.standing(WEB.key).state is State.UNKNOWN
    assert (await after.fires(), await after.news()) == ({"DISK_FULL of web1"}, 0)


async def test_what_the_store_refuses_is_told_next_time(room: Room) -> None:
    fail(room.beliefs, WEB, 60, 80, 100)
    await room.store.close()
    with pytest.raises(StoreUnavailable):
        await room.turn(101)
    assert room.beliefs.changed.keys() == {WEB.key}
    assert [one.state for _, one, _ in room.beliefs.history] == [State.SUSPECT, State.DOWN]
    with pytest.raises(StoreUnavailable):
        await room.turn(102)


async def test_an_alert_that_could_not_be_stored_is_told_as_soon_as_it_can(room: Room) -> None:
    fail(room.beliefs, WEB, 60, 80, 100)
    await lock(room)
    with pytest.raises(Exception, match="away"):
        await room.turn(101)
    assert await room.fires() == set()
    await room.store.write(_mended)
    await room.turn(102)  # nothing has changed since
    assert await room.fires() == {"ServerDown of web1", "ProbeFailed of web1"}
    assert await room.course("@server/web1") == [("ok", 1.0), ("down", 60.0)]


async def test_trouble_of_what_nobody_looks_at_any_more_is_over(room: Room) -> None:
    fail(room.beliefs, WEB, 60, 80, 100)
    await room.turn(101)
    room.beliefs.plan([], {})
    room.hosts = set()
    await room.telling.begin()
    await room.turn(102)
    assert await room.fires() == set()
    assert await room.course("@server/web1") == [("ok", 1.0), ("down", 60.0), ("unknown", 102.0)]
    await room.turn(103)
    assert len(await room.course("@server/web1")) == 3


async def test_trouble_that_moved_to_another_member_stays(room: Room) -> None:
    fail(room.beliefs, WEB, 60, 80, 100)
    await room.turn(101)
    other = await restarted(room, WEB)
    room.beliefs.plan([], {})  # the host is the other one's now, and still looked at
    await room.telling.begin()
    await room.turn(102)
    await other.turn(103)
    assert await room.fires() == {"ServerDown of web1", "ProbeFailed of web1"}
    assert await room.course("@server/web1") == [("ok", 1.0), ("down", 60.0)]


async def test_an_outage_begins_with_its_first_failing_look(room: Room) -> None:
    fail(room.beliefs, WEB, 60, 80, 100)
    await room.turn(101)
    works(room.beliefs, [WEB], second=140)
    works(room.beliefs, [WEB], second=160)
    await room.turn(161)
    assert await room.course("@server/web1") == [("ok", 1.0), ("down", 60.0), ("ok", 161.0)]


async def test_a_reseller_is_away_with_its_server(room: Room) -> None:
    fail(room.beliefs, WEB, 60, 80, 100)
    await room.turn(101)
    assert await room.course("@reseller/blue") == [("ok", 1.0), ("down", 60.0)]


async def test_a_reseller_may_be_away_alone(file_store: Store) -> None:
    room = Room(file_store, WEB, BLUE)
    await room.telling.begin()
    works(room.beliefs, [WEB, BLUE])
    await room.turn(1)
    fail(room.beliefs, BLUE, 60, 80, 100)
    await room.turn(101)
    assert await room.course("@reseller/blue") == [("ok", 1.0), ("down", 60.0)]
    assert await room.course("@server/web1") == [("ok", 1.0)]


async def test_nothing_is_said_of_a_server_before_all_have_looked(file_store: Store) -> None:
    ping = look("web1", "ping")
    room = Room(file_store, WEB, ping)
    await room.telling.begin()
    works(room.beliefs, [WEB])
    await room.turn(1)
    assert await room.course("@server/web1") == []
    works(room.beliefs, [ping])
    await room.turn(2)
    assert await room.course("@server/web1") == [("ok", 2.0)]


async def test_a_list_that_is_asked_once_an_hour_is_not_waited_for(file_store: Store) -> None:
    room = Room(file_store, WEB, look("web1", "dnsbl"))
    await room.telling.begin()
    works(room.beliefs, [WEB])
    await room.turn(1)
    assert await room.course("@server/web1") == [("ok", 1.0)]


async def test_a_look_that_is_new_hides_no_outage(room: Room) -> None:
    lists = look("web1", "dnsbl")
    room.beliefs.plan([WEB, lists], {})
    fail(room.beliefs, WEB, 60, 80, 100)
    await room.turn(101)
    works(room.beliefs, [WEB], second=140)
    works(room.beliefs, [WEB], second=160)
    await room.turn(161)
    assert await room.course("@server/web1") == [("ok", 1.0), ("down", 60.0), ("ok", 161.0)]


async def test_a_guest_waits_for_its_hypervisor_and_joins_it(file_store: Store) -> None:
    room = Room(file_store, VM, HV)
    await room.telling.begin()
    works(room.beliefs, [VM, HV])
    fail(room.beliefs, HV, 60)
    fail(room.beliefs, VM, 60, 80, 100)
    await room.turn(101)
    assert await room.fires() == set()  # is it the machine below? That is not decided yet
    fail(room.beliefs, HV, 80, 100)
    room.beliefs.dirty |= {"vm1"}
    await room.turn(102)
    found = await room.store.read(alert_rows.all_firing, source=SOURCE)
    assert {one.labels["server"] for one in found} == {"hv1", "vm1"}
    assert len({one.incident for one in found}) == 1


async def test_a_standing_of_another_version_begins_anew(room: Room) -> None:
    await room.turn(2)
    await room.store.write(_outdated)
    assert await room.telling.known([WEB.key]) == {}


def _outdated(tx: Tx) -> None:
    tx.execute(text('UPDATE probe_state SET standing = \'{"state": "odd"}\''))


async def test_many_machines_are_told_a_part_at_a_time(file_store: Store) -> None:
    looks = [look(f"host{number}") for number in range(IN_A_TURN + 7)]
    room = Room(file_store, *looks)
    await room.telling.begin()
    for one in looks:
        fail(room.beliefs, one, 0, 20, 40)
    everywhere = room.hosts.__contains__
    assert await room.telling.turn(everywhere=everywhere)
    assert len(await room.store.read(alert_rows.all_firing, source=SOURCE)) == IN_A_TURN
    assert not await room.telling.turn(everywhere=everywhere)
    assert len(await room.store.read(alert_rows.all_firing, source=SOURCE)) == IN_A_TURN + 7
