"""Is the store opened as we need it, and by us alone?"""

import os
import socket
import stat
import subprocess
import sys
import time
from pathlib import Path

import pytest
from sqlalchemy import Connection, text
from sqlalchemy.exc import IntegrityError

from responder.store import Store
from responder.store.engine import file_of, open_engine
from responder.store.engines import Engines
from responder.store.postgres import driver_of
from responder.store.sqlite import StoreInUse

OPEN = """
import sys
import time
from responder.store.engine import file_of, open_engine
from responder.store.engines import Engines
from responder.store.sqlite import StoreInUse
try:
    open_engine(sys.argv[1])
except StoreInUse as error:
    sys.exit(str(error))
"""


def pragma(tx: Connection, *, name: str) -> object:
    return tx.execute(text(f"PRAGMA {name}")).scalar_one()


def setting(tx: Connection, *, name: str) -> str:
    return str(tx.execute(text(f"SHOW {name}")).scalar_one())


def mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


@pytest.mark.parametrize(
    ("name", "value"),
    [("journal_mode", "wal"), ("synchronous", 2), ("foreign_keys", 1), ("busy_timeout", 5000)],
)
async def test_every_sqlite_connection_is_durable(
    file_store: Store, name: str, value: object
) -> None:
    assert await file_store.write(pragma, name=name) == value
    assert await file_store.read(pragma, name=name) == value


async def test_foreign_keys_are_kept(file_store: Store) -> None:
    def orphan(tx: Connection) -> None:
        tx.execute(text("CREATE TABLE child (parent TEXT REFERENCES note (key))"))
        tx.execute(text("INSERT INTO child VALUES ('nobody')"))

    with pytest.raises(IntegrityError, match="FOREIGN KEY"):
        await file_store.write(orphan)


async def test_a_sqlite_store_is_for_our_eyes_only(file_store: Store) -> None:
    path = file_store.engines.path
    assert path is not None
    assert mode(path.parent) == 0o700
    files = sorted(file.name for file in path.parent.iterdir())
    assert files == ["responder.db", *(f"responder.db{end}" for end in ("-shm", "-wal", ".lock"))]
    assert {mode(file) for file in path.parent.iterdir()} == {0o600}


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("synchronous_commit", "on"),
        ("lock_timeout", "2s"),
        ("statement_timeout", "5s"),
        ("idle_in_transaction_session_timeout", "10s"),
        ("application_name", "responder"),
    ],
)
async def test_every_postgresql_connection_has_an_end_to_each_wait(
    postgres_url: str, name: str, value: str
) -> None:
    store = Store(open_engine(postgres_url))
    assert await store.write(setting, name=name) == value
    assert await store.read(setting, name=name) == value
    await store.close()


def user_timeout(tx: Connection) -> int:
    with socket.socket(fileno=os.dup(driver_of(tx).fileno())) as line:
        return line.getsockopt(socket.IPPROTO_TCP, socket.TCP_USER_TIMEOUT)


async def test_a_dead_network_is_noticed_by_the_kernel(postgres_url: str) -> None:
    store = Store(open_engine(postgres_url))
    assert await store.write(user_timeout) == 4000
    await store.close()


async def test_a_server_that_answers_before_the_disk_has_it_is_overruled(postgres_url: str) -> None:
    store = Store(open_engine(f"{postgres_url}?options=-c%20synchronous_commit%3Doff"))
    assert await store.write(setting, name="synchronous_commit") == "on"
    await store.close()
    remote = Store(open_engine(f"{postgres_url}?options=-c%20synchronous_commit%3Dremote_apply"))
    assert await remote.write(setting, name="synchronous_commit") == "remote_apply"
    await remote.close()


async def test_the_url_may_name_the_program(postgres_url: str) -> None:
    store = Store(open_engine(f"{postgres_url}?application_name=responder%2Fa"))
    assert await store.write(setting, name="application_name") == "responder/a"
    await store.close()


def test_a_sound_server_gives_no_doubt(postgres_url: str) -> None:
    engines = open_engine(postgres_url)
    assert engines.doubts() == ()
    engines.close()


def test_a_server_that_forgets_at_a_power_cut_is_doubted(postgres_url: str) -> None:
    engines = open_engine(postgres_url)
    with engines.write.connect().execution_options(isolation_level="AUTOCOMMIT") as tx:
        tx.execute(text("ALTER SYSTEM SET fsync = off"))
        tx.execute(text("SELECT pg_reload_conf()"))
        try:
            assert "fsync is off" in eventual_doubt(engines)
        finally:
            tx.execute(text("ALTER SYSTEM RESET fsync"))
            tx.execute(text("SELECT pg_reload_conf()"))
    engines.close()


def eventual_doubt(engines: Engines) -> str:
    """The first doubt; the server reads its configuration when it finds the time."""
    for _ in range(4500):
        if doubts := engines.doubts():
            return doubts[0]
        time.sleep(0.01)
    return ""


def test_only_a_file_can_be_copied_as_a_file(tmp_path: Path) -> None:
    assert file_of("sqlite:///responder.db", beside=tmp_path) == tmp_path / "responder.db"
    with pytest.raises(ValueError, match="pg_dump"):
        file_of("postgresql://db/responder")


def test_a_second_instance_is_told_who_has_the_store(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path / 'responder.db'}"
    engines = open_engine(url)
    with pytest.raises(StoreInUse, match=f"process {os.getpid()}"):
        open_engine(url)
    child = subprocess.run(
        [sys.executable, "-c", OPEN, url], capture_output=True, text=True, check=False
    )
    assert child.returncode == 1
    assert "responder.db is in use by another responder" in child.stderr
    engines.close()
    open_engine(url).close()


def test_a_relative_file_stands_beside_the_configuration(tmp_path: Path) -> None:
    engines = open_engine("sqlite:///data/responder.db", beside=tmp_path)
    assert engines.path == tmp_path / "data" / "responder.db"
    engines.close()
    elsewhere = tmp_path / "elsewhere.db"
    engines = open_engine(f"sqlite:///{elsewhere}", beside=tmp_path / "data")
    assert engines.path == elsewhere
    engines.close()


def test_closing_twice_is_as_good_as_once(tmp_path: Path) -> None:
    engines = open_engine("sqlite:///responder.db", beside=tmp_path)
    engines.close()
    engines.close()


@pytest.mark.parametrize(
    "url",
    [
        "",
        "nonsense",
        "sqlite://",
        "sqlite:///:memory:",
        "mysql://root:hunter2@db/responder",
        "postgresql+asyncpg://root:hunter2@db/responder",
    ],
)
def test_another_url_is_refused_without_its_password(url: str) -> None:
    with pytest.raises(ValueError, match="a store is sqlite:///FILE or") as refused:
        open_engine(url)
    assert "hunter2" not in str(refused.value)
