"""Hetzner Robot's reset button: only what is offered, one wrong login, no state to read."""

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
from pydantic import ValidationError

from playbooks.hands import Hands
from playbooks.outside import OutsideError
from playbooks.power.model import Busy, LoginRefused, Power, Verb, WrongDevice, mismatch
from playbooks.power.robot import OnTheWay, RobotPower
from responder.emulators.providers import Fault, Rented
from responder.emulators.providers_hetzner import PASSWORD, USER, RobotEmulator
from tests.playbooks.power.providers import fails, offers, open_hands, secret_in, served


@pytest.fixture
async def hands() -> AsyncIterator[Hands]:
    async with open_hands() as opened:
        yield opened


@pytest.fixture
async def robot() -> AsyncIterator[RobotEmulator]:
    async with served(RobotEmulator(Rented("321"), Rented("322", name="web2"))) as emulator:
        yield emulator


def driver(robot: RobotEmulator, folder: Path, **told: Any) -> RobotPower:
    about = {
        "url": robot.url,
        "number": 321,
        "user": USER,
        "password_file": secret_in(folder, PASSWORD),
        "hostname": "web1",
        "timeout": "20s",
    }
    return RobotPower.model_validate(about | told)


def test_it_is_a_power_driver_that_reads_no_state(robot: RobotEmulator, tmp_path: Path) -> None:
    power: Power = driver(robot, tmp_path)
    assert offers(power) == ({"reset", "soft"}, False)
    assert power.device() == "hetzner-robot 321"
    assert power.account() == f"hetzner-robot {USER}"
    assert PASSWORD not in repr(power)


async def test_the_real_address_is_the_one_by_default(tmp_path: Path) -> None:
    power = RobotPower.model_validate(
        {
            "number": 321,
            "user": USER,
            "password_file": secret_in(tmp_path, PASSWORD),
            "hostname": "web1",
        }
    )
    assert power.url == "https://robot-ws.your-server.de"


async def test_a_hard_reset_reads_first_what_is_offered(
    robot: RobotEmulator, hands: Hands, tmp_path: Path
) -> None:
    await driver(robot, tmp_path).act(Verb.RESET, hands)
    assert robot.lines() == ["GET /reset/321", "POST /reset/321"]
    assert robot.calls[-1].body == "type=hw"
    assert robot.machines["321"].orders == ["hw"]
    assert robot.machines["322"].orders == []


@pytest.mark.parametrize(("soft", "kind"), [("sw", "sw"), ("power", "power")])
async def test_a_soft_restart_is_the_kind_that_is_configured(
    robot: RobotEmulator, hands: Hands, tmp_path: Path, soft: str, kind: str
) -> None:
    await driver(robot, tmp_path, soft=soft).act(Verb.SOFT, hands)
    assert robot.machines["321"].orders == [kind]


@pytest.mark.parametrize("verb", [Verb.ON, Verb.OFF])
async def test_what_has_no_button_is_never_sent(
    robot: RobotEmulator, hands: Hands, tmp_path: Path, verb: Verb
) -> None:
    with fails(WrongDevice, saying="only reset"):
        await driver(robot, tmp_path).act(verb, hands)
    assert robot.lines() == []


async def test_a_kind_that_is_not_offered_is_never_posted(
    robot: RobotEmulator, hands: Hands, tmp_path: Path
) -> None:
    robot.offered = ["man"]
    with fails(WrongDevice, saying="does not offer the reset hw for server 321, only man"):
        await driver(robot, tmp_path).act(Verb.RESET, hands)
    assert robot.lines("POST") == []


async def test_a_kind_that_is_refused_after_all_is_for_a_person(
    robot: RobotEmulator, hands: Hands, tmp_path: Path
) -> None:
    robot.surprises = True
    with fails(WrongDevice, saying="INVALID_INPUT"):
        await driver(robot, tmp_path).act(Verb.RESET, hands)


async def test_it_tells_no_state_and_asks_for_none(
    robot: RobotEmulator, hands: Hands, tmp_path: Path
) -> None:
    with fails(WrongDevice, saying="can't tell"):
        await driver(robot, tmp_path).state(hands)
    assert robot.lines() == []


@pytest.mark.parametrize(
    ("told", "wrong"),
    [
        ({"hostname": "web1"}, ""),
        ({"hostname": "", "address": "127.0.0.2"}, ""),
        ({"hostname": "web1", "address": "127.0.0.2"}, ""),
        ({"hostname": "web9"}, "the device shows the name web1, not web9"),
        ({"hostname": "", "address": "127.0.0.9"}, "shows the name 127.0.0.2, not 127.0.0.9"),
        ({"hostname": "web1", "address": "127.0.0.9"}, "web1 127.0.0.2, not web1 127.0.0.9"),
        ({"serial": "CZ123"}, "does not show its serial"),
    ],
)
async def test_name_and_address_must_be_what_robot_shows(
    robot: RobotEmulator, hands: Hands, tmp_path: Path, told: dict[str, str], wrong: str
) -> None:
    power = driver(robot, tmp_path, **told)
    found = mismatch(power.expected(), await power.identity(hands))
    assert wrong in found
    assert bool(wrong) is bool(found)


async def test_an_answer_about_another_server_proves_nothing(
    robot: RobotEmulator, hands: Hands, tmp_path: Path
) -> None:
    robot.machines["321"] = robot.machines["322"]
    with fails(WrongDevice, saying="another server than 321"):
        await driver(robot, tmp_path).identity(hands)


async def test_without_a_name_and_an_address_nothing_could_be_proved(
    robot: RobotEmulator, tmp_path: Path
) -> None:
    with pytest.raises(ValidationError, match="hostname or the address"):
        driver(robot, tmp_path, hostname="")


async def test_a_wrong_password_is_tried_once(
    robot: RobotEmulator, hands: Hands, tmp_path: Path
) -> None:
    power = driver(robot, tmp_path, password_file=secret_in(tmp_path, "wrong", "other"))
    with pytest.raises(LoginRefused) as caught:
        await power.act(Verb.RESET, hands)
    assert caught.value.pause == 900
    assert (robot.wrong_logins, robot.blocked, len(robot.calls)) == (1, False, 1)
    assert "wrong" not in str(caught.value)


async def test_the_third_wrong_login_blocks_everybody(
    robot: RobotEmulator, hands: Hands, tmp_path: Path
) -> None:
    wrong = driver(robot, tmp_path, password_file=secret_in(tmp_path, "wrong", "other"))
    for _ in range(3):
        with fails(LoginRefused):
            await wrong.identity(hands)
    with fails(LoginRefused):
        await driver(robot, tmp_path).identity(hands)
    robot.unblock()
    assert (await driver(robot, tmp_path).identity(hands)).name == "web1"


async def test_the_rate_limit_says_how_long_to_wait(
    robot: RobotEmulator, hands: Hands, tmp_path: Path
) -> None:
    robot.rate_limit = 600
    with pytest.raises(Busy, match="RATE_LIMIT_EXCEEDED") as caught:
        await driver(robot, tmp_path).act(Verb.RESET, hands)
    assert (caught.value.pause, caught.value.retry_after) == (600, 600)
    assert robot.machines["321"].orders == []


async def test_a_limit_without_an_end_in_sight_is_an_hour_at_most(
    robot: RobotEmulator, hands: Hands, tmp_path: Path
) -> None:
    robot.rate_limit = 10**9
    with pytest.raises(Busy) as caught:
        await driver(robot, tmp_path).offered(hands)
    assert caught.value.pause == 3600


async def test_a_technician_on_the_way_is_not_overtaken(
    robot: RobotEmulator, hands: Hands, tmp_path: Path
) -> None:
    robot.technician = True
    with pytest.raises(Busy, match="RESET_MANUAL_ACTIVE") as caught:
        await driver(robot, tmp_path).act(Verb.RESET, hands)
    assert caught.value.pause == 900
    assert robot.machines["321"].orders == []


async def test_a_technician_is_sent_once(
    robot: RobotEmulator, hands: Hands, tmp_path: Path
) -> None:
    power = driver(robot, tmp_path)
    await power.order_man(hands)
    assert robot.calls[-1].body == "type=man"
    with fails(OnTheWay):
        await power.order_man(hands)
    assert robot.technicians == ["321"]


async def test_robots_own_failure_leaves_it_unsure(
    robot: RobotEmulator, hands: Hands, tmp_path: Path
) -> None:
    robot.fails = True
    with fails(saying="RESET_FAILED", transient=True, ambiguous=True):
        await driver(robot, tmp_path).act(Verb.RESET, hands)


async def test_maintenance_passes_and_nothing_was_done(
    robot: RobotEmulator, hands: Hands, tmp_path: Path
) -> None:
    robot.fault = Fault.MAINTENANCE
    with fails(transient=True):
        await driver(robot, tmp_path).act(Verb.RESET, hands)


async def test_a_server_of_somebody_else_is_the_wrong_device(
    robot: RobotEmulator, hands: Hands, tmp_path: Path
) -> None:
    with fails(WrongDevice, saying="SERVER_NOT_FOUND"):
        await driver(robot, tmp_path, number=999).identity(hands)


async def test_an_answer_that_is_cut_off_leaves_it_unsure(
    robot: RobotEmulator, hands: Hands, tmp_path: Path
) -> None:
    power = driver(robot, tmp_path)
    robot.fault = Fault.HUNG_UP
    with fails(transient=True):  # the reading of what is offered: no verb was heard
        await power.act(Verb.RESET, hands)
    assert robot.machines["321"].orders == []
    with pytest.raises(OutsideError) as caught:
        await power._api(hands).send("POST", "/reset/321", form={"type": "hw"})
    assert caught.value.ambiguous


@pytest.mark.parametrize(
    "url", ["http://robot.example.net", "https://a:b@robot.example.net", "https://x.example/?a=1"]
)
async def test_a_password_travels_over_tls_alone(
    robot: RobotEmulator, tmp_path: Path, url: str
) -> None:
    with pytest.raises(ValidationError):
        driver(robot, tmp_path, url=url)


async def test_a_missing_password_file_is_said(
    robot: RobotEmulator, hands: Hands, tmp_path: Path
) -> None:
    power = driver(robot, tmp_path, password_file=str(tmp_path / "nowhere"))
    with fails(saying="can't be read", transient=False):
        await power.identity(hands)
    assert robot.lines() == []
