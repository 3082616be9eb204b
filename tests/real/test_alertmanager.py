"""Do the real Alertmanager, Prometheus and amtool live, and speak as our intake expects?"""

import asyncio
import json
from collections.abc import AsyncIterator
from typing import Any

import aiohttp
import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer

from tests.real.alertmanager import AmtoolError, amtool
from tests.real.fixtures import StartAlertmanager, StartPrometheus

ALERT = {"labels": {"alertname": "HostDown", "host": "web1"}}
LONE = "route: {receiver: nobody}\nreceivers: [{name: nobody}]\n"
CONFIG = """
route: {{receiver: responder, group_by: [alertname, host], group_wait: 0s, group_interval: 1s}}
receivers:
  - name: responder
    webhook_configs: [{{url: "{url}"}}]
"""
SCRAPE = """
global: {{scrape_interval: 1s, evaluation_interval: 1s}}
rule_files: [rules.yml]
alerting: {{alertmanagers: [{{static_configs: [{{targets: ["127.0.0.1:{alertmanager}"]}}]}}]}}
scrape_configs: [{{job_name: web, static_configs: [{{targets: ["127.0.0.1:1"]}}]}}]
"""
RULES = """
groups:
  - name: hosts
    rules: [{alert: HostDown, expr: up == 0, labels: {severity: critical}}]
"""

Bodies = asyncio.Queue[dict[str, Any]]


@pytest.fixture
async def webhook() -> AsyncIterator[tuple[str, Bodies]]:
    bodies: Bodies = asyncio.Queue()

    async def take(request: web.Request) -> web.Response:
        bodies.put_nowait(await request.json())
        return web.Response()

    app = web.Application()
    app.router.add_post("/hook", take)
    async with TestServer(app) as server:
        yield str(server.make_url("/hook")), bodies


async def test_an_alert_that_is_posted_comes_out_as_a_webhook_of_version_4(
    alertmanager: StartAlertmanager, webhook: tuple[str, Bodies]
) -> None:
    url, bodies = webhook
    real = await alertmanager(CONFIG.format(url=url))
    await real.post([ALERT])
    async with asyncio.timeout(45):
        body = await bodies.get()
    assert body["version"] == "4"
    assert [alert["labels"] for alert in body["alerts"]] == [ALERT["labels"]]
    assert body["alerts"][0]["endsAt"] == "0001-01-01T00:00:00Z"


async def test_a_rule_of_prometheus_fires_through_alertmanager(
    alertmanager: StartAlertmanager, prometheus: StartPrometheus, webhook: tuple[str, Bodies]
) -> None:
    url, bodies = webhook
    real = await alertmanager(CONFIG.format(url=url))
    scraper = await prometheus(SCRAPE.format(alertmanager=real.port), rules=RULES)
    async with asyncio.timeout(45):
        body = await bodies.get()
    assert body["commonLabels"]["instance"] == "127.0.0.1:1"
    assert [sample["value"][1] for sample in await scraper.query("up")] == ["0"]


async def test_amtool_sets_a_silence_that_mutes(alertmanager: StartAlertmanager) -> None:
    real = await alertmanager(LONE)
    await real.post([ALERT])
    arguments = ("silence", "add", "--comment=reboot", "--author=dana", "host=web1")
    identity = (await amtool(real.url, *arguments)).strip()
    silences = json.loads(await amtool(real.url, "silence", "query", "-o", "json"))
    assert [silence["id"] for silence in silences] == [identity]
    assert [alert["status"]["silencedBy"] for alert in await real.alerts()] == [[identity]]


async def test_amtool_says_why_it_failed(alertmanager: StartAlertmanager) -> None:
    real = await alertmanager(LONE)
    with pytest.raises(AmtoolError, match="comment required"):
        await amtool(real.url, "silence", "add", "host=web1")


async def test_a_killed_alertmanager_forgets_its_alerts(alertmanager: StartAlertmanager) -> None:
    real = await alertmanager(LONE)
    await real.post([ALERT])
    await real.kill()
    with pytest.raises(aiohttp.ClientConnectorError):
        await real.alerts()
    await real.start()
    assert await real.alerts() == []


async def test_a_broken_configuration_is_told_in_alertmanagers_words(
    alertmanager: StartAlertmanager,
) -> None:
    with pytest.raises(RuntimeError, match="no routes provided"):
        await alertmanager("receivers: [{name: nobody}]")
