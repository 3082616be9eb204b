"""A crew for tests of actions: a hand-held clock, real calls, and everything written down."""

from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

from playbooks.actions.commands import Command
from playbooks.actions.model import Action, Case, Halted, Outcome, Wait
from playbooks.client import open_session
from playbooks.datacentre.desk import Desk
from playbooks.gate import Approval
from playbooks.hands import Hands
from playbooks.outside import OutsideError
from playbooks.power.model import Power, WrongDevice
from probes.look import look
from probes.model import Finding, Target
from probes.net import Net
from probes.panel import Panel
from probes.tcp import TcpProbe

NOON = datetime(2026, 11, 2, 12, 0, tzinfo=UTC)


class HandCrew:
    """What stands in the fields before a test is what the action meets; `journal` is what it did.

    `findings` are the looks to come, each a whole answer, the last one for ever; where there are
    none, `tcp:PORT` really looks at 127.0.0.1.
    """

    def __init__(self, hands: Hands) -> None:
        self._hands = hands
        self.clock = NOON
        self.findings: list[Mapping[str, Finding]] = []
        self.commands: dict[str, Command] = {}
        self.box: Panel | None = None
        self.given: list[Approval] = []
        self.halts = ""
        self.deaf = ""  # why `tell` fails
        self.journal: list[tuple[str, ...]] = []
        self.told: list[tuple[str, Mapping[str, Any]]] = []
        self.memory: Mapping[str, Any] = {}
        self.looks = 0

    @property
    def hands(self) -> Hands:
        return self._hands

    def now(self) -> datetime:
        return self.clock

    def power(self) -> Power:
        raise WrongDevice("no power is configured here")

    def datacentre(self) -> Desk:
        raise OutsideError("no data centre is configured here", transient=False)

    def panel(self) -> Panel:
        if self.box is None:
            raise OutsideError("the server has no panel", transient=False)
        return self.box

    def command(self, name: str) -> Command:
        if name not in self.commands:
            raise OutsideError(f"there is no command {name}", transient=False)
        return self.commands[name]

    async def approvals(self) -> Sequence[Approval]:
        return self.given

    async def say(self, text: str, **facts: Any) -> None:
        self.journal.append(("say", text))

    async def keep(self, memory: Mapping[str, Any]) -> None:
        self.memory = memory

    async def intend(self, verb: str, **facts: Any) -> None:
        if self.halts:
            raise Halted(self.halts)
        self.journal.append(("intent", verb))

    async def result(self, verb: str, outcome: str, **facts: Any) -> None:
        self.journal.append(("result", verb, outcome))

    async def look(self, kinds: Sequence[str]) -> Mapping[str, Finding]:
        self.looks += 1
        if self.findings:
            return self.findings.pop(0) if len(self.findings) > 1 else self.findings[0]
        return {kind: await _knock(kind) for kind in kinds}

    async def pause(self, seconds: float) -> None:
        self.clock += timedelta(seconds=seconds)

    async def tell(self, kind: str, **facts: Any) -> str:
        if self.deaf:
            raise OutsideError(self.deaf, transient=True)
        self.told.append((kind, facts))
        return f"{kind}: done"


async def _knock(kind: str) -> Finding:
    net = Net()
    try:
        target = Target(f"127.0.0.1:{kind.partition(':')[2]}")
        return (await look(TcpProbe(), target, net, within=20.0)).finding
    finally:
        await net.close()


def case(**about: Any) -> Case:
    """web1 is down; `labels` can be looked up as `alert.NAME`."""
    labels = about.pop("labels", {})
    whole = Case(
        run=7,
        playbook="host-down",
        step="it",
        incident=41,
        incident_ref="INC-41",
        title="web1 is down",
        server="web1",
        address="127.0.0.1",
        brand="blue",
        datacentre="fra",
        rack="r1",
        drill=False,
        dry=False,
        began_at=NOON,
        deadline=NOON + timedelta(minutes=30),
        now=NOON,
        labels=labels,
        scope={
            "target.name": "web1",
            "target.address": "127.0.0.1",
            **{f"alert.{name}": value for name, value in labels.items()},
        },
    )
    return replace(whole, **about)


def due(action: Action, crew: HandCrew, **about: Any) -> Case:
    """A case whose step has the time that the action wants by itself."""
    return case(deadline=NOON + action.lasts(crew), **about)


async def lived(action: Action, crew: HandCrew, about: Case) -> Outcome:
    """Ask it as the runner does, moving the clock to the end of each wait."""
    while True:
        now = replace(about, now=crew.clock, memory=crew.memory)
        outcome = await action.do(now, crew)
        if not isinstance(outcome, Wait):
            return outcome
        assert outcome.until > crew.clock, "it would be asked at once, for ever"
        assert outcome.until < about.deadline, "the step is over before it is asked again"
        crew.clock = outcome.until


@asynccontextmanager
async def open_crew() -> AsyncIterator[HandCrew]:
    """A crew with a session of its own."""
    async with open_session() as session:
        yield HandCrew(Hands(session))
