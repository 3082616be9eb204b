"""Does a real Prometheus show the week as a person worked it out, and something on every panel?"""

import asyncio
import math
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from aiohttp import web

from responder.clock import HandClock
from tests.deploy import shift
from tests.deploy.boards import FILES, queries
from tests.deploy.promql import filled
from tests.deploy.week import AFTER, EVERY, Week
from tests.real.fixtures import StartPrometheus
from tests.real.prometheus import Prometheus
from tests.real.smtp import Mailbox
from tests.require import free_port
from tests.responder.desk.tickets import OPENED
from tests.responder.kpi.fixed_week import (
    ANSWERED,
    BY_BRAND,
    JUDGED_AT,
    LEVEL1,
    ONE_TOUCH,
    REACTION_BY_BRAND,
    SOLVED,
)
from tests.stories.stage import AGENT, Stage, begin, write_config

BRANDS = """
brands:
  acme: {title: Acme Hosting, from: support@acme.example}
  zeta: {title: Zeta Hosting}
resellers:
  anna: {server: web1, brand: acme, mail: anna@customer.example}
"""
MORE = f"{BRANDS}\nplaybooks: {{shipped: [host-down]}}"
# Somebody outside hears that we live; here it is ourselves.
WATCHED = shift.POWERED.replace(
    'store: "{store}"', 'store: "{store}", heartbeat_url: "http://127.0.0.1:{port}/-/healthy"'
)
CONFIG = """
global: {{scrape_interval: 1s}}
scrape_configs:
  - job_name: week
    honor_labels: true
    static_configs: [{{targets: ["127.0.0.1:{port}"]}}]
"""
# Grafana asks for four times the interval of the scrapes.
RATE = f"{4 * int(EVERY.total_seconds())}s"
GOOD = 'sum(increase(responder_csat_answers_total{score=~"4|5"}[7d]))'
# Exact, since all counters begin at the same moment: the shares of what has grown.
SHARES = {
    # Of high 13 at level 1, of which one took 30 minutes, one of sales, 30 too, and 8: it counted a
    # minute, and was merged away later.
    'sum(increase(responder_ticket_reaction_seconds_bucket{by="person",priority="high",le="900.0"}[7d]))'
    ' / sum(increase(responder_ticket_reaction_seconds_count{by="person",priority="high"}[7d]))': 13
    / 15,
    'sum(increase(responder_tickets_solved_total{level="level-1"}[7d]))'
    ' / sum(increase(responder_tickets_solved_total{level=~"level-.*"}[7d]))': LEVEL1.ratio,
    # 10 answered twice: 5, then 4.
    f"{GOOD} / sum(increase(responder_csat_answers_total[7d]))": 7 / 10,
    # 7610 minutes in 30 tickets
    "sum(rate(responder_ticket_useful_response_seconds_sum[7d]))"
    " / sum(rate(responder_ticket_useful_response_seconds_count[7d]))": 7610 * 60 / 30,
    # 125 of high, 650 of medium, 120 of low, 1 of number 8
    'sum(rate(responder_ticket_reaction_seconds_sum{by="person",level="level-1"}[7d]))'
    ' / sum(rate(responder_ticket_reaction_seconds_count{by="person",level="level-1"}[7d]))': (
        896 * 60 / 30
    ),
}
STANDING = {
    'responder_level1_share{window="7d"}': LEVEL1.ratio,
    'responder_csat_response_ratio{window="30d"}': ANSWERED.ratio,
    'responder_csat_asked_tickets{window="30d"}': ANSWERED.whole,
    "responder_tickets_one_touch_total": ONE_TOUCH,
    'responder_tickets_handed_back_total{from_level="level-2",solution="yes"}': 5,
    "responder_tickets_misscoped_total": 3,
    "responder_tickets_reopened_total": 2,
    'responder_tickets_open_old{level="level-1",than="48h"}': 2,
    **{f'responder_tickets_solved_total{{level="{level}"}}': n for level, n in SOLVED.items()},
    **{f'responder_csat_ratio{{brand="{brand}"}}': one.ratio for brand, one in BY_BRAND.items()},
    **{
        f'responder_brand_average_seconds{{brand="{brand}",figure="reaction"}}': 60 * total / number
        for brand, (total, number) in REACTION_BY_BRAND.items()
    },
}


@pytest.fixture
async def week(tmp_path: Path, mailbox: Mailbox) -> AsyncIterator[Week]:
    """A responder that a week and a day have gone by for."""
    begins = (datetime.now(UTC) - (JUDGED_AT - OPENED) - AFTER - EVERY).replace(
        minute=0, second=0, microsecond=0
    )
    clock = HandClock(begins)
    path = write_config(tmp_path, smtp=mailbox.port, file=WATCHED, more=MORE)
    stage = await begin(path, clock=clock)
    try:
        week = Week(stage, clock, begins)
        await week.play()
        async with week.at_work():
            await shift.live(stage, mailbox)
            assert await stage.send({"version": "4", "alerts": []}, token="wrong") == 401
            await linked(stage)
            await refused(stage)
            (incident,) = (await shift.got(stage, "/api/v1/incidents"))["incidents"]
            told = {"text": "A power supply failed."}
            await shift.done(stage, f"/api/v1/incidents/{incident['id']}/tell", told)
            await mailbox.wait_for(3)
        await week.wait()
        yield week
    finally:
        await stage.daemon.end()


@pytest.fixture
async def server(week: Week, prometheus: StartPrometheus) -> AsyncIterator[Prometheus]:
    """A real Prometheus that has taken all of it in."""
    pages = [week.page()]

    async def metrics(_: web.Request) -> web.Response:
        return web.Response(text=pages.pop() if pages else "")

    app, port = web.Application(), free_port()
    app.router.add_get("/metrics", metrics)
    runner = web.AppRunner(app)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", port).start()
    try:
        started = await prometheus(CONFIG.format(port=port), rules="groups: []")
        yield started
    finally:
        await runner.cleanup()


async def test_prometheus_shows_what_a_person_worked_out_and_every_panel_something(
    week: Week, server: Prometheus
) -> None:
    """R39, R93, R94, R95: code, table, gauges and PromQL agree about fifty tickets."""
    await taken_in(server, at=week.ends)
    shown = {query: await one(server, query, at=week.ends) for query in (*STANDING, *SHARES)}
    assert shown == {name: pytest.approx(value) for name, value in (STANDING | SHARES).items()}
    asked = [query for file in FILES for _, query in queries(file)]
    assert [query for query in asked if not await seen(server, query, week)] == []


async def refused(stage: Stage) -> None:
    """A move without a reason, and a stranger who plays PagerDuty."""
    (newest,) = (await shift.got(stage, "/api/v1/tickets?limit=1"))["tickets"]
    move = f"/api/v1/tickets/{newest['id']}/move"
    assert (await stage.ask("POST", move, token=AGENT, body={"queue": "level-3"}))[0] == 422
    assert (await stage.ask("POST", "/callbacks/pagerduty", token="", body={}))[0] == 400


async def linked(stage: Stage) -> None:
    """Level 1 solves something, with nothing to read for the next time (R83)."""
    body = {"subject": "No mail", "text": "Nothing arrives.", "channel": "phone", "brand": "acme"}
    ticket = await shift.done(stage, "/api/v1/tickets", body, token=AGENT)
    solved = {"text": "The quota was full.", "article": "none"}
    await shift.done(stage, f"/api/v1/tickets/{ticket['id']}/take", {}, token=AGENT)
    await shift.done(stage, f"/api/v1/tickets/{ticket['id']}/solve", solved, token=AGENT)


async def taken_in(server: Prometheus, *, at: datetime) -> None:
    """Prometheus finds its targets after five seconds."""
    for _ in range(450):
        if await asked_at(server, "up", at=at):
            return
        await asyncio.sleep(0.1)
    raise AssertionError("Prometheus has taken nothing in")


async def one(server: Prometheus, query: str, *, at: datetime) -> float:
    (sample,) = await asked_at(server, query, at=at)
    return float(sample["value"][1])


async def asked_at(server: Prometheus, query: str, *, at: datetime) -> list[dict[str, Any]]:
    told = await server.call(
        "GET", "/api/v1/query", params={"query": query, "time": str(at.timestamp())}
    )
    found: list[dict[str, Any]] = told["data"]["result"]
    return found


async def seen(server: Prometheus, query: str, week: Week) -> bool:
    """Does the query give a number at any moment of the week?"""
    params = {
        "query": filled(query, rate=RATE, shown="7d"),
        "start": str(week.begins.timestamp()),
        "end": str((week.ends + AFTER).timestamp()),
        "step": str(EVERY.total_seconds()),
    }
    told = await server.call("GET", "/api/v1/query_range", params=params)
    values = [value for line in told["data"]["result"] for _, value in line["values"]]
    return any(not math.isnan(float(value)) for value in values)
