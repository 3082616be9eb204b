"""Does a backup hold everything, and does a restored store know that it is one?"""

import sqlite3
from contextlib import closing
from datetime import timedelta
from pathlib import Path
from typing import Any

from responder.store import Tx, outbox, records
from responder.store.recovery import RECOVERED_AT
from responder.values import EffectKind
from tests.responder.cli.asking import Program, call, settle, told
from tests.responder.cli.remembered import NOW, remember, within
from tests.stories.stage import firing


def rows(path: Path, query: str) -> list[Any]:
    with closing(sqlite3.connect(path)) as store:
        return store.execute(query).fetchall()


def test_a_backup_is_one_private_file_with_everything_in_it(tmp_path: Path) -> None:
    file = settle(tmp_path)
    remember(file)
    copy = tmp_path / "copy.db"
    made = told("backup", copy, "-c", file)
    assert made == {"file": str(copy), "bytes": copy.stat().st_size}
    assert copy.stat().st_mode & 0o777 == 0o600
    assert rows(copy, "SELECT key FROM incident") == [("server:web1",)]


def test_a_backup_is_made_while_the_daemon_runs(tmp_path: Path) -> None:
    file = settle(tmp_path)
    remember(file)
    daemon = Program(tmp_path, "run", "-c", file)
    try:
        daemon.begin()
        assert call("backup", tmp_path / "copy.db", "-c", file).exit_code == 0
    finally:
        daemon.end()
    assert rows(tmp_path / "copy.db", "SELECT count(*) FROM incident") == [(1,)]


def test_no_backup_is_one_clear_line(tmp_path: Path) -> None:
    file = settle(tmp_path)
    nothing = call("backup", tmp_path / "copy.db", "-c", file)
    assert nothing.exit_code == 1
    assert nothing.stderr.startswith("Error: no backup was made: ")
    assert not (tmp_path / "copy.db").exists()
    file.write_text(file.read_text().replace("sqlite:///responder.db", "postgresql://h/d"))
    elsewhere = call("backup", tmp_path / "copy.db", "-c", file)
    assert elsewhere.exit_code == 1
    assert "pg_dump" in elsewhere.stderr


def test_a_restored_store_knows_that_it_is_one(tmp_path: Path) -> None:
    """What was not done in the copy may have been done since: nothing is sent unseen (F99)."""
    file, copy = settle(tmp_path), tmp_path / "copy.db"
    remember(file)
    call("backup", copy, "-c", file)
    remember(file, firing("db9"))
    before = within(file, records.installation)
    put = told("restore", copy, "-c", file)
    assert put["doubtful"] == 2  # the ticket and the page
    assert Path(put["kept"]).name.startswith("responder.db.before-restore-")
    store = tmp_path / "responder.db"
    assert rows(store, "SELECT key FROM incident") == [("server:web1",)]
    assert rows(store, "SELECT DISTINCT state, ambiguous FROM outbox") == [("due", 1)]
    assert within(file, records.installation) != before
    assert within(file, records.fact, RECOVERED_AT) is not None


def test_a_store_that_was_put_back_by_other_means_is_marked_where_it_stands(
    tmp_path: Path,
) -> None:
    file = settle(tmp_path)
    remember(file)
    before = within(file, records.installation)
    assert told("restore", "--in-place", "-c", file)["doubtful"] == 2
    assert rows(tmp_path / "responder.db", "SELECT key FROM incident") == [("server:web1",)]
    assert within(file, records.installation) != before
    for words in ((), (tmp_path / "copy.db", "--in-place")):
        assert call("restore", *words, "-c", file).exit_code == 2


def test_numbers_that_were_given_before_come_back_under_another_name(tmp_path: Path) -> None:
    file, copy = settle(tmp_path), tmp_path / "copy.db"
    remember(file)
    call("backup", copy, "-c", file)
    remember(file, firing("db9"))
    store = tmp_path / "responder.db"
    known = rows(store, "SELECT ref FROM incident WHERE id = 2")
    call("restore", copy, "-c", file)
    remember(file, firing("db8"))
    assert rows(store, "SELECT ref FROM incident WHERE id = 2") != known


def test_what_a_dead_daemon_had_begun_is_doubtful_too(tmp_path: Path) -> None:
    file, copy = settle(tmp_path), tmp_path / "copy.db"
    remember(file)
    within(file, claim_everything)
    call("backup", copy, "-c", file)
    assert told("restore", copy, "-c", file)["doubtful"] == 2
    states = rows(tmp_path / "responder.db", "SELECT DISTINCT state, owner FROM outbox")
    assert states == [("due", "")]


def claim_everything(tx: Tx) -> None:
    outbox.claim(
        tx, owner="dead", kinds=list(EffectKind), now=NOW, lease=timedelta(minutes=2), limit=99
    )


def test_a_running_daemon_keeps_its_store(tmp_path: Path) -> None:
    file, copy = settle(tmp_path), tmp_path / "copy.db"
    remember(file)
    call("backup", copy, "-c", file)
    daemon = Program(tmp_path, "run", "-c", file)
    try:
        daemon.begin()
        refused = call("restore", copy, "-c", file)
        assert refused.exit_code == 1
        assert "is in use by another responder" in refused.stderr
        assert daemon.process.died() is None
    finally:
        daemon.end()
    assert [path.name for path in tmp_path.glob(".restore-*")] == []


def test_what_is_no_backup_is_not_restored(tmp_path: Path) -> None:
    file, copy = settle(tmp_path), tmp_path / "copy.db"
    remember(file)
    before = (tmp_path / "responder.db").read_bytes()
    copy.write_text("no database")
    for path in (copy, tmp_path / "nothing"):
        refused = call("restore", path, "-c", file)
        assert refused.exit_code == 1
        assert refused.stderr.startswith("Error: nothing was restored: ")
    assert (tmp_path / "responder.db").read_bytes() == before


def test_a_lost_store_is_restored_into_an_empty_folder(tmp_path: Path) -> None:
    file, copy = settle(tmp_path), tmp_path / "copy.db"
    remember(file)
    call("backup", copy, "-c", file)
    (tmp_path / "responder.db").unlink()
    assert told("restore", copy, "-c", file)["kept"] is None
    daemon = Program(tmp_path, "run", "-c", file)
    try:
        daemon.begin()
    finally:
        daemon.end()
