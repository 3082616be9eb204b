"""A night at the hosting company: a whole daemon, a real mailbox, and a clock moved by hand."""

import json
import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from email.message import EmailMessage
from pathlib import Path
from typing import Any

import aiohttp

from responder.clock import HandClock
from tests.real.smtp import Mailbox
from tests.stories.stage import FILE, RESPONDER, Stage, begin, firing, write_config

FRIDAY = datetime(2026, 11, 20, 3, 10, tzinfo=UTC)
TURNS = ("page", "tick", "judge")


@dataclass
class Night:
    """`mails` are those that came since somebody last looked."""

    path: Path
    mailbox: Mailbox
    clock: HandClock
    stage: Stage
    seen: int = 0

    async def hears(self, *servers: str, **labels: Any) -> None:
        """One message with an alert of each of these servers."""
        bodies = [firing(server, at=self.clock.now(), **labels) for server in servers]
        told = {**bodies[0], "alerts": [one["alerts"][0] for one in bodies]}
        assert await self.stage.send(told) == 200
        await self.works()

    async def recover(self, *servers: str, **labels: Any) -> None:
        """All of them are well again."""
        await self.hears(*servers, status="resolved", **labels)

    async def works(self) -> None:
        """The outbox does what is due, and what follows from that."""
        for _ in range(3):
            await self.stage.daemon.world.duties["outbox"].turn()
            await self.stage.daemon.world.runner.settle()

    async def passes(self, *, every: float = 30, **span: float) -> None:
        """Time goes by, and the duties take their turns."""
        end = self.clock.now() + timedelta(**span)
        while self.clock.now() < end:
            self.clock.move(seconds=every)
            for name in TURNS:
                await self.stage.daemon.world.duties[name].turn()
            await self.works()

    def mails(self) -> list[str]:
        """Event and recipient of each new mail, in order of their names."""
        fresh, self.seen = self.mailbox.messages[self.seen :], len(self.mailbox.messages)
        return sorted(f"{one['X-Responder-Event']} {one['To']}" for one in fresh)

    async def incidents(self) -> list[dict[str, Any]]:
        """All of them, the oldest first."""
        status, told = await self.stage.ask("GET", "/api/v1/incidents")
        assert status == 200
        listed: list[dict[str, Any]] = told["incidents"]
        return listed[::-1]

    async def tickets(self) -> list[dict[str, Any]]:
        """The tickets at the desk."""
        _, told = await self.stage.ask("GET", "/api/v1/tickets")
        listed: list[dict[str, Any]] = told["tickets"]
        return listed[::-1]

    async def acts(self, verb: str, **told: str) -> None:
        """Mira does this with the first incident."""
        (one, *_) = await self.incidents()
        path = f"/api/v1/incidents/{one['id']}/{verb}"
        status, answer = await self.stage.ask("POST", path, token=RESPONDER, body=told)
        assert status == 200, answer

    async def follows(self, link: str, *, method: str = "GET") -> int:
        """Somebody, or a machine, opens a link of a mail."""
        async with aiohttp.ClientSession() as session:
            address = self.stage.url + "/a/" + link.rsplit("/", 1)[1]
            answer = await session.request(method, address, allow_redirects=False)
            return answer.status

    async def metric(self, name: str) -> float:
        """One series of the page of metrics."""
        _, text = await self.stage.ask("GET", "/metrics")
        (line,) = [one for one in text.splitlines() if one.startswith(f"{name} ")]
        return float(line.rsplit(" ", 1)[1])

    async def dies_and_comes_back(self) -> None:
        """The daemon ends, and begins again on the same store."""
        await self.stage.daemon.end()
        self.stage = await begin(self.path, clock=self.clock)


@asynccontextmanager
async def night(
    folder: Path, mailbox: Mailbox, *, more: str = "", file: str = FILE
) -> AsyncIterator[Night]:
    """Friday, 03:10."""
    clock = HandClock(FRIDAY)
    path = write_config(folder, smtp=mailbox.port, more=more, file=file)
    one = Night(path, mailbox, clock, await begin(path, clock=clock))
    try:
        yield one
    finally:
        await one.stage.daemon.end()


def link_in(mail: EmailMessage) -> str:
    """The signed link of a page."""
    content = mail.get_content()
    found = re.search(r"http\S+/a/\S+", content)
    assert found, json.dumps(content)
    return found.group()
