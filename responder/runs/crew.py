"""What an action of a run may reach: its machine, looks, the journal, and the daemon itself."""

import asyncio
from collections.abc import Mapping, Sequence
from typing import Any

from alerts.model import DAEMON
from alerts.trouble import of_machine
from playbooks.actions.commands import Command
from playbooks.actions.model import Case
from playbooks.datacentre.desk import Desk
from playbooks.gate import Approval
from playbooks.hands import Hands
from playbooks.outside import OutsideError
from playbooks.power.model import Power, WrongDevice, known_as
from probes.look import look, seconds_of
from probes.model import Finding, Look, Phase, Target, unknown
from probes.panel import Panel
from responder.run_values import Run
from responder.runs import telling
from responder.runs.journal import Journal, shown
from responder.runs.kit import Kit
from responder.runs.orders import StoredDesk
from responder.store import Tx, consents
from responder.values import Entry

LOOK_SECONDS = 10.0
HURRY_SECONDS = 1.0


class RunCrew:
    """The crew of one claimed run (`playbooks.actions.model.Crew`)."""

    def __init__(self, kit: Kit, journal: Journal) -> None:
        self._kit = kit
        self._journal = journal
        self.said: list[str] = []
        self._device: tuple[str, Power] | None = None

    @property
    def run(self) -> Run:
        return self._journal.run

    @property
    def hands(self) -> Hands:
        return self._kit.hands

    def now(self) -> Any:
        return self._kit.clock.now()

    def power(self) -> Power:
        """Raises WrongDevice. One device for each step: what the gate has proved is what is
        switched, whatever a reload says meanwhile.
        """
        if self._device is not None and self._device[0] == self.run.step:
            return self._device[1]
        part = self._kit.live.config.servers.get(self.run.target)
        if part is None or part.power is None:
            name = self.run.target or "this incident"
            raise WrongDevice(f"{name} has no `power:` in the configuration")
        power: Power = part.power
        self._device = (self.run.step, power)
        return power

    def rewired(self) -> bool:
        """Does another device hang on the machine than the one that this step has told something?
        What is missing must not be told to a stranger.
        """
        told = self.run.memory.get("way", "")
        return bool(told) and told != self._way()

    def _way(self) -> str:
        """Which device it is now."""
        try:
            return known_as(self.power())
        except WrongDevice:
            return "none"

    def panel(self) -> Panel:
        """Raises OutsideError."""
        part = self._kit.live.config.servers.get(self.run.target)
        if part is None or part.panel is None:
            raise OutsideError(f"{self.run.target} has no `panel:`", transient=False)
        return part.panel.panel(part.address)

    def command(self, name: str) -> Command:
        """Raises OutsideError."""
        found = self._kit.live.config.playbooks.commands.get(name)
        if found is None:
            raise OutsideError(f'`playbooks.commands` has no "{name}"', transient=False)
        return found

    def datacentre(self) -> Desk:
        """Raises OutsideError."""
        return StoredDesk(self._kit, self._journal)

    async def approvals(self) -> Sequence[Approval]:
        run = self.run
        digest = str(run.asked.get("digest") or run.memory.get("agreed", ""))
        found = await self._kit.store.read(consents.of_step, run.id, run.step, digest)
        return [telling.approval(one) for one in found]

    async def say(self, text: str, **facts: Any) -> None:
        words = shown(text)
        self.said.append(words)
        await self._journal.write(Entry("said", DAEMON, facts, words))

    async def keep(self, memory: Mapping[str, Any]) -> None:
        await self._journal.write(memory={**self.run.memory, "action": dict(memory)})

    async def intend(self, verb: str, **facts: Any) -> None:
        kill = self._kit.kill

        def forbids(tx: Tx) -> str:
            thrown = kill.thrown_in(tx)
            return thrown and f"the kill switch is on: {thrown}"

        await self._journal.keep_hold()
        way = self._way() if "device" in facts else ""
        await self._journal.intend(str(verb), forbids, facts, way=way)

    async def result(self, verb: str, outcome: str, **facts: Any) -> None:
        told = {name: shown(one) if isinstance(one, str) else one for name, one in facts.items()}
        data = {"verb": str(verb), "outcome": outcome, **told}
        still_open = outcome == "unknown"
        intent = self.run.intent if still_open else None
        await self._journal.write(Entry("result", DAEMON, data), intent=intent)
        if pause := facts.get("pause"):
            await self._kit.store.write(
                telling.pause, self.power().account(), float(pause), str(facts.get("reason", "")),
                now=self.now(),
            )  # fmt: skip
        if verb in ("on", "off", "reset", "soft"):
            self._kit.metrics.power_acted(self.power().driver, str(verb), outcome)

    async def look(self, kinds: Sequence[str]) -> Mapping[str, Finding]:
        looks = self._named(kinds) if kinds else self._usual()
        findings = await asyncio.gather(*(self._look(one) for one in looks.values()))
        return dict(zip(looks, findings, strict=True))

    async def pause(self, seconds: float) -> None:
        """A daemon that stops has little time: a machine that is off by our hand is given back
        first.
        """
        most = HURRY_SECONDS if self._kit.leaving.is_set() else seconds
        await self._kit.sleep(max(0.0, min(seconds, most)))
        await self._journal.keep_hold()

    async def tell(self, kind: str, **facts: Any) -> str:
        told, saved = await self._journal.told(kind, facts, plan=self._kit.live.plan)
        self._kit.follow(saved)
        return told

    def case(self, **more: Any) -> Case:
        """What the step is about, as the configuration knows it now."""
        run, inventory = self.run, self._kit.live.plan.inventory
        server = inventory.servers.get(run.target)
        return Case(
            run=run.id,
            playbook=run.playbook,
            step=run.step,
            incident=run.incident,
            incident_ref=run.incident_ref,
            server=run.target,
            address=server.address if server else "",
            brand=(server.brand or "") if server else "",
            datacentre=(server.datacentre or "") if server else "",
            rack=(server.rack or "") if server else "",
            drill=run.drill,
            dry=run.dry,
            now=self.now(),
            memory=run.memory.get("action", {}),
            requested_by=run.requested_by,
            open_intent=run.intent.verb if run.intent else "",
            told=run.memory.get("verb", ""),
            labels=run.labels,
            **more,
        )

    def _usual(self) -> dict[str, Look]:
        """Every look at the machine itself that the configuration has."""
        ours = [one for one in self._kit.eyes.looks() if one.host == self.run.target]
        machine = [one for one in ours if of_machine(one)]
        if not machine:
            return self._named(("ping",))
        return {f"{one.probe.kind}:{one.key}": one for one in machine}

    def _named(self, kinds: Sequence[str]) -> dict[str, Look]:
        """`ping`, `tcp:22`, `http`, or a module by its name."""
        modules = self._kit.live.modules
        part = self._kit.live.config.servers.get(self.run.target)
        address = part.address if part else ""
        panel = part.panel.panel(address) if part and part.panel else None
        found: dict[str, Look] = {}
        for kind in kinds:
            name, _, port = kind.partition(":")
            probe = modules.get(name)
            if probe is None:
                raise OutsideError(f'there is no kind or module "{name}"', transient=False)
            target = f"{address}:{port}" if port else probe.aim(address)
            found[kind] = Look(kind, name, probe, Target(target, panel=panel), self.run.target)
        return found

    async def _look(self, one: Look) -> Finding:
        within = min(seconds_of(one.probe), LOOK_SECONDS)
        try:
            seen = await look(one.probe, one.target, self._kit.eyes.net, within=within)
        except ValueError as error:
            return unknown(Phase.RESOLVE, str(error))
        return seen.finding
