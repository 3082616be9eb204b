"""Which errors are the caller's own, which pass at the next try, and which are the operator's?"""

import sqlite3

import psycopg
import pytest
from sqlalchemy.exc import OperationalError

from responder.store.trouble import StoreUnavailable, Trouble, disk_is_full, reason, trouble


def from_sqlite(code: int) -> sqlite3.OperationalError:
    error = sqlite3.OperationalError("made up")
    error.sqlite_errorcode = code
    return error


@pytest.mark.parametrize(
    ("code", "expected"),
    [
        (sqlite3.SQLITE_FULL, Trouble.AWAY),
        (sqlite3.SQLITE_IOERR_WRITE, Trouble.AWAY),
        (sqlite3.SQLITE_IOERR_FSYNC, Trouble.AWAY),
        (sqlite3.SQLITE_BUSY, Trouble.AWAY),
        (sqlite3.SQLITE_BUSY_SNAPSHOT, Trouble.AWAY),
        (sqlite3.SQLITE_READONLY, Trouble.AWAY),
        (sqlite3.SQLITE_READONLY_DBMOVED, Trouble.AWAY),
        (sqlite3.SQLITE_CORRUPT, Trouble.AWAY),
        (sqlite3.SQLITE_ERROR, Trouble.OWN),
        (sqlite3.SQLITE_CONSTRAINT_UNIQUE, Trouble.OWN),
        (sqlite3.SQLITE_TOOBIG, Trouble.OWN),
    ],
)
def test_sqlite_speaks_by_result_code(code: int, expected: Trouble) -> None:
    assert trouble(from_sqlite(code)) is expected
    assert trouble(OperationalError("SELECT 1", {}, from_sqlite(code))) is expected


@pytest.mark.parametrize(
    ("state", "expected"),
    [
        ("40001", Trouble.AGAIN),  # serialization failure
        ("40P01", Trouble.AGAIN),  # deadlock
        ("53100", Trouble.AWAY),  # disk full
        ("53300", Trouble.AWAY),  # too many connections
        ("55P03", Trouble.AWAY),  # lock time-out
        ("57014", Trouble.AWAY),  # statement time-out
        ("57P01", Trouble.AWAY),  # the administrator ended it
        ("57P03", Trouble.AWAY),  # the server starts up
        ("58030", Trouble.AWAY),  # I/O error
        ("25006", Trouble.AWAY),  # a standby takes no writes
        ("08006", Trouble.AWAY),  # connection failure
        ("23505", Trouble.OWN),  # unique violation
        ("22021", Trouble.OWN),  # NUL in a text
        ("42P01", Trouble.OWN),  # no such table
        ("25P02", Trouble.OWN),  # a function went on after an error
    ],
)
def test_postgresql_speaks_by_sqlstate(state: str, expected: Trouble) -> None:
    error = psycopg.errors.lookup(state)("made up")
    assert trouble(error) is expected
    assert trouble(OperationalError("SELECT 1", {}, error)) is expected


def test_a_connection_that_was_lost_may_come_back() -> None:
    lost = OperationalError("SELECT 1", {}, psycopg.OperationalError("gone"))
    assert trouble(lost) is Trouble.AWAY  # it could not be made
    lost.connection_invalidated = True
    assert trouble(lost) is Trouble.AGAIN  # it had been there


def test_everything_else_is_the_function_s_own() -> None:
    assert trouble(ValueError("no")) is Trouble.OWN
    assert trouble(psycopg.ProgrammingError("no")) is Trouble.OWN
    assert trouble(StoreUnavailable("no")) is Trouble.AWAY


def test_a_reason_is_one_line_without_the_statement_and_its_secrets() -> None:
    error = psycopg.OperationalError("connection failed:\n\tIs the server running?\n")
    wrapped = OperationalError("SELECT :pin", {"pin": "1234"}, error)
    assert reason(wrapped) == reason(error) == "connection failed: Is the server running?"
    assert reason(SystemExit()) == "SystemExit"


def test_only_room_on_the_disk_is_a_reason_to_give_up_the_ballast() -> None:
    assert disk_is_full(from_sqlite(sqlite3.SQLITE_FULL))
    assert disk_is_full(from_sqlite(sqlite3.SQLITE_IOERR_WRITE))
    assert not disk_is_full(from_sqlite(sqlite3.SQLITE_CORRUPT))
    assert not disk_is_full(psycopg.OperationalError("no"))
