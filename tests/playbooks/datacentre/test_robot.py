"""A technician from Hetzner Robot: asked once, never taken back, and only for Robot's servers."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from playbooks.datacentre.by_robot import RobotChannel
from playbooks.datacentre.channel import Means
from playbooks.datacentre.message import compose_stop
from playbooks.hands import Hands
from playbooks.outside import OutsideError
from playbooks.power.robot import RobotPower
from responder.emulators.providers import Rented
from responder.emulators.providers_hetzner import PASSWORD, USER, RobotEmulator
from tests.playbooks.datacentre.scene import NIGHT, a_letter, a_site
from tests.playbooks.power.providers import open_hands, secret_in, served


@pytest.fixture
async def hands() -> AsyncIterator[Hands]:
    async with open_hands() as opened:
        yield opened


@pytest.mark.parametrize(("sent_before", "orders"), [(False, ["man"]), (True, [])])
async def test_a_technician_is_sent_once(
    sent_before: bool, orders: list[str], hands: Hands, tmp_path: Path
) -> None:
    async with served(RobotEmulator(Rented("321"))) as robot:
        robot.technician = sent_before
        power = RobotPower.model_validate(
            {
                "url": robot.url,
                "number": 321,
                "user": USER,
                "password_file": secret_in(tmp_path, PASSWORD),
                "hostname": "web1",
            }
        )
        letter = a_letter(a_site(tmp_path))
        receipt = await RobotChannel().send(letter, Means(hands, power=power))
        assert robot.machines["321"].orders == orders
    assert receipt.reference == "Robot 321"
    assert ("already" in receipt.detail) == sent_before


async def test_an_order_to_robot_can_not_be_taken_back(hands: Hands, tmp_path: Path) -> None:
    site = a_site(tmp_path)
    stop = compose_stop(a_letter(site), site, now=NIGHT)
    with pytest.raises(OutsideError, match="can't be taken back"):
        await RobotChannel().send(stop, Means(hands))


async def test_a_machine_that_is_not_robots_is_refused(hands: Hands, tmp_path: Path) -> None:
    with pytest.raises(OutsideError, match="hetzner-robot") as caught:
        await RobotChannel().send(a_letter(a_site(tmp_path)), Means(hands))
    assert (caught.value.transient, caught.value.ambiguous) == (False, False)
