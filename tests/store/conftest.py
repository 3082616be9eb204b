"""A store for each test: on a SQLite file and on a real PostgreSQL."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from responder.store.engine import open_engine
from responder.store.thread import Store
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


async def _running(url: str) -> AsyncIterator[Store]:
    engines = open_engine(url)
    make(engines)
    store = Store(engines)
    yield store
    await store.close()
