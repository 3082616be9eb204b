"""Servers that really die on a stage, and a daemon that looks at them many times a second."""

import asyncio
from collections.abc import AsyncIterator, Callable, Iterable
from contextlib import asynccontextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from responder.clock import Clock
from responder.emulators.hosting import WebServer
from tests.real.smtp import Mailbox
from tests.stories.stage import FILE, Stage, begin, write_config

BRISK = "interval: 500ms, retry: 200ms"  # hard 0.9 s after the death at the latest
_SERVERS = "servers:\n  web1: {{address: 127.0.0.2}}\n"


def looks(servers: Iterable[WebServer], *, how: str = BRISK, module: str = "door") -> str:
    """One look at each of these; what does not answer within 300 ms is away."""
    parts = "".join(
        f"    - {{module: {module}, servers: {one.name}, "
        f'target: "{{address}}:{one.port}", {how}}}\n'
        for one in servers
    )
    return f"probes:\n  modules: {{{module}: {{kind: tcp, timeout: 300ms}}}}\n  looks:\n{parts}"


def machines(servers: Iterable[WebServer], **more: str) -> str:
    """The file of the company with these servers; `more` by name, such as `hypervisor: hv1`."""
    told = {one.name: more.get(one.name, more.get("every", "")) for one in servers}
    lines = "".join(
        f"  {one.name}: {{{{address: {one.address}, {told[one.name]}}}}}\n" for one in servers
    )
    return FILE.replace(_SERVERS, f"servers:\n{lines}")


@asynccontextmanager
async def looking(
    folder: Path, mailbox: Mailbox, more: str, *, file: str = FILE, clock: Clock | None = None
) -> AsyncIterator[Stage]:
    """A daemon with all its duties on this configuration."""
    path = write_config(folder, smtp=mailbox.port, more=more, file=file)
    stage = await begin(path, clock=clock or Clock())
    stage.daemon.work()
    try:
        await stage.daemon.ready()
        yield stage
    finally:
        await stage.daemon.end()


@asynccontextmanager
async def powered(*names: str, first: int = 2) -> AsyncIterator[list[WebServer]]:
    """Servers at 127.0.0.2 and so on that answer."""
    servers = [WebServer(name, f"127.0.0.{at}") for at, name in enumerate(names, start=first)]
    try:
        for one in servers:
            await one.power_on()
        yield servers
    finally:
        for one in servers:
            await one.power_off()


async def all_off(servers: Iterable[WebServer]) -> None:
    """All of them die at the same moment."""
    await asyncio.gather(*(one.power_off() for one in servers))


async def all_on(servers: Iterable[WebServer]) -> None:
    """All of them come back."""
    await asyncio.gather(*(one.power_on() for one in servers))


async def until(
    stage: Stage, path: str, fits: Callable[[Any], Any], *, seconds: float = 45.0
) -> Any:
    """The API's answer as soon as it fits."""
    told: Any = None
    try:
        async with asyncio.timeout(seconds):
            while True:
                status, told = await stage.ask("GET", path)
                assert status == 200, told
                if fits(told):
                    return told
                await asyncio.sleep(0.05)
    except TimeoutError:
        pytest.fail(f"{path} after {seconds} s: {told}")


async def well(stage: Stage, count: int) -> None:
    """So many looks have seen that all is well."""
    await until(stage, "/api/v1/looks?state=ok", lambda told: len(told["looks"]) == count)


async def incidents(stage: Stage) -> list[Any]:
    """All incidents by now."""
    _, told = await stage.ask("GET", "/api/v1/incidents?limit=1000")
    found: list[Any] = told["incidents"]
    return found


def keys(told: Any) -> list[str]:
    return sorted(one["key"] for one in told["incidents"])


def states(told: Any) -> list[str]:
    return [one["state"] for one in told["incidents"]]


def jump(stage: Stage, **span: float) -> None:
    """The daemon's clock goes on at once; looks go on as before."""
    stage.daemon.world.clock.offset += timedelta(**span)
