"""Which database errors mean that the store itself is away, and which are the caller's own."""

import sqlite3
from enum import StrEnum

from sqlalchemy.exc import DBAPIError


class StoreUnavailable(Exception):
    """The store could not take this: nothing of it counts as written, and asking again may help.

    Doors answer it with 503. It may stand all the same, when a connection was lost in mid-COMMIT:
    whatever is asked again must be recognised by its key.
    """


class Trouble(StrEnum):
    """Who must act on an error."""

    OWN = "own"  # the function that raised it: only its caller hears of it
    AGAIN = "again"  # nobody: the same transaction may pass at the next try
    AWAY = "away"  # the operator: no transaction can pass now


# The primary result codes (https://www.sqlite.org/rescode.html) that speak of the file, the disk or
# another process, never of the statement. A disk quota and RLIMIT_FSIZE come as IOERR, not as FULL.
_SQLITE_AWAY = {
    sqlite3.SQLITE_PERM,
    sqlite3.SQLITE_BUSY,
    sqlite3.SQLITE_LOCKED,
    sqlite3.SQLITE_NOMEM,
    sqlite3.SQLITE_READONLY,
    sqlite3.SQLITE_INTERRUPT,
    sqlite3.SQLITE_IOERR,
    sqlite3.SQLITE_CORRUPT,
    sqlite3.SQLITE_FULL,
    sqlite3.SQLITE_CANTOPEN,
    sqlite3.SQLITE_PROTOCOL,
    sqlite3.SQLITE_NOTADB,
}

# https://www.postgresql.org/docs/current/errcodes-appendix.html
_POSTGRES_AGAIN = {"40001", "40P01"}  # serialization failure, deadlock
_POSTGRES_AWAY = {"25006", "25P03", "55P03"}  # read-only, idle too long, lock time-out
_POSTGRES_AWAY_CLASSES = {"08", "53", "57", "58", "XX"}  # connection, resources, operator, system


def trouble(error: BaseException) -> Trouble:
    """Sort an error that came out of a transaction."""
    if isinstance(error, StoreUnavailable):
        return Trouble.AWAY
    if isinstance(error, DBAPIError) and error.connection_invalidated:
        return Trouble.AGAIN
    cause = getattr(error, "orig", None) or error
    if isinstance(cause, sqlite3.Error):
        return _sqlite_trouble(cause)
    return _postgres_trouble(cause)


def reason(error: BaseException) -> str:
    """The driver's own words on one line, without the statement and its parameters."""
    words = str(getattr(error, "orig", None) or error)
    return " ".join(words.split()) or type(error).__name__


def disk_is_full(error: BaseException) -> bool:
    """Whether room on the disk would help."""
    cause = getattr(error, "orig", None) or error
    code = getattr(cause, "sqlite_errorcode", None)
    return code is not None and code & 0xFF in {sqlite3.SQLITE_FULL, sqlite3.SQLITE_IOERR}


def _sqlite_trouble(error: sqlite3.Error) -> Trouble:
    code = getattr(error, "sqlite_errorcode", sqlite3.SQLITE_OK)
    return Trouble.AWAY if code & 0xFF in _SQLITE_AWAY else Trouble.OWN


def _postgres_trouble(error: BaseException) -> Trouble:
    """By SQLSTATE; a psycopg error without one never reached the server."""
    if not type(error).__module__.startswith("psycopg"):
        return Trouble.OWN
    state = getattr(error, "sqlstate", None)
    if state in _POSTGRES_AGAIN:
        return Trouble.AGAIN
    if state is None:
        return Trouble.AWAY if type(error).__name__ == "OperationalError" else Trouble.OWN
    away = state in _POSTGRES_AWAY or state[:2] in _POSTGRES_AWAY_CLASSES
    return Trouble.AWAY if away else Trouble.OWN
