"""Connections within bounds: slow ones are cut, idle ones make room, broken ones tell no secret."""

import asyncio
import resource
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any

import structlog
from aiohttp import web
from typing_extensions import override

log = structlog.get_logger(__name__)

IDLE_SECONDS = 30.0  # between two requests
MOST = 8192  # connections, however many files the system allows
BACKLOG = 128  # connections that the loop may accept in one go, before any of them is looked at


@dataclass(frozen=True, slots=True)
class Bounds:
    """How patient the server is. `most`: clients at once, None = as many as the system allows."""

    head_seconds: float = 10.0  # from the first byte of a request, or from the connect
    body_seconds: float = 10.0
    most: int | None = None


class Connection(web.RequestHandler):
    """One client. `waits_since`: the loop's time since when we wait for a whole head, or 0."""

    __slots__ = ("busy", "left", "waits_since")

    def __init__(self, server: "Server", loop: asyncio.AbstractEventLoop) -> None:
        super().__init__(
            server,
            loop=loop,
            keepalive_timeout=IDLE_SECONDS,
            access_log=None,  # type: ignore[arg-type]  # aiohttp's own way to have none
            auto_decompress=False,  # a small bomb would cost seconds
        )
        self.busy = False
        self.left: Callable[[], object] | None = None  # what to do when the client hangs up
        self.waits_since = 0.0

    @property
    def idle(self) -> bool:
        """Is it open for nothing?"""
        return not self.busy and self.transport is not None

    @override
    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.waits_since = self._loop.time()
        super().connection_made(transport)

    @override
    def connection_lost(self, exc: BaseException | None) -> None:
        if self.left is not None:
            self.left()
        super().connection_lost(exc)

    @override
    def data_received(self, data: bytes) -> None:
        if not self.busy and not self.waits_since:
            self.waits_since = self._loop.time()
        super().data_received(data)

    @override
    async def finish_response(
        self, request: web.BaseRequest, resp: web.StreamResponse, start_time: float | None
    ) -> tuple[web.StreamResponse, bool]:
        finished = await super().finish_response(request, resp, start_time)
        self.busy = False
        if resp.status == HTTPStatus.REQUEST_TIMEOUT:
            self.force_close()  # not a second longer for the rest of it
        return finished

    @override
    def handle_error(
        self,
        request: web.BaseRequest,
        status: int = 500,
        exc: BaseException | None = None,
        message: str | None = None,
    ) -> web.StreamResponse:
        """aiohttp's own prints the request's headers into the answer and the log: a token too."""
        if status < 500:
            log.info("request_malformed", remote=request.remote, reason=type(exc).__name__)
        else:
            log.error("request_broke", path=request.path, exc_info=exc)
        if request.writer.output_size > 0:
            raise ConnectionError("half of another answer has gone out")
        answer = broken_answer(status)
        answer.force_close()
        return answer

    @override
    def log_exception(self, *args: Any, **kw: Any) -> None:
        """What breaks outside any handler; its message may quote what the client sent."""
        log.info("connection_broke", reason=type(kw.get("exc_info")).__name__)


class Server(web.Server):
    """All clients. Whoever is slow is cut; when there are too many, the oldest idle one goes."""

    def __init__(self, made: web.Server, bounds: Bounds) -> None:
        super().__init__(made.request_handler)
        self._make = made.request_factory
        self.request_factory = self._begin
        self._patience = bounds.head_seconds
        self._most = bounds.most or most_connections()
        self._sweeping = False

    @override
    def __call__(self) -> Connection:
        return Connection(self, self._loop)

    @override
    def connection_made(self, handler: web.RequestHandler, transport: asyncio.Transport) -> None:
        super().connection_made(handler, transport)
        if len(self._connections) > self._most:
            self._make_room()
        if not self._sweeping:
            self._sweeping = True
            self._sweep_later()

    def _begin(self, *args: Any) -> web.BaseRequest:
        """The head of a request is whole."""
        connection: Connection = args[2]
        connection.busy, connection.waits_since = True, 0.0
        return self._make(*args)

    def _make_room(self) -> None:
        for connection in self.connections:  # the oldest first
            if isinstance(connection, Connection) and connection.idle:
                connection.force_close()
                return

    def _sweep(self) -> None:
        late = self._loop.time() - self._patience
        for connection in self.connections:
            if isinstance(connection, Connection) and 0 < connection.waits_since < late:
                connection.force_close()
        self._sweeping = bool(self._connections)
        if self._sweeping:
            self._sweep_later()

    def _sweep_later(self) -> None:
        self._loop.call_later(min(1.0, self._patience / 4), self._sweep)


class Runner(web.AppRunner):
    """Runs an application on such a server."""

    __slots__ = ("_bounds",)

    def __init__(self, app: web.Application, bounds: Bounds) -> None:
        super().__init__(app, shutdown_timeout=5)
        self._bounds = bounds

    @override
    async def _make_server(self) -> Server:
        return Server(await super()._make_server(), self._bounds)


@contextmanager
def given_up_with_client(request: web.Request) -> Iterator[None]:
    """What is done within is broken off when the client that asked for it hangs up."""
    connection, task = request.protocol, asyncio.current_task()
    if not isinstance(connection, Connection) or task is None:
        yield
        return
    connection.left = task.cancel
    try:
        yield
    finally:
        connection.left = None


def broken_answer(status: int) -> web.Response:
    """An error in the one shape, that says nothing of what the client sent."""
    words = {400: "this is no HTTP request that can be read", 504: "it took too long"}
    message = words.get(status, "something broke here; it stands in the log")
    code = "bad_request" if status == 400 else "broken"
    return web.json_response(
        {"error": {"code": code, "message": message, "where": ""}}, status=status
    )


def most_connections() -> int:
    """How many clients there may be; the system's limit is raised as far as it lets us.

    Half of the file descriptors: the rest is for a burst of new clients, the store and the outbox.
    """
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    enough = hard == resource.RLIM_INFINITY or hard > 2 * MOST
    wanted = 2 * MOST if enough else hard
    if soft != resource.RLIM_INFINITY and soft < wanted:
        resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, hard))
    return wanted // 2
