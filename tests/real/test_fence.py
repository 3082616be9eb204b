"""The driver `fence` with the real agents of Debian, fence_ipmilan before a real BMC among them."""

import asyncio
import contextlib
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from playbooks.client import open_session
from playbooks.hands import Hands
from playbooks.outside import OutsideError
from playbooks.power.fence import FencePower
from playbooks.power.fence_metadata import Agents
from playbooks.power.fence_options import mistakes
from playbooks.power.model import Identity, LoginRefused, PowerState, Verb, WrongDevice
from responder.emulators.bmc import RealBmc
from responder.emulators.chassis import Fault
from tests.real.bmc import answers, until
from tests.require import require

INSTALLED = sorted(path.name for path in Path("/usr/sbin").glob("fence_*"))
NO_AGENT = {"fence_ack_manual"}  # asks a person
NOT_FOR_US = {"fence_heuristics_ping", "fence_kdump", "fence_ovh", "fence_rcd_serial"}


@pytest.fixture(autouse=True)
def _agents() -> None:
    require("fence-agents", present=shutil.which("fence_ipmilan") is not None)


@pytest.fixture
async def hands() -> AsyncIterator[Hands]:
    async with open_session() as session:
        yield Hands(session)


def ours(bmc: RealBmc, folder: Path, **more: object) -> FencePower:
    """fence_ipmilan for this BMC; what begins with a capital is none of its options."""
    secret = folder / "bmc-password"
    secret.write_text(f"{bmc.password}\n")
    options = {
        "ip": "127.0.0.1",
        "ipport": bmc.port,
        "username": "admin",
        "lanplus": True,
        "cipher": 3,
        "power_wait": 0,
        "power_timeout": 3,
    }
    told = {"agent": "fence_ipmilan", "options": options | more, "secrets": {"password": secret}}
    return FencePower.model_validate(told)


@pytest.fixture
def power(bmc: RealBmc, tmp_path: Path) -> FencePower:
    return ours(bmc, tmp_path)


def hurried(power: FencePower, within: str) -> FencePower:
    return FencePower.model_validate(dict(power) | {"timeout": within})


async def refused(power: FencePower, hands: Hands, verb: Verb | None = None) -> OutsideError:
    with pytest.raises(OutsideError) as caught:
        await (power.act(verb, hands) if verb else power.state(hands))
    return caught.value


def living(port: int) -> list[str]:
    """The command line of every agent, and of every tool of an agent, that has this port to do
    with: in its arguments or on its standard input.
    """
    found = []
    for process in Path("/proc").glob("[0-9]*"):
        with contextlib.suppress(OSError):
            line = (process / "cmdline").read_bytes().replace(b"\0", b" ").decode()
            if "python -c" not in line and str(port) in line + stdin_of(process):
                found.append(line)
    return found


async def none_live(port: int) -> bool:
    """What was killed is gone within seconds: the kernel may be busy with others first."""
    end = time.monotonic() + 45
    while living(port) and time.monotonic() < end:  # noqa: ASYNC110
        await asyncio.sleep(0.02)
    return not living(port)


def stdin_of(process: Path) -> str:
    """What it was given, where that is a file in memory, as ours is."""
    fed = process / "fd" / "0"
    if "memfd:stdin" not in str(fed.readlink()):
        return ""
    return fed.read_text()


async def test_a_machine_is_switched_off_and_on(
    bmc: RealBmc, power: FencePower, hands: Hands
) -> None:
    assert await power.state(hands) is PowerState.ON
    await power.act(Verb.OFF, hands)
    assert await power.state(hands) is PowerState.OFF
    assert not await answers(bmc)
    await power.act(Verb.OFF, hands)  # it is off already
    await power.act(Verb.ON, hands)
    await until(bmc, up=True)
    assert [order.verb for order in bmc.orders] == ["off", "on"]
    assert await power.identity(hands) == Identity()


@pytest.mark.parametrize("verb", [Verb.RESET, Verb.SOFT])
async def test_an_agents_own_reboot_is_never_told(
    verb: Verb, bmc: RealBmc, power: FencePower, hands: Hands
) -> None:
    assert isinstance(await refused(power, hands, verb), WrongDevice)
    assert bmc.orders == ()


@pytest.mark.parametrize(
    ("fault", "verb"), [(Fault.STUCK_ON, Verb.OFF), (Fault.NO_POWERON, Verb.ON)]
)
async def test_a_machine_that_does_not_follow_is_unsure(
    fault: Fault, verb: Verb, bmc: RealBmc, power: FencePower, hands: Hands
) -> None:
    if verb is Verb.ON:
        await power.act(Verb.OFF, hands)
    bmc.fault = fault
    error = await refused(power, hands, verb)
    assert (error.transient, error.ambiguous) == (True, True)
    assert "saw no change" in str(error)


async def test_a_wrong_password_is_tried_once_and_never_shown(
    bmc: RealBmc, power: FencePower, hands: Hands, tmp_path: Path
) -> None:
    (tmp_path / "bmc-password").write_text("wrong-password")
    error = await refused(power, hands)
    assert isinstance(error, LoginRefused)
    assert (error.transient, error.ambiguous, error.pause) == (False, False, 300)
    assert "a wrong login" in str(error)
    assert "wrong-password" not in str(error)
    assert (await refused(power, hands, Verb.OFF)).ambiguous  # agents do not tell when they failed
    assert bmc.orders == ()


async def test_a_silent_bmc_is_asked_again_later(
    bmc: RealBmc, power: FencePower, hands: Hands
) -> None:
    bmc.pause()
    error = await refused(power, hands)
    assert not isinstance(error, LoginRefused)
    assert (error.transient, error.ambiguous) == (True, False)


async def test_without_a_cipher_it_is_not_even_started(
    bmc: RealBmc, hands: Hands, tmp_path: Path
) -> None:
    error = await refused(ours(bmc, tmp_path, cipher=0), hands)
    assert not error.transient
    assert "needs `cipher`" in str(error)


async def test_a_killed_agent_leaves_nothing_that_acts_later(
    bmc: RealBmc, power: FencePower, hands: Hands
) -> None:
    await power.check(hands)
    bmc.pause()
    error = await refused(hurried(power, "1s"), hands, Verb.OFF)
    assert (error.transient, error.ambiguous) == (True, True)
    assert "was killed" in str(error)
    assert await none_live(bmc.port)
    bmc.resume()
    await asyncio.sleep(3)
    assert (bmc.power, bmc.orders) == (True, ())


async def test_an_agent_that_is_killed_while_it_waits_says_no_second_word(
    bmc: RealBmc, power: FencePower, hands: Hands
) -> None:
    await power.act(Verb.OFF, hands)
    bmc.fault = Fault.NO_POWERON
    error = await refused(hurried(power, "1s"), hands, Verb.ON)
    assert error.ambiguous
    assert await none_live(bmc.port)
    assert [order.verb for order in bmc.orders] == ["off", "on"]


DAEMON = """
import asyncio, sys
from playbooks.client import open_session
from playbooks.hands import Hands
from playbooks.power.fence import FencePower
from playbooks.power.model import Verb
async def switch_off():
    async with open_session() as session:
        await FencePower.model_validate_json(sys.argv[1]).act(Verb.OFF, Hands(session))
asyncio.run(switch_off())
"""


async def test_nothing_acts_after_the_daemon_is_killed(
    bmc: RealBmc, power: FencePower, tmp_path: Path
) -> None:
    bmc.pause()
    daemon = subprocess.Popen(  # noqa: ASYNC220 - a process of its own, to be killed
        [sys.executable, "-c", DAEMON, power.model_dump_json(exclude={"timeout"})]
    )
    try:
        async with asyncio.timeout(45):
            while not any("ipmitool" in line for line in living(bmc.port)):  # noqa: ASYNC110
                await asyncio.sleep(0.05)
    finally:
        daemon.kill()
        daemon.wait()
    await asyncio.sleep(0.2)
    assert await none_live(bmc.port)
    bmc.resume()
    await asyncio.sleep(3)
    assert (bmc.power, bmc.orders) == (True, ())


async def test_the_password_is_in_no_argument_of_the_agent(
    bmc: RealBmc, power: FencePower, hands: Hands
) -> None:
    await power.check(hands)
    bmc.pause()
    asking = asyncio.create_task(power.state(hands))
    lines: list[str] = []
    async with asyncio.timeout(45):
        while not (agents := [line for line in lines if "fence_ipmilan" in line]):
            await asyncio.sleep(0.05)
            lines = living(bmc.port)
    asking.cancel()
    with contextlib.suppress(asyncio.CancelledError):
        await asking
    assert not [line for line in agents if bmc.password in line]
    assert await none_live(bmc.port)


async def test_a_hanging_ssh_ends_with_its_agent(hands: Hands, tmp_path: Path) -> None:
    """Agents give ssh a terminal and a session of its own, where a killed group does not reach."""
    require("ssh", present=shutil.which("ssh") is not None)
    (tmp_path / "password").write_text("x")
    secrets = {"password": tmp_path / "password"}
    with socket.create_server(("127.0.0.1", 0)) as silent:
        port = silent.getsockname()[1]
        options = {"ip": "127.0.0.1", "ipport": port, "ssh": True, "username": "u", "plug": "1"}
        options["ssh_options"] = "-o PubkeyAuthentication=no"
        told = {"agent": "fence_apc", "options": options, "secrets": secrets, "timeout": "2s"}
        power = FencePower.model_validate(told)
        await power.check(hands)
        doing = asyncio.create_task(refused(power, hands, Verb.OFF))
        async with asyncio.timeout(45):
            while not [line for line in living(port) if "ssh" in line]:  # noqa: ASYNC110
                await asyncio.sleep(0.05)
        assert "was killed" in str(await doing)
    assert await none_live(port)


@pytest.mark.parametrize("name", [name for name in INSTALLED if name not in NO_AGENT])
async def test_every_agent_says_what_it_needs(name: str, hands: Hands) -> None:
    agent = await Agents().named(name, hands)
    assert agent.name == name
    assert "action" in agent.parameters or name == "fence_kdump"
    kinds = {parameter.kind for parameter in agent.parameters.values()}
    assert kinds <= {"string", "boolean", "integer", "second", "select"}
    assert all(one.choices for one in agent.parameters.values() if one.kind == "select")
    fit = not any("has no action" in mistake for mistake in mistakes(agent, {}, set()))
    assert fit is (name not in NOT_FOR_US)
    # Nobody is asked for what we tell ourselves, nor for an old name beside its new one.
    asked = [mistake for mistake in mistakes(agent, {}, set()) if " needs `" in mistake]
    assert not [mistake for mistake in asked if "`action`" in mistake or "`port`" in mistake]


async def test_what_is_no_agent_is_refused(hands: Hands) -> None:
    for name in NO_AGENT:
        with pytest.raises(OutsideError, match="shows no metadata"):
            await Agents().named(name, hands)
    with pytest.raises(OutsideError, match="the program fence_nothing is not installed"):
        await Agents().named("fence_nothing", hands)


def test_there_are_as_many_agents_as_the_guide_says() -> None:
    assert len(INSTALLED) - len(NO_AGENT) == 83


async def test_an_agent_is_asked_once_what_it_is(hands: Hands) -> None:
    agents = Agents()
    first = await agents.named("fence_ipmilan", hands)
    assert await agents.named("fence_ipmilan", hands) is first
