"""A provider on loopback, and as bad as a provider can be when told to."""

import asyncio
from enum import StrEnum

from aiohttp import web
from aiohttp.typedefs import Handler

_LIMIT = 512 * 1024


class Mode(StrEnum):
    """How it treats whoever calls."""

    ACCEPT = "accept"
    BAD_REQUEST = "400"
    THROTTLED = "429"
    BROKEN = "500"
    UNAVAILABLE = "503"
    HANG = "hang"
    HANG_AFTER_ACCEPT = "hang-after-accept"
    RESET = "reset"
    RESET_AFTER_ACCEPT = "reset-after-accept"


class Misbehaving:
    """A small server; its routes are added by whoever it plays. `mode` may change at any time."""

    def __init__(self) -> None:
        self.mode = Mode.ACCEPT
        self.url = ""
        self._over = asyncio.Event()
        app = web.Application(middlewares=[self._misbehave], client_max_size=_LIMIT)
        self.router = app.router
        self._runner = web.AppRunner(app, shutdown_timeout=0.1)

    async def start(self, host: str = "127.0.0.1", port: int = 0) -> None:
        """Listen; `url` is known from here on."""
        await self._runner.setup()
        site = web.TCPSite(self._runner, host, port)
        await site.start()
        address = self._runner.addresses[0]
        self.url = f"http://{address[0]}:{address[1]}"

    async def stop(self) -> None:
        """Let every hanging request go and listen no more."""
        self._over.set()
        await self._runner.cleanup()

    def refusal(self) -> web.Response:
        """What it says to a request that it does not understand."""
        return web.Response(status=400, text="bad request\n")

    @web.middleware
    async def _misbehave(self, request: web.Request, handler: Handler) -> web.StreamResponse:
        await request.read()
        match self.mode:
            case Mode.BAD_REQUEST:
                return self.refusal()
            case Mode.THROTTLED | Mode.BROKEN | Mode.UNAVAILABLE:
                return web.Response(status=int(self.mode))
            case Mode.HANG:
                return await self._silence()
            case Mode.RESET:
                return _hung_up(request)
        response = await handler(request)
        match self.mode:
            case Mode.HANG_AFTER_ACCEPT:
                return await self._silence()
            case Mode.RESET_AFTER_ACCEPT:
                return _hung_up(request)
        return response

    async def _silence(self) -> web.Response:
        await self._over.wait()
        return web.Response(status=503)


def _hung_up(request: web.Request) -> web.Response:
    """End the connection without a word (RST); the response is for aiohttp, nobody will see it."""
    if request.transport is not None:
        request.transport.abort()
    return web.Response()
