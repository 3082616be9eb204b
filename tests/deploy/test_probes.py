"""Do the jobs that we ship, and the rules that people share, work with what we tell of looks?"""

import asyncio
import json
import re
import shutil
from collections.abc import AsyncIterator, Mapping
from contextlib import AsyncExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from tests.certificates import Authority
from tests.deploy.blackbox_rules import RULES, rules_file
from tests.deploy.rules import PROMETHEUS, yaml
from tests.deploy.test_rules import ask
from tests.raw import Conversation, raw_server
from tests.real.exporters import read_series
from tests.real.fixtures import StartPrometheus
from tests.real.prometheus import Prometheus
from tests.require import free_port
from tests.stories.stage import VIEWER, Stage, begin, write_config

MODULES = """
modules:
  http_2xx: {prober: http, timeout: 3s, http: {preferred_ip_protocol: ip4}}
  port: {prober: tcp, timeout: 3s}
  icmp: {prober: icmp, timeout: 3s, icmp: {preferred_ip_protocol: ip4}}
"""
LOOKS = """
probes:
  modules_file: blackbox.yml
  looks:
    - {{module: port, servers: all, target: "{{address}}:{port}", interval: 1s}}
"""


def answers(status: str, *, after: float = 0.0) -> Conversation:
    """A web server that says this, when it has thought about it."""

    async def converse(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        await asyncio.sleep(after)
        writer.write(f"HTTP/1.1 {status}\r\nContent-Length: 0\r\n\r\n".encode())

    return converse


@dataclass
class Street:
    """Web servers in good and in bad shape; `targets` by what is wrong with them."""

    stage: Stage
    targets: Mapping[str, str]

    @property
    def watched(self) -> str:
        """The port of web1 that the rounds look at."""
        return self.targets["watched"]


@pytest.fixture
async def street(tmp_path: Path) -> AsyncIterator[Street]:
    """A daemon and what it may look at."""
    root = Authority.root(tmp_path)
    certificates = {"soon": 10.5, "very soon": 1.5, "over": -0.5, "long": 90}
    async with AsyncExitStack() as open_:
        fine, broken, slow = [
            await open_.enter_async_context(raw_server(one))
            for one in (answers("200 OK"), answers("500 No"), answers("200 OK", after=1.2))
        ]
        watched = await open_.enter_async_context(raw_server(answers("200 OK"), host="127.0.0.2"))
        secure = {
            name: await open_.enter_async_context(
                raw_server(answers("200 OK"), context=root.leaf(days=days).server())
            )
            for name, days in certificates.items()
        }
        plain = {"fine": fine, "broken": broken, "slow": slow, "closed": free_port()}
        (tmp_path / "blackbox.yml").write_text(
            MODULES + "  https: {prober: http, timeout: 3s, http: {preferred_ip_protocol: ip4, "
            f"tls_config: {{ca_file: {root.file}}}}}}}\n"
        )
        more = LOOKS.format(port=watched)
        stage = await begin(write_config(tmp_path, smtp=free_port(), more=more))
        open_.push_async_callback(stage.daemon.end)
        stage.daemon.work()
        targets = {name: f"http://127.0.0.1:{port}" for name, port in plain.items()}
        targets |= {name: f"https://localhost:{port}" for name, port in secure.items()}
        yield Street(stage, {**targets, "watched": f"127.0.0.2:{watched}"})


def jobs(street: Street) -> list[dict[str, Any]]:
    """The jobs of both files, for this daemon, with its token, and quicker."""
    stage = street.stage
    (stage.folder / "secrets" / "responder-viewer").write_text(VIEWER)
    shipped = [yaml(PROMETHEUS / name)["scrape_configs"] for name in ("scrape.yml", "probes.yml")]
    text = json.dumps([job for jobs_ in shipped for job in jobs_])
    text = text.replace("127.0.0.1:9095", stage.url.removeprefix("http://"))
    text = text.replace("secrets/", f"{stage.folder}/secrets/")
    found: list[dict[str, Any]] = json.loads(text.replace("http://127.0.0.1:8080", "TARGET"))
    return found


def config(scrapes: list[dict[str, Any]]) -> str:
    return json.dumps(
        {
            "global": {"scrape_interval": "2s", "evaluation_interval": "1s"},
            "rule_files": ["rules.yml"],
            "scrape_configs": scrapes,
        }
    )


def classic(street: Street, module: str, *targets: str) -> dict[str, Any]:
    """The shipped job `blackbox` with these targets."""
    job = next(job for job in jobs(street) if job["job_name"] == "blackbox")
    addresses = [street.targets.get(target, target) for target in targets]
    return {
        **job,
        "job_name": f"blackbox-{module}",
        "params": {"module": [module]},
        "static_configs": [{"targets": addresses}],
    }


async def until(server: Prometheus, query: str) -> list[dict[str, Any]]:
    for _ in range(300):
        if found := await server.query(query):
            return found
        await asyncio.sleep(0.2)
    raise AssertionError(f"nothing came of {query}")


def test_promtool_finds_no_fault_with_the_jobs(tmp_path: Path) -> None:
    (tmp_path / "secrets").mkdir()
    (tmp_path / "secrets" / "responder-viewer").write_text("token")
    shutil.copy(PROMETHEUS / "probes.yml", tmp_path)
    assert "SUCCESS" in ask("promtool", "check", "config", tmp_path / "probes.yml")


def test_promtool_finds_the_nine_rules(tmp_path: Path) -> None:
    (tmp_path / "rules.yml").write_text(rules_file())
    assert "9 rules found" in ask("promtool", "check", "rules", tmp_path / "rules.yml")


async def test_a_real_prometheus_gets_the_same_target_in_three_ways(
    street: Street, prometheus: StartPrometheus
) -> None:
    text = config(jobs(street)).replace("TARGET", street.targets["fine"])
    server = await prometheus(text, rules="groups: []")
    fine, watched = street.targets["fine"], street.watched
    await until(server, f'probe_success{{job="blackbox", instance="{fine}"}} == 1')
    whose = f'instance="{watched}", server="web1", module="port"'
    await until(server, f'probe_success{{job="responder-probe", {whose}}} == 1')
    await until(server, f'probe_success{{job="responder", {whose}}} == 1')
    assert await server.query('up{job="responder"} == 1')
    assert not await server.query('{__name__=~"probe_.*", exported_instance!=""}')


async def test_the_nine_rules_fire_on_what_a_real_prometheus_scrapes(
    street: Street, prometheus: StartPrometheus
) -> None:
    scrapes = [
        next(job for job in jobs(street) if job["job_name"] == "responder"),
        classic(street, "http_2xx", "fine", "broken", "slow", "closed"),
        classic(street, "https", "long", "soon", "very soon", "over"),
        classic(street, "icmp", "127.0.0.1"),
    ]
    (street.stage.folder / "blackbox.yml").write_text("modules: {x: {nope: 1}}")
    assert (await street.stage.ask("POST", "/-/reload"))[0] == 500
    server = await prometheus(config(scrapes), rules=rules_file(at_once=True))
    expected = {
        ("BlackboxProbeFailed", "broken"),
        ("BlackboxProbeFailed", "closed"),
        ("BlackboxProbeFailed", "over"),
        ("BlackboxProbeHttpFailure", "broken"),
        ("BlackboxProbeHttpFailure", "closed"),
        ("BlackboxProbeHttpFailure", "over"),
        ("BlackboxSlowProbe", "slow"),
        ("BlackboxProbeSlowHttp", "slow"),
        ("BlackboxSslCertificateWillExpireSoon", "soon"),
        ("BlackboxSslCertificateWillExpireVerySoon", "very soon"),
        ("BlackboxSslCertificateExpired", "over"),
        ("BlackboxConfigurationReloadFailure", ""),
    }
    for name, target in expected:
        instance = f', instance="{street.targets[target]}"' if target else ""
        await until(server, f'ALERTS{{alertname="{name}"{instance}}}')
    names = {address: target for target, address in street.targets.items()}
    fired = {
        (one["metric"]["alertname"], names.get(one["metric"]["instance"], ""))
        for one in await server.query("ALERTS")
    }
    assert fired == expected
    assert len(await server.query("probe_icmp_duration_seconds <= 1")) == 3


async def test_the_nine_rules_hold_in_promtool_s_own_time(street: Street, tmp_path: Path) -> None:
    """With their own spans, on the series of our pages; the ping is made slow by hand."""
    wanted = {
        "BlackboxProbeFailed": ("http_2xx", "closed"),
        "BlackboxSlowProbe": ("http_2xx", "slow"),
        "BlackboxProbeHttpFailure": ("http_2xx", "broken"),
        "BlackboxSslCertificateWillExpireSoon": ("https", "soon"),
        "BlackboxSslCertificateWillExpireVerySoon": ("https", "very soon"),
        "BlackboxSslCertificateExpired": ("https", "over"),
        "BlackboxProbeSlowHttp": ("http_2xx", "slow"),
        "BlackboxProbeSlowPing": ("icmp", "127.0.0.1"),
    }
    (tmp_path / "rules.yml").write_text(rules_file())
    groups = [
        {
            "interval": "1m",
            "input_series": await series(street, module, target),
            "promql_expr_test": [
                {
                    "expr": f'count(count(ALERTS{{alertname="{name}", alertstate="firing"}}))',
                    "eval_time": "5m",
                    "exp_samples": [{"labels": "{}", "value": 1}],
                }
            ],
        }
        for name, (module, target) in wanted.items()
    ]
    path = tmp_path / "tests.yml"
    path.write_text(
        json.dumps({"rule_files": ["rules.yml"], "evaluation_interval": "1m", "tests": groups})
    )
    assert "SUCCESS" in await asyncio.to_thread(ask, "promtool", "test", "rules", path)
    assert {*wanted, "BlackboxConfigurationReloadFailure"} == set(RULES)


async def series(street: Street, module: str, target: str) -> list[dict[str, str]]:
    """One page of ours as promtool's input; its time begins at 0, so ends of certificates move."""
    address = street.targets.get(target, target)
    status, page = await street.stage.ask("GET", f"/probe?module={module}&target={address}")
    assert status == 200
    now = street.stage.daemon.world.clock.now().timestamp()
    found = []
    for family, members in read_series(re.sub(r"(phase=\"rtt\"\}) \S+", r"\1 1.5", page)).items():
        for labels, value in members.items():
            shown = ", ".join(f'{name}="{text}"' for name, text in (*labels, ("instance", address)))
            moved = value - now if family == "probe_ssl_earliest_cert_expiry" else value
            found.append({"series": f"{family}{{{shown}}}", "values": f"{moved:.9f}x10"})
    return found
