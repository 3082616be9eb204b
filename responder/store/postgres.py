"""PostgreSQL: several instances on one store, and no wait without an end."""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, TypeVar

import psycopg
from psycopg.abc import PQGen
from psycopg.pq import TransactionStatus
from sqlalchemy import URL, Connection, Engine, create_engine, event, text
from sqlalchemy.engine.interfaces import Dialect
from sqlalchemy.pool import ConnectionPoolEntry
from typing_extensions import override

from responder.store.engines import READ_SECONDS, READERS

R = TypeVar("R")

# Together with PATIENCE they end any operation on a dead network within ten seconds. The URL may
# say otherwise.
CONNECT = {
    "application_name": "responder",
    "connect_timeout": 3,
    "keepalives_idle": 5,
    "keepalives_interval": 5,
    "keepalives_count": 3,
    "tcp_user_timeout": 4000,
}
PATIENCE = READ_SECONDS + 1.0  # seconds without a word: longer than the server's own limits

_SETTINGS = f"""
SET lock_timeout = '2s';
SET statement_timeout = '{READ_SECONDS}s';
SET idle_in_transaction_session_timeout = '10s';
SELECT set_config('synchronous_commit', 'on', false)
 WHERE current_setting('synchronous_commit') = 'off';
"""
_SETTINGS_OF_READERS = """
SET default_transaction_read_only = on;
SET default_transaction_isolation = 'repeatable read';
"""
_DOUBTS = """
SELECT 'fsync is off: a power cut loses acknowledged alerts'
 WHERE current_setting('fsync') = 'off'
UNION ALL
SELECT 'full_page_writes is off: a power cut may damage the database'
 WHERE current_setting('full_page_writes') = 'off'
UNION ALL
SELECT 'standby ' || application_name || ' is asynchronous: a failover to it loses acknowledged'
    || ' alerts (set synchronous_standby_names)'
  FROM pg_stat_replication WHERE sync_state = 'async'
"""


class Impatient(psycopg.Connection[Any]):
    """A connection that gives up on a server which neither answers nor hangs up.

    A frozen host or a firewall that drops packets keeps TCP alive for hours; the server's time-outs
    end with the server, and only a clock on this side still ticks.
    """

    patience: float | None = PATIENCE

    @override
    def wait(self, gen: PQGen[R], interval: float = 0.1, timeout: float | None = None) -> R:
        limit = self.patience if timeout is None else timeout
        start = time.monotonic()
        try:
            return super().wait(gen, interval, limit)
        except psycopg.OperationalError:
            if limit is not None and time.monotonic() - start >= limit:
                self.close()  # a late answer must not be taken for the next statement's
            raise


class Postgres:
    """The engines of one PostgreSQL database."""

    path: Path | None = None

    def __init__(self, url: URL) -> None:
        self.write = _engine(url, _SETTINGS)
        # A look asks first whether its connection still lives; a write tries again by itself.
        self.read = _engine(url, _SETTINGS + _SETTINGS_OF_READERS, pool_pre_ping=True)

    @contextmanager
    def reading(self) -> Iterator[Connection]:
        """A look at one unchanging state; each statement ends after READ_SECONDS."""
        with self.read.connect() as tx:
            yield tx

    def in_transaction(self, tx: Connection) -> bool:
        """After an error the server answers COMMIT with a quiet ROLLBACK."""
        return driver_of(tx).pgconn.transaction_status != TransactionStatus.INERROR

    def verify_place(self) -> None:
        """The server keeps its own files."""

    def wal_bytes(self) -> int:
        """The server's own affair."""
        return 0

    def doubts(self) -> tuple[str, ...]:
        """What of the server could lose rows that it has acknowledged."""
        with self.read.connect() as tx:
            return tuple(tx.execute(text(_DOUBTS)).scalars())

    def close(self) -> None:
        """Close every connection."""
        self.read.dispose()
        self.write.dispose()


def driver_of(tx: Connection) -> Impatient:
    """The driver's own connection."""
    driver: Impatient = tx.connection.dbapi_connection  # type: ignore[assignment]
    return driver


def _engine(url: URL, settings: str, *, pool_pre_ping: bool = False) -> Engine:
    engine = create_engine(
        url.set(drivername="postgresql+psycopg"),
        pool_size=READERS,
        max_overflow=0,
        pool_pre_ping=pool_pre_ping,
    )

    @event.listens_for(engine, "do_connect")
    def connect(_: Dialect, __: ConnectionPoolEntry, args: Any, options: Any) -> Impatient:
        return Impatient.connect(*args, **{**CONNECT, **options})

    @event.listens_for(engine, "connect")
    def prepare(driver: Impatient, _: ConnectionPoolEntry) -> None:
        driver.autocommit = True
        driver.execute(settings)
        driver.autocommit = False

    return engine
