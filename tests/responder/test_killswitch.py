"""Is all power action off at once, everywhere, and until a person lifts it?"""

import os
import sqlite3
from collections.abc import AsyncIterator
from contextlib import closing
from pathlib import Path

import pytest

from responder.clock import HandClock
from responder.killswitch import KillSwitch, StillThrown, read_file
from responder.places import KILL_SWITCH
from responder.store import Store
from responder.store.opening import open_store
from responder.store.recovery import POWER_IS_OFF, begin_anew
from tests.responder.web.conftest import START

AS_ROOT = os.geteuid() == 0


@pytest.fixture
async def store(tmp_path: Path) -> AsyncIterator[Store]:
    """A store on a file."""
    one = open_store("sqlite:///responder.db", beside=tmp_path, ballast=0)
    yield one
    await one.close()


@pytest.fixture
def clock() -> HandClock:
    return HandClock(START)


@pytest.fixture
def kill(tmp_path: Path, store: Store, clock: HandClock) -> KillSwitch:
    """The kill switch of the instance beside that store."""
    return KillSwitch(tmp_path, store, clock=clock)


async def test_it_is_off_until_somebody_throws_it_and_says_who_and_why(kill: KillSwitch) -> None:
    assert await kill.thrown() == ""
    kept = await kill.throw("ana", "smoke in\nrack 4")
    assert (kept.file, kept.store, kept.trouble) == (True, True, "")
    assert await kill.thrown() == "ana, 2026-11-22 03:10 UTC: smoke in rack 4"
    await kill.lift("bob")
    assert await kill.thrown() == ""


async def test_another_instance_on_the_same_store_hears_of_it(
    kill: KillSwitch, store: Store, clock: HandClock, tmp_path: Path
) -> None:
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    other = KillSwitch(elsewhere, store, clock=clock)
    await kill.throw("ana", "smoke")
    assert await other.thrown() == "ana, 2026-11-22 03:10 UTC: smoke"
    assert not other.path.exists()
    await other.lift("ana")
    assert await kill.thrown() != "", "its own file holds it until it is lifted there"


async def test_it_survives_a_restart(
    kill: KillSwitch, store: Store, clock: HandClock, tmp_path: Path
) -> None:
    await kill.throw("ana", "smoke")
    await store.close()
    kill.path.unlink()
    again = open_store("sqlite:///responder.db", beside=tmp_path, ballast=0)
    assert "smoke" in await KillSwitch(tmp_path, again, clock=clock).thrown()
    await again.close()


async def test_the_store_says_so_within_a_transaction_too(kill: KillSwitch, store: Store) -> None:
    assert await store.write(kill.thrown_in) == ""
    await kill.throw("ana", "smoke")
    assert "smoke" in await store.write(kill.thrown_in)
    kill.path.unlink()
    assert "smoke" in await store.write(kill.thrown_in)
    await kill.lift("ana")
    kill.path.touch()
    assert "there is a file" in await store.write(kill.thrown_in)


@pytest.mark.parametrize("content", [b"", b"\xff\xfe\x00", b" \n", b"stop everything\n"])
async def test_a_file_of_any_content_throws_it(kill: KillSwitch, content: bytes) -> None:
    kill.path.write_bytes(content)
    told = await kill.thrown()
    assert told
    assert "\n" not in told
    if b"stop" in content:
        assert told == "stop everything"


async def test_whatever_bears_its_name_throws_it(kill: KillSwitch) -> None:
    kill.path.symlink_to("nowhere")
    assert await kill.thrown()
    kill.path.unlink()
    os.mkfifo(kill.path)
    assert await kill.thrown()
    kill.path.unlink()
    kill.path.mkdir()
    assert await kill.thrown()


@pytest.mark.skipif(AS_ROOT, reason="root may read everything")
async def test_a_file_that_nobody_may_read_throws_it(kill: KillSwitch) -> None:
    kill.path.touch(mode=0)
    assert await kill.thrown()


def test_a_folder_that_can_not_be_looked_into_throws_it(tmp_path: Path) -> None:
    (tmp_path / "no folder").write_text("")
    assert "can't be seen" in read_file(tmp_path / "no folder" / KILL_SWITCH)


async def test_a_store_that_is_away_hinders_nobody_from_throwing_it(
    kill: KillSwitch, store: Store
) -> None:
    await store.close()
    kept = await kill.throw("ana", "the database is gone")
    assert (kept.file, kept.store) == (True, False)
    assert "the store is closed" in kept.trouble
    assert "the database is gone" in await kill.thrown()


async def test_a_store_that_can_not_be_read_counts_as_thrown(
    kill: KillSwitch, store: Store
) -> None:
    assert await kill.thrown() == ""
    await store.close()
    assert "can't be read" in await kill.thrown()


async def test_a_store_that_is_stuck_is_not_waited_for(
    kill: KillSwitch, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("responder.killswitch.WITHIN", 0.05)
    with closing(sqlite3.connect(tmp_path / "responder.db")) as other:
        other.execute("BEGIN IMMEDIATE")
        kept = await kill.throw("ana", "smoke")
        assert (kept.file, kept.store) == (True, False)
        assert "takes longer" in kept.trouble
        assert "smoke" in await kill.thrown()
        other.rollback()


async def test_it_is_thrown_in_the_store_where_no_file_can_be_written(
    store: Store, clock: HandClock, tmp_path: Path
) -> None:
    nowhere = KillSwitch(tmp_path / "nowhere", store, clock=clock)
    kept = await nowhere.throw("ana", "smoke")
    assert (kept.file, kept.store) == (False, True)
    assert "smoke" in await nowhere.thrown()


async def test_what_can_be_kept_nowhere_is_an_error(
    store: Store, clock: HandClock, tmp_path: Path
) -> None:
    await store.close()
    with pytest.raises(OSError, match="could not be thrown"):
        await KillSwitch(tmp_path / "nowhere", store, clock=clock).throw("ana")


async def test_who_lifts_it_is_told_when_it_is_still_on(kill: KillSwitch, store: Store) -> None:
    await kill.throw("ana", "smoke")
    kill.path.unlink()
    kill.path.mkdir()
    with pytest.raises(StillThrown, match="can't be removed"):
        await kill.lift("ana")
    assert "there is a file" in await kill.thrown()
    kill.path.rmdir()
    await kill.throw("ana", "smoke")
    await store.close()
    with pytest.raises(StillThrown, match="the store can't be told"):
        await kill.lift("ana")
    assert "smoke" in await kill.thrown()


async def test_the_first_reason_stays_beside_the_second(kill: KillSwitch) -> None:
    """Who has mended one of them may not know of the other."""
    await kill.throw("ana", "smoke")
    await kill.throw("bob", "the PDU is being changed")
    told = await kill.thrown()
    assert "smoke" in told
    assert "the PDU" in told


async def test_a_store_put_back_from_a_backup_starts_with_power_off(
    kill: KillSwitch, store: Store
) -> None:
    await store.write(begin_anew, now=START)
    assert await kill.thrown() == POWER_IS_OFF
    await kill.throw("ana", "smoke")
    assert POWER_IS_OFF in await kill.thrown()
    await kill.lift("ana")
    assert await kill.thrown() == ""
