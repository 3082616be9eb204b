"""What a store looks like to the program, whichever database keeps it."""

from contextlib import AbstractContextManager
from pathlib import Path
from typing import Protocol

from sqlalchemy import Connection, Engine

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
