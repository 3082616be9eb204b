"""Two instances on one PostgreSQL, each with every duty: people and customers hear of it once."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

import pytest

from responder.clock import HandClock
from tests.real.smtp import Mailbox
from tests.stories.night import FRIDAY
from tests.stories.stage import FILE, Stage, begin, firing, write_config
from tests.stories.wires import Wires, wired, wires

COMPANY = """\
people:
  bob: {methods: [{kind: sms, to: "+359888000001"}, {kind: email, to: bob@example.net}]}
  carl: {methods: [{kind: ntfy, url: "NTFY", topic: carl}]}
  dora: {manager: true, methods: [{kind: email, to: dora@example.net}]}
rotas:
  nights:
    zone: Europe/Sofia
    layers:
      - people: [bob]
        begins: 2026-11-16
        shifts: [{from: "00:00", to: "00:00", days: [mon, tue, wed, thu, fri]}]
escalations:
  critical:
    steps:
      - {notify: ["rota:nights"], wait: 3m}
      - {notify: [carl], wait: 5m}
      - {notify: [everyone, manager], wait: 1h}
brands:
  acme:
    title: Acme Hosting
    url: "https://acme.example"
    from: notices@acme.example
    tell: {after: 2m, priorities: [critical], ways: [mail]}
resellers:
  bluehat: {server: web1, brand: acme, mail: ops@bluehat.example}
"""
PHONES = {"+359888000001": "bob"}
TURNS = ("member", "page", "following", "tick", "customers", "sync", "judge")


@dataclass
class Pair:
    """Both live by one clock, and take each turn at the same time."""

    stages: tuple[Stage, Stage]
    clock: HandClock
    out: Wires

    async def turn(self, name: str) -> None:
        """The same duty of both at once."""
        await asyncio.gather(*(one.daemon.world.duties[name].turn() for one in self.stages))

    async def hears(self, *, status: str = "firing") -> None:
        """Both are told the same at once, as a pair of Alertmanagers does."""
        body = firing("web1", at=self.clock.now(), status=status)
        assert await asyncio.gather(*(one.send(body) for one in self.stages)) == [200, 200]
        await self.works()

    async def works(self) -> None:
        """Both do what is due, until nothing is."""
        for _ in range(3):
            await self.turn("outbox")
            await asyncio.gather(*(one.daemon.world.runner.settle() for one in self.stages))
        self.out.look(self.clock.now())

    async def passes(self, *, every: float, **span: float) -> None:
        end = self.clock.now() + timedelta(**span)
        while self.clock.now() < end:
            self.clock.move(seconds=every)
            for name in TURNS:
                await self.turn(name)
            await self.works()

    def went_out(self) -> list[str]:
        fresh, self.out.sent = self.out.sent, []
        return sorted(str(one) for one in fresh)


@pytest.fixture
async def pair(tmp_path: Path, postgres_url: str, mailbox: Mailbox) -> AsyncIterator[Pair]:
    async with AsyncExitStack() as exits:
        out = await exits.enter_async_context(wires(tmp_path, mailbox, phones=PHONES))
        clock, stages = HandClock(FRIDAY), []
        for name in ("one", "other"):
            folder = tmp_path / name
            folder.mkdir()
            (folder / "secrets").symlink_to(tmp_path / "secrets")
            head = FILE.partition("servers:\n")[0].replace(
                "daemon: {{", f'daemon: {{{{member: {name}, key_file: "{tmp_path}/links.key", '
            )
            told = wired(COMPANY, out) + "servers: {web1: {address: 127.0.0.2, brand: acme}}\n"
            path = write_config(
                folder, smtp=mailbox.port, store=postgres_url, more=told, file=head + "{more}"
            )
            stages.append(await begin(path, clock=clock))
            exits.push_async_callback(stages[-1].daemon.end)
        yield Pair((stages[0], stages[1]), clock, out)


async def test_each_person_hears_once_a_step_and_each_customer_once_a_change(pair: Pair) -> None:
    """Ops is the customer."""
    await pair.hears()
    await pair.passes(minutes=12, every=30)
    assert pair.went_out() == [
        "03:10:00 sms bob",
        "03:12:00 mail ops",
        "03:13:00 ntfy carl",
        "03:18:00 mail dora",
        "03:18:00 ntfy carl",
        "03:18:00 sms bob",
    ]
    await pair.hears(status="resolved")
    await pair.passes(minutes=8, every=30)
    assert pair.went_out() == [
        "03:22:00 mail dora",
        "03:22:00 ntfy carl",
        "03:22:00 sms bob",
        "03:27:00 mail ops",
    ]
    for stage in pair.stages:
        _, told = await stage.ask("GET", "/api/v1/tickets")
        assert len(told["tickets"]) == 1


async def test_a_gap_is_told_once_a_day(pair: Pair) -> None:
    """Nobody is on call on weekends."""
    told = []
    for _ in range(12):
        for _ in range(2):
            await pair.turn("lookout")
            await pair.works()
        told += pair.went_out()
        pair.clock.move(hours=3)
        await pair.turn("member")
    assert told == ["09:10:00 mail dora", "09:10:00 mail dora"]  # Friday's and Saturday's
