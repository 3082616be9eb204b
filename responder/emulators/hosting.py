"""A small hosting company: web servers on loopback that answer until somebody pulls the plug."""

import asyncio
import contextlib
import secrets
import socket
from collections.abc import Mapping
from dataclasses import dataclass, field

from aiohttp import web

from responder.emulators.whm import WhmEmulator

_LATE_SECONDS = 0.01  # until whoever was let in at the very last moment is known, and goes as well


@dataclass
class WebServer:
    """One emulated machine: an HTTP server at an address of its own, and perhaps a control panel
    that goes down with it.
    """

    name: str
    address: str
    port: int = 0
    panel: WhmEmulator | None = None
    _runner: web.AppRunner | None = field(default=None, repr=False)

    @property
    def url(self) -> str:
        return f"http://{self.address}:{self.port}/"

    async def powered(self, on: bool) -> None:
        """It lives as its power does: for a chassis to tell it (see chassis.py)."""
        await (self.power_on() if on else self.power_off())

    async def hang(self) -> None:
        """Its system is dead and its power is on: it answers nobody until it was switched off and
        on again.
        """
        await self._silent()

    async def power_on(self) -> None:
        """It answers from now on, at the same port as before."""
        self.port = self.port or free_port(self.address)
        app = web.Application()
        app.router.add_get("/", self._hello)
        self._runner = web.AppRunner(app, access_log=None)
        await self._runner.setup()
        site = web.TCPSite(self._runner, self.address, self.port, reuse_address=True)
        await site.start()
        if self.panel is not None:
            await self.panel.start(self.address, tls=True)

    async def power_off(self) -> None:
        """It answers nobody any more."""
        await self._silent()

    async def _silent(self) -> None:
        if self._runner is not None:
            server = self._runner.server
            await self._runner.cleanup()
            await asyncio.sleep(_LATE_SECONDS)
            if server is not None:
                await server.shutdown(0)
            self._runner = None
        if self.panel is not None:
            await self.panel.stop()

    async def answers(self) -> bool:
        """Does it take connections?"""
        try:
            async with asyncio.timeout(1):
                _, writer = await asyncio.open_connection(self.address, self.port)
        except (OSError, TimeoutError):
            return False
        writer.close()
        return True

    async def _hello(self, _: web.Request) -> web.Response:
        return web.Response(text=f"welcome to {self.name}\n")


class HostingCompany:
    """All servers of the demo, by name."""

    def __init__(self, names: Mapping[str, str], *, port: int = 0) -> None:
        self.servers = {name: WebServer(name, address, port) for name, address in names.items()}

    async def open(self) -> None:
        """Every server answers."""
        for server in self.servers.values():
            await server.power_on()

    async def close(self) -> None:
        """Every server is off."""
        for server in self.servers.values():
            await server.power_off()


def free_port(address: str = "127.0.0.1") -> int:
    """A port that nobody has there, and nobody is given while the machine is off: it lies below the
    range that Linux takes ports from.
    """
    while True:
        port = 20000 + secrets.randbelow(12000)
        with contextlib.suppress(OSError), socket.create_server((address, port)):
            return port
