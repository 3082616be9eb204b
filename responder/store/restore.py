"""Puts a backup in the place of a SQLite store that is not running."""

import shutil
import sqlite3
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path

from responder.store.migrate import NewerSchema, head
from responder.store.sqlite import lock
from responder.store.upkeep import Damaged, check, flush


def restore(copy: Path, path: Path, *, now: datetime) -> Path | None:
    """Put `copy` in the place of the store; returns where the old one is kept, if there was one.

    Everything is looked at before anything is touched: StoreInUse while a responder runs, Damaged
    for a copy that is not sound or not ours, NewerSchema for one of a later program,
    FileNotFoundError for none. What the copy does not know has happened all the same: whoever
    starts on it must treat every open effect as ambiguous.
    """
    with lock(path):
        _inspect(copy)
        new = path.with_name(path.name + ".new")
        new.unlink(missing_ok=True)
        new.touch(mode=0o600)
        shutil.copyfile(copy, new)
        flush(new)
        kept = _set_aside(path, now)
        new.replace(path)
        flush(path.parent)
    return kept


def _inspect(copy: Path) -> None:
    if not copy.is_file():
        raise FileNotFoundError(f"there is no backup {copy}")
    check(copy)
    with closing(sqlite3.connect(f"{copy.absolute().as_uri()}?mode=ro", uri=True)) as driver:
        try:
            (version,) = driver.execute("SELECT version_num FROM alembic_version").fetchone()
        except (sqlite3.OperationalError, TypeError):
            raise Damaged(f"{copy} is a database, but none of a responder") from None
    if version > head():
        raise NewerSchema(f"{copy} has tables of version {version}, this program knows {head()}")


def _set_aside(path: Path, now: datetime) -> Path | None:
    """The old file with its log, under a name that SQLite can still open."""
    if not path.exists():
        return None
    kept = path.with_name(f"{path.name}.before-restore-{now.astimezone(UTC):%Y%m%dT%H%M%SZ}")
    for ending in ("", "-wal"):
        part = path.with_name(path.name + ending)
        if part.exists():
            part.rename(kept.with_name(kept.name + ending))
    path.with_name(path.name + "-shm").unlink(missing_ok=True)
    return kept
