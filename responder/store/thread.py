"""The store's own thread: a transaction function goes in, its answer comes out."""

import asyncio
import queue
import random
import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass
from typing import Any, Concatenate, ParamSpec, TypeVar

from sqlalchemy import Connection
from sqlalchemy.exc import DBAPIError

from responder.store.ballast import Ballast
from responder.store.engines import READ_SECONDS, READERS, Engines
from responder.store.job import Job, answer, named, refuse_async
from responder.store.trouble import StoreUnavailable, Trouble, disk_is_full, reason, trouble

P = ParamSpec("P")
R = TypeVar("R")

GROUP = 64  # functions that share one COMMIT
QUEUE = 4096  # functions that may wait to write
LOOKS = 64  # functions that may wait to read
LOOK_SECONDS = 2.0 * READ_SECONDS  # for a look, with its wait for a connection
STUCK_SECONDS = 30.0  # a group that takes longer than this will not end by itself
PAUSES = (0.02, 0.05, 0.1)  # seconds before the next try after a deadlock, times 0.5 to 1.5


@dataclass(frozen=True, slots=True)
class Health:
    """What the writing thread is doing."""

    queue: int  # functions that wait to write
    last_commit_seconds: float  # since the last COMMIT, or since the start
    writer_alive: bool  # False: dead, or stuck in one group
    wal_bytes: int  # size of SQLite's write-ahead log
    trouble: str  # why the last group could not be stored; "" when it was


class Store:
    """Runs transaction functions one after the other, and answers when the disk has them.

    A transaction function is a plain `def` whose first parameter is the transaction. What waits in
    the queue shares one transaction and one COMMIT (group commit); a function that fails loses only
    its own part. A function may run several times before the one that counts, so it must leave no
    trace but in the transaction. One store serves one event loop.
    """

    def __init__(
        self, engines: Engines, *, ballast: Ballast | None = None, limit: int = QUEUE
    ) -> None:
        self.engines = engines
        self.ballast = ballast
        self._limit = limit
        self._queue: queue.SimpleQueue[Job | None] = queue.SimpleQueue()
        self._closed = False
        self._tx: Connection | None = None
        self._group_since: float | None = None
        self._last_commit = time.monotonic()
        self._trouble = ""
        self._looks = threading.BoundedSemaphore(LOOKS)
        self._readers = ThreadPoolExecutor(READERS, thread_name_prefix="store-reader")
        self._writer = threading.Thread(target=self._serve, name="store-writer", daemon=True)
        self._writer.start()

    async def write(
        self, work: Callable[Concatenate[Connection, P], R], *args: P.args, **kwargs: P.kwargs
    ) -> R:
        """Run `work` in a transaction; the answer comes after its COMMIT.

        An exception of the function reaches its caller unchanged, and nothing of that function
        stays. StoreUnavailable: nothing was stored (see there). A caller that is cancelled leaves
        the transaction alone: it is stored all the same.
        """
        refuse_async(work)
        if self._closed:
            raise StoreUnavailable("the store is closed")
        if self._queue.qsize() >= self._limit:
            raise StoreUnavailable(f"{self._limit} transactions wait already")
        future: asyncio.Future[R] = asyncio.get_running_loop().create_future()
        self._queue.put(Job(work, args, kwargs, future))
        return await future

    async def read(
        self, work: Callable[Concatenate[Connection, P], R], *args: P.args, **kwargs: P.kwargs
    ) -> R:
        """Run `work` beside the writer, on one unchanging state of the store.

        StoreUnavailable when too many wait already or when it took longer than READ_SECONDS; also
        when this process stood still meanwhile, so that nobody acts on what was true long ago.
        """
        refuse_async(work)
        if self._closed:
            raise StoreUnavailable("the store is closed")
        if not self._looks.acquire(blocking=False):
            raise StoreUnavailable(f"{LOOKS} looks into the store wait already")
        answer = self._readers.submit(self._look, work, *args, **kwargs)
        answer.add_done_callback(lambda _: self._looks.release())
        try:
            async with asyncio.timeout(LOOK_SECONDS):
                return await asyncio.wrap_future(answer)
        except TimeoutError as error:
            raise StoreUnavailable(f"a look took longer than {LOOK_SECONDS:g} s") from error

    def health(self, now: float) -> Health:
        """What a readiness check must know; `now` is `time.monotonic()`."""
        since = self._group_since
        stuck = since is not None and now - since > STUCK_SECONDS
        return Health(
            queue=self._queue.qsize(),
            last_commit_seconds=max(0.0, now - self._last_commit),
            writer_alive=self._writer.is_alive() and not stuck,
            wal_bytes=self.engines.wal_bytes(),
            trouble=self._trouble,
        )

    async def close(self) -> None:
        """Store what waits, answer it, and let go of the database."""
        if not self._closed:
            self._closed = True
            self._queue.put(None)
        await asyncio.to_thread(self._end)

    def _end(self) -> None:
        self._writer.join()
        self._readers.shutdown()
        self.engines.close()

    def _look(self, work: Callable[..., R], /, *args: Any, **kwargs: Any) -> R:
        try:
            with self.engines.reading() as tx:
                return work(tx, *args, **kwargs)
        except Exception as error:
            if trouble(error) is Trouble.OWN:
                raise
            raise StoreUnavailable(f"could not read: {reason(error)}") from error

    def _serve(self) -> None:
        """The writing thread: nothing may escape here, or every caller waits for ever."""
        heard = True
        while heard and (job := self._queue.get()) is not None:
            group = self._gather(job)
            self._group_since = time.monotonic()
            self._store(group)
            self._group_since = None
            heard = answer(group)
        self._closed = True
        self._disconnect()

    def _gather(self, first: Job) -> list[Job]:
        """What waits already; nobody waits for more to come."""
        group = [first]
        while len(group) < GROUP and not self._queue.empty():
            job = self._queue.get()
            if job is None:
                self._queue.put(None)  # the end, once this group is stored
                break
            group.append(job)
        return group

    def _store(self, group: list[Job]) -> None:
        """Give every job its value or its error; a deadlock is tried again."""
        for pause in (*PAUSES, None):
            try:
                self._commit(group)
            except BaseException as error:
                self._rollback()
                if pause is None or trouble(error) is not Trouble.AGAIN:
                    self._refuse(group, error)
                    return
                time.sleep(pause * random.uniform(0.5, 1.5))  # noqa: S311 - no secret
            else:
                self._trouble = ""
                return

    def _commit(self, group: list[Job]) -> None:
        """One COMMIT for all of them. Answers count only when this has returned."""
        try:
            self._together(group)
        except Exception as error:
            if trouble(error) is not Trouble.OWN:
                raise
            self._rollback()
            if len(group) == 1:
                group[0].error = error
            else:
                self._apart(group)

    def _together(self, group: list[Job]) -> None:
        """The usual way, without a savepoint each: on PostgreSQL that is two round trips saved."""
        tx = self._begin()
        for job in group:
            job.run(tx)
            self._verify(job, tx)
        self._end_transaction(tx)

    def _apart(self, group: list[Job]) -> None:
        """The careful way, when a function of the group has failed: a savepoint each."""
        tx = self._begin()
        for job in group:
            savepoint = tx.begin_nested()
            try:
                job.run(tx)
                self._verify(job, tx)
                savepoint.commit()
            except Exception as error:
                if trouble(error) is not Trouble.OWN:
                    raise
                savepoint.rollback()
                job.error = error
        self._end_transaction(tx)

    def _verify(self, job: Job, tx: Connection) -> None:
        """A function that hides a database error would let the COMMIT of nothing look like one."""
        if not self.engines.in_transaction(tx):
            raise RuntimeError(f"{named(job.work)} went on after its transaction had ended")

    def _begin(self) -> Connection:
        if self._tx is None:
            self._tx = self.engines.write.connect()
        self._tx.begin()
        return self._tx

    def _end_transaction(self, tx: Connection) -> None:
        try:
            tx.commit()
        except DBAPIError as error:
            if error.connection_invalidated:
                raise StoreUnavailable("the connection was lost in mid-COMMIT") from error
            raise
        self.engines.verify_place()
        self._last_commit = time.monotonic()

    def _rollback(self) -> None:
        """Leave nothing open; a connection that cannot even do that is thrown away."""
        if self._tx is None:
            return
        try:
            self._tx.rollback()
            if not self._tx.invalidated:
                # SQLAlchemy takes a COMMIT that failed for a rollback; SQLite may keep it open.
                self._tx.connection.rollback()
        except Exception:
            self._disconnect()

    def _disconnect(self) -> None:
        tx, self._tx = self._tx, None
        if tx is not None:
            with suppress(Exception):
                tx.invalidate()
            with suppress(Exception):
                tx.close()

    def _refuse(self, group: list[Job], error: BaseException) -> None:
        self._trouble = reason(error)
        for job in group:
            job.error = StoreUnavailable(f"could not store: {self._trouble}")
            job.error.__cause__ = error
        if self.ballast is not None and disk_is_full(error):
            self.ballast.release()
