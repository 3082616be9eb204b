"""Does a real Alertmanager with our receiver.yml page people, and tell that it lives?"""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.deploy import shift
from tests.deploy.test_rules import RECEIVER
from tests.real.fixtures import StartAlertmanager
from tests.real.smtp import Mailbox
from tests.stories.stage import FILE, TOKEN, Stage, begin, write_config

PLAIN = "token_file: secrets/alertmanager}}"
WATCHED = "token_file: secrets/alertmanager, watchdog: {{}}}}"


@pytest.fixture
async def stage(tmp_path: Path, mailbox: Mailbox) -> AsyncIterator[Stage]:
    """A responder that expects a Watchdog."""
    file = FILE.replace(PLAIN, WATCHED)
    assert file != FILE
    stage = await begin(write_config(tmp_path, smtp=mailbox.port, file=file))
    stage.daemon.work()
    try:
        await stage.daemon.ready()
        yield stage
    finally:
        await stage.daemon.end()


def receiver_of(stage: Stage) -> str:
    """The example that we ship, for this responder, with its token, and without a wait."""
    (stage.folder / "secrets" / "responder-sender").write_text(TOKEN)
    text = RECEIVER.read_text(encoding="utf-8")
    return (
        text.replace("http://127.0.0.1:9095", stage.url)
        .replace("secrets/", f"{stage.folder}/secrets/")
        .replace("group_wait: 5s", "group_wait: 0s")
    )


async def test_an_alert_pages_and_the_watchdog_is_no_incident(
    stage: Stage, mailbox: Mailbox, alertmanager: StartAlertmanager
) -> None:
    real = await alertmanager(receiver_of(stage))
    await real.post([{"labels": {"alertname": "Watchdog", "severity": "none"}}])
    await signs_of_life(stage)
    assert (await shift.got(stage, "/api/v1/incidents"))["incidents"] == []
    down = {"alertname": "HostDown", "instance": "web1", "severity": "critical"}
    await real.post([{"labels": down, "annotations": {"summary": "web1 does not answer"}}])
    await mailbox.wait_for(1)
    (incident,) = (await shift.got(stage, "/api/v1/incidents"))["incidents"]
    assert (incident["key"], incident["title"]) == ("server:web1", "web1 does not answer")
    assert [message["X-Responder-Event"] for message in mailbox.messages] == ["opened"]


async def signs_of_life(stage: Stage) -> None:
    """Return when the sender has been heard of."""
    for _ in range(450):
        (sender,) = (await shift.got(stage, "/api/v1/status"))["senders"]
        if sender["last_seen_at"] is not None:
            return
        await asyncio.sleep(0.1)
    raise AssertionError("the Watchdog never came")
