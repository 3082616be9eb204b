"""The driver `ipmi` against a real BMC program, over a network that may lose packets."""

import asyncio
import contextlib
import time
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from playbooks.client import open_session
from playbooks.hands import Hands
from playbooks.outside import OutsideError
from playbooks.power.ipmi import IpmiPower
from playbooks.power.model import Identity, LoginRefused, PowerState, Verb, mismatch
from responder.emulators.bmc import SERIAL_OF_WEB1, UUID_OF_WEB1, RealBmc
from responder.emulators.chassis import Fault
from tests.real.bmc import answers, until
from tests.real.relay import Relay


@pytest.fixture
async def hands() -> AsyncIterator[Hands]:
    async with open_session() as session:
        yield Hands(session)


@pytest.fixture
async def relay(bmc: RealBmc) -> AsyncIterator[Relay]:
    relay = Relay(bmc.port)
    await relay.start()
    yield relay
    relay.stop()


@pytest.fixture
def power(bmc: RealBmc, relay: Relay, tmp_path: Path) -> IpmiPower:
    """The BMC as the inventory knows it, over the relay."""
    return ours(bmc, relay.port, tmp_path, uuid=UUID_OF_WEB1, serial=SERIAL_OF_WEB1)


def ours(bmc: RealBmc, port: int, folder: Path, **told: object) -> IpmiPower:
    secret = folder / "bmc-password"
    secret.write_text(f"{bmc.password}\n")
    usual = {"address": "127.0.0.1", "port": port, "user": bmc.user, "password_file": secret}
    return IpmiPower.model_validate(usual | told)


async def refused(power: IpmiPower, hands: Hands, verb: Verb | None = None) -> OutsideError:
    with pytest.raises(OutsideError) as caught:
        await (power.act(verb, hands) if verb else power.state(hands))
    return caught.value


async def test_a_machine_is_switched_off_and_on(
    bmc: RealBmc, power: IpmiPower, hands: Hands
) -> None:
    assert await power.state(hands) is PowerState.ON
    await power.act(Verb.OFF, hands)
    assert await power.state(hands) is PowerState.OFF
    assert not await answers(bmc)
    await power.act(Verb.ON, hands)
    await until(bmc, up=True)
    await power.act(Verb.RESET, hands)
    await power.act(Verb.SOFT, hands)
    assert await power.state(hands) is PowerState.OFF
    assert [order.verb for order in bmc.orders] == ["off", "on", "reset", "soft"]


async def test_it_shows_who_it_is(power: IpmiPower, hands: Hands) -> None:
    told = await power.identity(hands)
    assert told == Identity(serial=SERIAL_OF_WEB1, uuid=UUID_OF_WEB1)
    assert mismatch(power.expected(), told) == ""


async def test_a_stranger_is_no_match(
    bmc: RealBmc, relay: Relay, hands: Hands, tmp_path: Path
) -> None:
    other = ours(bmc, relay.port, tmp_path, uuid="11111111-2222-4333-8444-555555555555")
    told = await other.identity(hands)
    assert told == Identity(uuid=UUID_OF_WEB1)
    assert "not 11111111" in mismatch(other.expected(), told)
    other = ours(bmc, relay.port, tmp_path, serial="OTHER")
    assert await other.identity(hands) == Identity(serial=SERIAL_OF_WEB1)
    nobody = ours(bmc, relay.port, tmp_path)
    assert await nobody.identity(hands) == Identity(serial=SERIAL_OF_WEB1, uuid=UUID_OF_WEB1)


@pytest.mark.parametrize("verb", [None, Verb.OFF])
async def test_a_wrong_password_is_tried_once(
    verb: Verb | None, bmc: RealBmc, relay: Relay, power: IpmiPower, hands: Hands, tmp_path: Path
) -> None:
    (tmp_path / "bmc-password").write_text("wrong-password")
    error = await refused(power, hands, verb)
    assert isinstance(error, LoginRefused)
    assert (error.transient, error.ambiguous) == (False, False)
    assert str(error) == f"BMC 127.0.0.1:{relay.port} refuses our password"
    assert relay.logins == 1
    assert bmc.orders == ()


async def test_an_unknown_user_is_tried_once(
    bmc: RealBmc, relay: Relay, hands: Hands, tmp_path: Path
) -> None:
    error = await refused(ours(bmc, relay.port, tmp_path, user="nobody"), hands)
    assert isinstance(error, LoginRefused)
    assert str(error).endswith("does not know our user")
    assert relay.logins == 1


async def test_a_silent_bmc_is_not_a_wrong_password(
    bmc: RealBmc, relay: Relay, power: IpmiPower, hands: Hands
) -> None:
    bmc.pause()
    began = time.monotonic()
    asked, told = await asyncio.gather(refused(power, hands), refused(power, hands, Verb.OFF))
    assert time.monotonic() - began < 45
    for error in (asked, told):
        assert not isinstance(error, LoginRefused)
        assert (error.transient, error.ambiguous) == (True, False)
        assert str(error) == f"BMC 127.0.0.1:{relay.port} does not answer"
    assert relay.logins == 0


async def test_a_closed_port_is_a_silent_bmc(bmc: RealBmc, power: IpmiPower, hands: Hands) -> None:
    bmc.stop()
    error = await refused(power, hands)
    assert (error.transient, error.ambiguous) == (True, False)


async def test_an_older_bmc_is_spoken_to_in_sha1_unless_told_otherwise(
    bmc: RealBmc, relay: Relay, power: IpmiPower, hands: Hands, tmp_path: Path
) -> None:
    assert await power.state(hands) is PowerState.ON
    assert relay.logins == 1  # with suite 17 it has not come to a login
    only = ours(bmc, relay.port, tmp_path, cipher=17)
    error = await refused(only, hands, Verb.OFF)
    assert (error.transient, error.ambiguous) == (False, False)
    assert "does not speak this cipher suite" in str(error)
    assert (relay.logins, bmc.orders) == (1, ())
    asked = relay.asked
    await ours(bmc, relay.port, tmp_path, cipher=3).state(hands)
    assert relay.asked - asked == 11


HANDSHAKE = 9  # answers before the one to the question itself, with suite 3


@pytest.mark.parametrize("verb", [Verb.OFF, Verb.RESET])
async def test_a_verb_whose_answer_is_lost_is_sent_once_and_unsure(
    verb: Verb, bmc: RealBmc, relay: Relay, hands: Hands, tmp_path: Path
) -> None:
    power = ours(bmc, relay.port, tmp_path, cipher=3)
    relay.lose(lambda number: number > HANDSHAKE)
    error = await refused(power, hands, verb)
    assert (error.transient, error.ambiguous) == (True, True)
    assert [order.verb for order in bmc.orders] == [verb.value]


async def test_a_question_whose_answer_is_lost_is_asked_again(
    bmc: RealBmc, relay: Relay, hands: Hands, tmp_path: Path
) -> None:
    power = ours(bmc, relay.port, tmp_path, cipher=3)
    relay.lose(lambda number: number == HANDSHAKE + 1)
    assert await power.state(hands) is PowerState.ON


async def test_a_lost_answer_is_not_taken_for_a_bmc_without_a_uuid(
    bmc: RealBmc, relay: Relay, hands: Hands, tmp_path: Path
) -> None:
    power = ours(bmc, relay.port, tmp_path, cipher=3, uuid=UUID_OF_WEB1)
    relay.lose(lambda number: number > HANDSHAKE)
    with pytest.raises(OutsideError) as caught:
        await power.identity(hands)
    assert (caught.value.transient, caught.value.ambiguous) == (True, False)


@pytest.mark.parametrize("number", [1, 2, 3, 4, 5])
async def test_a_lost_packet_of_the_login_costs_a_second(
    number: int, bmc: RealBmc, relay: Relay, hands: Hands, tmp_path: Path
) -> None:
    power = ours(bmc, relay.port, tmp_path, cipher=3)
    relay.lose(lambda this: this == number)
    assert await power.state(hands) is PowerState.ON


def command_lines() -> list[bytes]:
    """Of every process, as anybody on this machine can read them."""
    lines = []
    for process in Path("/proc").glob("[0-9]*/cmdline"):
        with contextlib.suppress(OSError):
            lines.append(process.read_bytes())
    return lines


async def test_the_password_is_in_no_argument(
    bmc: RealBmc, relay: Relay, power: IpmiPower, hands: Hands
) -> None:
    bmc.pause()
    asking = asyncio.create_task(power.state(hands))
    own, lines = str(relay.port).encode(), list[bytes]()
    async with asyncio.timeout(45):
        while not [line for line in lines if b"ipmitool" in line and own in line]:
            await asyncio.sleep(0.05)
            lines = command_lines()
    asking.cancel()
    with contextlib.suppress(asyncio.CancelledError):
        await asking
    bmc.resume()
    assert not [line for line in lines if bmc.password.encode() in line]


async def test_a_password_that_ipmi_can_not_carry_is_refused_before_anything_is_sent(
    relay: Relay, power: IpmiPower, hands: Hands, tmp_path: Path
) -> None:
    (tmp_path / "bmc-password").write_text("x" * 21)
    error = await refused(power, hands)
    assert (error.transient, relay.asked) == (False, 0)
    assert "20 bytes" in str(error)
    (tmp_path / "bmc-password").unlink()
    assert "can't be read" in str(await refused(power, hands, Verb.OFF))


async def test_a_bmc_that_says_yes_is_not_believed_by_its_state(
    bmc: RealBmc, power: IpmiPower, hands: Hands
) -> None:
    bmc.fault = Fault.STUCK_ON
    await power.act(Verb.OFF, hands)
    assert await power.state(hands) is PowerState.ON
