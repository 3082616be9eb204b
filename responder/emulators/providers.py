"""What emulated providers share: machines, logins that get blocked, and a log of every call."""

import asyncio
import ssl
from collections import deque
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum

import structlog
from aiohttp import web
from aiohttp.typedefs import Handler

from responder.emulators.self_signed import self_signed

log = structlog.get_logger(__name__)

_REMEMBERED = 10_000  # calls


class Fault(StrEnum):
    """What becomes of every call."""

    NONE = ""
    BROKEN = "500"
    MAINTENANCE = "503"
    THROTTLED = "429"
    SILENT = "silent"  # no answer at all
    HUNG_UP = "hung-up"  # the order is done, its answer is cut off


@dataclass(frozen=True, slots=True)
class Call:
    """One call as it came in; `query` and `body` as they were sent."""

    method: str
    path: str
    query: str
    body: str

    @property
    def line(self) -> str:
        return f"{self.method} {self.path}"


@dataclass(slots=True)
class Rented:
    """One machine of a customer. `late`: so many readings still show the old state after an order.
    `locked`: another order holds it.
    """

    id: str
    name: str = "web1"
    serial: str = ""
    address: str = "127.0.0.2"
    on: bool = True
    late: int = 0
    locked: bool = False
    orders: list[str] = field(default_factory=list)
    _shown: bool = True
    _readings: int = 0

    def switch(self, order: str, *, on: bool) -> None:
        """Obey, and show it late."""
        self.orders.append(order)
        self._shown, self._readings = self.on, self.late
        self.on = on

    def read(self) -> bool:
        """Is it on, as the provider shows it?"""
        if self._readings > 0:
            self._readings -= 1
            return self._shown
        return self.on


class ProviderEmulator:
    """A provider's API on loopback. `calls` is every call, `fault` how it fails; three wrong logins
    block everybody until `unblock`.
    """

    wrong_logins_allowed = 3

    def __init__(self, *machines: Rented) -> None:
        self.machines = {machine.id: machine for machine in machines}
        self.calls: deque[Call] = deque(maxlen=_REMEMBERED)
        self.fault = Fault.NONE
        self.wrong_logins = 0
        self.url = ""
        self.fingerprint = ""
        self._over = asyncio.Event()
        self._runner: web.AppRunner | None = None

    def routes(self) -> Iterable[web.RouteDef]:
        """The calls that this provider knows."""
        raise NotImplementedError

    def welcome(self, request: web.Request, body: str) -> bool:
        """Is the login right?"""
        raise NotImplementedError

    def no(self, status: int, code: str, message: str) -> web.Response:
        """A no in this provider's own shape."""
        return web.json_response({"error": {"code": code, "message": message}}, status=status)

    @property
    def blocked(self) -> bool:
        return self.wrong_logins >= self.wrong_logins_allowed

    def unblock(self) -> None:
        """Ten minutes have passed."""
        self.wrong_logins = 0

    def lines(self, method: str = "") -> list[str]:
        """`POST /reset/321` of every call so far, or of those by one method."""
        return [call.line for call in self.calls if method in ("", call.method)]

    async def start(
        self, host: str = "127.0.0.1", port: int = 0, *, tls: bool | ssl.SSLContext = False
    ) -> None:
        """Listen; `url` is known from here on, and `fingerprint` of a certificate of its own."""
        context = tls if isinstance(tls, ssl.SSLContext) else None
        if tls is True:
            context, self.fingerprint = self_signed(host)
        app = web.Application(middlewares=[self._serve])
        app.add_routes(self.routes())
        self._over.clear()
        self._runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.1)
        await self._runner.setup()
        await web.TCPSite(self._runner, host, port, ssl_context=context).start()
        scheme = "https" if context else "http"
        self.url = f"{scheme}://{host}:{self._runner.addresses[0][1]}{self.base}"

    base = ""
    """The path that all calls begin with."""

    async def stop(self) -> None:
        """Let every silent call go and listen no more."""
        self._over.set()
        if self._runner is not None:
            await self._runner.cleanup()
            self._runner = None

    def machine(self, request: web.Request) -> Rented:
        """The machine that the path names. Raises KeyError."""
        return self.machines[request.match_info["id"]]

    @web.middleware
    async def _serve(self, request: web.Request, handler: Handler) -> web.StreamResponse:
        body = (await request.read()).decode()
        call = Call(request.method, request.path, request.query_string, body)
        self.calls.append(call)
        log.debug("provider_called", method=call.method, path=call.path)
        if self.fault in (Fault.BROKEN, Fault.MAINTENANCE, Fault.THROTTLED):
            return self.no(int(self.fault), "unavailable", "not now")
        if self.fault is Fault.SILENT:
            await self._over.wait()
        if self.blocked or not self.welcome(request, body):
            self.wrong_logins += 1
            return self.no(401, "UNAUTHORIZED", "Unauthorized")
        return await self._answer(request, handler)

    async def _answer(self, request: web.Request, handler: Handler) -> web.StreamResponse:
        try:
            answer = await handler(request)
        except KeyError:
            return self.no(404, "not_found", "no such thing")
        if self.fault is Fault.HUNG_UP and request.transport is not None:
            request.transport.abort()
        return answer


def has(request: web.Request, headers: Mapping[str, str]) -> bool:
    """Does the call carry exactly these headers?"""
    return all(request.headers.get(name) == value for name, value in headers.items())
