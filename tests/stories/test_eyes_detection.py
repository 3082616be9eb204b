"""Something really dies: how long until it is known for sure?

The usual figures are interval 60 s, two pauses of 20 s and a deadline of 5 s: 105 s. Here all of it
goes faster, in the same proportions. Judged are the failing looks that it took and the moments that
the daemon itself notes; `Beat` measures how long the machine stood still meanwhile, which is added
to the limit.
"""

import asyncio
import contextlib
import signal
import socket
import sys
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from probes.rounds import AGAIN
from tests.certificates import Authority
from tests.patient import Beat
from tests.real.name_servers import Knot
from tests.real.process import Process
from tests.real.smtp import Mailbox
from tests.require import free_port
from tests.stories.seeing import looking, until, well
from tests.stories.stage import FILE, Stage

INTERVAL, RETRY, WITHIN = 1.0, 0.4, 0.3
LATEST = INTERVAL + 2 * RETRY + WITHIN
MARGIN = 1.5  # for a busy machine
ATTEMPTS = 3
LOOKS = "/api/v1/looks"
ZONE = """\
$ORIGIN example.org.
@ 300 SOA ns1 hostmaster 2026112101 3600 600 86400 300
@ 300 NS ns1
ns1 300 A 127.0.0.1
"""
LISTEN = "import socket, sys, time; s = socket.create_server(('127.0.0.1', int(sys.argv[1])))"


@dataclass
class Victim:
    """Something that answers at `address` until `die` is done; `said` then stands in the reason."""

    module: str
    address: str
    die: Callable[[], Awaitable[None]]
    said: str


@asynccontextmanager
async def process(folder: Path) -> AsyncIterator[Victim]:
    """A real process that listens, killed."""
    port = free_port()
    code = f"{LISTEN}; time.sleep(99)"
    listener = Process(sys.executable, "-c", code, str(port), log=folder / "listener.log")
    listener.start()

    async def die() -> None:
        await asyncio.to_thread(listener.end, signal.SIGKILL)

    try:
        await _listening(port)
        yield Victim("{kind: tcp", f"127.0.0.1:{port}", die, "connection refused")
    finally:
        listener.end()


@asynccontextmanager
async def port(_: Path) -> AsyncIterator[Victim]:
    """A port that is closed while its process lives on."""
    server = await asyncio.start_server(lambda _, writer: writer.close(), "127.0.0.1", 0)
    number = server.sockets[0].getsockname()[1]

    async def die() -> None:
        server.close()

    yield Victim("{kind: tcp", f"127.0.0.1:{number}", die, "connection refused")
    server.close()


@asynccontextmanager
async def address(_: Path) -> AsyncIterator[Victim]:
    """An address that takes no packet any more, as behind a firewall that drops all: the kernel
    drops the first packet of whoever calls a listener whose queue is full.
    """
    listener = socket.socket()
    listener.bind(("127.0.0.1", 0))
    listener.listen(0)
    listener.setblocking(False)
    answering = asyncio.create_task(_accept(listener))
    callers: list[socket.socket] = []

    async def die() -> None:
        answering.cancel()
        for _ in range(4):
            callers.append(socket.socket())
            callers[-1].setblocking(False)
            callers[-1].connect_ex(listener.getsockname())

    yield Victim(
        "{kind: tcp", f"127.0.0.1:{listener.getsockname()[1]}", die, "no connection within"
    )
    answering.cancel()
    for one in (listener, *callers):
        one.close()


@asynccontextmanager
async def certificate(folder: Path) -> AsyncIterator[Victim]:
    """A certificate that is replaced by one that has expired."""
    authority = Authority.root(folder)
    context = authority.leaf().server()
    expired = authority.leaf(days=-1)
    server = await asyncio.start_server(
        lambda _, writer: writer.close(), "127.0.0.1", 0, ssl=context
    )
    number = server.sockets[0].getsockname()[1]

    async def die() -> None:
        context.load_cert_chain(expired.certificate_file, expired.key_file)

    module = f"{{kind: tls, tls_config: {{ca_file: {authority.file}}}"
    yield Victim(module, f"127.0.0.1:{number}", die, "certificate expired on ")
    server.close()


@asynccontextmanager
async def name_server(_: Path) -> AsyncIterator[Victim]:
    """A real name server, killed."""
    knot = Knot({"example.org": ZONE})
    await asyncio.to_thread(knot.start)

    async def die() -> None:
        await asyncio.to_thread(knot.kill)

    module = "{kind: dns, query_name: example.org, query_type: SOA"
    yield Victim(module, knot.address, die, "")
    await asyncio.to_thread(knot.remove)


@pytest.mark.parametrize("case", [process, port, address, certificate, name_server])
async def test_what_dies_is_known_in_time(
    tmp_path: Path,
    mailbox: Mailbox,
    case: Callable[[Path], contextlib.AbstractAsyncContextManager[Victim]],
    record_property: Callable[[str, object], None],
) -> None:
    how = f"interval: {INTERVAL}s, retry: {RETRY}s"
    async with case(tmp_path) as victim:
        more = (
            f"probes:\n  modules: {{victim: {victim.module}, timeout: {WITHIN}s}}}}\n"
            f"  looks:\n    - {{module: victim, targets: '{victim.address}', {how}}}\n"
        )
        async with looking(tmp_path, mailbox, more) as stage:
            await well(stage, 1)
            async with Beat() as beat:
                await victim.die()
                died = datetime.now(UTC)
                told = await until(stage, f"{LOOKS}?state=down", lambda told: said(told, victim))
            (one,) = told["looks"]
            assert one["attempts"] == ATTEMPTS, "neither after one failure nor after one too many"
            failing, known = moments(one)
            assert (known - failing).total_seconds() >= 2 * RETRY * 0.9
            took = (known - died).total_seconds() + WITHIN
            record_property("seconds", round(took, 2))
            assert took < LATEST + MARGIN + lost(stage, beat)


def said(told: Any, victim: Victim) -> bool:
    """Is it known, and by what killed it? A look that we were late for has a reason of its own."""
    return any(victim.said in one["reason"] and one["verdict"] == "down" for one in told["looks"])


def moments(look: Any) -> tuple[datetime, datetime]:
    """When the first failing look and the one that decided began."""
    failing, since = (datetime.fromisoformat(look[name]) for name in ("failing_since", "since"))
    return failing, since


def lost(stage: Stage, beat: Beat) -> float:
    """Seconds by which the machine put the verdict off, and no more: what it stood still, and a new
    turn for each failing look that did not count because of that.
    """
    return beat.still + stage.daemon.world.eyes.rounds.figures().discarded * (AGAIN + INTERVAL)


async def test_a_shared_suspicion_is_known_sooner(tmp_path: Path, mailbox: Mailbox) -> None:
    """`second_opinion: confirm`: usually 15 s and a deadline of 5 s after the first failure."""
    how = f"servers: web1, interval: {INTERVAL}s, retry: {RETRY}s, attempts: 20"
    async with process(tmp_path) as one, port(tmp_path) as other:
        doors = [
            f'    - {{module: door, target: "{{address}}:{at.address.split(":")[1]}", {how}}}\n'
            for at in (one, other)
        ]
        more = (
            f"probes:\n  second_opinion: confirm\n  modules: {{door: {{kind: tcp, timeout: "
            f"{WITHIN}s}}}}\n  looks:\n{''.join(doors)}"
        )
        async with looking(
            tmp_path, mailbox, more, file=FILE.replace("127.0.0.2", "127.0.0.1")
        ) as stage:
            await well(stage, 2)
            async with Beat() as beat:
                await asyncio.gather(one.die(), other.die())
                await until(stage, f"{LOOKS}?state=down", lambda told: told["looks"])
                told = await until(stage, LOOKS, lambda told: told["looks"])
            began = [moments(look)[0] for look in told["looks"]]
            look = next(look for look in told["looks"] if look["state"] == "down")
            _, known = moments(look)
            assert (known - max(began)).total_seconds() < RETRY + WITHIN + MARGIN / 2 + lost(
                stage, beat
            )
            assert look["attempts"] < 20


async def _accept(listener: socket.socket) -> None:
    loop = asyncio.get_running_loop()
    while True:
        connection, _ = await loop.sock_accept(listener)
        connection.close()


async def _listening(number: int) -> None:
    async with asyncio.timeout(45):
        while True:
            with contextlib.suppress(ConnectionRefusedError):
                _, writer = await asyncio.open_connection("127.0.0.1", number)
                writer.close()
                return
            await asyncio.sleep(0.02)
