"""A real HTTP server on loopback: started, stopped, killed and frozen by the test that needs it."""

import asyncio
import http.client
import signal
import time
from collections.abc import Mapping
from typing import Any

import aiohttp

from tests.real.process import Process


class Server:
    """A process that is ready once `ready_path` answers below 400.

    `start_at_once` and `end` are for fixtures that are no coroutines; everything else leaves the
    loop free, since the server may be talking to the test meanwhile.
    """

    def __init__(
        self, process: Process, *, port: int, ready_path: str, headers: Mapping[str, str]
    ) -> None:
        self.process = process
        self.port = port
        self.url = f"http://127.0.0.1:{port}"
        self._ready_path = ready_path
        self._headers = dict(headers)

    def start_at_once(self) -> None:
        """Start it and block until it is ready; RuntimeError with its last words when it dies."""
        self.process.start()
        self._wait_until_ready(within=60.0)

    def end(self) -> None:
        """End it in whatever state it is, and block until it is gone."""
        self.process.end()

    async def start(self) -> None:
        """Start it and wait until it is ready."""
        self.process.start()
        await asyncio.to_thread(self._wait_until_ready, within=60.0)

    async def stop(self) -> None:
        """Stop it as its service manager would (SIGTERM)."""
        await asyncio.to_thread(self.process.end)

    async def kill(self) -> None:
        """Kill it and its children without a warning (SIGKILL)."""
        await asyncio.to_thread(self.process.end, signal.SIGKILL)

    async def restart(self) -> None:
        """Stop it and start it again with the same port and the same files."""
        await self.stop()
        await self.start()

    def pause(self) -> None:
        """Freeze it: who calls it is connected and then hears nothing."""
        self.process.pause()

    def resume(self) -> None:
        """Thaw what pause() froze."""
        self.process.resume()

    async def call(
        self,
        method: str,
        path: str,
        *,
        json: object = None,
        params: Mapping[str, str] | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> Any:
        """One request, its JSON answer (None when empty); ClientResponseError from 400 on."""
        mine = {**self._headers, **(headers or {})}
        async with (
            aiohttp.ClientSession(headers=mine, raise_for_status=True) as session,
            session.request(method, self.url + path, json=json, params=params) as answer,
        ):
            return await answer.json() if await answer.read() else None

    def _wait_until_ready(self, *, within: float) -> None:
        deadline = time.monotonic() + within
        while not self._answers():
            if (words := self.process.died()) is not None:
                raise RuntimeError(f"{self.process.argv[0]} died at its start: {words}")
            if time.monotonic() > deadline:
                raise RuntimeError(f"{self.process.argv[0]} was not ready within {within} s")
            time.sleep(0.02)

    def _answers(self) -> bool:
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=45)
        try:
            connection.request("GET", self._ready_path, headers=self._headers)
            return connection.getresponse().status < 400
        except OSError:
            return False
        finally:
            connection.close()
