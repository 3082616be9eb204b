"""A web server that answers word for word what it is told, and remembers what it was asked."""

import asyncio
import contextlib
import ssl
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

from tests.raw import raw_server


def page(
    body: bytes = b"ok\n", *headers: str, status: str = "200 OK", length: int | None = None
) -> bytes:
    """A whole answer with its Content-Length."""
    told = len(body) if length is None else length
    lines = [f"HTTP/1.1 {status}", f"Content-Length: {told}", *headers]
    return "\r\n".join(lines).encode() + b"\r\n\r\n" + body


def redirect(location: str, *headers: str, status: str = "302 Found") -> bytes:
    return page(b"", f"Location: {location}", *headers, status=status)


@dataclass
class Site:
    """What it says to each path (`other` to the rest). Silent for ever after an answer where
    `stays`; else the connection ends. `heard` are whole requests.
    """

    pages: Mapping[str, bytes] = field(default_factory=dict)
    other: bytes = page()
    stays: bool = False
    tls: ssl.SSLContext | None = None
    heard: list[bytes] = field(default_factory=list)
    asked: asyncio.Event = field(default_factory=asyncio.Event)

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with contextlib.suppress(ssl.SSLError, ConnectionError):
            head = await reader.readuntil(b"\r\n\r\n")
            self.heard.append(head + await reader.readexactly(_length(head)))
            self.asked.set()
            path = head.split(b" ")[1].decode()
            writer.write(self.pages.get(path, self.other))
            await writer.drain()
            if self.stays:
                await asyncio.sleep(3600)

    @property
    def paths(self) -> list[str]:
        """Method and path of every request."""
        return [b" ".join(one.split(b" ")[:2]).decode() for one in self.heard]

    def header(self, number: int, name: str) -> list[str]:
        """The values of this header in that request."""
        lines = self.heard[number].split(b"\r\n\r\n")[0].decode().split("\r\n")[1:]
        pairs = [line.split(": ", 1) for line in lines]
        return [value for one, value in pairs if one.lower() == name.lower()]


@asynccontextmanager
async def hosting(site: Site) -> AsyncIterator[str]:
    """HOST:PORT of this site."""
    async with raw_server(site.serve, context=site.tls) as port:
        yield f"127.0.0.1:{port}"


def _length(head: bytes) -> int:
    for line in head.lower().split(b"\r\n"):
        if line.startswith(b"content-length:"):
            return int(line.split(b":")[1])
    return 0
