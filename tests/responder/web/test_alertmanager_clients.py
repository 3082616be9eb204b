"""Do the real amtool and a real Prometheus take us for an Alertmanager?"""

import asyncio
import json
from pathlib import Path
from typing import Any

import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer

from tests.real.alertmanager import AmtoolError, amtool
from tests.real.fixtures import StartPrometheus
from tests.require import free_port
from tests.stories.stage import AGENT, TOKEN, VIEWER, Stage, begin, firing, write_config

SCRAPE = """
global: {{scrape_interval: 1s, evaluation_interval: 1s}}
rule_files: [rules.yml]
alerting:
  alertmanagers:
    - authorization: {{credentials_file: {token}}}
      static_configs: [{{targets: ["127.0.0.1:{port}"]}}]
scrape_configs: [{{job_name: web, static_configs: [{{targets: ["127.0.0.1:{target}"]}}]}}]
"""
RULES = """
groups:
  - name: hosts
    rules:
      - alert: HostDown
        expr: up == 0
        labels: {severity: critical, server: web1}
        annotations: {summary: "{{ $labels.instance }} does not answer"}
"""


async def ask(stage: Stage, *arguments: str, token: str = AGENT) -> str:
    """amtool with this token, against the stage."""
    config = stage.folder / "amtool.yml"
    config.write_text(f"authorization: {{credentials: {token}}}\n")
    return await amtool(stage.url, f"--http.config.file={config}", *arguments)


async def incidents(stage: Stage) -> list[dict[str, Any]]:
    _, told = await stage.ask("GET", "/api/v1/incidents", token=VIEWER)
    listed: list[dict[str, Any]] = told["incidents"]
    return listed


async def test_amtool_shows_the_alerts(stage: Stage) -> None:
    await stage.send(firing())
    told = json.loads(await ask(stage, "alert", "query", "-o", "json", "severity=critical"))
    assert [alert["labels"]["instance"] for alert in told] == ["web1"]
    assert "HostDown" in await ask(stage, "alert", "query")
    assert "HostDown" not in await ask(stage, "alert", "query", "severity=none")


async def test_amtool_adds_an_alert_with_a_senders_token(stage: Stage) -> None:
    arguments = ("alert", "add", "HostDown", "server=web1", "severity=critical")
    await ask(stage, *arguments, token=TOKEN)
    assert [one["key"] for one in await incidents(stage)] == ["server:web1"]


async def test_amtool_adds_shows_and_ends_a_silence(tmp_path: Path) -> None:
    stage = await begin(write_config(tmp_path, smtp=free_port()))  # amtool goes by the real clock
    try:
        await stage.send(firing())
        added = ("silence", "add", "--author=dana", "--comment=reboot", "--duration=2h")
        id_ = (await ask(stage, *added, "instance=web1")).strip()
        (silence,) = json.loads(await ask(stage, "silence", "query", "-o", "json"))
        assert (silence["id"], silence["createdBy"]) == (id_, "dana")
        assert (await incidents(stage))[0]["muted_by"] == [f"silence:{id_}"]
        assert "web1" not in await ask(stage, "alert", "query")  # it leaves silenced ones out
        assert "web1" in await ask(stage, "alert", "query", "--silenced")
        longer = ("silence", "update", "--duration=3h", "--comment=slow disks", id_)
        assert (await ask(stage, *longer)).strip()
        await ask(stage, "silence", "expire", id_)
        assert json.loads(await ask(stage, "silence", "query", "-o", "json")) == []
        assert (await incidents(stage))[0]["muted_by"] == []
        assert id_ in await ask(stage, "silence", "query", "--expired", "-q")
    finally:
        await stage.daemon.end()


async def test_amtool_is_told_why_it_may_not(stage: Stage) -> None:
    arguments = ("silence", "add", "--author=dana", "--comment=reboot", "instance=web1")
    with pytest.raises(AmtoolError, match="403"):
        await ask(stage, *arguments, token=VIEWER)
    with pytest.raises(AmtoolError, match="24 h at most"):
        await ask(stage, *arguments, "--duration=48h")


async def test_amtool_shows_the_configuration_that_stands_for_ours(stage: Stage) -> None:
    assert "receiver: responder" in await ask(stage, "config", "show")


async def turned(stage: Stage, state: str) -> dict[str, Any]:
    """The one incident, as soon as it stands there; what expires meanwhile ends."""
    async with asyncio.timeout(30):
        while True:
            await stage.daemon.world.duties["tick"].turn()
            found = await incidents(stage)
            if found and found[0]["state"] == state:
                return found[0]
            await asyncio.sleep(0.1)


async def metrics(_: web.Request) -> web.Response:
    return web.Response(text="answered 1\n")


async def test_prometheus_alone_opens_one_incident_and_ends_it(
    tmp_path: Path, prometheus: StartPrometheus
) -> None:
    stage = await begin(write_config(tmp_path, smtp=free_port()))
    secret, target = tmp_path / "secrets" / "alertmanager", free_port()
    try:
        config = SCRAPE.format(token=secret, port=stage.daemon.port, target=target)
        await prometheus(config, rules=RULES)
        incident = await turned(stage, "open")
        assert (incident["key"], incident["category"]) == ("server:web1", "critical")
        assert incident["title"] == f"127.0.0.1:{target} does not answer"
        (alert,) = json.loads(await ask(stage, "alert", "query", "-o", "json", token=TOKEN))
        assert alert["generatorURL"].startswith("http")
        app = web.Application()
        app.router.add_get("/metrics", metrics)
        async with TestServer(app, port=target):
            incident = await turned(stage, "mitigated")
        assert [alert["status"] for alert in incident["alerts"]] == ["resolved"]
    finally:
        await stage.daemon.end()
