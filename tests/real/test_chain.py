"""From a real target that dies to a real ticket and a mail, and back: nothing in it is emulated."""

import asyncio
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from secrets import token_hex

import pytest
from aiohttp import web

from tests.real.chain import alert, chain, over, route, soon, ticket, tickets
from tests.real.fixtures import StartAlertmanager, StartPrometheus
from tests.real.prometheus import Prometheus
from tests.real.rt import RequestTracker
from tests.real.smtp import Mailbox
from tests.require import free_port
from tests.stories.stage import TOKEN

# Everybody of these asks the one Request Tracker of this run.
pytestmark = pytest.mark.xdist_group("rt")

PROMETHEUS = """
global: {{scrape_interval: 1s, scrape_timeout: 1s, evaluation_interval: 1s}}
rule_files: [rules.yml]
alerting:
  alertmanagers:
    - static_configs: [{{targets: ["127.0.0.1:{port}"]}}]
      authorization: {{credentials: "{token}"}}
scrape_configs:
  - job_name: node
    static_configs: [{{targets: ["127.0.0.1:{target}"], labels: {{server: "{host}"}}}}]
"""
RULES = """
groups:
  - name: hosts
    rules:
      - alert: HostDown
        expr: up == 0
        labels: {severity: critical}
        annotations: {summary: "{{ $labels.server }} does not answer"}
"""


class Target:
    """A machine with something to scrape, which can die."""

    def __init__(self) -> None:
        self.port = free_port()
        self._runner: web.AppRunner | None = None

    async def live(self) -> None:
        app = web.Application()
        app.router.add_get("/metrics", self._metrics)
        self._runner = web.AppRunner(app, shutdown_timeout=0.1)
        await self._runner.setup()
        await web.TCPSite(self._runner, "127.0.0.1", self.port).start()

    async def die(self) -> None:
        if self._runner is not None:
            await self._runner.cleanup()
        self._runner = None

    async def _metrics(self, _: web.Request) -> web.Response:
        return web.Response(text="node_load1 0.5\n")


@pytest.fixture
async def target() -> AsyncIterator[Target]:
    server = Target()
    await server.live()
    yield server
    await server.die()


@pytest.fixture
def host() -> str:
    """A name that no other test of the shared Request Tracker uses."""
    return f"web-{token_hex(4)}"


async def watched(prometheus: Prometheus) -> None:
    """Return when the target has been scraped."""

    async def look() -> bool | None:
        return [one["value"][1] for one in await prometheus.query("up")] == ["1"] or None

    await soon(look, what="a first scrape")


async def test_a_target_dies_and_one_ticket_and_one_mail_are_out_within_two_seconds(
    tmp_path: Path,
    mailbox: Mailbox,
    alertmanager: StartAlertmanager,
    prometheus: StartPrometheus,
    request_tracker: RequestTracker,
    target: Target,
    host: str,
) -> None:
    port = free_port()
    real = await alertmanager(route(port))
    config = PROMETHEUS.format(port=real.port, token="", target=target.port, host=host)
    async with chain(tmp_path, mailbox, port=port, rt=request_tracker) as life:
        await watched(await prometheus(config, rules=RULES))
        await target.die()
        told = await life.incident(host)
        opened = await ticket(request_tracker, host)
        await life.mailed(host, "opened")
        late = datetime.now(UTC) - datetime.fromisoformat(told["opened_at"])
        assert late < timedelta(seconds=45)
        assert (opened.queue, opened.status) == ("rapid-response", "new")

        await request_tracker.as_agent("dana").take(opened.id)
        life.hasten("sync")
        known = await life.incident(host, "acknowledged")
        assert known["acknowledged_by"] == "ana"
        paged = life.mails(host)
        await asyncio.sleep(4)  # the next round of pages would have been due
        assert life.mails(host) == paged

        await target.live()
        await life.incident(host, "resolved")
        await life.mailed(host, "recovered")
        assert life.mails(host).count("recovered") == 1
        [hers] = await tickets(request_tracker, host)
        assert (hers.owner, hers.status) == ("dana", "new")  # she ends it, not we


async def test_a_ticket_system_that_is_away_delays_no_mail_and_gets_one_ticket_later(
    tmp_path: Path,
    mailbox: Mailbox,
    alertmanager: StartAlertmanager,
    request_tracker: RequestTracker,
    host: str,
) -> None:
    port = free_port()
    real = await alertmanager(route(port))
    async with chain(tmp_path, mailbox, port=port, rt=request_tracker) as life:
        await request_tracker.stop()
        await real.post([alert(host)])
        await life.mailed(host, "opened")
        assert (await life.incident(host))["tickets"] == []
        await request_tracker.start()
        opened = await ticket(request_tracker, host)
        assert (opened.queue, opened.owner) == ("rapid-response", "Nobody")

        await over(real, host)
        await life.mailed(host, "recovered")
        solved = await ticket(request_tracker, host, "resolved")
        written = [line for line in await request_tracker.history(solved.id) if line.text]
        assert [line.creator for line in written] == ["responder"] * len(written)
        assert len(await tickets(request_tracker, host)) == 1


async def test_prometheus_needs_no_alertmanager_in_between(
    tmp_path: Path,
    mailbox: Mailbox,
    prometheus: StartPrometheus,
    request_tracker: RequestTracker,
    target: Target,
    host: str,
) -> None:
    port = free_port()
    config = PROMETHEUS.format(port=port, token=TOKEN, target=target.port, host=host)
    async with chain(tmp_path, mailbox, port=port, rt=request_tracker) as life:
        await watched(await prometheus(config, rules=RULES))
        await target.die()
        await life.mailed(host, "opened")
        opened = await ticket(request_tracker, host)
        assert (opened.queue, opened.status) == ("rapid-response", "new")
        await target.live()
        await life.mailed(host, "recovered")
        assert (await ticket(request_tracker, host, "resolved")).id == opened.id


async def test_what_a_restarted_alertmanager_has_forgotten_is_closed_and_says_why(
    tmp_path: Path, mailbox: Mailbox, alertmanager: StartAlertmanager, host: str
) -> None:
    port = free_port()
    real = await alertmanager(route(port))
    async with chain(tmp_path, mailbox, port=port, alertmanager=real.url) as life:
        await real.post([alert(host)])
        await life.mailed(host, "opened")
        await real.stop()
        life.hasten("reconcile")  # who can't be asked has forgotten nothing
        await asyncio.sleep(1)
        assert (await life.incident(host))["state"] == "open"
        await real.start()
        life.hasten("reconcile")
        gone = await life.incident(host, "mitigated", "resolved")
        ended = [
            event["data"] for event in await life.events(gone) if event["kind"] == "alert_ended"
        ]
        assert [data["how"] for data in ended] == ["source_forgot"]


async def test_what_fired_and_cleared_while_we_were_down_leaves_no_ghost(
    tmp_path: Path, mailbox: Mailbox, alertmanager: StartAlertmanager, host: str
) -> None:
    """Alertmanager tries to tell us of the firing for 10 s, and never tells us of its end."""
    port = free_port()
    real = await alertmanager(route(port))
    await real.post([alert(f"{host}-a"), alert(f"{host}-b")])
    await asyncio.sleep(1)
    await over(real, f"{host}-a")
    await asyncio.sleep(12)
    async with chain(tmp_path, mailbox, port=port, alertmanager=real.url) as life:
        await life.mailed(f"{host}-b", "opened")
        await asyncio.sleep(2)  # two more rounds of Alertmanager's
        life.hasten("reconcile")
        await asyncio.sleep(0.5)
        assert [one["title"] for one in await life.incidents()] == [f"{host}-b does not answer"]
        assert life.mails(f"{host}-a") == []


async def test_what_max_alerts_cut_off_is_fetched_and_closes_nothing(
    tmp_path: Path, mailbox: Mailbox, alertmanager: StartAlertmanager, host: str
) -> None:
    """One group of two; only the first of them is ever told by webhook."""
    port = free_port()
    real = await alertmanager(route(port, group_by="alertname", max_alerts=1))
    async with chain(tmp_path, mailbox, port=port, alertmanager=real.url) as life:
        await real.post([alert(f"{host}-a"), alert(f"{host}-b")])
        await life.mailed(f"{host}-a", "opened")
        await life.mailed(f"{host}-b", "opened")
        await over(real, f"{host}-a")  # the body says "resolved", and b still burns
        await life.incident(f"{host}-a", "mitigated", "resolved")
        assert (await life.incident(f"{host}-b"))["state"] == "open"
        await over(real, f"{host}-b")
        life.hasten("reconcile")
        await life.incident(f"{host}-b", "mitigated", "resolved")
