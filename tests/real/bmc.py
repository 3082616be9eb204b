"""What a test does with a BMC and the machine behind it."""

import asyncio
from typing import Protocol

import aiohttp

from responder.emulators.bmc import SERIAL_OF_WEB1, UUID_OF_WEB1, RealBmc


class StartBmc(Protocol):
    """What the fixture `start_bmc` gives: another machine with its BMC."""

    async def __call__(
        self, *, uuid: str = UUID_OF_WEB1, serial: str = SERIAL_OF_WEB1
    ) -> RealBmc: ...


async def answers(bmc: RealBmc) -> bool:
    """Does the machine's web server answer now?"""
    try:
        async with (
            aiohttp.ClientSession() as session,
            session.get(f"http://127.0.0.1:{bmc.host_port}/") as answer,
        ):
            return answer.status == 200
    except aiohttp.ClientConnectionError:
        return False


async def until(bmc: RealBmc, *, up: bool) -> None:
    """Wait for its web server to answer, or to be gone."""
    async with asyncio.timeout(45):
        while await answers(bmc) is not up:  # noqa: ASYNC110 - a process of its own
            await asyncio.sleep(0.02)
