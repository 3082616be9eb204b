"""Does a store open ready for work, or say plainly why not?"""

import time
from pathlib import Path

import pytest
from structlog.testing import capture_logs

from responder.store import StoreUnavailable
from responder.store.ballast import SIZE
from responder.store.migrate import head
from responder.store.opening import open_store
from responder.store.records import fact, state
from responder.store.sqlite import StoreInUse
from responder.store.upkeep import Damaged
from tests.require import free_port


async def test_an_empty_store_opens_with_its_tables(store_url: str) -> None:
    with capture_logs() as logs:
        store = open_store(store_url)
    await store.write(state, "word", "kept")
    await store.close()
    assert logs == [
        {"event": "store_opened", "log_level": "info", "version": head(), "upgraded_from": ""}
    ]
    store = open_store(store_url)
    assert await store.read(fact, "word") == "kept"
    await store.close()


async def test_ballast_lies_beside_the_file(tmp_path: Path) -> None:
    store = open_store("sqlite:///data/responder.db", beside=tmp_path)
    assert (tmp_path / "data" / "responder.db.ballast").stat().st_size == SIZE
    await store.close()


async def test_a_store_may_go_without_ballast(tmp_path: Path) -> None:
    store = open_store("sqlite:///responder.db", beside=tmp_path, ballast=0)
    assert not (tmp_path / "responder.db.ballast").exists()
    await store.close()


async def test_a_store_that_does_not_open_is_let_go(tmp_path: Path) -> None:
    (tmp_path / "responder.db").write_text("Dear Sir or Madam," * 100)
    with pytest.raises(Damaged, match="not a database"):
        open_store("sqlite:///responder.db", beside=tmp_path)
    (tmp_path / "responder.db").unlink()
    store = open_store("sqlite:///responder.db", beside=tmp_path)
    with pytest.raises(StoreInUse):
        open_store("sqlite:///responder.db", beside=tmp_path)
    await store.close()


def test_a_server_that_is_not_there_is_named_without_its_password() -> None:
    start = time.monotonic()
    with pytest.raises(StoreUnavailable, match=r"the store cannot be opened: .*refused") as refused:
        open_store(f"postgresql://responder:hunter2@127.0.0.1:{free_port()}/responder")
    assert "hunter2" not in str(refused.value)
    assert time.monotonic() - start < 25
