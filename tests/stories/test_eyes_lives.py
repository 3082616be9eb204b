"""Real daemons that are killed while they look: is nothing lost, nothing told twice?"""

import asyncio
import random
import signal
import sys
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import aiohttp
import pytest

from responder.emulators.hosting import WebServer
from tests.real.process import Process
from tests.real.smtp import Mailbox
from tests.stories.seeing import BRISK, all_off, looks, machines, powered
from tests.stories.stage import ADMIN, write_config

CALM = 'alerts: {storm: "off", flapping: "off"}\n'
ALL = "/api/v1/incidents?limit=1000"
LEASE_SECONDS = 15.0 + 5.0 + 10.0  # of a dead member; until it is noticed; until looks move


class Instance:
    """`responder run` as a process of its own."""

    def __init__(self, folder: Path, file: Path) -> None:
        listen = file.read_text().split('listen: "')[1].split('"')[0]
        self.url = f"http://{listen}"
        argv = (sys.executable, "-m", "responder", "run", "-c", str(file))
        self.process = Process(*argv, log=folder / "log")

    async def kill(self) -> None:
        await asyncio.to_thread(self.process.end, signal.SIGKILL)

    async def ask(self, path: str) -> Any:
        """The API's answer; None while nobody answers."""
        headers = {"Authorization": f"Bearer {ADMIN}"}
        try:
            async with aiohttp.ClientSession() as session:
                answer = await session.get(self.url + path, headers=headers)
                return await answer.json()
        except aiohttp.ClientConnectionError:
            return None

    async def until(self, path: str, fits: Callable[[Any], Any], *, seconds: float = 60.0) -> Any:
        """The answer as soon as it fits."""
        told: Any = None
        try:
            async with asyncio.timeout(seconds):
                while told is None or not fits(told):
                    await asyncio.sleep(0.05)
                    told = await self.ask(path)
        except TimeoutError:
            pytest.fail(f"{path} after {seconds} s: {told} {self.process.died()}")
        return told


@asynccontextmanager
async def living(*instances: Instance) -> AsyncIterator[None]:
    """They run, and are ended."""
    try:
        for one in instances:
            one.process.start()
        yield
    finally:
        await asyncio.gather(*(asyncio.to_thread(one.process.end) for one in instances))


@pytest.mark.timeout(240)
async def test_kills_in_an_outage_lose_nothing_and_tell_nothing_twice(
    tmp_path: Path, mailbox: Mailbox
) -> None:
    dice = random.Random()
    async with powered("web1") as (web1,):
        file = write_config(tmp_path, smtp=mailbox.port, more=CALM + looks([web1]))
        one = Instance(tmp_path, file)
        async with living(one):
            await one.until("/api/v1/looks?state=ok", lambda told: len(told["looks"]) == 1)
            await web1.power_off()
            for _ in range(4):
                await asyncio.sleep(dice.uniform(0.0, 1.5))
                await one.kill()
                one.process.start()
                await one.until("/api/v1/looks", lambda told: told["looks"])
            told = await one.until(ALL, lambda told: told["incidents"])
            await one.until("/api/v1/looks?state=down", lambda told: told["looks"])
            await mailbox.wait_for(1)
            await asyncio.sleep(1.5)  # a turn of looks, and whatever else would come
            told = await one.ask(ALL)
            (incident,) = told["incidents"]
            assert (incident["state"], incident["alerts_total"]) == ("open", 2)
            assert len({message["Message-ID"] for message in mailbox.messages}) == 1
            await web1.power_on()
            await one.until(ALL, lambda told: told["incidents"][0]["state"] == "mitigated")


@pytest.mark.timeout(240)
async def test_members_share_the_looks_and_the_survivor_takes_over(
    tmp_path: Path, mailbox: Mailbox, postgres_url: str
) -> None:
    names = [f"web{number}" for number in range(1, 9)]
    async with powered(*names) as servers:
        one, other = (
            _member(tmp_path, name, servers, mailbox, postgres_url) for name in ("one", "other")
        )
        async with living(one, other):
            shares = await _shared(one, other, of=len(servers))
            dead = [server for server in servers if f"{server.name}/door" in shares[0]]
            await one.kill()
            await all_off(dead)
            down = "/api/v1/looks?state=down"
            await other.until(
                down, lambda told: len(told["looks"]) == len(dead), seconds=LEASE_SECONDS + 60
            )
            told = await other.until(ALL, lambda told: len(told["incidents"]) == len(dead))
            assert {incident["server"] for incident in told["incidents"]} == {
                server.name for server in dead
            }
            one.process.start()  # it takes its looks back, and has nothing new to tell
            await _shared(one, other, of=len(servers))
            await asyncio.sleep(2)
            told = await one.ask(ALL)
            assert {incident["state"] for incident in told["incidents"]} == {"open"}
            assert [incident["alerts_total"] for incident in told["incidents"]] == [2] * len(dead)


def _member(
    folder: Path, name: str, servers: list[WebServer], mailbox: Mailbox, store: str
) -> Instance:
    place = folder / name
    place.mkdir()
    own = f'store: "{{store}}", member: {name}, key_file: {folder / "links.key"}'
    file = machines(servers).replace('store: "{store}"', own)
    more = CALM + looks(servers, how=BRISK)
    return Instance(
        place, write_config(place, smtp=mailbox.port, store=store, more=more, file=file)
    )


async def _shared(one: Instance, other: Instance, *, of: int) -> list[set[str]]:
    """Which looks each of them does, as soon as all are done by exactly one of them, and each has
    some.
    """
    async with asyncio.timeout(90):
        while True:
            told = await asyncio.gather(one.ask("/api/v1/looks"), other.ask("/api/v1/looks"))
            shares = [
                {look["key"] for look in part["looks"] if look["verdict"]} if part else set()
                for part in told
            ]
            if all(shares) and len(shares[0]) + len(shares[1]) == of == len(shares[0] | shares[1]):
                return shares
            await asyncio.sleep(0.2)
