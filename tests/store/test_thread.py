"""What does the store's thread promise to a transaction function, on both engines?"""

import asyncio
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from sqlalchemy import Connection, event, text
from sqlalchemy.exc import DBAPIError, IntegrityError

from responder.store import Store, StoreUnavailable
from responder.store.thread import GROUP, LOOKS, STUCK_SECONDS
from tests.store.notes import add, held, keys


class Refused(Exception):
    """What a transaction function may raise."""


def refuse(tx: Connection, *, key: str) -> str:
    add(tx, key=key)
    raise Refused(key)


def upset(tx: Connection, *, key: str) -> str:
    """Hides a database error, which no function may do."""
    add(tx, key=key)
    try:
        add(tx, key=key)
    except IntegrityError:
        return "all is well"
    raise AssertionError("the same key twice was taken")


def careful(tx: Connection, *, key: str) -> bool:
    """Asks whether a key is free, with a savepoint of its own."""
    try:
        with tx.begin_nested():
            add(tx, key=key)
    except IntegrityError:
        return False
    return True


def begun_for_ever(_: Connection) -> str:
    return next(iter(()))


def give_up(_: Connection) -> None:
    raise SystemExit(3)


async def forget_to_wait(_: Connection) -> int:
    return 1


@contextmanager
def counted(store: Store, what: str) -> Iterator[list[float]]:
    """When the writer did it: `begin`, `commit`, `savepoint` or `rollback`."""
    times: list[float] = []

    def seen(*_: object) -> None:
        times.append(time.monotonic())

    event.listen(store.engines.write, what, seen)
    yield times
    event.remove(store.engines.write, what, seen)


async def test_the_answer_comes_back_after_the_commit(store: Store) -> None:
    with counted(store, "commit") as commits:
        assert await store.write(add, key="a") == "a"
        answered = time.monotonic()
    assert len(commits) == 1
    assert commits[0] < answered
    assert await store.read(keys) == {"a"}


async def test_what_waits_shares_one_commit(store: Store) -> None:
    with counted(store, "commit") as commits, counted(store, "savepoint") as savepoints:
        async with held(store):
            writes = [asyncio.ensure_future(store.write(add, key=str(n))) for n in range(GROUP)]
            await asyncio.sleep(0)
            assert store.health(time.monotonic()).queue == GROUP
        assert await asyncio.gather(*writes) == [str(n) for n in range(GROUP)]
    assert len(commits) == 2  # of the function that held the writer, and of the group
    assert savepoints == []
    assert len(await store.read(keys)) == GROUP


async def test_a_group_has_a_limit(store: Store) -> None:
    with counted(store, "commit") as commits:
        async with held(store):
            writes = [asyncio.ensure_future(store.write(add, key=str(n))) for n in range(GROUP + 1)]
            await asyncio.sleep(0)
        await asyncio.gather(*writes)
    assert len(commits) == 3


async def test_a_function_that_fails_alone_leaves_nothing(store: Store) -> None:
    with pytest.raises(Refused, match="a"):
        await store.write(refuse, key="a")
    assert await store.read(keys) == set()
    assert await store.write(add, key="b") == "b"


async def test_a_function_that_fails_in_a_group_fails_only_its_own_caller(store: Store) -> None:
    async with held(store):
        writes = [
            asyncio.ensure_future(store.write(function, key=key))
            for function, key in ((add, "a"), (refuse, "b"), (add, "c"), (add, "a"), (add, "d"))
        ]
        await asyncio.sleep(0)
    first, refused, third, taken, last = await asyncio.gather(*writes, return_exceptions=True)
    assert (first, third, last) == ("a", "c", "d")
    assert isinstance(refused, Refused)
    assert isinstance(taken, IntegrityError)
    assert await store.read(keys) == {"a", "c", "d"}


async def test_a_key_that_two_of_a_group_want_goes_to_the_first(store: Store) -> None:
    async with held(store):
        writes = [asyncio.ensure_future(store.write(careful, key="a")) for _ in range(5)]
        await asyncio.sleep(0)
    assert await asyncio.gather(*writes) == [True, False, False, False, False]


@pytest.mark.parametrize("neighbours", [0, 2])
async def test_a_hidden_database_error_is_never_taken_for_a_commit(
    store: Store, neighbours: int
) -> None:
    async with held(store):
        others = [asyncio.ensure_future(store.write(add, key=str(n))) for n in range(neighbours)]
        write = asyncio.ensure_future(store.write(upset, key="a"))
        await asyncio.sleep(0)
    (answer,) = await asyncio.gather(write, return_exceptions=True)
    assert await asyncio.gather(*others) == [str(n) for n in range(neighbours)]
    kept = "a" in await store.read(keys)
    if store.engines.path is not None:  # SQLite undoes the one statement and goes on
        assert (answer, kept) == ("all is well", True)
    else:  # PostgreSQL has given up the whole transaction
        assert isinstance(answer, RuntimeError)
        assert "upset went on after its transaction had ended" in str(answer)
        assert not kept


async def test_a_cancelled_caller_leaves_the_transaction_alone(store: Store) -> None:
    async with held(store):
        gone = asyncio.ensure_future(store.write(add, key="a"))
        stays = asyncio.ensure_future(store.write(add, key="b"))
        await asyncio.sleep(0)
        gone.cancel()
    with pytest.raises(asyncio.CancelledError):
        await gone
    assert await stays == "b"
    assert await store.read(keys) == {"a", "b"}


async def test_an_async_function_is_refused(store: Store) -> None:
    with pytest.raises(TypeError, match="forget_to_wait is async"):
        await (await store.write(forget_to_wait))
    with pytest.raises(TypeError, match="forget_to_wait is async"):
        await (await store.read(forget_to_wait))


async def test_an_error_that_no_future_can_carry_still_reaches_the_caller(store: Store) -> None:
    with pytest.raises(RuntimeError, match="begun_for_ever raised StopIteration"):
        await store.write(begun_for_ever)


async def test_nothing_that_a_function_raises_ends_the_thread(store: Store) -> None:
    with pytest.raises(StoreUnavailable):
        await store.write(give_up)
    assert store.health(time.monotonic()).writer_alive
    assert await store.write(add, key="a") == "a"


async def test_a_full_queue_refuses_at_once(store: Store) -> None:
    small = Store(store.engines, limit=2)
    async with held(small):
        waiting = [asyncio.ensure_future(small.write(add, key=str(n))) for n in range(2)]
        await asyncio.sleep(0)
        with pytest.raises(StoreUnavailable, match="2 transactions wait already"):
            await small.write(add, key="one too many")
    assert await asyncio.gather(*waiting) == ["0", "1"]
    assert await small.read(keys) == {"0", "1"}
    await small.close()


async def test_too_many_looks_are_refused_at_once(store: Store) -> None:
    go = threading.Event()

    def linger(_: Connection) -> None:
        go.wait(45)

    looks = [asyncio.ensure_future(store.read(linger)) for _ in range(LOOKS)]
    await asyncio.sleep(0)
    with pytest.raises(StoreUnavailable, match="looks into the store wait already"):
        await store.read(keys)
    go.set()
    for look in looks[8:]:
        look.cancel()
    await asyncio.gather(*looks, return_exceptions=True)
    assert await store.read(keys) == set()


async def test_a_look_sees_one_state_while_others_write(store: Store) -> None:
    def twice(tx: Connection, *, loop: asyncio.AbstractEventLoop) -> tuple[set[str], set[str]]:
        first = keys(tx)
        asyncio.run_coroutine_threadsafe(store.write(add, key="b"), loop).result(10)
        return first, keys(tx)

    await store.write(add, key="a")
    assert await store.read(twice, loop=asyncio.get_running_loop()) == ({"a"}, {"a"})
    assert await store.read(keys) == {"a", "b"}


async def test_a_look_cannot_write(store: Store) -> None:
    with pytest.raises(StoreUnavailable, match=r"read-?only"):
        await store.read(add, key="a")
    assert await store.read(keys) == set()


async def test_a_look_that_fails_tells_its_caller(store: Store) -> None:
    with pytest.raises(Refused):
        await store.read(_look_and_refuse)
    with pytest.raises(DBAPIError, match="nowhere"):
        await store.read(_look_at_nothing)


def _look_and_refuse(_: Connection) -> None:
    raise Refused


def _look_at_nothing(tx: Connection) -> None:
    tx.execute(text("SELECT 1 FROM nowhere"))


async def test_closing_stores_what_waits_and_then_refuses(store: Store) -> None:
    async with held(store):
        writes = [asyncio.ensure_future(store.write(add, key=str(n))) for n in range(GROUP + 10)]
        await asyncio.sleep(0)
        closing = asyncio.ensure_future(store.close())
        await asyncio.sleep(0)
        with pytest.raises(StoreUnavailable, match="closed"):
            await store.write(add, key="late")
    assert len(await asyncio.gather(*writes)) == GROUP + 10
    await closing
    with pytest.raises(StoreUnavailable, match="closed"):
        await store.read(keys)
    assert not store.health(time.monotonic()).writer_alive


async def test_health_shows_a_stuck_writer_and_its_recovery(store: Store) -> None:
    async with held(store):
        now = time.monotonic()
        assert store.health(now + STUCK_SECONDS - 1).writer_alive
        assert not store.health(now + STUCK_SECONDS + 1).writer_alive
    await store.write(add, key="a")
    health = store.health(time.monotonic())
    assert health.writer_alive
    assert health.last_commit_seconds < 5
    assert health.trouble == ""
    assert store.health(time.monotonic() + 60).last_commit_seconds >= 60


def test_a_loop_that_ended_takes_the_thread_along(sqlite_url: str) -> None:
    from responder.store.engine import open_engine

    go = threading.Event()

    def slow(_: Connection) -> None:
        go.wait(45)

    async def leave_at_once() -> Store:
        store = Store(open_engine(sqlite_url))
        with pytest.raises(TimeoutError):
            await asyncio.wait_for(store.write(slow), 0.02)
        return store

    store = asyncio.run(leave_at_once())
    go.set()
    store._writer.join(45)
    assert not store.health(time.monotonic()).writer_alive
    store.engines.close()
