"""What happens to the callers when the database fails under them?"""

import asyncio
import os
import signal
import sqlite3
import threading
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress

import pytest
from sqlalchemy import Connection, event, text, update
from sqlalchemy.exc import IntegrityError

from responder.store import Store, StoreUnavailable
from responder.store.engine import open_engine
from responder.store.engines import READ_SECONDS
from tests.real.postgres import PostgresServer
from tests.store.notes import add, held, keys, make, note

ENDLESS = {
    "sqlite": "WITH RECURSIVE n(i) AS (VALUES(1) UNION ALL SELECT 1 FROM n) SELECT sum(i) FROM n",
    "postgresql": "SELECT pg_sleep(60)",
}


class Fault:
    """Makes the N-th thing that the writer asks of the database fail as if the disk were full."""

    def __init__(self, at: int) -> None:
        self.left = at

    def __call__(self, *_: object) -> None:
        self.left -= 1
        if self.left == 0:
            error = sqlite3.OperationalError("the disk is full, says the test")
            error.sqlite_errorcode = sqlite3.SQLITE_FULL
            raise error


@contextmanager
def failing(store: Store, at: int) -> Iterator[Fault]:
    fault = Fault(at)
    moments = ("begin", "before_cursor_execute", "savepoint", "commit")
    for moment in moments:
        event.listen(store.engines.write, moment, fault)
    try:
        yield fault
    finally:
        for moment in moments:
            event.remove(store.engines.write, moment, fault)


async def group(store: Store, at: int, *names: str) -> tuple[list[object], Fault]:
    """Write these in one group with a fault in the way; their answers."""
    with ExitStack() as faults:
        async with held(store):
            fault = faults.enter_context(failing(store, at))
            writes = [asyncio.ensure_future(store.write(add, key=name)) for name in names]
            await asyncio.sleep(0)
        return list(await asyncio.gather(*writes, return_exceptions=True)), fault


async def test_whichever_call_fails_nothing_acknowledged_is_lost(store: Store) -> None:
    acknowledged: set[str] = set()
    for at in range(1, 100):
        names = [f"{at}-{name}" for name in "abc"]
        answers, fault = await group(store, at, *names)
        taken = [answer for answer in answers if isinstance(answer, str)]
        assert taken == names or [type(answer) for answer in answers] == [StoreUnavailable] * 3
        acknowledged |= set(taken)
        assert await store.read(keys) == acknowledged
        if fault.left > 0:
            break
    assert at > 5, "the fault was never in the way"
    assert store.health(time.monotonic()).trouble == ""


async def test_a_failing_neighbour_and_a_failing_disk_at_once(store: Store) -> None:
    await store.write(add, key="taken")
    for at in range(1, 100):
        names = (f"{at}-a", "taken", f"{at}-b")
        answers, fault = await group(store, at, *names)
        kept = await store.read(keys)
        assert [answer == name for answer, name in zip(answers, names, strict=True)] == [
            name in kept and name != "taken" for name in names
        ]
        if fault.left > 0:
            break
    assert at > 8, "the fault was never in the way"
    assert [type(answer) for answer in answers] == [str, IntegrityError, str]


def limit_pages(tx: Connection, *, pages: int) -> None:
    """The disk is full for this connection."""
    tx.execute(text(f"PRAGMA max_page_count = {pages}"))


async def fill(store: Store) -> set[str]:
    """Write until the disk is full; what was acknowledged."""
    acknowledged: set[str] = set()
    with suppress(StoreUnavailable):
        while len(acknowledged) < 1000:
            acknowledged.add(await store.write(add, key=str(len(acknowledged)), text="x" * 1000))
    return acknowledged


async def test_a_full_disk_fails_the_whole_group_and_recovers_by_itself(file_store: Store) -> None:
    await file_store.write(limit_pages, pages=60)
    acknowledged = await fill(file_store)
    assert len(acknowledged) > 10
    async with held(file_store):
        writes = [
            asyncio.ensure_future(file_store.write(add, key=name, text=words))
            for name, words in (("small", ""), ("big", "x" * 100_000), ("after", ""))
        ]
        await asyncio.sleep(0)
    answers = await asyncio.gather(*writes, return_exceptions=True)
    assert [type(answer) for answer in answers] == [StoreUnavailable] * 3
    assert "full" in file_store.health(time.monotonic()).trouble
    assert await file_store.read(keys) == acknowledged
    await file_store.write(limit_pages, pages=10_000)
    assert await file_store.write(add, key="big", text="x" * 100_000) == "big"
    assert file_store.health(time.monotonic()).trouble == ""


def swallow(tx: Connection, *, key: str) -> str:
    """Hides that the disk is full, and goes on."""
    with suppress(Exception):
        add(tx, key=f"{key} big", text="x" * 1_000_000)
    return add(tx, key=key)


async def test_a_function_that_hides_a_full_disk_cannot_store_alone(file_store: Store) -> None:
    await file_store.write(limit_pages, pages=60)
    async with held(file_store):
        writes = [
            asyncio.ensure_future(file_store.write(function, key=key))
            for function, key in ((add, "a"), (swallow, "b"), (add, "c"))
        ]
        await asyncio.sleep(0)
    answers = await asyncio.gather(*writes, return_exceptions=True)
    assert all(isinstance(answer, Exception) for answer in answers)
    kept = await file_store.read(keys)
    assert "a" not in kept
    assert "c" not in kept
    assert await file_store.write(add, key="d") == "d"


@pytest.mark.parametrize("ending", ["", "-wal"])
async def test_a_file_that_was_moved_away_is_noticed(file_store: Store, ending: str) -> None:
    assert await file_store.write(add, key="a") == "a"
    path = file_store.engines.path
    assert path is not None
    file = path.with_name(path.name + ending)
    away = file.rename(file.with_name("away"))
    with pytest.raises(StoreUnavailable, match="was deleted or replaced"):
        await file_store.write(add, key="b")
    file.write_bytes(away.read_bytes())
    with pytest.raises(StoreUnavailable, match="was deleted or replaced"):
        await file_store.write(add, key="c")
    away.rename(file)
    assert await file_store.write(add, key="d") == "d"


async def test_a_look_that_does_not_end_is_ended(store: Store) -> None:
    def endless(tx: Connection) -> None:
        tx.execute(text(ENDLESS[tx.dialect.name]))

    start = time.monotonic()
    with pytest.raises(StoreUnavailable, match=r"longer than 5 s|statement timeout"):
        await store.read(endless)
    assert READ_SECONDS - 0.5 < time.monotonic() - start < READ_SECONDS + 40
    assert await store.read(keys) == set()


async def test_a_text_that_postgresql_refuses_fails_only_its_own_caller(store: Store) -> None:
    async with held(store):
        writes = [
            asyncio.ensure_future(store.write(add, key=name, text=words))
            for name, words in (("a", "well"), ("b", "half a pair \ud800"), ("c", "well"))
        ]
        await asyncio.sleep(0)
    first, bad, last = await asyncio.gather(*writes, return_exceptions=True)
    assert (first, last) == ("a", "c")
    assert isinstance(bad, UnicodeEncodeError)
    assert await store.read(keys) == {"a", "c"}


async def test_a_restarted_server_is_found_again_without_a_lost_call(
    postgres_server: PostgresServer, postgres_url: str
) -> None:
    store = await opened(postgres_url)
    assert await store.write(add, key="a") == "a"
    assert await store.read(keys) == {"a"}
    postgres_server.crash()
    postgres_server.start()
    assert await store.write(add, key="b") == "b"
    assert await store.read(keys) == {"a", "b"}
    await store.close()


async def test_a_server_that_is_down_is_told_at_once_and_found_again(
    postgres_server: PostgresServer, postgres_url: str
) -> None:
    store = await opened(postgres_url)
    assert await store.write(add, key="a") == "a"
    postgres_server.crash()
    start = time.monotonic()
    with pytest.raises(StoreUnavailable):
        await store.write(add, key="b")
    with pytest.raises(StoreUnavailable):
        await store.read(keys)
    assert time.monotonic() - start < 25
    assert store.health(time.monotonic()).trouble != ""
    postgres_server.start()
    assert await store.write(add, key="c") == "c"
    assert await store.read(keys) == {"a", "c"}
    assert store.health(time.monotonic()).trouble == ""
    await store.close()


def backend(tx: Connection) -> int:
    return int(tx.execute(text("SELECT pg_backend_pid()")).scalar_one())


async def test_a_server_that_freezes_is_given_up_within_ten_seconds(postgres_url: str) -> None:
    store = await opened(postgres_url)
    frozen = await store.write(backend)
    os.kill(frozen, signal.SIGSTOP)
    try:
        start = time.monotonic()
        assert await store.write(add, key="a") == "a"  # over another connection
        assert time.monotonic() - start < 45
        assert await store.write(backend) != frozen
    finally:
        os.kill(frozen, signal.SIGCONT)
    assert await store.read(keys) == {"a"}
    await store.close()


def both(tx: Connection, *, order: tuple[str, str], meet: threading.Barrier) -> None:
    first, second = order
    tx.execute(update(note).where(note.c.key == first).values(text="mine"))
    with suppress(threading.BrokenBarrierError):
        meet.wait(1)
    tx.execute(update(note).where(note.c.key == second).values(text="mine"))


async def test_a_deadlock_between_two_members_is_tried_again(postgres_url: str) -> None:
    one, other = await opened(postgres_url), Store(open_engine(postgres_url))
    await one.write(add, key="a")
    await one.write(add, key="b")
    deadlocks: list[object] = []
    for store in (one, other):
        event.listen(store.engines.write, "handle_error", deadlocks.append)
    meet = threading.Barrier(2)
    await asyncio.gather(
        one.write(both, order=("a", "b"), meet=meet), other.write(both, order=("b", "a"), meet=meet)
    )
    assert len(deadlocks) == 1, "they never stood in each other's way"
    await one.close()
    await other.close()


async def opened(url: str) -> Store:
    engines = open_engine(url)
    make(engines)
    return Store(engines)
