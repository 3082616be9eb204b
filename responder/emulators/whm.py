"""A WHM panel for tests and the demo: API 1 with the traps of the real one, over HTTP or TLS."""

import asyncio
import ssl
from collections import deque

from aiohttp import web

from responder.emulators.self_signed import self_signed
from responder.emulators.whm_answers import Data, Refused, WhmAnswers
from responder.emulators.whm_book import Token, WhmBook
from responder.emulators.whm_faults import WhmFault, WhmFaults, denied, login, refused, strike

_WANTED = 10000  # calls that are remembered


class WhmEmulator:
    """`book` is what it knows, `faults` how it fails; both may be changed while it runs. `asked`:
    the functions that were called, the latest last. `fingerprint` pins its certificate, with TLS.
    """

    def __init__(self, book: WhmBook | None = None) -> None:
        self.book = book or WhmBook()
        self.faults = WhmFaults()
        self.asked: deque[str] = deque(maxlen=_WANTED)
        self.url = ""
        self.fingerprint = ""
        self._answers = WhmAnswers(self.book, self.faults)
        self._over = asyncio.Event()
        self._runner: web.AppRunner | None = None
        self._port = 0
        self._context: ssl.SSLContext | None = None

    async def start(self, host: str = "127.0.0.1", port: int = 0, *, tls: bool = False) -> None:
        """Listen; `url` is known from here on. After `stop` it comes back at the same port, and
        with the same certificate.
        """
        if tls and self._context is None:
            self._context, self.fingerprint = self_signed(host)
        app = web.Application()
        app.router.add_get("/json-api/{function}", self._call)
        app.router.add_get("/", self._page)
        self._over.clear()
        self._runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.1)
        await self._runner.setup()
        listener = web.TCPSite(
            self._runner,
            host,
            port or self._port,
            ssl_context=self._context if tls else None,
            reuse_address=True,
        )
        await listener.start()
        self._port = self._runner.addresses[0][1]
        self.url = f"{'https' if tls else 'http'}://{host}:{self._port}"

    async def stop(self) -> None:
        """Let every silent call go and listen no more."""
        self._over.set()
        if self._runner is not None:
            await self._runner.cleanup()
            self._runner = None

    async def _page(self, _request: web.Request) -> web.Response:
        return login(200)

    async def _call(self, request: web.Request) -> web.StreamResponse:
        function = request.match_info["function"]
        self.asked.append(function)
        if self.faults.slow_seconds:
            await asyncio.sleep(self.faults.slow_seconds)
        token = self._token(request.headers.get("Authorization", ""))
        fault = self.faults.of(function)
        good = denied() if token is None else self._answer(function, request, token)
        if fault is None or fault is WhmFault.API_0:
            return good
        return await strike(fault, function, request, good, self._over)

    def _token(self, header: str) -> Token | None:
        """Whose token it is; an expired one is nobody's."""
        user, _, value = header.removeprefix("whm ").partition(":")
        for token in self.book.tokens:
            if (token.user, token.value) == (user, value):
                return None if token.expired else token
        return None

    def _answer(self, function: str, request: web.Request, token: Token) -> web.Response:
        old = request.query.get("api.version") != "1"
        old = old or self.faults.of(function) is WhmFault.API_0
        caller = token.user if self._is_reseller(token.user) else "root"
        try:
            data = self._answers.data(function, request.query, caller)
        except Refused as error:
            return self.faults.answer(_no(function, str(error), old=old))
        return self.faults.answer(data if old else _yes(function, data))

    def _is_reseller(self, user: str) -> bool:
        return any(one.user == user for one in self.book.resellers)


def _yes(function: str, data: Data) -> Data:
    about = {"command": function, "reason": "OK", "result": 1, "version": 1}
    return {"data": data, "metadata": about}


def _no(function: str, reason: str, *, old: bool) -> Data:
    """API 0 has a shape of its own for what it does not know."""
    if not old:
        return refused(function, reason)
    if reason.startswith("Unknown app"):
        return {"error": f"Unknown App Requested: {function}"}
    return {"result": [{"status": 0, "statusmsg": reason}]}
