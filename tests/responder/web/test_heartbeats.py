"""Do cron jobs check in, each under its own name alone?"""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from responder.clock import HandClock
from responder.store import heartbeats
from tests.require import free_port
from tests.stories.stage import ADMIN, FILE, TOKEN, Stage, begin, firing, write_config

SENDERS = """senders:
  backup: {{kind: heartbeat, token_file: secrets/backup, within: 1h, grace: 5m, server: web1}}
  mirror: {{kind: heartbeat, token_file: secrets/mirror, within: 1h}}
"""


@pytest.fixture
async def jobs(tmp_path: Path, clock: HandClock) -> AsyncIterator[Stage]:
    """A stage with two jobs that must check in each hour."""
    (tmp_path / "secrets").mkdir()
    for name in ("backup", "mirror"):
        secret = tmp_path / "secrets" / name
        secret.write_text(f"token-of-{name}\n")
        secret.chmod(0o600)
    file = FILE.replace("senders:\n", SENDERS)
    stage = await begin(write_config(tmp_path, smtp=free_port(), file=file), clock=clock)
    yield stage
    await stage.daemon.end()


async def check_in(stage: Stage, path: str, *, method: str = "GET", token: str) -> int:
    return (await stage.ask(method, f"/heartbeat/{path}", token=token))[0]


async def pulse(stage: Stage, key: str) -> heartbeats.Pulse | None:
    return (await stage.daemon.world.store.read(heartbeats.pulses, [key])).get(key)


@pytest.mark.parametrize("method", ["GET", "POST", "HEAD"])
async def test_a_job_checks_in_with_any_method(jobs: Stage, clock: HandClock, method: str) -> None:
    assert await check_in(jobs, "backup/start", method=method, token="token-of-backup") == 200
    begun = await pulse(jobs, "backup")
    assert begun is not None
    assert (begun.started_at, begun.seen_at) == (clock.now(), None)
    assert await check_in(jobs, "backup", method=method, token="token-of-backup") == 200
    assert await pulse(jobs, "backup") == heartbeats.Pulse(seen_at=clock.now())
    assert await check_in(jobs, "backup/fail", method=method, token="token-of-backup") == 200
    failed = await pulse(jobs, "backup")
    assert failed is not None
    assert failed.failed_at == clock.now()


@pytest.mark.parametrize(
    "path", ["mirror", "mirror/start", "mirror/fail", "nothing", "alertmanager"]
)
async def test_a_token_checks_in_for_its_own_job_alone(jobs: Stage, path: str) -> None:
    assert await check_in(jobs, path, token="token-of-backup") == 404
    assert await pulse(jobs, "mirror") is None


async def test_no_other_token_checks_in(jobs: Stage) -> None:
    assert await check_in(jobs, "backup", token="") == 401
    assert await check_in(jobs, "backup", token="wrong") == 401
    assert await check_in(jobs, "backup", token=TOKEN) == 404
    assert await check_in(jobs, "backup", token=ADMIN) == 403
    assert await pulse(jobs, "backup") is None


async def test_a_failed_job_is_an_incident_and_a_good_one_ends_it(jobs: Stage) -> None:
    turn = jobs.daemon.world.duties["vitals"].turn
    await check_in(jobs, "backup/fail", token="token-of-backup")
    await turn()
    _, told = await jobs.ask("GET", "/api/v1/incidents?server=web1")
    (incident,) = told["incidents"]
    assert (incident["state"], incident["priority"]) == ("open", "high")
    await check_in(jobs, "backup", token="token-of-backup")
    await turn()
    _, told = await jobs.ask("GET", f"/api/v1/incidents/{incident['id']}")
    assert told["state"] == "mitigated"


async def test_a_jobs_token_opens_an_alert_door_too(jobs: Stage) -> None:
    assert await jobs.send(firing(), token="token-of-backup") == 200
