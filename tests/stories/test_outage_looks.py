"""The daemon's own probes look at the site that a customer names: at ours alone, and in seconds."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import aiohttp
import pytest
from aiohttp import web

from playbooks.client import open_session
from probes.model import Verdict
from probes.panel_map import Account, PanelMap
from responder.desk.looking import judged
from responder.desk_values import Confirmed
from responder.eyes.witness import Witness
from tests.real.smtp import Mailbox
from tests.require import free_port
from tests.stories.brands import BRANDS
from tests.stories.stage import AGENT, Stage, begin, write_config

MAPS = {"web1": PanelMap(accounts=(Account("gina", "gina.example", "anna", "127.0.0.1"),))}
LOOKS = """
probes:
  looks:
    - {{kind: http, servers: [web1], each: domain, target: "http://127.0.0.1:{port}/"}}
    - {{kind: tcp, servers: [web1], target: "127.0.0.1:{port}"}}
"""


class Site:
    """A site that somebody is served; `status` 0: its server is gone."""

    def __init__(self) -> None:
        self.port = free_port()
        self.status = 200
        self.asked: list[str] = []
        self._runner: web.AppRunner | None = None

    async def answer(self, request: web.Request) -> web.Response:
        self.asked.append(request.headers["Host"])
        return web.Response(status=self.status, text="hello")

    async def start(self) -> None:
        app = web.Application()
        app.router.add_get("/", self.answer)
        self._runner = web.AppRunner(app, access_log=None)
        await self._runner.setup()
        await web.TCPSite(self._runner, "127.0.0.1", self.port).start()

    async def stop(self) -> None:
        if self._runner is not None:
            await self._runner.cleanup()
        self._runner = None


@pytest.fixture
async def site() -> AsyncIterator[Site]:
    one = Site()
    await one.start()
    yield one
    await one.stop()


@pytest.fixture
async def stage(tmp_path: Path, mailbox: Mailbox, site: Site) -> AsyncIterator[Stage]:
    more = BRANDS + LOOKS.format(port=site.port)
    begun = await begin(write_config(tmp_path, smtp=mailbox.port, more=more))
    begun.daemon.world.live.learn(MAPS)
    await begun.daemon.world.eyes.replan()
    yield begun
    await begun.daemon.end()


@pytest.fixture
async def session() -> AsyncIterator[aiohttp.ClientSession]:
    async with open_session() as one:
        yield one


def witness(stage: Stage, session: aiohttp.ClientSession) -> Witness:
    world = stage.daemon.world
    return Witness(world.live, world.eyes, session)


async def seen(stage: Stage, session: aiohttp.ClientSession, *hosts: str) -> dict[str, Verdict]:
    found = await witness(stage, session).see(None, hosts)
    return {one.kind: one.verdict for one in found.glances}


async def test_the_site_that_he_names_is_asked_for_by_its_name(
    stage: Stage, session: aiohttp.ClientSession, site: Site
) -> None:
    assert await seen(stage, session, "www.gina.example") == {
        "http": Verdict.UP,
        "tcp": Verdict.UP,
    }
    assert [host.partition(":")[0] for host in site.asked] == ["gina.example"]


async def test_a_site_that_fails_while_its_machine_answers_confirms_it(
    stage: Stage, session: aiohttp.ClientSession, site: Site
) -> None:
    site.status = 500
    found = await witness(stage, session).see("web1", ["gina.example"])
    assert judged(found) is Confirmed.CONFIRMED


@pytest.mark.parametrize("host", ["169.254.169.254", "localhost", "gina.example.evil.example"])
async def test_nobody_outside_chooses_where_we_connect_to(
    stage: Stage, session: aiohttp.ClientSession, site: Site, host: str
) -> None:
    found = await witness(stage, session).see(None, [host])
    assert (list(found.glances), site.asked, judged(found)) == ([], [], Confirmed.UNCHECKABLE)


async def reported(stage: Stage) -> dict[str, Any]:
    """What became of a customer's word, once the daemon's own duty has judged it."""
    text = "Our website gina.example is completely down since five minutes, please help!"
    body = {"subject": "Site down", "text": text, "channel": "phone"}
    _, told = await stage.ask("POST", "/api/v1/requests", token=AGENT, body=body)
    assert told["ticket"]["category"] == "critical"
    path = f"/api/v1/tickets/{told['reference']}"
    for _ in range(2000):
        await stage.daemon.world.duties["requests"].turn()
        _, shown = await stage.ask("GET", path)
        if shown["case"]["look_at"] is None:
            return dict(shown)
        await asyncio.sleep(0.02)
    raise AssertionError("nobody has looked")


async def test_r17_the_daemon_judges_it_within_seconds(stage: Stage, site: Site) -> None:
    well = await reported(stage)
    assert (well["category"], well["case"]["confirmed"]) == ("hosting", "seen-well")
    assert (well["server"], well["brand"]) == ("web1", "acme")


async def test_r17_a_site_that_does_not_answer_is_an_incident(stage: Stage, site: Site) -> None:
    await site.stop()
    broken = await reported(stage)
    assert (broken["category"], broken["case"]["confirmed"]) == ("critical", "confirmed")
    assert broken["incident"] is not None
