"""Does a backup come back, and does a bad one touch nothing?"""

import sqlite3
import stat
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path

import pytest
from sqlalchemy import text

from responder.store.engine import open_engine
from responder.store.migrate import NewerSchema, head, prepare
from responder.store.restore import restore
from responder.store.sqlite import StoreInUse
from responder.store.upkeep import Damaged, back_up

NOW = datetime(2026, 11, 21, 3, 10, tzinfo=UTC)


def say(path: Path, word: str) -> None:
    """Start a store, leave a word, and end like kill -9: with a log that was not folded in."""
    engines = open_engine(f"sqlite:///{path}")
    prepare(engines)
    with engines.write.begin() as tx:
        tx.execute(text("DELETE FROM meta"))
        tx.execute(text("INSERT INTO meta VALUES ('word', :word)"), {"word": word})
    engines.close()


def said(path: Path) -> str:
    engines = open_engine(f"sqlite:///{path}")
    with engines.read.connect() as tx:
        word = str(tx.execute(text("SELECT value FROM meta")).scalar_one())
    engines.close()
    return word


@pytest.fixture
def place(tmp_path: Path) -> Path:
    """Where a store stands that said "now", with a backup beside it from when it said "then"."""
    path = tmp_path / "store" / "responder.db"
    say(path, "then")
    back_up(path, tmp_path / "backup")
    say(path, "now")
    return path


def test_a_backup_comes_back_and_the_old_store_is_kept(place: Path, tmp_path: Path) -> None:
    kept = restore(tmp_path / "backup", place, now=NOW)
    assert said(place) == "then"
    assert stat.S_IMODE(place.stat().st_mode) == 0o600
    assert kept == place.with_name("responder.db.before-restore-20261121T031000Z")
    assert said(kept) == "now"
    assert (tmp_path / "backup").exists()


def test_what_stood_only_in_the_old_log_is_kept_too(place: Path, tmp_path: Path) -> None:
    with closing(sqlite3.connect(place)) as reader:  # keeps the log from being folded in
        reader.execute("SELECT 1 FROM meta").fetchone()
        reader.execute("BEGIN")
        reader.execute("SELECT 1 FROM meta").fetchone()
        say(place, "only in the log")
        assert place.with_name("responder.db-wal").stat().st_size > 0
        kept = restore(tmp_path / "backup", place, now=NOW)
    assert kept is not None
    assert said(kept) == "only in the log"
    assert said(place) == "then"


def test_a_backup_may_come_to_a_new_machine(place: Path, tmp_path: Path) -> None:
    there = tmp_path / "new" / "responder.db"
    assert restore(tmp_path / "backup", there, now=NOW) is None
    assert said(there) == "then"


def test_nothing_is_restored_under_a_running_responder(place: Path, tmp_path: Path) -> None:
    engines = open_engine(f"sqlite:///{place}")
    with pytest.raises(StoreInUse, match="is in use by another responder"):
        restore(tmp_path / "backup", place, now=NOW)
    engines.close()
    assert said(place) == "now"


def letter(copy: Path) -> None:
    copy.write_text("Dear Sir or Madam," * 100)


def empty(copy: Path) -> None:
    copy.write_text("")


def half(copy: Path) -> None:
    copy.write_bytes(copy.read_bytes()[:20_000])


def foreign(copy: Path) -> None:
    copy.unlink()
    with closing(sqlite3.connect(copy)) as driver:
        driver.execute("CREATE TABLE dogs (name)")
        driver.commit()


def newer(copy: Path) -> None:
    with closing(sqlite3.connect(copy)) as driver:
        driver.execute("UPDATE alembic_version SET version_num = '9000'")
        driver.commit()


def missing(copy: Path) -> None:
    copy.unlink()


@pytest.mark.parametrize(
    ("spoil", "error", "words"),
    [
        (letter, Damaged, "not a database"),
        (empty, Damaged, "none of a responder"),
        (half, Damaged, "is damaged"),
        (foreign, Damaged, "none of a responder"),
        (newer, NewerSchema, f"version 9000, this program knows {head()}"),
        (missing, FileNotFoundError, "there is no backup"),
    ],
)
def test_a_bad_backup_touches_nothing(
    place: Path, tmp_path: Path, spoil: object, error: type[Exception], words: str
) -> None:
    assert callable(spoil)
    spoil(tmp_path / "backup")
    before = sorted(file.name for file in place.parent.iterdir())
    with pytest.raises(error, match=words):
        restore(tmp_path / "backup", place, now=NOW)
    assert sorted(file.name for file in place.parent.iterdir()) == before
    assert said(place) == "now"
