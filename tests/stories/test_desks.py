"""An alert that wishes a desk: its ticket lies there, in the desk's book and in the API's words."""

import asyncio
from pathlib import Path

from tests.real.smtp import Mailbox
from tests.stories.stage import begin, firing, write_config


async def test_a_ticket_lies_at_the_desk_that_its_alert_names(
    tmp_path: Path, mailbox: Mailbox
) -> None:
    """R44, R75."""
    stage = await begin(write_config(tmp_path, smtp=mailbox.port))
    stage.daemon.work()
    try:
        await stage.daemon.ready()
        assert await stage.send(firing(severity="error", queue="level-3")) == 200
        for _ in range(900):
            if tickets := (await stage.ask("GET", "/api/v1/tickets"))[1]["tickets"]:
                break
            await asyncio.sleep(0.05)
    finally:
        await stage.daemon.end()
    assert [(one["queue"], one["level"]) for one in tickets] == [("level-3", "level-3")]
