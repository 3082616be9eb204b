"""A sender as Alertmanager is one: what was not acknowledged is sent again, until it is."""

import asyncio
import json
import random
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import aiohttp

from playbooks.client import open_session
from tests.soak.company import TOKEN
from tests.stories.stage import firing

RATE = 4.0  # new alerts a second
TWICE = 0.1  # of the acknowledged ones are delivered again
ENDING = 0.2  # of the alerts end, once everybody was told of them
_HEADERS = {"Authorization": f"Bearer {TOKEN}"}


class Sender:
    """Posts alerts, each about a server of its own, to any of `urls`.

    `acknowledged`: servers whose alert met a 200 that was read. `ended`: the same for the news that
    it is over. `broken` and `refused` count what had to be sent again.
    """

    def __init__(
        self,
        urls: Sequence[str],
        *,
        dice: random.Random,
        told: Callable[[str], bool],
        ending: float = ENDING,
    ) -> None:
        self._urls = urls
        self._dice = dice
        self._told = told
        self._ending = ending
        self.over = asyncio.Event()
        self.acknowledged: set[str] = set()
        self.ended: set[str] = set()
        self.broken = 0
        self.refused = 0

    async def storm(self) -> None:
        """New alerts until `over`; returns when each of them was taken."""
        number = 0
        async with open_session() as session, asyncio.TaskGroup() as alerts:
            while not self.over.is_set():
                number += 1
                alerts.create_task(self._one(session, f"host-{number:06}"))
                await asyncio.sleep(self._dice.expovariate(RATE))

    async def _one(self, session: aiohttp.ClientSession, server: str) -> None:
        await self.deliver(session, firing(server))
        self.acknowledged.add(server)
        if self._dice.random() < TWICE:
            await self.deliver(session, firing(server))
        if self._dice.random() < self._ending:
            await until(lambda: self._told(server))
            await self.deliver(session, firing(server, status="resolved"))
            self.ended.add(server)

    async def deliver(
        self, session: aiohttp.ClientSession, body: Mapping[str, Any], *, to: str = ""
    ) -> None:
        """Send until it is taken, `to` one of them or each time to any."""
        data = json.dumps(body).encode()
        while True:
            if await self._is_taken(session, data, to or self._dice.choice(self._urls)):
                return
            await asyncio.sleep(self._dice.uniform(0.1, 0.6))

    async def _is_taken(self, session: aiohttp.ClientSession, body: bytes, url: str) -> bool:
        door, wait = f"{url}/api/v1/alertmanager", aiohttp.ClientTimeout(total=5.0)
        try:
            async with session.post(door, data=body, headers=_HEADERS, timeout=wait) as answer:
                status = answer.status
                await answer.read()
        except (aiohttp.ClientError, OSError, TimeoutError):
            self.broken += 1
            return False
        # While nobody of ours has the port, a server of another test may: it refuses our token.
        assert status in {200, 401, 503}, f"the door answered {status}"
        self.refused += status == 503
        return status == 200


async def until(true: Callable[[], bool]) -> None:
    """Return when it is; the test's own time limit is the limit."""
    while True:
        if true():
            return
        await asyncio.sleep(0.1)
