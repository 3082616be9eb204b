"""Does `responder log verify` find every line that was changed, and name its log?"""

import json
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from tests.responder.cli.asking import Program, call, settle, told
from tests.responder.cli.remembered import remember
from tests.stories.stage import firing


@pytest.fixture
def file(tmp_path: Path) -> Path:
    """A company with two incidents, each with a log."""
    file = settle(tmp_path)
    remember(file, firing(), firing("db9", name="DiskFull", severity="warning"))
    return file


def tamper(file: Path, statement: str) -> None:
    with closing(sqlite3.connect(file.with_name("responder.db"))) as store, store:
        assert store.execute(statement).rowcount == 1


def test_untouched_logs_prove_themselves(file: Path) -> None:
    proved = told("log", "verify", "-c", file)
    assert (proved["logs"], proved["faults"]) == (2, [])
    assert proved["lines"] >= 2
    said = call("log", "verify", "-c", file).stdout
    assert said == f"2 logs with {proved['lines']} lines prove themselves\n"


@pytest.mark.parametrize(
    ("statement", "fault"),
    [
        (
            "UPDATE incident_event SET actor = 'somebody' WHERE incident = 2 AND seq = 1",
            "incident 2: line 1 was changed",
        ),
        (
            "DELETE FROM incident_event WHERE incident = 1 AND seq = 1",
            "incident 1: line 1 is missing",
        ),
    ],
)
def test_a_changed_line_is_found_and_named(file: Path, statement: str, fault: str) -> None:
    """R53."""
    tamper(file, statement)
    result = call("log", "verify", "-c", file)
    assert result.exit_code == 1
    assert result.stdout == f"{fault}\n"
    as_json = call("log", "verify", "-c", file, "--json")
    assert as_json.exit_code == 1
    assert json.loads(as_json.stdout)["faults"] == [fault]


def test_a_log_that_lost_its_end_is_found(file: Path) -> None:
    tamper(
        file,
        "DELETE FROM incident_event WHERE incident = 1"
        " AND seq = (SELECT max(seq) FROM incident_event WHERE incident = 1)",
    )
    result = call("log", "verify", "-c", file)
    assert result.exit_code == 1
    assert result.stdout.startswith("incident 1: it ends at line ")


def test_a_running_daemon_goes_on_meanwhile(file: Path, tmp_path: Path) -> None:
    daemon = Program(tmp_path, "run", "-c", file)
    try:
        daemon.begin()
        assert told("log", "verify", "-c", file)["faults"] == []
        assert daemon.process.died() is None
    finally:
        daemon.end()


def test_where_there_is_no_store_nothing_is_made(tmp_path: Path) -> None:
    result = call("log", "verify", "-c", settle(tmp_path))
    assert result.exit_code == 1
    assert result.stderr == f"Error: there is no store at {tmp_path}/responder.db yet\n"
    assert not (tmp_path / "responder.db").exists()


def test_the_store_of_another_version_is_said_so(file: Path) -> None:
    tamper(file, "UPDATE alembic_version SET version_num = '9999'")
    result = call("log", "verify", "-c", file)
    assert result.exit_code == 1
    assert "the store has tables of version 9999" in result.stderr


def test_a_file_that_is_no_database_is_said_so(tmp_path: Path) -> None:
    file = settle(tmp_path)
    (tmp_path / "responder.db").write_text("nothing of the kind, but long enough for a header" * 9)
    result = call("log", "verify", "-c", file)
    assert result.exit_code == 1
    assert result.stderr == "Error: the store cannot be read: file is not a database\n"
