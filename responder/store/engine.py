"""Opens SQLite or PostgreSQL the way we need it."""

from contextlib import AbstractContextManager
from pathlib import Path
from typing import Protocol

from sqlalchemy import Connection, Engine, make_url
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
    try:
        parts = make_url(url)
    except ArgumentError:
        raise ValueError("a store is sqlite:///FILE or postgresql://HOST/DATABASE") from None
    if parts.drivername == "sqlite" and parts.database and parts.database != ":memory:":
        from responder.store.sqlite import SqliteFile

        return SqliteFile(Path(beside or ".", parts.database))
    if parts.drivername in {"postgresql", "postgresql+psycopg"}:
        from responder.store.postgres import Postgres

        return Postgres(parts)
    shown = parts.render_as_string(hide_password=True)
    raise ValueError(f"a store is sqlite:///FILE or postgresql://HOST/DATABASE, not {shown}")
