"""Looks after a SQLite store: sound, copied, its log short, old rows taken away."""

import os
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

from sqlalchemy import ColumnElement, Connection, Table, delete, select, tuple_

_BUSY_MILLISECONDS = 200  # a checkpoint that waits for a reader holds up the writer


class Damaged(Exception):
    """The file is not what SQLite wrote."""


def check(path: Path) -> None:
    """Damaged, with what to do, unless every page of the file is sound (`PRAGMA quick_check`)."""
    try:
        with _connected(path) as driver:
            found = driver.execute("PRAGMA quick_check(1)").fetchone()[0]
    except sqlite3.DatabaseError as error:
        found = str(error)
    if found != "ok":
        why = found.splitlines()[-1]
        raise Damaged(f"{path} is damaged ({why}): put a backup back with `responder restore FILE`")


def back_up(path: Path, to: Path) -> int:
    """Copy a living store into one file of mode 0600, whole or not at all; returns its bytes.

    The copy is one moment of the store, and the writer goes on meanwhile. An older copy of the same
    name is replaced.
    """
    new = to.with_name(to.name + ".new")
    new.unlink(missing_ok=True)
    new.touch(mode=0o600)  # VACUUM fills the file that it finds
    try:
        with _connected(path) as driver:
            driver.execute("VACUUM INTO ?", (str(new),))
        flush(new)
        new.replace(to)
    finally:
        new.unlink(missing_ok=True)
    flush(to.parent)
    return to.stat().st_size


def checkpoint(path: Path) -> bool:
    """Fold the write-ahead log into the file and empty it; False when a reader is in the way."""
    with _connected(path) as driver:
        driver.execute(f"PRAGMA busy_timeout = {_BUSY_MILLISECONDS}")
        busy, _, _ = driver.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()
    return not busy


def prune(tx: Connection, table: Table, where: ColumnElement[bool], *, limit: int = 500) -> int:
    """Delete at most `limit` of these rows and return how many: the writer is soon free again."""
    key = tuple_(*table.primary_key)
    old = select(*table.primary_key).where(where).limit(limit)
    return tx.execute(delete(table).where(key.in_(old))).rowcount


def flush(path: Path) -> None:
    """Have the disk keep a file's content, or a folder's names."""
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


@contextmanager
def _connected(path: Path) -> Iterator[sqlite3.Connection]:
    """A connection of our own beside the store's, so that nothing waits for the other."""
    with closing(sqlite3.connect(f"{path.absolute().as_uri()}?mode=rw", uri=True)) as driver:
        driver.isolation_level = None
        driver.execute("PRAGMA synchronous = FULL")
        yield driver
