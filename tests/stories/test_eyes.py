"""A server really dies, and the daemon's own looks find it: nobody has told us."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest

from responder.emulators.hosting import WebServer
from tests.real.smtp import Mailbox
from tests.stories.stage import Stage, begin, write_config


def looks(web1: WebServer, more: str = "") -> str:
    target = f'"{{address}}:{web1.port}"'
    look = f"{{kind: tcp, servers: web1, target: {target}, interval: 1s, retry: 200ms}}"
    return f"probes:\n  looks:\n    - {look}\n{more}"


@asynccontextmanager
async def looking(folder: Path, mailbox: Mailbox, more: str) -> AsyncIterator[Stage]:
    path = write_config(folder, smtp=mailbox.port, more=more)
    stage = await begin(path)
    stage.daemon.work()
    try:
        await stage.daemon.ready()
        yield stage
    finally:
        await stage.daemon.end()


@pytest.fixture
async def web1() -> AsyncIterator[WebServer]:
    server = WebServer("web1", "127.0.0.2")
    await server.power_on()
    yield server
    await server.power_off()


@pytest.fixture
async def references() -> AsyncIterator[list[WebServer]]:
    servers = [WebServer(f"ref{number}", f"127.0.0.2{number}") for number in range(3)]
    for one in servers:
        await one.power_on()
    yield servers
    for one in servers:
        await one.power_off()


async def until(stage: Stage, path: str, fits: Any, *, seconds: float = 60.0) -> Any:
    """The API's answer as soon as it fits."""
    async with asyncio.timeout(seconds):
        while True:
            status, told = await stage.ask("GET", path)
            assert status == 200, told
            if fits(told):
                return told
            await asyncio.sleep(0.05)


def states(told: Any) -> list[str]:
    return [one["state"] for one in told["incidents"]]


async def test_a_server_that_dies_is_found_paged_and_recovers(
    tmp_path: Path, mailbox: Mailbox, web1: WebServer
) -> None:
    """R8, R17."""
    async with looking(tmp_path, mailbox, looks(web1)) as stage:
        await until(stage, "/api/v1/looks?state=ok", lambda told: len(told["looks"]) == 1)
        await web1.power_off()
        path = "/api/v1/incidents?server=web1"
        told = await until(stage, path, lambda told: states(told) == ["open"])
        (incident,) = told["incidents"]
        assert incident["key"] == "server:web1"
        names = {alert["labels"]["alertname"] for alert in incident["alerts"]}
        assert "ServerDown" in names
        assert incident["category"] == "critical"
        await web1.power_on()
        await until(stage, path, lambda told: states(told) == ["mitigated"])


async def test_what_fires_is_known_after_a_restart_and_told_once(
    tmp_path: Path, mailbox: Mailbox, web1: WebServer
) -> None:
    path = "/api/v1/incidents?server=web1"
    await web1.power_off()
    async with looking(tmp_path, mailbox, looks(web1)) as stage:
        await until(stage, path, lambda told: states(told) == ["open"])
        await until(stage, "/api/v1/looks?state=down", lambda told: len(told["looks"]) == 1)
        await stage.daemon.world.eyes.turn()
    async with looking(tmp_path, mailbox, looks(web1)) as stage:
        told = await until(stage, "/api/v1/looks?state=down", lambda told: told["looks"])
        assert told["looks"][0]["reason"].startswith("connection refused")
        await asyncio.sleep(1.5)  # looks go on, and say nothing new
        (incident,) = (await until(stage, path, lambda told: told["incidents"]))["incidents"]
        assert incident["alerts_total"] == 2
        assert {alert["status"] for alert in incident["alerts"]} == {"firing"}


async def test_trouble_of_what_is_no_longer_looked_at_is_over(
    tmp_path: Path, mailbox: Mailbox, web1: WebServer
) -> None:
    path = "/api/v1/incidents?server=web1"
    await web1.power_off()
    async with looking(tmp_path, mailbox, looks(web1)) as stage:
        await until(stage, path, lambda told: states(told) == ["open"])
        file = tmp_path / "responder.yaml"
        file.write_text(file.read_text().split("probes:")[0])
        await stage.daemon.reload()
        await until(stage, path, lambda told: states(told) == ["mitigated"])
        await until(stage, "/api/v1/looks", lambda told: told["looks"] == [])


async def test_nothing_begins_while_the_references_are_silent(
    tmp_path: Path, mailbox: Mailbox, web1: WebServer, references: list[WebServer]
) -> None:
    told = "".join(
        f'  {one.name}: {{address: "{one.address}:{one.port}", network: n{number % 2}}}\n'
        for number, one in enumerate(references)
    )
    incidents = "/api/v1/incidents?server=web1"
    async with looking(tmp_path, mailbox, looks(web1, f"references:\n{told}")) as stage:
        await until(stage, "/api/v1/looks?state=ok", lambda told: len(told["looks"]) == 1)
        for server in (*references, web1):
            await server.power_off()
        await until(stage, "/api/v1/looks", lambda told: told["blind"])
        await asyncio.sleep(3)  # three intervals of looks that fail
        await until(stage, incidents, lambda told: told["incidents"] == [])
        for server in (*references, web1):
            await server.power_on()
        await until(stage, "/api/v1/looks", lambda told: not told["blind"])
        await until(stage, "/api/v1/looks?state=ok", lambda told: len(told["looks"]) == 1)
        await until(stage, incidents, lambda told: told["incidents"] == [])
