"""A machine hangs, and the daemon's own hand brings it back, or does not dare to."""

from pathlib import Path

from tests.real.smtp import Mailbox
from tests.stories.hands import ended, hall, handling


async def test_a_hanging_machine_is_switched_off_and_on(tmp_path: Path, mailbox: Mailbox) -> None:
    async with hall("web1", "web2", "web3") as rooms, handling(tmp_path, mailbox, rooms) as stage:
        await rooms["web1"].hang()
        run = await ended(stage)
        assert run["state"] == "done", run
        assert rooms.changes() == [("web1", False), ("web1", True)]
