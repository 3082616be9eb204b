"""Does a really full disk answer "not now", keep what it has, and recover by itself?"""

import asyncio
import os
import resource
import subprocess
import sys
import time
from pathlib import Path

import pytest

from responder.store import Store, StoreUnavailable
from responder.store.ballast import Ballast
from responder.store.engine import open_engine
from tests.real.disk import fill
from tests.store.notes import add, keys, make

MIB = 1024 * 1024


async def write_until_refused(store: Store, name: str) -> set[str]:
    """Write until the store refuses; what it acknowledged."""
    acknowledged: set[str] = set()
    for number in range(10_000):
        try:
            acknowledged.add(await store.write(add, key=f"{name}-{number}", text="x" * 1000))
        except StoreUnavailable:
            return acknowledged
    pytest.fail("the disk never was full")


async def test_a_full_disk_gives_up_its_ballast_and_recovers_with_room(small_disk: Path) -> None:
    engines = open_engine(f"sqlite:///{small_disk / 'responder.db'}")
    make(engines)
    ballast = Ballast(small_disk / "ballast", size=2 * MIB)
    assert ballast.lay()
    store = Store(engines, ballast=ballast)
    await store.write(add, key="a")
    filler = fill(small_disk)

    acknowledged = {"a"} | await write_until_refused(store, "full")
    assert "disk" in store.health(time.monotonic()).trouble
    assert not ballast.path.exists()
    assert await store.write(add, key="the disk is full") == "the disk is full"
    assert not ballast.lay(), "there is no room for it"

    acknowledged |= {"the disk is full"} | await write_until_refused(store, "fuller")
    assert await store.read(keys) == acknowledged
    filler.unlink()
    assert await store.write(add, key="room again") == "room again"
    assert store.health(time.monotonic()).trouble == ""
    assert await store.read(keys) == acknowledged | {"room again"}
    assert ballast.lay()
    await store.close()


def test_ballast_takes_real_room_and_gives_it_back(small_disk: Path) -> None:
    free = os.statvfs(small_disk).f_bavail
    ballast = Ballast(small_disk / "ballast", size=2 * MIB)
    assert ballast.lay()
    assert ballast.lay()
    assert (free - os.statvfs(small_disk).f_bavail) * 4096 >= 2 * MIB
    assert ballast.release()
    assert not ballast.release()
    assert os.statvfs(small_disk).f_bavail == free


def test_ballast_does_not_fill_the_disk_itself(small_disk: Path) -> None:
    ballast = Ballast(small_disk / "ballast", size=5 * MIB)
    assert not ballast.lay()
    assert list(small_disk.iterdir()) == []


def limited(url: str) -> None:
    """Run in a child: what becomes of a store whose file may not grow."""
    _, hard = resource.getrlimit(resource.RLIMIT_FSIZE)

    async def live() -> None:
        engines = open_engine(url)
        make(engines)
        store = Store(engines)
        resource.setrlimit(resource.RLIMIT_FSIZE, (100_000, hard))
        acknowledged = await write_until_refused(store, "limited")
        assert "I/O error" in store.health(time.monotonic()).trouble
        assert await store.read(keys) == acknowledged
        resource.setrlimit(resource.RLIMIT_FSIZE, (hard, hard))
        assert await store.write(add, key="room again") == "room again"
        assert await store.read(keys) == acknowledged | {"room again"}
        assert store.health(time.monotonic()).trouble == ""
        await store.close()

    asyncio.run(live())


def test_a_limit_on_the_size_of_files_is_survived_like_a_full_disk(tmp_path: Path) -> None:
    program = "import sys; from tests.store.test_full_disk import limited; limited(sys.argv[1])"
    url = f"sqlite:///{tmp_path / 'responder.db'}"
    child = subprocess.run(
        [sys.executable, "-c", program, url], capture_output=True, text=True, check=False
    )
    assert child.returncode == 0, child.stderr
