"""A connection of a look reads lines, never too much, and says what went wrong."""

import asyncio
import socket
import ssl
import struct
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from probes.handshake import TlsConfig, context
from probes.net import Address
from probes.reasons import Failed
from probes.wire import LONGEST, Wire, connect
from tests.certificates import Authority
from tests.raw import Conversation, raw_server

HERE = Address("127.0.0.1", 4, b"\x7f\x00\x00\x01")


@asynccontextmanager
async def wired(
    converse: Conversation, *, server: ssl.SSLContext | None = None
) -> AsyncIterator[Wire]:
    async with raw_server(converse, context=server) as port:
        wire = await connect(HERE, port)
        try:
            yield wire
        finally:
            wire.close()


def saying(*pieces: bytes) -> Conversation:
    async def converse(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        for piece in pieces:
            writer.write(piece)
            await writer.drain()

    return converse


async def read_all(wire: Wire) -> list[bytes]:
    lines = []
    while (line := await wire.line()) is not None:
        lines.append(line)
    return lines


@pytest.mark.parametrize("tls", [False, True])
async def test_lines_lose_their_end_and_the_rest_counts_as_one(tmp_path: Path, tls: bool) -> None:
    root = Authority.root(tmp_path)
    words = saying(b"one\r\ntw", b"o\n\nthree\r", b"\r\nrest\r")
    async with wired(words, server=root.leaf().server() if tls else None) as wire:
        if tls:
            await wire.shake(wire.wrap(context(TlsConfig(ca_file=root.file)), "localhost"))
        assert await read_all(wire) == [b"one", b"two", b"", b"three\r", b"rest"]
        assert await wire.line() is None


@pytest.mark.parametrize("tls", [False, True])
async def test_what_we_say_arrives(tmp_path: Path, tls: bool) -> None:
    async def echo(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"you said " + await reader.readline())

    root = Authority.root(tmp_path)
    async with wired(echo, server=root.leaf().server() if tls else None) as wire:
        if tls:
            await wire.shake(wire.wrap(context(TlsConfig(ca_file=root.file)), "localhost"))
        wire.send(b"hello\n")
        assert await wire.line() == b"you said hello"


async def test_the_longest_line_passes_and_a_longer_one_fails() -> None:
    async with wired(saying(b"a" * (LONGEST - 1) + b"\n")) as wire:
        assert await wire.line() == b"a" * (LONGEST - 1)
    async with wired(saying(b"a" * LONGEST + b"\n")) as wire:
        with pytest.raises(asyncio.LimitOverrunError):
            await wire.line()


async def babble(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    while True:
        writer.write(b"\n" * 65536)
        await writer.drain()


@pytest.mark.parametrize("tls", [False, True])
async def test_a_babbling_server_is_left_soon_and_others_go_on(tmp_path: Path, tls: bool) -> None:
    root, turns = Authority.root(tmp_path), 0

    async def others() -> None:
        nonlocal turns
        while True:
            await asyncio.sleep(0)
            turns += 1

    async with wired(babble, server=root.leaf().server() if tls else None) as wire:
        if tls:
            await wire.shake(wire.wrap(context(TlsConfig(ca_file=root.file)), "localhost"))
        task = asyncio.create_task(others())
        with pytest.raises(Failed, match="the other side said more than 1 MiB"):
            await read_all(wire)
        task.cancel()
    assert turns > 10000


@pytest.mark.parametrize("tls", [False, True])
async def test_what_is_read_ahead_is_bounded(tmp_path: Path, tls: bool) -> None:
    root = Authority.root(tmp_path)
    async with wired(babble, server=root.leaf().server() if tls else None) as wire:
        if tls:
            await wire.shake(wire.wrap(context(TlsConfig(ca_file=root.file)), "localhost"))
        assert await wire.line() == b""
        for _ in range(100):
            await asyncio.sleep(0.001)
        held = len(wire._held) + (wire._inside.pending if tls else 0)
        assert 0 < held < 1 << 20
        assert await wire.line() == b""  # and it reads on afterwards


async def test_exact_bytes_are_not_lines() -> None:
    async with wired(saying(b"\r\n\x00S\r", b"\n!")) as wire:
        assert await wire.exactly(5) == b"\r\n\x00S\r"
        with pytest.raises(asyncio.IncompleteReadError):
            await wire.exactly(3)


async def test_a_reset_is_told_as_what_it_is() -> None:
    async def reset(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readexactly(1)
        own: socket.socket = writer.get_extra_info("socket")
        own.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        writer.transport.abort()

    async with wired(reset) as wire:
        wire.send(b"x")
        with pytest.raises(ConnectionResetError):
            await wire.exactly(1)
        with pytest.raises(ConnectionResetError):
            wire.send(b"y")


async def test_plain_text_that_came_with_the_answer_is_thrown_away() -> None:
    async with wired(saying(b"220 go\r\ninjected\r\n")) as wire:
        assert await wire.line() == b"220 go"
        wire.wrap(context(), "localhost")
        assert not wire._held


async def test_a_server_that_hangs_up_during_the_handshake_is_told(tmp_path: Path) -> None:
    async def leave(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read(10000)

    async with wired(leave) as wire:
        with pytest.raises(Failed, match="hung up during the TLS handshake"):
            await wire.shake(wire.wrap(context(), "localhost"))


async def test_a_half_open_handshake_ends_with_the_look() -> None:
    async def silent(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await asyncio.sleep(60)

    async with wired(silent) as wire:
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(0.05):
                await wire.shake(wire.wrap(context(), "localhost"))
