"""Two ports: what staff and machines use is not where customers come, and the other way round."""

import re
from collections.abc import AsyncIterator
from pathlib import Path

import aiohttp
import pytest

from responder.clock import HandClock
from responder.config import Config
from responder.configfile import load
from responder.findings import findings
from responder.links import TRACKED_FOR, TrackGrant
from responder.problems import BadConfig
from responder.web.routes import all_routes
from tests.require import free_port
from tests.responder.web.conftest import START
from tests.stories.stage import ADMIN, Stage, begin, write_config


@pytest.fixture
async def stage(tmp_path: Path) -> AsyncIterator[Stage]:
    """A daemon with a port of its own for customers."""
    more = f'status: {{listen: "127.0.0.1:{free_port()}"}}'
    path = write_config(tmp_path, smtp=free_port(), more=more)
    stage = await begin(path, clock=HandClock(START))
    yield stage
    await stage.daemon.end()


async def test_customers_find_nothing_but_their_own_doors(stage: Stage) -> None:
    daemon = stage.daemon
    assert daemon.public_port != daemon.port
    routes = all_routes(daemon.world, daemon.reload)
    answers = {}
    headers = {"Authorization": f"Bearer {ADMIN}"}
    async with aiohttp.ClientSession(headers=headers) as session:
        for route in routes:
            there = re.sub(r"{\w+}", "1", route.path)
            url = f"http://127.0.0.1:{daemon.public_port}{there}"
            answer = await session.request(route.method, url, allow_redirects=False)
            answers[route.method, route.path] = answer.status in (404, 405)
    inner = [(route.method, route.path) for route in routes if not route.public]
    assert ("GET", "/metrics") in inner
    assert [one for one in inner if not answers[one]] == []


async def test_the_port_of_the_staff_knows_nothing_of_customers(stage: Stage) -> None:
    routes = all_routes(stage.daemon.world, stage.daemon.reload)
    for route in routes:
        if route.public:
            status, _ = await stage.ask(route.method, re.sub(r"{\w+}", "1", route.path))
            assert status == 404, route.path
    assert (await stage.ask("GET", "/metrics"))[0] == 200


async def test_a_customers_link_opens_at_the_port_of_customers_alone(stage: Stage) -> None:
    """R30."""
    told = {"subject": "mail bounces", "text": "since noon"}
    _, ticket = await stage.ask("POST", "/api/v1/tickets", body=told)
    world = stage.daemon.world
    until = world.clock.now() + TRACKED_FOR
    url = world.links.track(TrackGrant(int(ticket["id"]), "", until))
    path = url[url.index("/s/") :]
    async with aiohttp.ClientSession() as session:
        answer = await session.get(f"http://127.0.0.1:{stage.daemon.public_port}{path}")
        assert (answer.status, (await answer.json())["state"]) == (200, "received")
        sheet = f"http://127.0.0.1:{stage.daemon.public_port}/s/static/page.css"
        assert (await session.get(sheet)).status == 200
    assert (await stage.ask("GET", path))[0] == 404


async def test_without_a_second_port_there_is_one(tmp_path: Path) -> None:
    stage = await begin(write_config(tmp_path, smtp=free_port()), clock=HandClock(START))
    assert stage.daemon.public_port == stage.daemon.port
    await stage.daemon.end()


def test_one_port_for_both_is_refused(tmp_path: Path) -> None:
    path = write_config(tmp_path, smtp=free_port())
    port = path.read_text().split("127.0.0.1:")[1].split('"')[0]
    path.write_text(path.read_text() + f'\nstatus: {{listen: "127.0.0.1:{port}"}}\n')
    with pytest.raises(BadConfig, match="leave it out"):
        load(path, Config)


def test_a_brand_whose_customers_cannot_follow_their_links_is_a_finding(tmp_path: Path) -> None:
    more = """
status: {listen: "127.0.0.1:9096"}
brands:
  acme: {title: Acme}
  blau: {title: Blau, status_url: "https://status.blau.example"}
"""
    config = load(write_config(tmp_path, smtp=free_port(), more=more), Config).value
    told = {where: what for where, what in findings(config) if "status_url" in what}
    assert told == {
        ("brands", "acme"): "no status_url: its customers are sent no link to their tickets"
    }
