"""OVH: signed calls, one reboot, and tasks whose trouble says nothing about the machine."""

from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from playbooks.hands import Hands
from playbooks.power.http import HttpPower
from playbooks.power.model import Busy, LoginRefused, Verb, WrongDevice, mismatch
from playbooks.power.ovh_signature import OvhKeys
from responder.emulators.providers_ovh import CONSUMER, KEY, SECRET, OvhEmulator
from tests.playbooks.power.providers import fails, offers, open_hands, secret_in, served

NAME = "ns123.ip-127-0-0-2.eu"


@pytest.fixture
async def hands() -> AsyncIterator[Hands]:
    async with open_hands() as opened:
        yield opened


@pytest.fixture
async def ovh() -> AsyncIterator[OvhEmulator]:
    async with served(OvhEmulator()) as emulator:
        yield emulator


def driver(ovh: OvhEmulator, folder: Path, *, within: float = 30.0, **told: Any) -> HttpPower:
    """Follows a task for so many seconds at most, and looks more often than it usually would."""
    about = {
        "provider": "ovh",
        "url": ovh.url,
        "id": NAME,
        "hostname": "web1.example.net",
        "user": KEY,
        "secret_file": secret_in(folder, SECRET),
        "consumer_key_file": secret_in(folder, CONSUMER, "consumer"),
        "timeout": "20s",
    }
    power = HttpPower.model_validate(about | told)
    follow = power._recipe.follow
    assert follow is not None
    short = follow.model_copy(
        update={"within": timedelta(seconds=within), "every": follow.every / 100}
    )
    power._recipe = power._recipe.model_copy(update={"follow": short})
    return power


def test_the_signature_is_made_of_everything_that_is_sent() -> None:
    headers = OvhKeys("app", "secret", "consumer").sign(
        "GET", "https://eu.api.ovh.com/1.0/domain", b"", at=1366560945
    )
    assert headers == {
        "X-Ovh-Application": "app",
        "X-Ovh-Consumer": "consumer",
        "X-Ovh-Timestamp": "1366560945",
        "X-Ovh-Signature": "$1$faa55bf86c055d27dd86f10b888c6ca589220676",
    }


def test_it_can_only_reboot(ovh: OvhEmulator, tmp_path: Path) -> None:
    power = driver(ovh, tmp_path)
    assert offers(power) == ({"reset"}, False)
    assert power.account() == f"http OVH {KEY}"
    assert SECRET not in repr(power)
    assert CONSUMER not in repr(power)


@pytest.mark.parametrize("ahead", [0, 3600, -86400])
async def test_a_reboot_is_one_signed_call_by_ovhs_own_clock(
    ovh: OvhEmulator, hands: Hands, tmp_path: Path, ahead: int
) -> None:
    ovh.ahead = ahead
    await driver(ovh, tmp_path).act(Verb.RESET, hands)
    assert ovh.lines("POST") == [f"POST /1.0/dedicated/server/{NAME}/reboot"]
    assert ovh.machines[NAME].orders == ["reboot"]
    assert ovh.wrong_logins == 0


async def test_a_task_that_can_not_be_read_yet_is_read_again(
    ovh: OvhEmulator, hands: Hands, tmp_path: Path
) -> None:
    ovh.deaf, ovh.slow = 3, 1
    await driver(ovh, tmp_path).act(Verb.RESET, hands)
    assert len([line for line in ovh.lines("GET") if "/task/7000" in line]) == 5


async def test_a_task_that_is_purged_is_no_failure(
    ovh: OvhEmulator, hands: Hands, tmp_path: Path
) -> None:
    ovh.purges = True
    await driver(ovh, tmp_path, within=0.5).act(Verb.RESET, hands)
    assert ovh.machines[NAME].orders == ["reboot"]


async def test_a_task_that_takes_an_hour_is_not_waited_for(
    ovh: OvhEmulator, hands: Hands, tmp_path: Path
) -> None:
    ovh.slow = 10**6
    await driver(ovh, tmp_path, within=0.5).act(Verb.RESET, hands)
    assert len(ovh.lines("POST")) == 1


@pytest.mark.parametrize("ends", ["cancelled", "customerError", "ovhError"])
async def test_a_task_that_failed_is_of_unknown_outcome(
    ovh: OvhEmulator, hands: Hands, tmp_path: Path, ends: str
) -> None:
    ovh.ends = ends
    with fails(saying=f"OVH took the order, but it failed: {ends}", ambiguous=True):
        await driver(ovh, tmp_path).act(Verb.RESET, hands)


@pytest.mark.parametrize(
    ("told", "right"),
    [
        ({"hostname": "web1.example.net"}, True),
        ({"hostname": "", "serial": "1234567"}, True),
        ({"hostname": "web2.example.net"}, False),
        ({"serial": "7654321"}, False),
    ],
)
async def test_it_is_proved_by_its_reverse_name_or_its_number(
    ovh: OvhEmulator, hands: Hands, tmp_path: Path, told: dict[str, Any], right: bool
) -> None:
    power = driver(ovh, tmp_path, **told)
    assert (mismatch(power.expected(), await power.identity(hands)) == "") is right


@pytest.mark.parametrize("key", ["secret_file", "consumer_key_file"])
async def test_a_wrong_key_is_tried_once(
    ovh: OvhEmulator, hands: Hands, tmp_path: Path, key: str
) -> None:
    wrong: dict[str, Any] = {key: secret_in(tmp_path, "wrong", "other")}
    power = driver(ovh, tmp_path, **wrong)
    with fails(LoginRefused):
        await power.act(Verb.RESET, hands)
    assert (ovh.wrong_logins, ovh.lines("POST")) == (
        1,
        [f"POST /1.0/dedicated/server/{NAME}/reboot"],
    )
    assert ovh.machines[NAME].orders == []


async def test_a_reboot_under_way_is_waited_for(
    ovh: OvhEmulator, hands: Hands, tmp_path: Path
) -> None:
    ovh.machines[NAME].locked = True
    with fails(Busy, saying="already under way"):
        await driver(ovh, tmp_path).act(Verb.RESET, hands)


async def test_a_server_that_is_not_there_is_the_wrong_device(
    ovh: OvhEmulator, hands: Hands, tmp_path: Path
) -> None:
    with fails(WrongDevice):
        await driver(ovh, tmp_path, id="ns999.ip-127-0-0-9.eu").act(Verb.RESET, hands)


async def test_without_a_clock_nothing_is_signed(
    ovh: OvhEmulator, hands: Hands, tmp_path: Path
) -> None:
    ovh.tells_time = False
    with fails(saying="no time to sign by", transient=True):
        await driver(ovh, tmp_path).act(Verb.RESET, hands)
    assert ovh.lines("POST") == []
