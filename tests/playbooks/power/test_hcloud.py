"""Hetzner Cloud: orders are Actions that are followed, and locked servers are left alone."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
from pydantic import ValidationError

from playbooks.hands import Hands
from playbooks.power.hcloud import HetznerCloudPower
from playbooks.power.model import (
    Busy,
    LoginRefused,
    Power,
    PowerState,
    Verb,
    WrongDevice,
    mismatch,
)
from responder.emulators.providers import Fault, Rented
from responder.emulators.providers_hetzner import TOKEN, CloudEmulator
from tests.playbooks.power.providers import (
    becomes,
    fails,
    offers,
    open_hands,
    secret_in,
    served,
)


@pytest.fixture
async def hands() -> AsyncIterator[Hands]:
    async with open_hands() as opened:
        yield opened


@pytest.fixture
async def cloud() -> AsyncIterator[CloudEmulator]:
    async with served(CloudEmulator(Rented("42"), Rented("43", name="web2"))) as emulator:
        yield emulator


def driver(cloud: CloudEmulator, folder: Path, **told: Any) -> HetznerCloudPower:
    about = {
        "url": cloud.url,
        "id": 42,
        "hostname": "web1",
        "token_file": secret_in(folder, TOKEN),
        "timeout": "20s",
    }
    return HetznerCloudPower.model_validate(about | told)


def test_it_is_a_power_driver_with_every_verb(cloud: CloudEmulator, tmp_path: Path) -> None:
    power: Power = driver(cloud, tmp_path)
    assert offers(power) == ({"on", "off", "reset", "soft"}, True)
    assert power.device() == "hetzner-cloud 42"
    assert power.account() == f"hetzner-cloud {tmp_path / 'secret'}"
    assert TOKEN not in repr(power)


@pytest.mark.parametrize(
    ("verb", "action", "on"),
    [
        (Verb.ON, "poweron", True),
        (Verb.OFF, "poweroff", False),
        (Verb.RESET, "reset", True),
        (Verb.SOFT, "shutdown", False),
    ],
)
async def test_each_verb_is_one_action_of_this_server(
    cloud: CloudEmulator, hands: Hands, tmp_path: Path, verb: Verb, action: str, on: bool
) -> None:
    await driver(cloud, tmp_path).act(verb, hands)
    assert cloud.lines("POST") == [f"POST /v1/servers/42/actions/{action}"]
    assert (cloud.machines["42"].orders, cloud.machines["42"].on) == ([action], on)
    assert cloud.machines["43"].orders == []


async def test_an_action_is_followed_until_it_succeeds(
    cloud: CloudEmulator, hands: Hands, tmp_path: Path
) -> None:
    cloud.slow = 3
    await driver(cloud, tmp_path).act(Verb.OFF, hands)
    assert cloud.lines("GET") == ["GET /v1/actions/1000"] * 3


async def test_an_action_that_still_runs_is_taken_all_the_same(
    cloud: CloudEmulator, hands: Hands, tmp_path: Path
) -> None:
    cloud.slow = 10**6
    began = asyncio.get_running_loop().time()
    await driver(cloud, tmp_path, timeout="300ms").act(Verb.OFF, hands)
    assert asyncio.get_running_loop().time() - began < 20
    assert cloud.machines["42"].orders == ["poweroff"]


async def test_an_action_that_fails_is_an_error_of_unknown_outcome(
    cloud: CloudEmulator, hands: Hands, tmp_path: Path
) -> None:
    cloud.fails = True
    with fails(saying="took the order, but it failed: Action failed", ambiguous=True):
        await driver(cloud, tmp_path).act(Verb.ON, hands)


async def test_trouble_while_looking_does_not_undo_the_order(
    cloud: CloudEmulator, hands: Hands, tmp_path: Path
) -> None:
    cloud.forgets = True
    await driver(cloud, tmp_path, timeout="300ms").act(Verb.OFF, hands)
    assert cloud.lines("POST") == ["POST /v1/servers/42/actions/poweroff"]
    assert len(cloud.lines("GET")) > 1


async def test_the_state_shows_late_what_an_action_did(
    cloud: CloudEmulator, hands: Hands, tmp_path: Path
) -> None:
    cloud.machines["42"].late = 2
    power = driver(cloud, tmp_path)
    assert await power.state(hands) is PowerState.ON
    await power.act(Verb.OFF, hands)
    assert await becomes(power, PowerState.OFF, hands) == 3


@pytest.mark.parametrize(
    "status", ["initializing", "starting", "stopping", "migrating", "rebuilding", "unknown"]
)
async def test_whatever_is_neither_on_nor_off_is_changing(
    cloud: CloudEmulator, hands: Hands, tmp_path: Path, status: str
) -> None:
    cloud.status = status
    assert await driver(cloud, tmp_path).state(hands) is PowerState.CHANGING


async def test_a_yes_that_names_no_action_is_unsure(
    cloud: CloudEmulator, hands: Hands, tmp_path: Path
) -> None:
    cloud.bare = True
    with fails(saying="answered 201 without an action", transient=True, ambiguous=True):
        await driver(cloud, tmp_path).act(Verb.OFF, hands)


@pytest.mark.parametrize("hostname", ["web1", "WEB1", "web2"])
async def test_the_name_in_the_project_proves_the_server(
    cloud: CloudEmulator, hands: Hands, tmp_path: Path, hostname: str
) -> None:
    power = driver(cloud, tmp_path, hostname=hostname)
    wrong = mismatch(power.expected(), await power.identity(hands))
    assert bool(wrong) is (hostname == "web2")


async def test_an_answer_about_another_server_proves_nothing(
    cloud: CloudEmulator, hands: Hands, tmp_path: Path
) -> None:
    cloud.machines["42"] = cloud.machines["43"]
    with fails(WrongDevice, saying="another server than 42"):
        await driver(cloud, tmp_path).identity(hands)


async def test_a_name_is_mandatory(cloud: CloudEmulator, tmp_path: Path) -> None:
    with pytest.raises(ValidationError, match="hostname"):
        driver(cloud, tmp_path, hostname="")


async def test_a_locked_server_is_left_alone(
    cloud: CloudEmulator, hands: Hands, tmp_path: Path
) -> None:
    cloud.machines["42"].locked = True
    with pytest.raises(Busy, match="locked") as caught:
        await driver(cloud, tmp_path).act(Verb.RESET, hands)
    assert (caught.value.pause, caught.value.ambiguous) == (10, False)
    assert cloud.machines["42"].orders == []


@pytest.mark.parametrize(("code", "pause"), [("conflict", 10), ("rate_limit_exceeded", 60)])
async def test_a_busy_provider_is_asked_again_later(
    cloud: CloudEmulator, hands: Hands, tmp_path: Path, code: str, pause: float
) -> None:
    cloud.busy = code
    with pytest.raises(Busy, match=code) as caught:
        await driver(cloud, tmp_path).act(Verb.RESET, hands)
    assert caught.value.pause == pause


@pytest.mark.parametrize(
    ("fault", "transient", "ambiguous"),
    [(Fault.BROKEN, True, True), (Fault.MAINTENANCE, True, False), (Fault.HUNG_UP, True, True)],
)
async def test_which_failures_may_have_been_heard(
    cloud: CloudEmulator,
    hands: Hands,
    tmp_path: Path,
    fault: Fault,
    transient: bool,
    ambiguous: bool,
) -> None:
    cloud.fault = fault
    with fails(transient=transient, ambiguous=ambiguous):
        await driver(cloud, tmp_path).act(Verb.RESET, hands)
    with fails(transient=transient):
        await driver(cloud, tmp_path).state(hands)


async def test_a_silent_provider_is_given_up_in_time(
    cloud: CloudEmulator, hands: Hands, tmp_path: Path
) -> None:
    cloud.fault = Fault.SILENT
    with fails(transient=True, ambiguous=True, saying="0.2 s"):
        await driver(cloud, tmp_path, timeout="200ms").act(Verb.OFF, hands)


async def test_throttled_means_wait(cloud: CloudEmulator, hands: Hands, tmp_path: Path) -> None:
    cloud.fault = Fault.THROTTLED
    with fails(Busy):
        await driver(cloud, tmp_path).state(hands)


async def test_a_wrong_token_is_tried_once(
    cloud: CloudEmulator, hands: Hands, tmp_path: Path
) -> None:
    power = driver(cloud, tmp_path, token_file=secret_in(tmp_path, "wrong", "other"))
    with fails(LoginRefused, transient=False):
        await power.act(Verb.RESET, hands)
    assert len(cloud.calls) == 1


async def test_a_server_that_is_gone_is_the_wrong_device(
    cloud: CloudEmulator, hands: Hands, tmp_path: Path
) -> None:
    with fails(WrongDevice):
        await driver(cloud, tmp_path, id=99).act(Verb.RESET, hands)
