"""The first whole path: an alert comes in, one person gets one mail, and one when it is over."""

from pathlib import Path

from tests.real.smtp import Mailbox
from tests.stories.stage import begin, firing, write_config


async def test_a_critical_alert_pages_once_and_recovers_once(
    tmp_path: Path, mailbox: Mailbox
) -> None:
    stage = await begin(write_config(tmp_path, smtp=mailbox.port))
    stage.daemon.work()
    try:
        await stage.daemon.ready()
        assert await stage.send(firing()) == 200
        await mailbox.wait_for(1)
        assert await stage.send(firing()) == 200
        assert await stage.send(firing(status="resolved")) == 200
        await mailbox.wait_for(2)
    finally:
        await stage.daemon.end()
    events = [message["X-Responder-Event"] for message in mailbox.messages]
    assert events == ["opened", "recovered"]
    assert len({message["Message-ID"] for message in mailbox.messages}) == 2
