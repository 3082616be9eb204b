"""One TCP connection of a look: plain at first, then perhaps TLS; reads lines, never too much."""

import asyncio
import contextlib
import errno
import os
import ssl
from typing import Any

from typing_extensions import override

from probes.model import Phase
from probes.net import Address
from probes.reasons import Failed

LONGEST = 65536  # bytes of one line with its end, as in blackbox_exporter
_HELD = 2 * LONGEST  # bytes read ahead; more is left to the kernel
_MOST = 1 << 20  # bytes of all that is read; a line counts as 64 at least


class Wire(asyncio.Protocol):
    """Lighter than asyncio's streams: a bare look makes one of these and its transport.

    What OpenSSL or the network say of trouble (ssl.SSLError, OSError) comes out of the reading.
    """

    __slots__ = (
        *("_closed", "_ended", "_held", "_inside", "_outside", "_paused", "_read", "_tls"),
        *("_transport", "_trouble", "_waiter"),
    )
    _transport: Any  # asyncio.Transport; uvloop's is none by name
    _inside: ssl.MemoryBIO
    _outside: ssl.MemoryBIO

    def __init__(self) -> None:
        self._held = bytearray()
        self._read = 0
        self._paused = False
        self._closed = False  # nothing more comes from the network
        self._ended = False  # nothing more can be read
        self._trouble: BaseException | None = None
        self._waiter: asyncio.Future[None] | None = None
        self._tls: ssl.SSLObject | None = None

    async def line(self) -> bytes | None:
        """The next line without its end; the rest at the end of the stream; None after it."""
        while (end := self._held.find(b"\n", 0, LONGEST)) < 0:
            if len(self._held) >= LONGEST:
                raise asyncio.LimitOverrunError("a line without an end", LONGEST)
            if self._ended:
                return await self._rest()
            await self._more()
        return (await self._taken(end + 1)).removesuffix(b"\n").removesuffix(b"\r")

    async def _rest(self) -> bytes | None:
        self._complain()
        return (await self._taken(len(self._held))).removesuffix(b"\r") if self._held else None

    async def exactly(self, count: int) -> bytes:
        """So many bytes. Raises IncompleteReadError when the stream ends before."""
        while len(self._held) < count:
            if self._ended:
                self._complain()
                raise asyncio.IncompleteReadError(b"", count)
            await self._more()
        return await self._taken(count)

    def send(self, data: bytes) -> None:
        """Write without waiting. Raises OSError when the connection is known to be gone."""
        if self._transport.is_closing():
            raise self._trouble or BrokenPipeError(errno.EPIPE, os.strerror(errno.EPIPE))
        if self._tls is None:
            self._transport.write(data)
        elif data:
            self._tls.write(data)
            self._flush()

    def wrap(self, context: ssl.SSLContext, name: str) -> ssl.SSLObject:
        """Speak TLS from now on. Plain text that came along with the answer to STARTTLS is thrown
        away. What is given back knows the certificates even when `shake` fails for them.
        """
        self._held.clear()
        self._inside, self._outside = ssl.MemoryBIO(), ssl.MemoryBIO()
        self._tls = context.wrap_bio(self._inside, self._outside, server_hostname=name)
        return self._tls

    async def shake(self, connection: ssl.SSLObject) -> None:
        """Shake hands on what `wrap` gave."""
        while not self._shaken(connection):
            if self._closed:
                self._complain()
                raise Failed(Phase.TLS, "the other side hung up during the TLS handshake")
            await self._wait()

    def close(self) -> None:
        """Say goodbye and hang up; at once where the other side does not take what we wrote."""
        if self._transport.is_closing():
            return
        if self._tls is not None:
            with contextlib.suppress(ssl.SSLError):
                self._tls.unwrap()
            self._flush()
        if self._transport.get_write_buffer_size() > LONGEST:
            self._transport.abort()
        else:
            self._transport.close()

    def _shaken(self, connection: ssl.SSLObject) -> bool:
        """Our last word of TLS 1.3 stays back until we wait, send or close: one packet less."""
        try:
            connection.do_handshake()
        except ssl.SSLWantReadError:
            return False
        return True

    def _flush(self) -> None:
        if self._outside.pending and not self._transport.is_closing():
            self._transport.write(self._outside.read())

    async def _taken(self, count: int) -> bytes:
        """Bounds what a babbling server costs, and lets others go on meanwhile."""
        taken = bytes(self._held[:count])
        del self._held[:count]
        self._read += max(64, len(taken))
        if self._read > _MOST:
            raise Failed(Phase.CONTENT, f"the other side said more than {_MOST >> 20} MiB")
        if self._held:
            await asyncio.sleep(0)
        return taken

    def _complain(self) -> None:
        if self._trouble is not None:
            raise self._trouble

    async def _more(self) -> None:
        """Come back when there may be more to read, or when the end is known."""
        if self._tls is not None and self._decrypted(self._tls):
            return
        if self._paused:
            self._paused = False
            self._transport.resume_reading()
        if not self._closed:
            await self._wait()

    def _decrypted(self, tls: ssl.SSLObject) -> bool:
        """Take what is readable; True when something was, or when nothing will be any more."""
        try:
            piece = tls.read(LONGEST)
        except ssl.SSLWantReadError:
            self._ended = self._closed  # an end without a goodbye counts as an end, as in Go
            return self._ended
        except ssl.SSLError as error:
            self._ended, self._trouble = True, error
            return True
        self._held += piece
        self._ended = not piece
        return True

    async def _wait(self) -> None:
        if self._tls is not None:
            self._flush()
        self._waiter = asyncio.get_running_loop().create_future()
        try:
            await self._waiter
        finally:
            self._waiter = None

    def _over(self) -> None:
        self._closed = True
        self._ended = self._ended or self._tls is None
        self._wake()

    def _wake(self) -> None:
        if self._waiter is not None and not self._waiter.done():
            self._waiter.set_result(None)

    @override
    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = transport

    @override
    def data_received(self, data: bytes) -> None:
        if self._tls is None:
            self._held += data
        else:
            self._inside.write(data)
        if (len(self._held) if self._tls is None else self._inside.pending) > _HELD:
            self._paused = True
            self._transport.pause_reading()
        self._wake()

    @override
    def eof_received(self) -> bool:
        self._over()
        return True  # we may still want to say something

    @override
    def connection_lost(self, exc: Exception | None) -> None:
        self._trouble = self._trouble or exc
        self._over()


async def connect(address: Address, port: int, *, source: str = "") -> Wire:
    """Connect from this address of ours, or from any. Raises OSError."""
    loop = asyncio.get_running_loop()
    own = (source, 0) if source else None
    _, wire = await loop.create_connection(Wire, address.text, port, local_addr=own)
    return wire
