"""Looks into a store that may be in use by a running daemon; changes nothing and locks nothing."""

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from sqlalchemy import Connection, Engine, NullPool, create_engine, event, make_url
from sqlalchemy.exc import DBAPIError

from responder.store.engine import file_of
from responder.store.migrate import head, version
from responder.store.sqlite import BEGIN_READING, driver_of
from responder.store.trouble import StoreUnavailable


@contextmanager
def looking(url: str, *, beside: Path) -> Iterator[Engine]:
    """An engine whose every transaction is a look at one unchanging state.

    FileNotFoundError where there is no store yet, ValueError for what is no store's URL or was
    written by another version of this program, StoreUnavailable when it can't be read.
    """
    engine = _engine(url, beside)
    try:
        with engine.connect() as tx:
            _same_version(tx)
        yield engine
    except DBAPIError as error:
        raise StoreUnavailable(f"the store cannot be read: {error.orig}") from error
    finally:
        engine.dispose()


def _same_version(tx: Connection) -> None:
    found = version(tx)
    if found != head():
        raise ValueError(
            f"the store has tables of version {found or 'none'}, this program knows {head()}: start"
            " the daemon of this version once"
        )


def _engine(url: str, beside: Path) -> Engine:
    if url.startswith("postgresql"):
        from responder.store.postgres import Postgres

        return Postgres(make_url(url)).read
    path = file_of(url, beside=beside)
    if not path.exists():
        raise FileNotFoundError(f"there is no store at {path} yet")
    address = f"{path.absolute().as_uri()}?mode=ro"
    engine = create_engine(
        "sqlite://",
        creator=lambda: sqlite3.connect(address, uri=True, isolation_level=None),
        poolclass=NullPool,
    )
    event.listen(engine, "begin", lambda tx: driver_of(tx).execute(BEGIN_READING))
    return engine
