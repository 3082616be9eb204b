"""One connection that carries one request and its answer.

asyncio's streams and aiohttp's client cost three times as much, and uvloop's own TLS keeps 256 KiB
per connection; here OpenSSL works on two small buffers of its own.
"""

import asyncio
import ssl
import time
from dataclasses import dataclass
from typing import cast

from typing_extensions import override

from probes.http_answer import Answer
from probes.model import Phase
from probes.reasons import Failed
from probes.sight import Sight

_PIECE = 16384  # the longest record of TLS


@dataclass(frozen=True, slots=True)
class Seal:
    """How TLS is spoken on a connection. `preface` comes before it: what a proxy must be told."""

    context: ssl.SSLContext
    server_name: str
    preface: bytes = b""


class Exchange(asyncio.Protocol):
    """Sends the request as soon as it may, fills the answer, and ends `done` when that is over.

    What keeps an answer from coming ends `done` with an error. Times are on `time.monotonic`'s
    scale, 0.0 until then.
    """

    # fmt: off
    __slots__ = (
        "_incoming", "_outgoing", "_request", "_seal", "_sight", "_transport", "_welcome",
        "answer", "connected", "done", "secured", "tls",
    )
    # fmt: on
    _incoming: ssl.MemoryBIO
    _outgoing: ssl.MemoryBIO
    _transport: asyncio.Transport

    def __init__(
        self, request: bytes, answer: Answer, sight: Sight, seal: Seal | None = None
    ) -> None:
        self._request = request
        self._sight = sight
        self._seal = seal
        self._welcome: Answer | None = None
        self.answer = answer
        self.done: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self.connected = self.secured = 0.0
        self.tls: ssl.SSLObject | None = None

    def close(self) -> None:
        """Let go of the connection, at once; one that comes only now finds `done` ended."""
        self.done.cancel()
        self.answer.let_go()
        if self.connected:
            self._transport.abort()

    @override
    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast(asyncio.Transport, transport)
        self.connected = time.monotonic()
        if self.done.done():
            self._transport.abort()
            return
        seal = self._seal
        if seal is None:
            self._await(Phase.COMMAND, "answer")
            self._transport.write(self._request)
        elif seal.preface:
            self._await(Phase.CONNECT, "answer of the proxy")
            self._welcome = Answer(head=True)
            self._transport.write(seal.preface)
        else:
            self._begin_tls(seal)

    @override
    def data_received(self, data: bytes) -> None:
        if self.done.done():
            return
        if self.tls is not None:
            self._incoming.write(data)
            if self.secured or self._shake(self.tls):
                self._decrypt(self.tls)
        elif self._welcome is not None:
            self._come_in(self._welcome, data)
        else:
            self._feed(data)

    @override
    def eof_received(self) -> None:
        self._hung_up("")

    @override
    def connection_lost(self, error: Exception | None) -> None:
        if error is not None and not self.answer.complete:
            self._fail(error)
        self._hung_up("connection reset in the middle of the body" if error else "")

    def _feed(self, data: bytes) -> None:
        answer = self.answer
        if answer.feed(data):
            self._sight.phase = Phase.CONTENT if answer.complete else Phase.COMMAND
            self._end()
        elif answer.complete:
            self._await(Phase.CONTENT, "end of the body")
        else:
            self._sight.awaited = "end of the headers"

    def _end(self) -> None:
        if self.done.done():
            return
        self._transport.abort()  # now, and not when `carry` has its turn: the end need not be read
        if self.answer.failed is not None:
            self.done.set_exception(self.answer.failed)
        else:
            self.done.set_result(None)

    def _fail(self, error: BaseException) -> None:
        if not self.done.done():
            self.done.set_exception(error)

    def _hung_up(self, told: str) -> None:
        if self.done.done():
            return
        if self._seal is not None and not self.secured:
            who = "the proxy" if self.tls is None else "the other side"
            self._fail(Failed(self._sight.phase, f"{who} hung up before TLS stood"))
            return
        self.answer.hung_up(told)
        self._end()

    def _come_in(self, welcome: Answer, data: bytes) -> None:
        """The proxy's answer; from then on the target itself speaks."""
        if not welcome.feed(data) or self._seal is None:
            return
        welcome.let_go()
        self._welcome = None
        if welcome.failed is not None:
            self._fail(Failed(Phase.CONNECT, f"the proxy: {welcome.failed.reason}"))
        elif welcome.status != 200:
            told = f"the proxy refused the connection with status {welcome.status}"
            self._fail(Failed(Phase.CONNECT, told))
        else:
            self._begin_tls(self._seal)

    def _begin_tls(self, seal: Seal) -> None:
        self._await(Phase.TLS, "end of the TLS handshake")
        self._incoming, self._outgoing = ssl.MemoryBIO(), ssl.MemoryBIO()
        self.tls = seal.context.wrap_bio(
            self._incoming, self._outgoing, server_hostname=seal.server_name
        )
        self._shake(self.tls)

    def _shake(self, tls: ssl.SSLObject) -> bool:
        """One step of the handshake; True when TLS stands and the request is on its way."""
        try:
            tls.do_handshake()
        except ssl.SSLWantReadError:
            self._flush()
            return False
        except ssl.SSLError as error:
            self._flush()  # the other side may know why
            self._fail(error)
            return False
        self.secured = time.monotonic()
        self._await(Phase.COMMAND, "answer")
        tls.write(self._request)
        self._flush()
        return True

    def _await(self, phase: Phase, what: str) -> None:
        self._sight.phase = phase
        self._sight.awaited = what

    def _flush(self) -> None:
        if waiting := self._outgoing.read():
            self._transport.write(waiting)

    def _decrypt(self, tls: ssl.SSLObject) -> None:
        while not self.done.done():
            try:
                data = tls.read(_PIECE)
            except ssl.SSLWantReadError:
                return
            except ssl.SSLError as error:
                self._broken(error)
                return
            if not data:
                self._hung_up("")
                return
            self._feed(data)

    def _broken(self, error: ssl.SSLError) -> None:
        if self.answer.complete:
            self._hung_up(f"TLS broke in the body: {(error.reason or 'error').lower()}")
        else:
            self._fail(error)


async def carry(exchange: Exchange, host: str, port: int) -> None:
    """Connect, and wait until the answer is over. The connection is closed in any case.

    Raises OSError, ssl.SSLError or Failed when no answer comes.
    """
    try:
        await exchange.done.get_loop().create_connection(lambda: exchange, host, port)
        await exchange.done
    finally:
        exchange.close()
