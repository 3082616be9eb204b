"""Is a machine switched off and on once, and what is true after a crash at any point?"""

import asyncio
from collections.abc import AsyncIterator, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any, Protocol

import pytest
from typing_extensions import override

from playbooks.actions.model import Case, Failed, Halted, Ok, Outcome, Unsure, Wait
from playbooks.actions.power import PowerCycle, PowerOff, PowerOn, PowerStatus
from playbooks.cycle import Phase, resumed
from playbooks.hands import Hands
from playbooks.power.model import Power, PowerState, Verb
from probes.model import UP, Finding, down
from probes.model import Phase as LookPhase
from responder.emulators.chassis import Fault
from responder.emulators.redfish import RedfishFault
from tests.playbooks.actions.crew import HandCrew, case
from tests.playbooks.power.redfish_house import RedfishHouse, redfish_house

QUICK = PowerCycle(off_for="0s", settles="2s", answers_within="30s")
SILENT = {"ping": down(LookPhase.CONNECT, "no answer")}
WELL = {"ping": UP}


class Killed(BaseException):
    """Stands for kill -9: nothing after it runs."""


class House(Protocol):
    """Where a device stands."""

    @property
    def hands(self) -> Hands: ...
    def power(self, **told: Any) -> Power: ...


class PowerCrew(HandCrew):
    """With a device, and dying at a chosen line of its journal."""

    def __init__(self, house: House, **told: Any) -> None:
        super().__init__(house.hands)
        self.device = house.power(**told)
        self.findings: list[Mapping[str, Finding]] = [WELL]
        self.open = self.last = ""
        self.dies_at = -1

    @override
    def power(self) -> Power:
        return self.device

    @override
    async def intend(self, verb: str, **facts: Any) -> None:
        await super().intend(verb, **facts)
        self.open = self.last = verb
        self._line()

    @override
    async def result(self, verb: str, outcome: str, **facts: Any) -> None:
        self._line()
        await super().result(verb, outcome, **facts)
        if outcome != "unknown":
            self.open = ""
        self._line()

    @override
    async def keep(self, memory: Mapping[str, Any]) -> None:
        self._line()
        await super().keep(memory)
        self._line()

    @override
    async def pause(self, seconds: float) -> None:
        await asyncio.sleep(min(seconds, 0.05))

    def _line(self) -> None:
        self.dies_at -= 1
        if self.dies_at == 0:
            raise Killed

    def verbs(self) -> list[str]:
        return [line[1] for line in self.journal if line[0] == "intent"]


@pytest.fixture
async def house(tmp_path: Path) -> AsyncIterator[RedfishHouse]:
    async with redfish_house(tmp_path) as one:
        yield one


def about(crew: PowerCrew) -> Case:
    known = replace(case(), memory=crew.memory, open_intent=crew.open, told=crew.last)
    return replace(known, now=crew.now())


async def cycled(crew: PowerCrew, action: PowerCycle = QUICK) -> Outcome:
    return await action.do(about(crew), crew)


async def test_a_cycle_is_off_seen_off_on_seen_on_and_seen_answering(house: RedfishHouse) -> None:
    crew = PowerCrew(house)
    outcome = await cycled(crew)
    assert isinstance(outcome, Ok)
    assert crew.verbs() == ["off", "on"]
    assert house.emulator.told("web1", "ForceOff") == 1
    assert house.emulator.told("web1", "On") == 1
    assert house.emulator.told("web2") == 0
    assert house.chassis().power


async def test_a_machine_that_is_off_is_only_switched_on(house: RedfishHouse) -> None:
    house.chassis().press("off")
    await house.chassis().settled()
    crew = PowerCrew(house)
    assert isinstance(await cycled(crew), Ok)
    assert crew.verbs() == ["on"]


async def test_one_that_never_goes_off_fails_and_hears_on_last(house: RedfishHouse) -> None:
    house.chassis().fault = Fault.STUCK_ON
    crew = PowerCrew(house)
    outcome = await cycled(crew, PowerCycle(off_for="0s", settles="1s"))
    assert isinstance(outcome, Failed)
    assert "could not be switched off" in outcome.reason
    assert crew.verbs() == ["off", "on"]


async def test_one_that_never_comes_on_says_so_loudly(house: RedfishHouse) -> None:
    house.chassis().fault = Fault.NO_POWERON
    crew = PowerCrew(house)
    outcome = await cycled(crew, PowerCycle(off_for="0s", settles="1s"))
    assert isinstance(outcome, Failed)
    assert outcome.reason.startswith("IT IS OFF")
    assert crew.verbs() == ["off", "on", "on", "on"]
    assert crew.memory["left"] == "off"


async def test_it_waits_for_the_machine_to_answer_and_then_gives_up(house: RedfishHouse) -> None:
    crew = PowerCrew(house)
    crew.findings = [SILENT]
    outcome = await cycled(crew)
    assert isinstance(outcome, Wait)
    crew.clock = outcome.until
    crew.findings = [WELL]
    assert isinstance(await cycled(crew), Ok)
    crew.findings, crew.clock = [SILENT], crew.clock.replace(hour=13)
    outcome = await cycled(crew)
    assert isinstance(outcome, Failed)
    assert "does not answer" in outcome.reason
    assert crew.verbs() == ["off", "on"]


async def test_a_refused_password_is_tried_once(house: RedfishHouse, tmp_path: Path) -> None:
    crew = PowerCrew(house, user="nobody")
    with pytest.raises(Exception, match=r"refuse|401|name"):
        await cycled(crew)
    assert len(house.emulator.asked) == 1
    assert crew.verbs() == []


async def test_a_gentle_stop_spares_the_hard_one(house: RedfishHouse) -> None:
    crew = PowerCrew(house)
    assert isinstance(await cycled(crew, PowerCycle(off_for="0s", graceful_first="5s")), Ok)
    assert house.emulator.told("web1", "ForceOff") == 0
    assert crew.verbs() == ["soft", "on"]


@pytest.mark.parametrize("line", range(1, 11))
async def test_a_crash_at_any_line_never_leaves_it_off_unseen(
    house: RedfishHouse, line: int
) -> None:
    crew = PowerCrew(house)
    crew.dies_at = line
    with pytest.raises(Killed):
        await cycled(crew)
    await house.chassis().settled()
    outcome = await cycled(crew)
    await house.chassis().settled()
    if isinstance(outcome, Unsure):
        assert crew.open == "off"
    else:
        assert isinstance(outcome, Ok)
        assert house.chassis().power
    assert house.emulator.told("web1", "ForceOff") <= 1
    changes = [change.on for change in house.emulator.changes]
    assert changes in ([], [False], [False, True])


async def test_a_slow_device_that_took_off_is_not_told_again(house: RedfishHouse) -> None:
    house.chassis().settles = 0.08
    crew = PowerCrew(house)
    crew.dies_at = 3  # the result stands, and nobody has seen it off
    with pytest.raises(Killed):
        await cycled(crew)
    assert house.chassis().power
    assert isinstance(await cycled(crew), Ok)
    assert house.emulator.told("web1", "ForceOff") == 1
    assert crew.verbs() == ["off", "on"]


async def test_off_that_was_taken_and_never_came_is_for_a_person(house: RedfishHouse) -> None:
    house.chassis().fault = Fault.STUCK_ON
    crew = PowerCrew(house)
    crew.dies_at = 3
    with pytest.raises(Killed):
        await cycled(crew)
    again = PowerCycle(off_for="0s", settles="1s")
    assert isinstance(await cycled(crew, again), Unsure)
    crew.last = "on"  # it was told so after that, and then we died
    assert isinstance(await cycled(crew, again), Failed)
    assert house.emulator.told("web1", "ForceOff") == 1


async def test_what_a_time_out_left_open_is_read_back(house: RedfishHouse) -> None:
    house.emulator.fault = RedfishFault.BAD_GATEWAY
    house.emulator.faulty = frozenset({"POST"})
    crew = PowerCrew(house)
    outcome = await cycled(crew, PowerCycle(off_for="0s", settles="1s"))
    assert isinstance(outcome, Unsure | Failed)
    assert house.chassis().power


async def test_a_halt_between_off_and_on_leaves_a_trace(house: RedfishHouse) -> None:
    class Stopping(PowerCrew):
        @override
        async def intend(self, verb: str, **facts: Any) -> None:
            if verb == "on":
                raise Halted("the kill switch")
            await super().intend(verb, **facts)

    crew = Stopping(house)
    with pytest.raises(Halted):
        await cycled(crew)
    assert crew.memory["left"] == "off"


async def test_single_verbs_are_proved_too(house: RedfishHouse) -> None:
    crew = PowerCrew(house)
    assert isinstance(await PowerOff(settles="2s").do(about(crew), crew), Ok)
    assert not house.chassis().power
    assert isinstance(await PowerOn(settles="2s").do(about(crew), crew), Ok)
    assert house.chassis().power
    told = await PowerStatus().do(about(crew), crew)
    assert isinstance(told, Ok)
    assert told.values["state"] == "on"
    assert told.values["serial"] == "SN-WEB1"
    assert crew.verbs() == ["off", "on"]


async def test_a_machine_that_was_off_before_is_not_left_off_by_us(house: RedfishHouse) -> None:
    first, second = PowerCrew(house), PowerCrew(house)
    await PowerOff(settles="2s").do(about(first), first)
    assert first.memory == {"left": "off"}
    assert isinstance(await PowerOff().do(about(second), second), Ok)
    assert (second.memory, second.verbs()) == ({}, [])


async def test_an_open_off_that_has_come_is_read_back_and_is_ours(house: RedfishHouse) -> None:
    first, second = PowerCrew(house), PowerCrew(house)
    await PowerOff(settles="2s").do(about(first), first)
    second.open = "off"
    assert isinstance(await PowerOff().do(about(second), second), Ok)
    assert (second.memory, second.open) == ({"left": "off"}, "")
    assert ("result", "off", "read back") in second.journal
    assert house.emulator.told("web1", "ForceOff") == 1


async def test_who_finds_it_on_already_takes_back_that_it_is_off(house: RedfishHouse) -> None:
    crew = PowerCrew(house)
    crew.memory = {"left": "off"}
    assert isinstance(await PowerOn().do(about(crew), crew), Ok)
    assert (crew.memory, crew.verbs()) == ({"left": ""}, [])


async def test_an_open_off_that_may_come_yet_is_not_told_again(house: RedfishHouse) -> None:
    crew = PowerCrew(house)
    crew.open = "off"
    assert isinstance(await PowerOff().do(about(crew), crew), Unsure)
    assert house.emulator.told("web1") == 0


@pytest.mark.parametrize(
    ("verb", "phase", "state", "expected"),
    [
        (Verb.OFF, Phase.BEGUN, PowerState.OFF, Phase.OFF),
        (Verb.OFF, Phase.BEGUN, PowerState.ON, None),
        (Verb.SOFT, Phase.BEGUN, PowerState.OFF, Phase.OFF),
        (Verb.ON, Phase.OFF, PowerState.OFF, Phase.OFF),
        (Verb.ON, Phase.OFF, PowerState.ON, Phase.ON),
        (Verb.ON, Phase.BEGUN, PowerState.ON, None),
        (Verb.RESET, Phase.BEGUN, PowerState.ON, None),
        (Verb.OFF, Phase.BEGUN, PowerState.CHANGING, None),
        (Verb.ON, Phase.OFF, None, None),
    ],
)
def test_only_what_is_sure_goes_on_by_itself(
    verb: str, phase: Phase, state: PowerState | None, expected: Phase | None
) -> None:
    assert resumed(verb, phase, state) is expected
