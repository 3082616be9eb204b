"""Is a store copied whole, found damaged when it is, kept small, and pruned in small bites?"""

import asyncio
import sqlite3
import stat
import threading
from contextlib import closing
from pathlib import Path

import pytest
from sqlalchemy import Connection

from responder.store import Store
from responder.store.upkeep import Damaged, back_up, check, checkpoint, prune
from tests.store.notes import add, count, keys, note


def path_of(store: Store) -> Path:
    assert store.engines.path is not None
    return store.engines.path


def keys_in(file: Path) -> set[str]:
    with closing(sqlite3.connect(f"file:{file}?mode=ro", uri=True)) as driver:
        return {key for (key,) in driver.execute("SELECT key FROM note")}


def damage(file: Path) -> None:
    """Overwrite the middle of every page but the first."""
    content = bytearray(file.read_bytes())
    for page in range(4096, len(content), 4096):
        content[page : page + 3000] = b"\xff" * 3000
    file.write_bytes(content)


async def test_a_backup_is_one_moment_of_a_living_store(file_store: Store, tmp_path: Path) -> None:
    acknowledged: set[str] = set()
    writing = True

    async def write_on() -> None:
        while writing:
            acknowledged.add(await file_store.write(add, key=f"{len(acknowledged):06}"))

    writer = asyncio.ensure_future(write_on())
    copies = []
    for number in range(5):
        before = set(acknowledged)
        to = tmp_path / f"{number}.backup"
        assert await asyncio.to_thread(back_up, path_of(file_store), to) == to.stat().st_size
        copies.append((before, keys_in(to)))
    writing = False
    await writer
    for before, copied in copies:
        assert before <= copied <= acknowledged
        assert copied == set(sorted(acknowledged)[: len(copied)])


async def test_a_backup_is_for_our_eyes_only_and_leaves_nothing_else(
    file_store: Store, tmp_path: Path
) -> None:
    folder = tmp_path / "backups"
    folder.mkdir()
    (folder / "one.new").write_text("left by one that died")
    (folder / "one").write_text("an older one")
    back_up(path_of(file_store), folder / "one")
    assert [file.name for file in folder.iterdir()] == ["one"]
    assert stat.S_IMODE((folder / "one").stat().st_mode) == 0o600
    check(folder / "one")


async def test_a_backup_that_fails_keeps_the_older_one(file_store: Store, tmp_path: Path) -> None:
    kept = tmp_path / "kept"
    kept.write_text("an older one")
    with pytest.raises(sqlite3.OperationalError):
        back_up(tmp_path / "no such store", kept)
    assert kept.read_text() == "an older one"
    assert not (tmp_path / "kept.new").exists()
    assert not (tmp_path / "no such store").exists()


async def test_a_sound_store_passes_while_it_is_in_use(file_store: Store) -> None:
    await file_store.write(add, key="a")
    check(path_of(file_store))


async def test_a_damaged_store_is_found_and_the_way_out_is_named(
    file_store: Store, tmp_path: Path
) -> None:
    for number in range(50):
        await file_store.write(add, key=str(number), text="x" * 1000)
    back_up(path_of(file_store), tmp_path / "copy")
    damage(tmp_path / "copy")
    with pytest.raises(Damaged, match=r"copy is damaged .*: put a backup back with `responder re"):
        check(tmp_path / "copy")
    (tmp_path / "letter").write_text("Dear Sir or Madam," * 100)
    with pytest.raises(Damaged, match="not a database"):
        check(tmp_path / "letter")


async def test_a_checkpoint_empties_the_log(file_store: Store) -> None:
    for number in range(20):
        await file_store.write(add, key=str(number), text="x" * 1000)
    assert file_store.engines.wal_bytes() > 20_000
    assert await asyncio.to_thread(checkpoint, path_of(file_store))
    assert file_store.engines.wal_bytes() == 0
    assert await file_store.write(add, key="more") == "more"
    assert await file_store.read(count) == 21


async def test_a_checkpoint_does_not_wait_for_a_reader(file_store: Store) -> None:
    here, go = threading.Event(), threading.Event()

    def linger(tx: Connection) -> set[str]:
        keys(tx)
        here.set()
        assert go.wait(20)
        return keys(tx)

    await file_store.write(add, key="a")
    reader = asyncio.ensure_future(file_store.read(linger))
    assert await asyncio.to_thread(here.wait, 20)
    await file_store.write(add, key="b")
    assert not await asyncio.to_thread(checkpoint, path_of(file_store))
    assert await file_store.write(add, key="c") == "c"
    go.set()
    assert await reader == {"a"}
    assert await asyncio.to_thread(checkpoint, path_of(file_store))
    assert await file_store.read(keys) == {"a", "b", "c"}


async def test_old_rows_go_in_small_bites(store: Store) -> None:
    for number in range(12):
        await store.write(add, key=f"{number:02}", text="old" if number < 10 else "new")
    bites = [await store.write(prune, note, note.c.text == "old", limit=4) for _ in range(4)]
    assert bites == [4, 4, 2, 0]
    assert await store.read(keys) == {"10", "11"}
