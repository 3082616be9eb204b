"""A small table, its transaction functions and a way to fill one group, for the store's tests."""

import asyncio
import threading
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import datetime

from sqlalchemy import Column, Connection, Integer, MetaData, Table, Text, func, insert, select

from responder.store.columns import Json, Moment
from responder.store.engines import Engines
from responder.store.thread import Store

metadata = MetaData()
note = Table(
    "note",
    metadata,
    Column("key", Text, primary_key=True),
    Column("text", Text),
    Column("number", Integer),
    Column("at", Moment),
    Column("data", Json),
)


def make(engines: Engines) -> None:
    """The table, empty."""
    with engines.write.begin() as tx:
        metadata.create_all(tx)


def add(tx: Connection, *, key: str, text: str = "", at: datetime | None = None) -> str:
    """A new note; IntegrityError when its key is taken."""
    tx.execute(insert(note).values(key=key, text=text, at=at))
    return key


def keys(tx: Connection) -> set[str]:
    """The keys of all notes."""
    return set(tx.execute(select(note.c.key)).scalars())


def count(tx: Connection) -> int:
    """How many notes there are."""
    return tx.execute(select(func.count()).select_from(note)).scalar_one()


def _wait(tx: Connection, *, here: threading.Event, go: threading.Event) -> None:
    here.set()
    assert go.wait(20), "nobody let the writer go"


@asynccontextmanager
async def held(store: Store) -> AsyncIterator[None]:
    """Keep the writer busy, so that what is written inside waits together: the next group.

    What becomes of the transaction that holds it does not matter.
    """
    here, go = threading.Event(), threading.Event()
    first = asyncio.ensure_future(store.write(_wait, here=here, go=go))
    try:
        assert await asyncio.to_thread(here.wait, 20)
        yield
    finally:
        go.set()
        await asyncio.wait([first])
