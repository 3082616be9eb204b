"""Is a machine whose button does off and on at once restarted once, whatever comes in between?"""

from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from playbooks.actions.model import Failed, Ok, Unsure, Wait
from playbooks.hands import Hands
from playbooks.power.robot import RobotPower
from responder.emulators.providers import Fault, Rented
from responder.emulators.providers_hetzner import PASSWORD, USER, RobotEmulator
from tests.playbooks.power.providers import open_hands, secret_in, served
from tests.playbooks.test_cycle import SILENT, WELL, Killed, PowerCrew, cycled


@dataclass(frozen=True)
class RobotHouse:
    """Robot has a button for server 321, and no word on whether it is on."""

    emulator: RobotEmulator
    hands: Hands
    folder: Path

    def power(self, **told: Any) -> RobotPower:
        """Our driver for it, perhaps set up otherwise."""
        usual = {
            "url": self.emulator.url,
            "number": 321,
            "user": USER,
            "password_file": secret_in(self.folder, PASSWORD),
            "hostname": "web1",
            "timeout": "20s",
        }
        return RobotPower.model_validate(usual | told)

    def pressed(self) -> list[str]:
        return self.emulator.machines["321"].orders


@pytest.fixture
async def house(tmp_path: Path) -> AsyncIterator[RobotHouse]:
    async with open_hands() as hands, served(RobotEmulator(Rented("321"))) as robot:
        yield RobotHouse(robot, hands, tmp_path)


async def test_the_button_is_pressed_once_and_a_look_is_the_judge(house: RobotHouse) -> None:
    crew = PowerCrew(house)
    crew.findings = [SILENT, WELL]
    waits = await cycled(crew)
    assert isinstance(waits, Wait)
    crew.clock = waits.until
    outcome = await cycled(crew)
    assert isinstance(outcome, Ok)
    assert outcome.text == "web1 answers again: reset was told"
    assert house.pressed() == ["hw"]
    assert crew.verbs() == ["reset"]


async def test_one_that_does_not_come_back_has_failed_and_is_not_reset_again(
    house: RobotHouse,
) -> None:
    crew = PowerCrew(house)
    crew.findings = [SILENT]
    assert isinstance(await cycled(crew), Wait)
    crew.clock += timedelta(seconds=30)
    outcome = await cycled(crew)
    assert isinstance(outcome, Failed)
    assert outcome.reason == "reset was told, but it does not answer after 30 s"
    assert house.pressed() == ["hw"]


@pytest.mark.parametrize("finding", [WELL, SILENT], ids=["answers", "silent"])
@pytest.mark.parametrize("line", range(1, 6))
async def test_a_crash_at_any_line_presses_it_no_second_time(
    house: RobotHouse, line: int, finding: Any
) -> None:
    crew = PowerCrew(house)
    crew.findings, crew.dies_at = [finding], line
    with pytest.raises(Killed):
        await cycled(crew)
    pressed = ["hw"] if line > 1 else []
    assert house.pressed() == pressed
    open_ = crew.open
    outcome = await cycled(crew)
    assert house.pressed() == pressed
    assert bool(open_) is (line < 3)
    if finding is WELL:
        assert isinstance(outcome, Ok)
        assert not crew.open
    else:
        assert isinstance(outcome, Unsure if open_ else Wait)
        assert crew.memory.get("phase", "") == ("" if open_ else "reset")


async def test_a_button_that_is_refused_has_failed(house: RobotHouse) -> None:
    house.emulator.surprises = True
    outcome = await cycled(PowerCrew(house))
    assert isinstance(outcome, Failed)
    assert outcome.reason.startswith("it was not restarted: ")


async def test_one_that_may_have_been_pressed_is_for_a_person(house: RobotHouse) -> None:
    house.emulator.fails = True
    crew = PowerCrew(house)
    assert isinstance(await cycled(crew), Unsure)
    assert house.emulator.lines("POST") == ["POST /reset/321"]
    assert crew.memory == {}


async def test_a_provider_that_is_busy_is_asked_three_times_and_pressed_never(
    house: RobotHouse,
) -> None:
    house.emulator.fault = Fault.MAINTENANCE
    crew = PowerCrew(house)
    assert isinstance(await cycled(crew), Failed)
    assert house.emulator.lines() == ["GET /reset/321"] * 3
    assert crew.journal == [("intent", "reset"), ("result", "reset", "failed")] * 3


async def test_a_login_that_is_refused_is_tried_once(house: RobotHouse) -> None:
    crew = PowerCrew(house, password_file=secret_in(house.folder, "wrong", "other"))
    assert isinstance(await cycled(crew), Failed)
    assert house.emulator.wrong_logins == 1
    assert crew.journal == [("intent", "reset"), ("result", "reset", "refused")]
