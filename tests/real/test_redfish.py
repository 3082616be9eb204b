"""Our Redfish driver against OpenStack's emulator with two systems, which we have not written."""

import asyncio
import time
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from playbooks.client import open_session
from playbooks.hands import Hands
from playbooks.outside import OutsideError
from playbooks.power.model import LoginRefused, PowerState, Verb, WrongDevice, mismatch
from playbooks.power.redfish import RedfishPower
from tests.real.sushy import PASSWORD, SYSTEMS, USER, Sushy


class Nameless(RedfishPower):
    """Its machines have no serial number; a UUID must do, and does in our tests alone."""

    serial: str = ""


@dataclass(frozen=True)
class Bmc:
    """The emulator, and our driver for either machine."""

    sushy: Sushy
    hands: Hands
    folder: Path

    def power(self, name: str = "web1", **told: object) -> Nameless:
        secret = self.folder / "password"
        secret.write_text(PASSWORD)
        usual = {
            "url": self.sushy.url,
            "system": f"/redfish/v1/Systems/{SYSTEMS[name]}",
            "uuid": SYSTEMS[name],
            "user": USER,
            "password_file": secret,
            "ca_file": self.sushy.root.file,
        }
        return Nameless.model_validate(usual | told)

    async def becomes(self, name: str, state: PowerState) -> None:
        began = time.monotonic()
        while await self.power(name).state(self.hands) is not state:
            assert time.monotonic() - began < 60
            await asyncio.sleep(0.1)


@pytest.fixture
async def bmc(tmp_path: Path) -> AsyncIterator[Bmc]:
    sushy = Sushy(tmp_path)
    try:
        await sushy.start()
        async with open_session() as session:
            yield Bmc(sushy, Hands(session), tmp_path)
    finally:
        await sushy.stop()


async def test_of_two_real_systems_the_right_one_goes_off_and_on(bmc: Bmc) -> None:
    for name in SYSTEMS:
        power = bmc.power(name)
        assert mismatch(power.expected(), await power.identity(bmc.hands)) == ""
    await bmc.power("web1").act(Verb.OFF, bmc.hands)
    await bmc.becomes("web1", PowerState.OFF)
    assert await bmc.power("web2").state(bmc.hands) is PowerState.ON
    await bmc.power("web1").act(Verb.ON, bmc.hands)
    await bmc.becomes("web1", PowerState.ON)
    assert await bmc.power("web2").state(bmc.hands) is PowerState.ON


async def test_every_order_is_taken(bmc: Bmc) -> None:
    for verb in Verb:
        await bmc.power().act(verb, bmc.hands)


async def test_the_neighbour_is_not_switched(bmc: Bmc) -> None:
    with pytest.raises(WrongDevice, match="another machine"):
        await bmc.power("web2", uuid=SYSTEMS["web1"]).act(Verb.OFF, bmc.hands)
    await asyncio.sleep(1.1)  # its shortest delay
    assert await bmc.power("web2").state(bmc.hands) is PowerState.ON


async def test_without_its_serial_number_a_machine_is_not_switched(bmc: Bmc) -> None:
    with pytest.raises(WrongDevice, match="does not show its serial"):
        await bmc.power(serial="SN1").act(Verb.OFF, bmc.hands)


async def test_what_it_refuses_is_said(bmc: Bmc) -> None:
    wrong = bmc.folder / "wrong"
    wrong.write_text("wrong")
    with pytest.raises(LoginRefused, match="401"):
        await bmc.power(password_file=wrong).state(bmc.hands)
    with pytest.raises(WrongDevice, match="has no /redfish/v1/Systems/none"):
        await bmc.power(system="/redfish/v1/Systems/none").state(bmc.hands)
    with pytest.raises(OutsideError, match="certificate is not valid"):
        await bmc.power(ca_file=None).state(bmc.hands)


async def test_frozen_it_is_left_in_time(bmc: Bmc) -> None:
    bmc.sushy.pause()
    with pytest.raises(OutsideError, match="no connection in") as caught:
        await bmc.power(timeout="0.4s").state(bmc.hands)
    bmc.sushy.resume()
    assert caught.value.transient
