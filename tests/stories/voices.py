"""A night in which people are called by every way there is, by a hand-held clock."""

from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from typing_extensions import override

from responder.clock import HandClock
from tests.real.smtp import Mailbox
from tests.stories.night import FRIDAY, Night
from tests.stories.stage import FILE, begin, write_config
from tests.stories.wires import WORDS, Wires, wired, wires

PHONES = {"+359888000001": "bob", "+359888000002": "carl", "+359888000003": "dora"}
COMPANY = """\
people:
  bob:
    accounts: {rt: dana}
    methods:
      - {kind: sms, to: "+359888000001"}
      - {kind: voice, to: "+359888000001"}
      - {kind: ntfy, url: "NTFY", topic: bob}
  carl:
    methods: [{kind: voice, to: "+359888000002"}, {kind: email, to: carl@example.net}]
  ana:
    methods: [{kind: ntfy, url: "NTFY", topic: ana}, {kind: email, to: ana@example.net}]
  eve:
    accounts: {pagerduty: PLH1HKV}
    methods: [{kind: pagerduty, routing_key_file: secrets/pagerduty}]
  dora:
    manager: true
    methods: [{kind: sms, to: "+359888000003"}, {kind: email, to: dora@example.net}]
teams:
  rapid-response: {members: [bob, carl, ana, eve]}
rotas:
  nights:
    zone: Europe/Sofia
    team: rapid-response
    layers:
      - people: [bob, carl]
        begins: 2026-11-20
        rotate: day
        shifts: [{from: "00:00", to: "00:00"}]
escalations:
  critical:
    steps:
      - {notify: ["rota:nights"], wait: 3m, repeat: 2}
      - {notify: ["next:nights"], wait: 5m}
      - {notify: [everyone, manager], wait: 5m}
"""
# Which duties a story turns, and how often by its clock (as in the daemon).
TURNS = ("page", "following", "tick", "judge", "sync", "vitals")


NO_HABITS: Mapping[str, Sequence[str]] = {}
# Telephone companies bring their news in a moment, and people need some seconds.
BEAT = 5.0


@dataclass(kw_only=True)
class VoiceNight(Night):
    """`out` is everything that leaves the house. `habits`: what becomes of each person's calls and
    SMS, one after the other, the last word of the list again and again; "voicemail" picks up.
    """

    out: Wires
    habits: Mapping[str, Sequence[str]]
    told: dict[str, int] = field(default_factory=dict)  # how many of each have got their fate

    @override
    async def passes(self, *, every: float = BEAT, **span: float) -> None:
        """Time goes by; each duty takes its turn when it is due."""
        world, end = self.stage.daemon.world, self.clock.now() + timedelta(**span)
        while self.clock.now() < end:
            before = self.clock.now().timestamp()
            now = self.clock.move(seconds=every).timestamp()
            await self.habit()
            for name in TURNS:
                beat = world.duties[name].every
                if now // beat > before // beat:
                    await world.duties[name].turn()
            await self.works()

    async def habit(self) -> None:
        """What was taken in the last beat comes to its end."""
        for one in [*self.out.telephone.taken]:
            whose = f"{WORDS[one.what]} {self.out.phones[one.to]}"
            if one.status != "queued" or whose not in self.habits:
                continue
            fates, number = self.habits[whose], self.told.get(whose, 0)
            self.told[whose] = number + 1
            fate = fates[min(number, len(fates) - 1)]
            if fate == "voicemail":
                await self.out.telephone.pick_up(one)
            await self.out.telephone.becomes(one, "completed" if fate == "voicemail" else fate)

    @override
    async def works(self) -> None:
        """The outbox does what is due, and what follows; what has gone out is written down."""
        world = self.stage.daemon.world
        world.runner.wake.set()
        while world.runner.wake.is_set():
            world.runner.wake.clear()
            await world.duties["outbox"].turn()
            await world.runner.settle()
        self.out.look(self.clock.now())

    def went_out(self) -> list[str]:
        """When what went to whom, since somebody last asked."""
        fresh, self.out.sent = self.out.sent, []
        return sorted(str(one) for one in fresh)

    async def incident(self, number: int = 1) -> Any:
        _, told = await self.stage.ask("GET", f"/api/v1/incidents/{number}")
        return told

    async def taken_by(self) -> str:
        """Who has the first incident; "" while nobody has."""
        return (await self.incident())["acknowledged_by"] or ""

    async def story(self, number: int = 1) -> list[str]:
        """The log of an incident, for people."""
        _, told = await self.stage.ask("GET", f"/api/v1/incidents/{number}/events")
        return [event["text"] for event in told["events"]]


@asynccontextmanager
async def voice_night(
    folder: Path,
    mailbox: Mailbox,
    *,
    company: str = COMPANY,
    more: str = "",
    start: datetime = FRIDAY,
    phones: Mapping[str, str] = PHONES,
    habits: Mapping[str, Sequence[str]] = NO_HABITS,
) -> AsyncIterator[VoiceNight]:
    """Friday, 03:10, unless told otherwise."""
    async with wires(folder, mailbox, phones=phones) as out:
        head = FILE.partition("people:\n")[0]
        file = head.replace("daemon: {{", 'daemon: {{url: "http://127.0.0.1:{port}", ') + "{more}"
        told = wired(company, out) + more
        path = write_config(folder, smtp=mailbox.port, more=told, file=file)
        clock = HandClock(start)
        stage = await begin(path, clock=clock)
        one = VoiceNight(
            path=path, mailbox=mailbox, clock=clock, stage=stage, out=out, habits=habits
        )
        try:
            yield one
        finally:
            await one.stage.daemon.end()
