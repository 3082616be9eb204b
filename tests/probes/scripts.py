"""Servers that follow a script, good or odd, and one look at them."""

import asyncio
import contextlib
import ssl
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

from probes.look import look
from probes.model import Observation, Probe, Target
from probes.net import Net, bracketed
from tests.raw import raw_server


@dataclass
class Script:
    """What a server says first, and what to a line that begins with one of these words (the longest
    that fits; `other` to anything else). `heard` are the lines that it was sent. After a line that
    begins with `secures` it speaks TLS.
    """

    banner: bytes
    answers: Mapping[str, bytes] = field(default_factory=dict)
    other: bytes = b""
    secures: str = ""
    tls: ssl.SSLContext | None = None
    heard: list[str] = field(default_factory=list)
    talks: int = 0
    idle: asyncio.Event = field(default_factory=asyncio.Event)

    async def play(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.talks += 1
        self.idle.clear()
        try:
            with contextlib.suppress(ssl.SSLError):  # the look does not like our certificate
                await self._play(reader, writer)
        finally:
            self.talks -= 1
            if not self.talks:
                self.idle.set()

    async def _play(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(self.banner)
        while line := (await reader.readline()).decode(errors="replace").rstrip("\r\n"):
            self.heard.append(line)
            fitting = [words for words in self.answers if line.startswith(words)]
            writer.write(self.answers[max(fitting, key=len)] if fitting else self.other)
            await writer.drain()
            if self.secures and self.tls and line.startswith(self.secures):
                await writer.start_tls(self.tls)


@asynccontextmanager
async def serving(script: Script, *, host: str = "127.0.0.1") -> AsyncIterator[str]:
    """The address of a server that follows this script on each connection. At the end all that was
    said to it has been heard.
    """
    async with raw_server(script.play, host=host) as port:
        yield f"{bracketed(host)}:{port}"
        async with asyncio.timeout(30):
            await script.idle.wait()


async def seen(
    probe: Probe,
    address: str,
    *,
    hostname: str = "",
    within: float = 30.0,
    net: Net | None = None,
    debug: bool = False,
) -> Observation:
    """One look."""
    target = Target(address, hostname=hostname)
    return await look(probe, target, net or Net(), within=within, debug=debug)


def value(observation: Observation, name: str, labels: str = "") -> float:
    """The value of one series; KeyError when it is not there or is there twice."""
    found = [told for family, own, told in observation.samples if (family, own) == (name, labels)]
    if len(found) != 1:
        raise KeyError(f"{name}{{{labels}}} stands there {len(found)} times")
    return found[0]


def names(observation: Observation) -> set[str]:
    """Which series there are."""
    return {family for family, _, _ in observation.samples}
