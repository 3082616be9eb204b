"""A store for each test: on a SQLite file and on a real PostgreSQL."""

from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest
from sqlalchemy import Connection, Engine, NullPool, StaticPool, create_engine, event

from responder.store.engine import open_engine
from responder.store.tables import metadata
from responder.store.thread import Store
from tests.real.postgres import PostgresServer
from tests.store.notes import make


@pytest.fixture(params=["sqlite", "postgres"])
def store_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """The URL of an empty store; a test that asks for it runs on both engines."""
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path / 'store' / 'responder.db'}"
    url: str = request.getfixturevalue("postgres_url")
    return url


@pytest.fixture
def sqlite_url(tmp_path: Path) -> str:
    """The URL of an empty store, for what only a file can show."""
    return f"sqlite:///{tmp_path / 'store' / 'responder.db'}"


@pytest.fixture
async def store(store_url: str) -> AsyncIterator[Store]:
    """A running store with the table `note`, on both engines."""
    async for one in _running(store_url):
        yield one


@pytest.fixture
async def file_store(sqlite_url: str) -> AsyncIterator[Store]:
    """A running store with the table `note`, on SQLite."""
    async for one in _running(sqlite_url):
        yield one


@pytest.fixture(scope="session")
def sqlite_tables() -> Iterator[Engine]:
    """Every table, empty, in memory."""
    engine = create_engine("sqlite://", poolclass=StaticPool)
    event.listen(engine, "connect", lambda line, _: line.execute("PRAGMA foreign_keys = ON"))
    metadata.create_all(engine)
    yield engine
    engine.dispose()


@pytest.fixture(scope="session")
def postgres_tables(postgres_server: PostgresServer, postgres_names: Iterator[str]) -> Engine:
    """Every table, empty, on the real PostgreSQL."""
    postgres_server.start()
    engine = create_engine(postgres_server.create(next(postgres_names)), poolclass=NullPool)
    metadata.create_all(engine)
    return engine


@pytest.fixture(params=["sqlite", "postgres"])
def tx(request: pytest.FixtureRequest) -> Iterator[Connection]:
    """A transaction on empty tables, on both engines; nothing of it stays."""
    if request.param == "postgres":
        request.getfixturevalue("postgres_server").start()
    engine: Engine = request.getfixturevalue(f"{request.param}_tables")
    with engine.connect() as one:
        yield one
        one.rollback()


async def _running(url: str) -> AsyncIterator[Store]:
    engines = open_engine(url)
    make(engines)
    store = Store(engines)
    yield store
    await store.close()
