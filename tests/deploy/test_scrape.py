"""Is what the dashboard and the rules ask for really told by a running responder?"""

import asyncio
import math
import re
import shutil
import subprocess
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from tests.deploy import shift
from tests.deploy.boards import FILES, queries
from tests.deploy.promql import filled, measured, uses
from tests.deploy.rules import PROMETHEUS, RULES, rules
from tests.deploy.scrape import TARGET, labels_of, strangers
from tests.real.fixtures import StartPrometheus
from tests.real.prometheus import Prometheus
from tests.real.smtp import Mailbox
from tests.require import require
from tests.stories.stage import FILE, TOKEN, VIEWER, Stage, begin, write_config

# Told by a rule of ours and not by the responder.
RECORDED = {rule["record"] for rule in rules() if "record" in rule}
SHOWN = [query for file in FILES for _, query in queries(file)]
ASKED = [*SHOWN, *(rule["expr"] for rule in rules())]

WRONG = re.compile(r"percent|minute|hour|milli|_(ms|day|days)(_|$)")
# A ratio of nothing: the shift closes no ticket at level 1. test_week.py sees it.
ABSENT = {"responder_kb_linked_ratio": TARGET | {"window"}}
# Too soon to know after a minute, and why.
A_DAY = "a ticket must stay solved for a day"
A_QUARTER = "a reply is judged after a quarter of an hour"
FIVE_MINUTES = "an incident is watched for five minutes before it is over"
NO_BREACH = "no promise is broken, nothing handed back, nothing closed with an article"
NOBODY = "nobody is asked here: no sender has a url, no heartbeat_url is set"
ROBOT = "no playbook acts yet"
UNKNOWN = {
    "responder_ticket_resolution_seconds": A_DAY,
    "responder_ticket_requester_wait_seconds": A_DAY,
    "responder_ticket_useful_response_seconds": A_QUARTER,
    "responder_incident_recovery_seconds": FIVE_MINUTES,
    "responder_heartbeat_last_success_timestamp_seconds": NOBODY,
    'by="automation"': ROBOT,
    "responder_sla_breaches_total": NO_BREACH,
    "responder_tickets_handed_back_total": NO_BREACH,
    "responder_ticket_acts_incomplete_total": NO_BREACH,
    "responder_kb_linked_ratio": NO_BREACH,
    "responder_repeat_seconds": A_DAY,
    "responder_tickets_topics_total": "nobody says what it is about",
    "sum by (sender, reason) (increase(responder_intake_rejected_total": "all was taken",
    "sum by (reason) (increase(responder_callbacks_refused_total": "nobody has answered",
    "sum by (change, way, outcome) (increase(responder_customer_messages": "no brand tells",
}


@pytest.fixture
async def stage(tmp_path: Path, mailbox: Mailbox) -> AsyncIterator[Stage]:
    """A responder at work, with nothing to do yet."""
    path = write_config(tmp_path, smtp=mailbox.port, file=shift.POWERED, more=shift.MORE)
    stage = await begin(path)
    stage.daemon.work()
    try:
        await stage.daemon.ready()
        yield stage
    finally:
        await stage.daemon.end()


async def page(stage: Stage) -> str:
    status, told = await stage.ask("GET", "/metrics", token=VIEWER)
    assert status == 200
    return str(told)


async def test_everything_that_is_asked_for_is_told(stage: Stage, mailbox: Mailbox) -> None:
    await shift.live(stage, mailbox)
    told = labels_of(await page(stage))
    known = {**ABSENT, **told, **dict.fromkeys(RECORDED, frozenset({"level"}))}
    assert [stranger for query in ASKED for stranger in strangers(uses(query), known)] == []


def test_a_metric_or_a_label_that_does_not_exist_would_be_seen() -> None:
    known = labels_of('a_total{x="1"} 1\n')
    assert strangers(uses('sum by (job, x) (rate(a_total{instance="i"}[5m]))'), known) == []
    assert strangers(uses("sum by (y) (rate(a_total[5m]))"), known) == ["a_total{y}"]
    assert strangers(uses("rate(a_totals[5m])"), known) == ["a_totals"]
    assert strangers(uses("a_total / on (z) a_total"), known) == ["a_total{z}"]


async def test_everything_of_ours_that_is_told_is_shown_or_watched(
    stage: Stage, mailbox: Mailbox
) -> None:
    await shift.live(stage, mailbox)
    told = {name for name in labels_of(await page(stage)) if name.startswith("responder_")}
    parts = re.compile(r"_(bucket|sum|count)$")
    asked = {parts.sub("", use.metric) for query in ASKED for use in uses(query)}
    assert {parts.sub("", name) for name in told} - asked == set()


async def test_more_servers_and_people_make_no_more_series(
    tmp_path_factory: pytest.TempPathFactory,
) -> None:
    """Only a sender and a brand have series of their own, and those are few."""
    more = {
        "servers": "".join(f"  node{one}: {{{{address: 127.0.1.{one}}}}}\n" for one in range(20)),
        "people": "".join(f"  person{one}: {{{{methods: []}}}}\n" for one in range(10)),
        "senders": "  second: {{kind: grafana, token_file: secrets/viewer}}\n",
    }
    small = await series_of(tmp_path_factory.mktemp("small"), FILE)
    for part, lines in more.items():
        large = await series_of(
            tmp_path_factory.mktemp(part), FILE.replace(f"\n{part}:\n", f"\n{part}:\n{lines}")
        )
        grown = large - small
        assert len(grown) == (11 if part == "senders" else 0), part
        assert all('sender="second"' in one for one in grown)
    branded = await series_of(tmp_path_factory.mktemp("brands"), FILE, more=shift.BRANDS) - small
    assert len(branded) == 5
    assert all('brand="acme"' in one for one in branded)


async def series_of(folder: Path, file: str, *, more: str = "") -> set[str]:
    """Every series of a responder with this configuration that has taken nothing yet."""
    stage = await begin(write_config(folder, smtp=25, file=file, more=more))
    try:
        lines = (await page(stage)).splitlines()
    finally:
        await stage.daemon.end()
    return {line.rpartition(" ")[0] for line in lines if not line.startswith("#")}


async def test_promtool_finds_no_fault_with_the_page(stage: Stage, mailbox: Mailbox) -> None:
    program = shutil.which("promtool")
    require("promtool", present=program is not None)
    await shift.live(stage, mailbox)
    lines = (await page(stage)).splitlines(keepends=True)
    answer = await asyncio.to_thread(
        subprocess.run,
        [str(program), "check", "metrics"],
        # It takes the kb of R83 for kilobytes.
        input="".join(line for line in lines if "responder_kb_linked_ratio" not in line),
        capture_output=True,
        text=True,
    )
    assert (answer.stdout, answer.stderr, answer.returncode) == ("", "", 0)
    names = re.findall(r"^# TYPE (\S+)", "".join(lines), re.MULTILINE)
    assert [name for name in names if WRONG.search(name)] == []


@pytest.mark.parametrize(
    "name", ["responder_level1_percent", "a_minutes_total", "a_ms", "a_hours", "a_milliseconds"]
)
def test_a_name_in_another_unit_would_be_seen(name: str) -> None:
    """promtool lets a `_percent` gauge pass."""
    assert WRONG.search(name)
    assert not WRONG.search("responder_ticket_reaction_seconds")


async def test_a_real_prometheus_can_answer_every_query(
    stage: Stage, mailbox: Mailbox, prometheus: StartPrometheus
) -> None:
    """With our own scrape.yml and rules.yml."""
    server = await prometheus(scrape_of(stage), rules=RULES.read_text(encoding="utf-8"))
    await until(server, 'count_over_time(up{job="responder"}[1m]) > 1')
    await shift.live(stage, mailbox)
    await until(server, "increase(responder_csat_answers_total[1m]) > 0")
    await until(server, "level:responder_ticket_oldest_open_timestamp_seconds:age")
    silent = [query for query in SHOWN if not await told(server, query)]
    silent += [
        rule["expr"]
        for rule in rules()
        if not any([await told(server, part) for part in measured(rule["expr"])])
    ]
    assert [query for query in silent if not excused(query)] == []
    assert [reason for reason in UNKNOWN if not any(reason in query for query in silent)] == []


async def test_nothing_alarms_while_all_is_well(stage: Stage, prometheus: StartPrometheus) -> None:
    """Not even one that would only fire if it lasted, but for ana's mail, which nobody has tried
    yet; and Prometheus knows where to send it.
    """
    assert await stage.send({"version": "4", "alerts": []}) == 200
    server = await prometheus(scrape_of(stage), rules=RULES.read_text(encoding="utf-8"))
    await until(server, 'count_over_time(up{job="responder"}[1m]) > 1')
    await until(server, 'ALERTS{alertname="Watchdog"}')
    assert await names_of_alerts(server) == {"Watchdog", "ResponderUntestedMethods"}
    known = await server.call("GET", "/api/v1/alertmanagers")
    urls = [one["url"] for one in known["data"]["activeAlertmanagers"]]
    assert urls == [f"{stage.url}/api/v2/alerts"]


def scrape_of(stage: Stage) -> str:
    """The example that we ship, for this responder, with its tokens, and quicker."""
    (stage.folder / "secrets" / "responder-viewer").write_text(VIEWER)
    (stage.folder / "secrets" / "responder-sender").write_text(TOKEN)
    text = (PROMETHEUS / "scrape.yml").read_text(encoding="utf-8")
    return (
        text.replace("127.0.0.1:9095", stage.url.removeprefix("http://"))
        .replace("secrets/", f"{stage.folder}/secrets/")
        .replace("scrape_interval: 15s", "scrape_interval: 2s")
        .replace("evaluation_interval: 15s", "evaluation_interval: 1s")
    )


async def until(server: Prometheus, query: str) -> None:
    for _ in range(300):
        if await server.query(query):
            return
        await asyncio.sleep(0.2)
    raise AssertionError(f"nothing came of {query}")


async def told(server: Prometheus, query: str) -> bool:
    """Does the query give at least one number?"""
    samples = await server.query(filled(query))
    return any(not math.isnan(float(sample["value"][1])) for sample in samples)


def excused(query: str) -> bool:
    return any(reason in query for reason in UNKNOWN)


async def names_of_alerts(server: Prometheus) -> set[str]:
    """Of all that fire, or would if it lasted."""
    found: list[dict[str, Any]] = await server.query("ALERTS")
    return {sample["metric"]["alertname"] for sample in found}
