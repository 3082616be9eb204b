"""Proxmox VE: the task's exit status is the outcome, and the certificate is pinned or verified."""

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
from pydantic import ValidationError

from playbooks.hands import Hands
from playbooks.outside import OutsideError
from playbooks.power.model import (
    Busy,
    LoginRefused,
    Power,
    PowerState,
    Verb,
    WrongDevice,
    mismatch,
)
from playbooks.power.proxmox import ProxmoxPower
from responder.emulators.providers import Fault, Rented
from responder.emulators.providers_proxmox import SECRET, TOKEN, ProxmoxEmulator
from tests.certificates import Authority
from tests.playbooks.power.providers import (
    becomes,
    fails,
    offers,
    open_hands,
    secret_in,
    served,
)

GUESTS = (Rented("101"), Rented("102", name="web2", on=False), Rented("201", name="ct1"))


@pytest.fixture
async def hands() -> AsyncIterator[Hands]:
    async with open_hands() as opened:
        yield opened


@pytest.fixture
async def node() -> AsyncIterator[ProxmoxEmulator]:
    guests = [Rented(one.id, name=one.name, on=one.on) for one in GUESTS]
    async with served(ProxmoxEmulator(*guests, containers=("201",)), tls=True) as emulator:
        yield emulator


def driver(node: ProxmoxEmulator, folder: Path, /, **told: Any) -> ProxmoxPower:
    about = {
        "url": node.url,
        "fingerprint": node.fingerprint,
        "node": "pve1",
        "vmid": 101,
        "hostname": "web1",
        "token": TOKEN,
        "token_file": secret_in(folder, SECRET),
        "timeout": "20s",
    }
    return ProxmoxPower.model_validate(about | told)


def container(node: ProxmoxEmulator, folder: Path) -> ProxmoxPower:
    return driver(node, folder, kind="lxc", vmid=201, hostname="ct1")


async def test_it_is_a_power_driver(node: ProxmoxEmulator, tmp_path: Path) -> None:
    power: Power = driver(node, tmp_path)
    assert offers(power) == ({"on", "off", "reset", "soft"}, True)
    assert offers(container(node, tmp_path)) == ({"on", "off", "soft"}, True)
    assert power.device().endswith(" qemu/101")
    assert power.account().startswith(f"proxmox {TOKEN} 127.0.0.1:")
    assert SECRET not in repr(power)


@pytest.mark.parametrize(
    ("verb", "order", "on"),
    [
        (Verb.OFF, "stop", False),
        (Verb.RESET, "reset", True),
        (Verb.SOFT, "shutdown", False),
    ],
)
async def test_each_verb_is_one_order_to_this_guest(
    node: ProxmoxEmulator, hands: Hands, tmp_path: Path, verb: Verb, order: str, on: bool
) -> None:
    await driver(node, tmp_path).act(verb, hands)
    assert node.lines("POST") == [f"POST /api2/json/nodes/pve1/qemu/101/status/{order}"]
    assert (node.machines["101"].orders, node.machines["101"].on) == ([order], on)
    assert node.machines["201"].orders == []


async def test_a_guest_that_is_off_is_started(
    node: ProxmoxEmulator, hands: Hands, tmp_path: Path
) -> None:
    node.machines["102"].late = 1
    power = driver(node, tmp_path, vmid=102, hostname="web2")
    assert await power.state(hands) is PowerState.OFF
    await power.act(Verb.ON, hands)
    assert await becomes(power, PowerState.ON, hands) == 2


async def test_a_container_is_switched_by_its_own_path(
    node: ProxmoxEmulator, hands: Hands, tmp_path: Path
) -> None:
    await container(node, tmp_path).act(Verb.OFF, hands)
    assert node.lines("POST") == ["POST /api2/json/nodes/pve1/lxc/201/status/stop"]


async def test_a_container_is_never_reset(
    node: ProxmoxEmulator, hands: Hands, tmp_path: Path
) -> None:
    with fails(WrongDevice, saying="no reset for containers"):
        await container(node, tmp_path).act(Verb.RESET, hands)
    assert node.lines() == []


async def test_the_task_is_followed_to_its_exit_status(
    node: ProxmoxEmulator, hands: Hands, tmp_path: Path
) -> None:
    node.slow = 3
    await driver(node, tmp_path).act(Verb.OFF, hands)
    looks = node.lines("GET")
    assert len(looks) == 3
    assert looks[0].startswith("GET /api2/json/nodes/pve1/tasks/UPID:pve1:")


@pytest.mark.parametrize("ended", ["OK", "WARNINGS: 1"])
async def test_a_task_that_ended_well_is_a_yes(
    node: ProxmoxEmulator, hands: Hands, tmp_path: Path, ended: str
) -> None:
    node.exit = ended
    await driver(node, tmp_path).act(Verb.OFF, hands)


async def test_a_yes_to_the_order_is_not_yet_the_outcome(
    node: ProxmoxEmulator, hands: Hands, tmp_path: Path
) -> None:
    node.exit = "VM quit/powerdown failed - got timeout"
    with fails(saying="failed: VM quit/powerdown failed", transient=True, ambiguous=True):
        await driver(node, tmp_path).act(Verb.SOFT, hands)


@pytest.mark.parametrize("ended", ["VM is locked (backup)", "can't lock file '/var/lock/x'"])
async def test_a_guest_under_backup_is_left_alone(
    node: ProxmoxEmulator, hands: Hands, tmp_path: Path, ended: str
) -> None:
    node.exit = ended
    with fails(Busy, saying="lock"):
        await driver(node, tmp_path).act(Verb.OFF, hands)
    assert node.machines["101"].orders == []


@pytest.mark.parametrize(
    ("reason", "kind"),
    [
        ("VM is locked (migrate)", Busy),
        ("can't lock file '/var/lock/qemu-server/lock-101.conf'", Busy),
        ("internal error", OutsideError),
    ],
)
async def test_a_locked_guest_can_also_be_a_500(
    node: ProxmoxEmulator, hands: Hands, tmp_path: Path, reason: str, kind: type[OutsideError]
) -> None:
    node.refuses = reason
    with fails(kind, saying="answered 500", transient=True, ambiguous=kind is OutsideError):
        await driver(node, tmp_path).act(Verb.OFF, hands)


async def test_a_yes_that_names_no_task_is_unsure(
    node: ProxmoxEmulator, hands: Hands, tmp_path: Path
) -> None:
    node.bare = True
    with fails(saying="answered 200 without a task", transient=True, ambiguous=True):
        await driver(node, tmp_path).act(Verb.OFF, hands)


@pytest.mark.parametrize(("vmid", "verb"), [(101, Verb.ON), (102, Verb.OFF)])
async def test_what_is_so_already_is_no_failure(
    node: ProxmoxEmulator, hands: Hands, tmp_path: Path, vmid: int, verb: Verb
) -> None:
    await driver(node, tmp_path, vmid=vmid).act(verb, hands)
    assert node.machines[str(vmid)].orders == []


async def test_a_reset_of_a_guest_that_is_off_is_a_failure(
    node: ProxmoxEmulator, hands: Hands, tmp_path: Path
) -> None:
    with fails(saying="not running", ambiguous=True):
        await driver(node, tmp_path, vmid=102).act(Verb.RESET, hands)


async def test_a_task_that_hangs_is_taken_all_the_same(
    node: ProxmoxEmulator, hands: Hands, tmp_path: Path
) -> None:
    node.queue_only = True
    await driver(node, tmp_path, timeout="300ms").act(Verb.OFF, hands)
    assert len(node.lines("POST")) == 1


async def test_the_name_of_the_guest_proves_it(
    node: ProxmoxEmulator, hands: Hands, tmp_path: Path
) -> None:
    right = driver(node, tmp_path)
    assert mismatch(right.expected(), await right.identity(hands)) == ""
    wrong = driver(node, tmp_path, vmid=102)
    assert "web2, not web1" in mismatch(wrong.expected(), await wrong.identity(hands))


async def test_an_answer_about_another_guest_proves_nothing(
    node: ProxmoxEmulator, hands: Hands, tmp_path: Path
) -> None:
    node.machines["101"] = node.machines["102"]
    with fails(WrongDevice, saying="another guest than 101"):
        await driver(node, tmp_path).identity(hands)


async def test_a_guest_that_is_not_there_is_the_wrong_device(
    node: ProxmoxEmulator, hands: Hands, tmp_path: Path
) -> None:
    power = driver(node, tmp_path, vmid=999)
    with fails(WrongDevice, saying="does not exist"):
        await power.state(hands)
    with fails(WrongDevice):
        await power.act(Verb.OFF, hands)


async def test_a_wrong_token_is_tried_once(
    node: ProxmoxEmulator, hands: Hands, tmp_path: Path
) -> None:
    power = driver(node, tmp_path, token_file=secret_in(tmp_path, "wrong", "other"))
    with fails(LoginRefused):
        await power.act(Verb.OFF, hands)
    assert len(node.calls) == 1


async def test_another_certificate_is_never_told_the_token(
    node: ProxmoxEmulator, hands: Hands, tmp_path: Path
) -> None:
    with fails(saying="certificate", transient=False):
        await driver(node, tmp_path, fingerprint="0" * 64).state(hands)
    with fails(saying="certificate", transient=False):
        await driver(node, tmp_path, fingerprint="").state(hands)
    assert node.lines() == []


async def test_a_certificate_of_the_own_authority_is_verified(hands: Hands, tmp_path: Path) -> None:
    authority = Authority.root(tmp_path)
    async with served(ProxmoxEmulator(), tls=authority.leaf().server()) as node:
        power = driver(node, tmp_path, ca_file=str(authority.file))
        assert await power.state(hands) is PowerState.ON


@pytest.mark.parametrize(
    ("fault", "ambiguous"),
    [(Fault.BROKEN, True), (Fault.MAINTENANCE, False), (Fault.HUNG_UP, True)],
)
async def test_which_failures_may_have_been_heard(
    node: ProxmoxEmulator, hands: Hands, tmp_path: Path, fault: Fault, ambiguous: bool
) -> None:
    node.fault = fault
    with fails(transient=True, ambiguous=ambiguous):
        await driver(node, tmp_path).act(Verb.OFF, hands)


@pytest.mark.parametrize(
    "told",
    [
        {"node": "pve1/qemu/102"},
        {"node": "../pve2"},
        {"node": "pve1?x"},
        {"vmid": 99},
        {"kind": "storage"},
        {"token": "responder@pve"},
        {"hostname": ""},
        {"url": "http://127.0.0.1:8006"},
        {"url": "https://127.0.0.1:8006/api2"},
    ],
)
async def test_what_could_reach_another_place_is_refused_at_load(
    node: ProxmoxEmulator, tmp_path: Path, told: dict[str, Any]
) -> None:
    with pytest.raises(ValidationError):
        driver(node, tmp_path, **told)
