"""A data centre's portal: takes orders over HTTP, and answers as badly as it is told."""

import asyncio
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

import aiohttp
from aiohttp import web


class Manner(StrEnum):
    """How the portal treats whoever calls."""

    TAKES = "takes"
    REFUSES = "422"
    BUSY = "503"
    BROKEN = "500"
    FORBIDS = "403"
    NUMBERLESS = "numberless"  # a yes without a ticket number
    PAGE = "page"  # a login page with status 200
    RESET_BEFORE = "reset-before"  # hangs up without having taken it
    RESET_AFTER = "reset-after"  # takes it, and hangs up
    HANGS = "hangs"


@dataclass(frozen=True, slots=True)
class Ordered:
    """One order as it came."""

    ticket: str
    headers: Mapping[str, str]
    body: Mapping[str, Any]
    comments: list[Mapping[str, Any]] = field(default_factory=list)


class PortalEmulator:
    """`orders`: what it has taken, by ticket, oldest first; `calls` counts every request."""

    def __init__(self) -> None:
        self.manner = Manner.TAKES
        self.orders: dict[str, Ordered] = {}
        self.calls = 0
        self.url = ""
        self._over = asyncio.Event()
        app = web.Application(client_max_size=1 << 20)
        app.router.add_post("/tickets", self._order)
        app.router.add_post("/tickets/{id}/comments", self._comment)
        self._runner = web.AppRunner(app, shutdown_timeout=0.1)

    async def start(self, host: str = "127.0.0.1", port: int = 0) -> None:
        """Listen; `url` is known from here on."""
        await self._runner.setup()
        await web.TCPSite(self._runner, host, port).start()
        address = self._runner.addresses[0]
        self.url = f"http://{address[0]}:{address[1]}"

    async def stop(self) -> None:
        self._over.set()
        await self._runner.cleanup()

    async def says(self, hook: str, token: str, **told: str) -> int:
        """Post a reply to the responder's webhook; its status."""
        headers = {"Authorization": f"Bearer {token}"}
        async with (
            aiohttp.ClientSession() as session,
            session.post(hook, json=told, headers=headers) as answer,
        ):
            return answer.status

    async def _order(self, request: web.Request) -> web.StreamResponse:
        self.calls += 1
        body = json.loads(await request.read())
        if self.manner in (Manner.REFUSES, Manner.BUSY, Manner.BROKEN, Manner.FORBIDS):
            return web.json_response({"error": "no"}, status=int(self.manner))
        if self.manner is Manner.RESET_BEFORE:
            return _hung_up(request)
        ticket = f"DC-{10001 + len(self.orders)}"
        self.orders[ticket] = Ordered(ticket, request.headers, body)
        return await self._answered(request, {"data": {"id": ticket, "state": "new"}})

    async def _comment(self, request: web.Request) -> web.StreamResponse:
        self.calls += 1
        found = self.orders.get(request.match_info["id"])
        if found is None:
            return web.json_response({"error": "no such ticket"}, status=404)
        found.comments.append(json.loads(await request.read()))
        return web.json_response({}, status=201)

    async def _answered(self, request: web.Request, told: Any) -> web.StreamResponse:
        match self.manner:
            case Manner.RESET_AFTER:
                return _hung_up(request)
            case Manner.NUMBERLESS:
                return web.json_response({"data": {}}, status=201)
            case Manner.PAGE:
                return web.Response(text="<html>Please log in</html>", content_type="text/html")
            case Manner.HANGS:
                await self._over.wait()
        return web.json_response(told, status=201)


def _hung_up(request: web.Request) -> web.Response:
    """End the connection without a word; the response is for aiohttp, nobody will see it."""
    if request.transport is not None:
        request.transport.abort()
    return web.Response()
