"""A whole power cycle through a real BMC: a web server dies and comes back, or a fault is told."""

import asyncio
import shutil
from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path

import pytest
from typing_extensions import override

from playbooks.actions.model import Failed, Ok, Outcome, Unsure, Wait
from playbooks.actions.power import PowerCycle, PowerStatus
from playbooks.client import open_session
from playbooks.hands import Hands
from playbooks.outside import OutsideError
from playbooks.power.fence import FencePower
from playbooks.power.ipmi import IpmiPower
from playbooks.power.model import LoginRefused, Power
from probes.model import UP, Finding, Phase, down
from responder.emulators.bmc import RealBmc
from responder.emulators.chassis import Fault
from tests.playbooks.actions.crew import HandCrew, case
from tests.real.bmc import answers
from tests.require import require


class BmcCrew(HandCrew):
    """Waits for real, and looks at the machine's web server."""

    def __init__(self, hands: Hands, bmc: RealBmc, device: Power) -> None:
        super().__init__(hands)
        self.bmc = bmc
        self.device = device

    @override
    def power(self) -> Power:
        return self.device

    @override
    async def look(self, kinds: Sequence[str]) -> Mapping[str, Finding]:
        return {"http": UP if await answers(self.bmc) else down(Phase.CONNECT, "refused")}

    @override
    async def pause(self, seconds: float) -> None:
        await asyncio.sleep(min(seconds, 1.0))

    async def cycle(self, settles: str = "4s") -> Outcome:
        """To its end, without the waits between two looks."""
        action = PowerCycle.model_validate({"off_for": "0s", "settles": settles})
        while True:
            outcome = await action.do(replace(case(), memory=self.memory), self)
            if not isinstance(outcome, Wait):
                return outcome
            await asyncio.sleep(0.05)


def ipmi(bmc: RealBmc, secret: Path) -> Power:
    told = {"address": "127.0.0.1", "port": bmc.port, "user": bmc.user, "password_file": secret}
    return IpmiPower.model_validate(told | {"serial": bmc.serial, "cipher": 3, "timeout": "2s"})


def fence(bmc: RealBmc, secret: Path) -> Power:
    login = {"ip": "127.0.0.1", "ipport": bmc.port, "username": "admin", "lanplus": True}
    options = {**login, "cipher": 3, "power_wait": 0, "power_timeout": 3, "retry_on": 0}
    told = {"agent": "fence_ipmilan", "options": options, "secrets": {"password": secret}}
    return FencePower.model_validate(told | {"vouched": "by these tests", "timeout": "8s"})


@pytest.fixture(params=[ipmi, fence], ids=["ipmi", "fence"])
async def crew(
    request: pytest.FixtureRequest, bmc: RealBmc, tmp_path: Path
) -> AsyncIterator[BmcCrew]:
    """For each driver; its secret stands in the file `password`."""
    require("fence-agents", present=shutil.which("fence_ipmilan") is not None)
    (tmp_path / "password").write_text(bmc.password)
    async with open_session() as session:
        yield BmcCrew(Hands(session), bmc, request.param(bmc, tmp_path / "password"))


def orders(bmc: RealBmc) -> list[str]:
    return [order.verb for order in bmc.orders]


async def test_the_machine_dies_and_comes_back(crew: BmcCrew, bmc: RealBmc) -> None:
    before = (bmc.folder / "pid").read_text()
    assert isinstance(await crew.cycle(), Ok)
    assert orders(bmc) == ["off", "on"]
    assert (bmc.folder / "pid").read_text() != before
    assert await answers(bmc)


async def test_a_slow_machine_is_waited_for(crew: BmcCrew, bmc: RealBmc) -> None:
    bmc.fault = Fault.SLOW
    assert isinstance(await crew.cycle(), Ok)
    assert orders(bmc) == ["off", "on"]
    assert await answers(bmc)


async def test_one_that_sticks_is_told_off_once_and_stays_up(crew: BmcCrew, bmc: RealBmc) -> None:
    bmc.fault = Fault.STUCK_ON
    outcome = await crew.cycle(settles="1s")
    assert isinstance(outcome, Failed | Unsure)
    assert outcome.reason.startswith("it could not be switched off")
    assert bmc.told("off") == 1
    assert await answers(bmc)


async def test_one_that_does_not_come_back_is_said_aloud(crew: BmcCrew, bmc: RealBmc) -> None:
    bmc.fault = Fault.NO_POWERON
    outcome = await crew.cycle(settles="1s")
    assert isinstance(outcome, Failed)
    assert outcome.reason.startswith("IT IS OFF")
    assert crew.memory["left"] == "off"
    assert bmc.told("off") == 1


async def test_a_silent_bmc_changes_nothing(crew: BmcCrew, bmc: RealBmc) -> None:
    bmc.pause()
    with pytest.raises(OutsideError) as caught:
        await crew.cycle()
    assert caught.value.transient
    bmc.resume()
    await asyncio.sleep(1)
    assert (orders(bmc), crew.journal) == ([], [])
    assert await answers(bmc)


async def test_a_wrong_password_changes_nothing_and_is_not_tried_again(
    crew: BmcCrew, bmc: RealBmc, tmp_path: Path
) -> None:
    (tmp_path / "password").write_text("wrong")
    with pytest.raises(LoginRefused):
        await crew.cycle()
    assert (orders(bmc), crew.journal) == ([], [])


async def test_the_status_says_who_it_is_where_the_device_does(crew: BmcCrew, bmc: RealBmc) -> None:
    outcome = await PowerStatus().do(case(), crew)
    assert isinstance(outcome, Ok)
    assert outcome.values["state"] == "on"
    told = outcome.values.get("serial")
    assert told == (bmc.serial if crew.device.capabilities().reads_identity else None)
