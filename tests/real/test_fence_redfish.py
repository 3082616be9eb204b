"""Debian's own fence_redfish against our emulated BMC: does a stranger find its way there?"""

import asyncio
import shutil
import ssl
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from yarl import URL

from playbooks.programs import Output
from responder.emulators.chassis import Fault
from responder.emulators.redfish import PASSWORD, USER
from tests.playbooks.power.redfish_house import RedfishHouse, redfish_house
from tests.require import require

WEB1 = "/redfish/v1/Systems/web1"


@dataclass(frozen=True)
class Agent:
    """fence_redfish as fencing runs it: options come on its standard input."""

    house: RedfishHouse
    root: Path

    async def __call__(self, action: str, **options: object) -> Output:
        told = {
            "ip": "127.0.0.1",
            "ipport": URL(self.house.emulator.url).port,
            "username": USER,
            "password": PASSWORD,
            "action": action,
            "power_timeout": 2,
            "power_wait": 0,
        } | options
        lines = "".join(f"{name}={value}\n" for name, value in told.items())
        env = {"REQUESTS_CA_BUNDLE": str(self.root), "PYTHONWARNINGS": "ignore"}
        programs = self.house.hands.programs
        return await programs.run(["fence_redfish"], what="the agent", env=env, stdin=lines)


@pytest.fixture
async def agent(tmp_path: Path) -> AsyncIterator[Agent]:
    require("fence_redfish", present=shutil.which("fence_redfish") is not None)
    async with redfish_house(tmp_path) as house:
        place = URL(house.emulator.url)
        shown = await asyncio.to_thread(
            ssl.get_server_certificate, (str(place.host), place.port or 0)
        )
        root = tmp_path / "root.pem"
        root.write_text(shown)
        yield Agent(house, root)


async def test_the_agent_switches_the_system_that_it_is_told(agent: Agent) -> None:
    agent.house.chassis().settles = 0.3
    status = await agent("status", systems_uri=WEB1)
    assert (status.code, status.out.strip()) == (0, "Status: ON")
    off = await agent("off", systems_uri=WEB1)
    assert (off.code, off.out.strip()) == (0, "Success: Powered OFF")
    assert (await agent("status", systems_uri=WEB1)).code == 2
    on = await agent("on", systems_uri=WEB1)
    assert (on.code, on.out.strip()) == (0, "Success: Powered ON")
    await agent.house.chassis().settled()  # the agent takes PoweringOn for on
    assert [change.on for change in agent.house.emulator.changes] == [False, True]
    assert agent.house.emulator.told("web2") == 0


async def test_without_a_system_the_agent_hits_the_last_one(agent: Agent) -> None:
    """The trap for which our own driver makes the system mandatory."""
    assert (await agent("off")).code == 0
    assert agent.house.chassis("web1").power
    assert not agent.house.chassis("web2").power


async def test_the_agent_sees_a_machine_that_stays_as_it_is(agent: Agent) -> None:
    agent.house.chassis().fault = Fault.STUCK_ON
    stuck = await agent("off", systems_uri=WEB1)
    assert (stuck.code, "Timed out waiting to power OFF" in stuck.err) == (1, True)


async def test_the_agents_reboot_is_a_success_with_the_machine_left_off(agent: Agent) -> None:
    """The trap for which we switch off and on ourselves."""
    agent.house.chassis().fault = Fault.NO_POWERON
    reboot = await agent("reboot", systems_uri=WEB1)
    assert (reboot.code, reboot.out.strip()) == (0, "Success: Rebooted")
    assert not agent.house.chassis().power


async def test_the_agent_is_refused_with_a_wrong_password(agent: Agent) -> None:
    assert (await agent("off", systems_uri=WEB1, password="wrong")).code == 1
    assert agent.house.chassis().power
    assert {call.let_in for call in agent.house.emulator.asked} == {False}


async def test_the_agent_trusts_no_strange_certificate(agent: Agent) -> None:
    agent.root.unlink()
    assert (await agent("off", systems_uri=WEB1)).code == 1
    assert list(agent.house.emulator.asked) == []
