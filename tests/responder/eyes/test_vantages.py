"""Is another vantage point asked as it wants to be, and is its silence no opinion?"""

from collections.abc import AsyncIterator
from dataclasses import dataclass, field, replace
from datetime import timedelta
from typing import Any

import aiohttp
import pytest
from aiohttp import web

from playbooks.client import open_session
from probes.model import Look, Target, Verdict
from responder.eyes.vantages import ask
from responder.probing.section import Vantage
from responder.secrets import Secret
from tests.require import free_port
from tests.responder.eyes.made import look


@dataclass
class Blackbox:
    """Answers /probe as blackbox_exporter does."""

    page: str = "probe_duration_seconds 0.1\nprobe_success 1\n"
    status: int = 200
    asked: list[Any] = field(default_factory=list)
    url: str = ""

    async def probe(self, request: web.Request) -> web.Response:
        self.asked.append((dict(request.query), dict(request.headers)))
        return web.Response(text=self.page, status=self.status)


@pytest.fixture
async def there() -> AsyncIterator[Blackbox]:
    one = Blackbox()
    app = web.Application()
    app.router.add_get("/probe", one.probe)
    runner = web.AppRunner(app, access_log=None)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    one.url = f"http://127.0.0.1:{runner.addresses[0][1]}"
    yield one
    await runner.cleanup()


@pytest.fixture
async def session() -> AsyncIterator[aiohttp.ClientSession]:
    async with open_session() as one:
        yield one


def brisk(one: Look) -> Look:
    """It may take no more than 100 ms."""
    probe: Any = one.probe
    return replace(one, probe=probe.model_copy(update={"timeout": timedelta(milliseconds=100)}))


async def asked(session: aiohttp.ClientSession, there: Blackbox, **told: Any) -> Verdict:
    vantages = {"fra2": Vantage(url=there.url + "/", **told)}
    return (await ask(session, vantages, brisk(look())))["fra2"]


@pytest.mark.parametrize(
    ("page", "verdict"),
    [
        ("probe_success 1\n", Verdict.UP),
        ("# TYPE probe_success gauge\nprobe_success 0\n", Verdict.DOWN),
        ("probe_success 10\n", Verdict.UNKNOWN),
        ("", Verdict.UNKNOWN),
    ],
)
async def test_what_it_sees_stands_in_its_page(
    session: aiohttp.ClientSession, there: Blackbox, page: str, verdict: Verdict
) -> None:
    there.page = page
    assert await asked(session, there) is verdict


async def test_it_is_told_target_module_and_how_long_it_may_take(
    session: aiohttp.ClientSession, there: Blackbox
) -> None:
    assert await asked(session, there, token_file=Secret.of("let me in")) is Verdict.UP
    ((query, headers),) = there.asked
    assert query == {"target": "127.0.0.2:80", "module": "tcp"}
    assert headers["Authorization"] == "Bearer let me in"
    assert headers["X-Prometheus-Scrape-Timeout-Seconds"] == "0.6"


async def test_the_name_to_ask_for_goes_along(
    session: aiohttp.ClientSession, there: Blackbox
) -> None:
    site = replace(brisk(look()), target=Target("127.0.0.2", "blue.example"))
    await ask(session, {"fra2": Vantage(url=there.url)}, site)
    assert there.asked[0][0]["hostname"] == "blue.example"


@pytest.mark.parametrize("status", [400, 401, 503])
async def test_one_that_refuses_has_no_opinion(
    session: aiohttp.ClientSession, there: Blackbox, status: int
) -> None:
    there.status = status
    assert await asked(session, there) is Verdict.UNKNOWN


async def test_one_that_is_away_has_no_opinion_and_the_others_are_heard(
    session: aiohttp.ClientSession, there: Blackbox
) -> None:
    there.page = "probe_success 0\n"
    away = Vantage(url=f"http://127.0.0.1:{free_port()}")
    told = await ask(session, {"away": away, "fra2": Vantage(url=there.url)}, brisk(look()))
    assert told == {"away": Verdict.UNKNOWN, "fra2": Verdict.DOWN}
