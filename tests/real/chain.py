"""The responder between real parts: who alerts it, who takes its tickets, and what came of it."""

import asyncio
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, TypeVar

from tests.real.alertmanager import Alertmanager
from tests.real.rt import RequestTracker, RtTicket
from tests.real.smtp import Mailbox
from tests.stories.stage import TOKEN, Stage, begin, write_config

T = TypeVar("T")

FILE = """
daemon: {{listen: "127.0.0.1:{port}", store: "{store}"}}
senders:
  alertmanager: {{kind: alertmanager, token_file: secrets/alertmanager{more}}}
access:
  tokens:
    admin: {{role: admin, token_file: secrets/admin}}
people:
  ana: {{methods: [{{kind: email, to: ana@example.net}}], accounts: {{rt: dana}}}}
  ben: {{methods: [{{kind: email, to: ben@example.net}}]}}
teams:
  rapid-response: {{members: [ana]}}
escalations:
  critical: {{steps: [{{notify: [ana], wait: 3s}}]}}
alerts: {{watch: 1s, flapping: "off"}}
paging:
  email: {{host: 127.0.0.1, port: {smtp}, from: responder@example.net}}
"""
TICKETS = """
tickets: {{system: rt, url: "{url}", token_file: secrets/rt, settle_seconds: 0, quiet_seconds: 2}}
"""
# One group a host, told at once; `{more}` for what a test wants besides.
ROUTE = """
route: {{receiver: responder, group_by: [{group_by}], group_wait: 0s, group_interval: 1s}}
receivers:
  - name: responder
    webhook_configs:
      - url: "http://127.0.0.1:{port}/api/v1/alertmanager"
        max_alerts: {max_alerts}
        http_config: {{authorization: {{credentials: "{token}"}}}}
"""


def route(port: int, *, group_by: str = "alertname, instance", max_alerts: int = 0) -> str:
    """Alertmanager's configuration: everything goes to the responder on this port."""
    return ROUTE.format(port=port, group_by=group_by, max_alerts=max_alerts, token=TOKEN)


def alert(host: str, *, ends_at: datetime | None = None) -> dict[str, object]:
    """One critical alert as Prometheus posts it to Alertmanager; it is over when it has an end."""
    told: dict[str, object] = {
        "labels": {"alertname": "HostDown", "instance": host, "severity": "critical"},
        "annotations": {"summary": f"{host} does not answer"},
    }
    return told | ({"endsAt": ends_at.isoformat()} if ends_at else {})


async def over(alertmanager: Alertmanager, *hosts: str) -> None:
    """Tell Alertmanager that the alerts of these hosts have ended."""
    await alertmanager.post([alert(host, ends_at=datetime.now(UTC)) for host in hosts])


@dataclass
class Chain:
    """The running responder and what people see of its work."""

    stage: Stage
    mailbox: Mailbox

    async def incidents(self) -> list[Mapping[str, Any]]:
        """All of them, newest first."""
        _, told = await self.stage.ask("GET", "/api/v1/incidents")
        incidents: list[Mapping[str, Any]] = told["incidents"]
        return incidents

    async def incident(self, host: str, *states: str) -> Mapping[str, Any]:
        """The one incident about this host, as soon as it is in one of these states (or any)."""

        async def look() -> Mapping[str, Any] | None:
            [*found] = [one for one in await self.incidents() if host in one["title"]]
            assert len(found) <= 1, f"{len(found)} incidents about {host}"
            return found[0] if found and (not states or found[0]["state"] in states) else None

        return await soon(look, what=f"an incident about {host} {states}")

    async def events(self, incident: Mapping[str, Any]) -> list[Mapping[str, Any]]:
        """Its log, oldest first."""
        _, told = await self.stage.ask("GET", f"/api/v1/incidents/{incident['id']}/events")
        events: list[Mapping[str, Any]] = told["events"]
        return events

    def mails(self, host: str) -> list[str]:
        """Which mails went out about this host, in order."""
        about = [mail for mail in self.mailbox.messages if host in mail["Subject"]]
        return [mail["X-Responder-Event"] for mail in about]

    async def mailed(self, host: str, event: str) -> None:
        """Return when such a mail has come."""

        async def look() -> bool | None:
            return event in self.mails(host) or None

        await soon(look, what=f"a mail that {host} was {event}")

    def hasten(self, duty: str) -> None:
        """Have a duty take its turn now."""
        self.stage.daemon.world.hasten(duty)


@asynccontextmanager
async def chain(
    folder: Path,
    mailbox: Mailbox,
    *,
    port: int,
    alertmanager: str | None = None,
    rt: RequestTracker | None = None,
) -> AsyncIterator[Chain]:
    """A responder at work on this port; without a Request Tracker it uses its own desk."""
    file = FILE.replace("{port}", str(port)) + (TICKETS.replace("{url}", rt.url) if rt else "")
    more = f', url: "{alertmanager}"' if alertmanager else ""
    path = write_config(folder, smtp=mailbox.port, more=more, file=file)
    if rt:
        secret = folder / "secrets" / "rt"
        secret.write_text(rt.token)
        secret.chmod(0o600)
    stage = await begin(path)
    stage.daemon.work()
    try:
        await stage.daemon.ready()
        yield Chain(stage, mailbox)
    finally:
        await stage.daemon.end()


async def tickets(rt: RequestTracker, host: str) -> tuple[RtTicket, ...]:
    """What Request Tracker holds about this host, in any queue and state."""
    return await rt.search(f"Subject LIKE '{host}'")


async def ticket(rt: RequestTracker, host: str, *statuses: str) -> RtTicket:
    """Its one ticket, as soon as there is one (of one of these statuses)."""

    async def look() -> RtTicket | None:
        found = await tickets(rt, host)
        assert len(found) <= 1, f"{len(found)} tickets about {host}"
        return found[0] if found and (not statuses or found[0].status in statuses) else None

    return await soon(look, what=f"a ticket about {host} {statuses}")


async def soon(look: Callable[[], Awaitable[T | None]], *, what: str, within: float = 45.0) -> T:
    """The first thing that is seen; AssertionError when there is none in time."""
    end = time.monotonic() + within
    while time.monotonic() < end:
        if (seen := await look()) is not None:
            return seen
        await asyncio.sleep(0.05)
    raise AssertionError(f"{what}: not within {within:g} s")
