"""The real parts as fixtures, for every test: tests/conftest.py names this file as a plugin."""

from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from itertools import count
from pathlib import Path
from typing import Protocol

import pytest

from responder.emulators.bmc import SERIAL_OF_WEB1, UUID_OF_WEB1, RealBmc
from tests.real.alertmanager import Alertmanager
from tests.real.bmc import StartBmc
from tests.real.disk import small_file_system
from tests.real.postgres import PostgresServer
from tests.real.prometheus import Prometheus
from tests.real.rt import RequestTracker
from tests.real.smtp import Mailbox
from tests.require import free_port, require

StartAlertmanager = Callable[[str], Awaitable[Alertmanager]]


class StartPrometheus(Protocol):
    """What the fixture `prometheus` gives: a configuration and its rules become a server."""

    async def __call__(self, config: str, *, rules: str = "") -> Prometheus: ...


@pytest.fixture(scope="session")
def postgres_server() -> Iterator[PostgresServer]:
    """A PostgreSQL cluster of this run; a test may crash() it, the next one finds it running."""
    server = PostgresServer()
    try:
        server.start()
        yield server
    finally:
        server.remove()


@pytest.fixture(scope="session")
def postgres_names() -> Iterator[str]:
    """Names for databases, each new."""
    return (f"test_{number}" for number in count(1))


@pytest.fixture
def postgres_url(postgres_server: PostgresServer, postgres_names: Iterator[str]) -> Iterator[str]:
    """The SQLAlchemy URL of an empty database, which is dropped after the test."""
    postgres_server.start()
    name = next(postgres_names)
    yield postgres_server.create(name)
    postgres_server.start()
    postgres_server.drop(name)


@pytest.fixture(scope="session")
def request_tracker_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RequestTracker]:
    """The Request Tracker of this run; each worker of xdist has its own."""
    server = RequestTracker(folder=tmp_path_factory.mktemp("rt"))
    try:
        server.start_at_once()
        yield server
    finally:
        server.end()


@pytest.fixture
def request_tracker(request_tracker_server: RequestTracker) -> RequestTracker:
    """Request Tracker, up and answering; a test may stop, kill or pause it."""
    request_tracker_server.resume()
    request_tracker_server.start_at_once()
    return request_tracker_server


@pytest.fixture
async def alertmanager(tmp_path: Path) -> AsyncIterator[StartAlertmanager]:
    """`await alertmanager(config)` starts one; several may run side by side."""
    started: list[Alertmanager] = []

    async def start(config: str) -> Alertmanager:
        server = Alertmanager(config, folder=tmp_path / f"alertmanager-{len(started)}")
        started.append(server)
        await server.start()
        return server

    yield start
    for server in started:
        await server.kill()


@pytest.fixture
async def prometheus(tmp_path: Path) -> AsyncIterator[StartPrometheus]:
    """`await prometheus(config, rules=...)` starts one; several may run side by side."""
    started: list[Prometheus] = []

    async def start(config: str, *, rules: str = "") -> Prometheus:
        server = Prometheus(config, rules=rules, folder=tmp_path / f"prometheus-{len(started)}")
        started.append(server)
        await server.start()
        return server

    yield start
    for server in started:
        await server.kill()


@pytest.fixture
async def mailbox() -> AsyncIterator[Mailbox]:
    """A mail server that listens."""
    server = Mailbox()
    await server.start()
    yield server
    await server.stop()


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A file system of 8 MiB."""
    with small_file_system(tmp_path / "disk", mebibytes=8) as place:
        yield place


@pytest.fixture
async def start_bmc(tmp_path: Path) -> AsyncIterator[StartBmc]:
    """`await start_bmc()` starts one; several may run side by side."""
    require("ipmi_sim", present=RealBmc.installed())
    started: list[RealBmc] = []

    async def start(*, uuid: str = UUID_OF_WEB1, serial: str = SERIAL_OF_WEB1) -> RealBmc:
        folder = tmp_path / f"bmc-{len(started)}"
        bmc = RealBmc(folder, host_port=free_port(), uuid=uuid, serial=serial)
        started.append(bmc)
        await bmc.start()
        return bmc

    yield start
    for bmc in started:
        bmc.stop()


@pytest.fixture
async def bmc(start_bmc: StartBmc) -> RealBmc:
    """A machine that is on, behind ipmi_sim."""
    return await start_bmc()
