"""A migrated store for each test that asks for one: on a SQLite file and on a real PostgreSQL."""

from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest

from responder.store import Store
from responder.store.opening import open_store
from tests.responder.room import Room, opened


@pytest.fixture(params=["sqlite", "postgres"])
def store_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """The URL of an empty store; a test that asks for it runs on both engines."""
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path / 'store' / 'responder.db'}"
    url: str = request.getfixturevalue("postgres_url")
    return url


@pytest.fixture
async def store(store_url: str) -> AsyncIterator[Store]:
    """A running store with all tables, on both engines."""
    async for one in _running(store_url):
        yield one


@pytest.fixture
async def file_store(tmp_path: Path) -> AsyncIterator[Store]:
    """A running store with all tables, on SQLite, where the engine makes no difference."""
    async for one in _running(f"sqlite:///{tmp_path / 'store' / 'responder.db'}"):
        yield one


@pytest.fixture
def room() -> Iterator[Room]:
    """A company in memory, with a clock that is moved by hand."""
    with opened() as one:
        yield one


async def _running(url: str) -> AsyncIterator[Store]:
    store = open_store(url, ballast=0)
    yield store
    await store.close()
