"""A store with all tables for each test that asks for one: on SQLite and on a real PostgreSQL."""

import shutil
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest

from responder.store import Store
from responder.store.engine import open_engine
from responder.store.migrate import prepare
from responder.store.opening import open_store
from tests.real.postgres import PostgresServer
from tests.responder.room import Room, opened


@pytest.fixture(scope="session")
def migrated_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An empty SQLite store, to be copied: migrating takes longer than most tests."""
    path = tmp_path_factory.mktemp("migrated") / "responder.db"
    _migrate(f"sqlite:///{path}")
    return path


@pytest.fixture(scope="session")
def migrated_database(postgres_server: PostgresServer, postgres_names: Iterator[str]) -> str:
    """The name of an empty PostgreSQL store, to be copied."""
    name = next(postgres_names)
    _migrate(postgres_server.create(name))
    return name


@pytest.fixture
def copied_file(migrated_file: Path, tmp_path: Path) -> str:
    """The URL of a SQLite store of this test's own."""
    path = tmp_path / "store" / "responder.db"
    path.parent.mkdir()
    shutil.copy(migrated_file, path)
    return f"sqlite:///{path}"


@pytest.fixture
def copied_database(
    postgres_server: PostgresServer, migrated_database: str, postgres_names: Iterator[str]
) -> Iterator[str]:
    """The URL of a PostgreSQL store of this test's own."""
    name = next(postgres_names)
    yield postgres_server.create(name, template=migrated_database)
    postgres_server.drop(name)


@pytest.fixture(params=["sqlite", "postgres"])
def store_url(request: pytest.FixtureRequest) -> str:
    """The URL of a store without rows; a test that asks for it runs on both engines."""
    copies = {"sqlite": "copied_file", "postgres": "copied_database"}
    url: str = request.getfixturevalue(copies[request.param])
    return url


@pytest.fixture
async def store(store_url: str) -> AsyncIterator[Store]:
    """A running store, on both engines."""
    async for one in _running(store_url):
        yield one


@pytest.fixture
async def file_store(copied_file: str) -> AsyncIterator[Store]:
    """A running store on SQLite, where the engine makes no difference."""
    async for one in _running(copied_file):
        yield one


@pytest.fixture
def room() -> Iterator[Room]:
    """A company in memory, with a clock that is moved by hand."""
    with opened() as one:
        yield one


def _migrate(url: str) -> None:
    engines = open_engine(url)
    prepare(engines)
    engines.close()


async def _running(url: str) -> AsyncIterator[Store]:
    store = open_store(url, ballast=0)
    yield store
    await store.close()
