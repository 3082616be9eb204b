"""SQLite: one file, one process, one writer, and nothing acknowledged before the disk has it."""

import fcntl
import os
import sqlite3
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

from sqlalchemy import URL, Connection, Engine, create_engine, event
from sqlalchemy.exc import OperationalError
from sqlalchemy.pool import ConnectionPoolEntry

from responder.store.engines import READ_SECONDS, READERS
from responder.store.trouble import StoreUnavailable

# Said on every connection. synchronous=NORMAL lost acknowledged rows at simulated power cuts; FULL
# and EXTRA did not (tests/store/test_power_cut.py).
PRAGMAS = (
    "PRAGMA busy_timeout = 5000",  # for other processes: a backup, the sqlite3 shell
    "PRAGMA journal_mode = WAL",
    "PRAGMA synchronous = FULL",
    "PRAGMA foreign_keys = ON",
    "PRAGMA wal_autocheckpoint = 4000",  # 16 MiB: the commit that has to tidy up is a rare one
    "PRAGMA journal_size_limit = 67108864",  # a WAL that once was big gives its room back
)

# A transaction that begins as a reader and then writes fails at once when another connection has
# committed in between (SQLITE_BUSY_SNAPSHOT), whatever the busy time-out.
BEGIN_WRITING = "BEGIN IMMEDIATE"
BEGIN_READING = "BEGIN"

_STEPS = 20_000  # of SQLite's machine between two looks at the clock: about a millisecond


class StoreInUse(Exception):
    """Another instance has this store open."""


class SqliteFile:
    """The engines of one SQLite file, with the lock that keeps a second instance out."""

    def __init__(self, path: Path) -> None:
        self.path: Path | None = path
        self._file = path
        self._lock = lock(path)
        path.touch(mode=0o600)  # SQLite gives its WAL the same mode
        self._wal = path.with_name(path.name + "-wal")
        self._identity = _identity(path)
        self._wal_identity: tuple[int, int] | None = None
        self.write = _engine(path, BEGIN_WRITING, ())
        event.listen(self.write, "connect", self._expect_new_wal)
        self.read = _engine(path, BEGIN_READING, ("PRAGMA query_only = ON",))

    @contextmanager
    def reading(self) -> Iterator[Connection]:
        """A look at one unchanging state; StoreUnavailable once it has taken READ_SECONDS."""
        with self.read.connect() as tx:
            driver = driver_of(tx)
            end = time.monotonic() + READ_SECONDS
            driver.set_progress_handler(lambda: time.monotonic() > end, _STEPS)
            try:
                yield tx
            except OperationalError as error:
                if getattr(error.orig, "sqlite_errorcode", None) != sqlite3.SQLITE_INTERRUPT:
                    raise
                raise StoreUnavailable(f"a look took longer than {READ_SECONDS} s") from error
            finally:
                driver.set_progress_handler(None, 0)

    def in_transaction(self, tx: Connection) -> bool:
        """A full disk ends the whole transaction, and what follows would stand alone."""
        return driver_of(tx).in_transaction

    def verify_place(self) -> None:
        """Deleted or replaced files take our writes, and the next start would not find them."""
        try:
            wal = _identity(self._wal)
            same = self._identity == _identity(self._file) and wal == (self._wal_identity or wal)
        except OSError:
            same = False
        if not same:
            raise StoreUnavailable(
                f"{self._file} was deleted or replaced under the running responder: stop it, put"
                " the file back (`responder restore`), start it again"
            )
        self._wal_identity = wal

    def _expect_new_wal(self, *_: object) -> None:
        """SQLite removes the log with its last connection, and begins another with the next."""
        self._wal_identity = None

    def wal_bytes(self) -> int:
        """The size of the write-ahead log beside the file."""
        try:
            return self._wal.stat().st_size
        except FileNotFoundError:
            return 0

    def doubts(self) -> tuple[str, ...]:
        """Nothing: the settings are ours."""
        return ()

    def close(self) -> None:
        """Close every connection (SQLite then folds the WAL into the file) and unlock."""
        self.read.dispose()
        self.write.dispose()
        self._lock.close()


def driver_of(tx: Connection) -> sqlite3.Connection:
    """The driver's own connection."""
    driver: sqlite3.Connection = tx.connection.dbapi_connection  # type: ignore[assignment]
    return driver


def lock(path: Path) -> BinaryIO:
    """Keep every other instance from this store as long as the returned file is open.

    StoreInUse when another has it. A process lets go of it however it dies.
    """
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    descriptor = os.open(path.with_name(path.name + ".lock"), os.O_CREAT | os.O_RDWR, 0o600)
    file = os.fdopen(descriptor, "r+b", buffering=0)
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        holder = (file.read(20) or b"").decode(errors="replace").strip() or "?"
        file.close()
        raise StoreInUse(
            f"{path} is in use by another responder (process {holder}): stop that one first"
        ) from None
    file.truncate(0)
    file.write(b"%d\n" % os.getpid())
    return file


def _identity(path: Path) -> tuple[int, int]:
    status = path.stat()
    return status.st_dev, status.st_ino


def _engine(path: Path, begin: str, more: tuple[str, ...]) -> Engine:
    url = URL.create("sqlite", database=str(path.absolute()))
    engine = create_engine(url, pool_size=READERS, max_overflow=0)

    @event.listens_for(engine, "connect")
    def prepare(driver: sqlite3.Connection, _: ConnectionPoolEntry) -> None:
        driver.isolation_level = None  # the driver opens no transactions of its own
        for pragma in (*PRAGMAS, *more):
            driver.execute(pragma)

    @event.listens_for(engine, "begin")
    def start(tx: Connection) -> None:
        driver_of(tx).execute(begin)

    return engine
