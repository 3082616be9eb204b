"""A DNS server made by hand: it says over UDP and TCP whatever a test wants, true or not."""

import asyncio
import socket
import struct
from collections.abc import AsyncIterator, Callable, Iterable
from contextlib import asynccontextmanager
from ssl import SSLContext
from typing import Any

from typing_extensions import override

Say = Callable[[bytes], Iterable[bytes]]
"""From a question (the whole message) to the datagrams that come back."""


def record(data: bytes, *, kind: int = 1, ttl: int = 300, name: bytes = b"\xc0\x0c") -> bytes:
    """One record, about the name of the question unless another is given."""
    return name + struct.pack(">HHIH", kind, 1, ttl, len(data)) + data


def address(text: str, **keys: Any) -> bytes:
    if ":" in text:
        return record(socket.inet_pton(socket.AF_INET6, text), kind=28, **keys)
    return record(socket.inet_pton(socket.AF_INET, text), **keys)


def soa(serial: int, **keys: Any) -> bytes:
    names = b"\x03ns1\xc0\x0c\x0ahostmaster\xc0\x0c"
    return record(names + struct.pack(">5I", serial, 7200, 900, 1209600, 300), kind=6, **keys)


def text(words: str, **keys: Any) -> bytes:
    return record(bytes((len(words),)) + words.encode(), kind=16, **keys)


def asked_type(query: bytes) -> int:
    return int.from_bytes(query[-4:-2], "big")


def asked_name(query: bytes) -> str:
    labels, at = [], 12
    while length := query[at]:
        labels.append(query[at + 1 : at + 1 + length].decode())
        at += 1 + length
    return ".".join(labels)


def reply(
    query: bytes,
    *records: bytes,
    rcode: int = 0,
    flags: int = 0x8400,
    authority: tuple[bytes, ...] = (),
) -> bytes:
    """An authoritative answer to this question."""
    head = struct.pack(">HHHHH", flags | rcode, 1, len(records), len(authority), 0)
    return query[:2] + head + query[12:] + b"".join(records) + b"".join(authority)


class DnsServer:
    """Listens on one port of 127.0.0.1 over both; `asked` holds every question it got."""

    def __init__(self, say: Say, say_tcp: Say | None = None) -> None:
        self.say = say
        self.say_tcp = say_tcp or say
        self.asked: list[bytes] = []
        self.asked_by: list[tuple[str, int]] = []
        self.port = 0

    @property
    def address(self) -> str:
        return f"127.0.0.1:{self.port}"

    @asynccontextmanager
    async def open(
        self, *, host: str = "127.0.0.1", tls: SSLContext | None = None
    ) -> AsyncIterator["DnsServer"]:
        tcp, udp = await self._both(host, tls)
        try:
            yield self
        finally:
            udp.close()
            tcp.close()
            await tcp.wait_closed()

    async def _both(
        self, host: str, tls: SSLContext | None
    ) -> tuple[asyncio.Server, asyncio.DatagramTransport]:
        """One port for both; where somebody has it over UDP, another one."""
        loop = asyncio.get_running_loop()
        while True:
            tcp = await asyncio.start_server(self._serve, host, 0, ssl=tls)
            self.port = tcp.sockets[0].getsockname()[1]
            try:
                udp, _ = await loop.create_datagram_endpoint(
                    lambda: _Udp(self), local_addr=(host, self.port)
                )
            except OSError:
                tcp.close()
                await tcp.wait_closed()
            else:
                return tcp, udp

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            query = await reader.readexactly(int.from_bytes(await reader.readexactly(2), "big"))
            self.asked.append(query)
            for message in self.say_tcp(query):
                writer.write(len(message).to_bytes(2, "big") + message)
            await reader.read(1)
        except (OSError, EOFError):
            pass
        finally:
            writer.close()


class _Udp(asyncio.DatagramProtocol):
    def __init__(self, server: DnsServer) -> None:
        self._server = server
        self._transport: asyncio.DatagramTransport | None = None

    @override
    def connection_made(self, transport: Any) -> None:
        self._transport = transport

    @override
    def datagram_received(self, data: bytes, addr: Any) -> None:
        self._server.asked.append(data)
        self._server.asked_by.append(addr)
        assert self._transport is not None
        for message in self._server.say(data):
            self._transport.sendto(message, addr)
