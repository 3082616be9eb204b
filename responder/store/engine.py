"""Opens SQLite or PostgreSQL the way we need it."""

from contextlib import AbstractContextManager
from pathlib import Path
from typing import Protocol

from sqlalchemy import URL, Connection, Engine, make_url
from sqlalchemy.exc import ArgumentError

READERS = 4  # connections, and threads, that look without writing
READ_SECONDS = 5  # a longer look would keep SQLite's WAL from shrinking


class Engines(Protocol):
    """One store as the program sees it: a way to write, and a way to look."""

    write: Engine
    read: Engine
    path: Path | None  # SQLite's file

    def reading(self) -> AbstractContextManager[Connection]:
        """A look at one unchanging state, ended by the engine after READ_SECONDS."""

    def in_transaction(self, tx: Connection) -> bool:
        """False when the transaction is gone or broken, so that a COMMIT would keep nothing."""

    def verify_place(self) -> None:
        """Raise StoreUnavailable when what we write is no longer what the next start would read."""

    def wal_bytes(self) -> int:
        """How far SQLite's WAL has grown; 0 on PostgreSQL."""

    def doubts(self) -> tuple[str, ...]:
        """What of the server's settings could lose acknowledged rows, one plain line each."""

    def close(self) -> None:
        """Close every connection and let another instance in."""


def open_engine(url: str, *, beside: Path | None = None) -> Engines:
    """Open `sqlite:///FILE` (relative to `beside`) or `postgresql://...`.

    SQLite's file is made with mode 0600 in a directory of mode 0700 and locked for this process
    alone: StoreInUse when another instance has it. PostgreSQL connects at first use, and needs the
    extra `postgres`. ValueError, without any password, for another URL.
    """
    parts = _parts(url)
    if parts.drivername == "sqlite":
        from responder.store.sqlite import SqliteFile

        return SqliteFile(file_of(url, beside=beside))
    from responder.store.postgres import Postgres

    return Postgres(parts)


def file_of(url: str, *, beside: Path | None = None) -> Path:
    """The file of a SQLite store, whether or not it is in use; ValueError for PostgreSQL."""
    parts = _parts(url)
    if not parts.database or parts.drivername != "sqlite":
        raise ValueError(
            "this store is on PostgreSQL: copy it with pg_dump, restore with pg_restore"
        )
    return Path(beside or ".", parts.database)


def _parts(url: str) -> URL:
    try:
        parts = make_url(url)
    except ArgumentError:
        raise ValueError("a store is sqlite:///FILE or postgresql://HOST/DATABASE") from None
    is_file = parts.drivername == "sqlite" and parts.database not in {None, "", ":memory:"}
    if is_file or parts.drivername in {"postgresql", "postgresql+psycopg"}:
        return parts
    shown = parts.render_as_string(hide_password=True)
    raise ValueError(f"a store is sqlite:///FILE or postgresql://HOST/DATABASE, not {shown}")
