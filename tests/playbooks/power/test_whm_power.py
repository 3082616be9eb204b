"""A graceful reboot through WHM: sent once, never forced, and believed only when WHM agrees."""

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
from pydantic import ValidationError

from playbooks.hands import Hands
from playbooks.outside import OutsideError
from playbooks.power.model import LoginRefused, Power, Verb, WrongDevice, mismatch
from playbooks.power.whm_power import WhmPower
from responder.emulators.whm import WhmEmulator
from responder.emulators.whm_book import Reseller, Token, WhmBook
from responder.emulators.whm_faults import WhmFault
from tests.playbooks.power.providers import fails, offers, open_hands, secret_in


@pytest.fixture
async def hands() -> AsyncIterator[Hands]:
    async with open_hands() as opened:
        yield opened


@pytest.fixture
async def panel() -> AsyncIterator[WhmEmulator]:
    tokens = [Token("power", "sesame"), Token("his", "simsim", user="shop")]
    emulator = WhmEmulator(WhmBook(tokens=tokens, resellers=[Reseller("shop")]))
    await emulator.start(tls=True)
    yield emulator
    await emulator.stop()


def driver(panel: WhmEmulator, folder: Path, **told: Any) -> WhmPower:
    about = {
        "url": panel.url,
        "fingerprint": panel.fingerprint,
        "hostname": "web1.example.net",
        "token_file": secret_in(folder, "sesame"),
        "timeout": "20s",
    }
    return WhmPower.model_validate(about | told)


async def test_it_is_a_power_driver_that_restarts_softly(
    panel: WhmEmulator, tmp_path: Path
) -> None:
    power: Power = driver(panel, tmp_path)
    assert offers(power) == ({"soft"}, False)
    assert power.device() == f"whm {panel.url.removeprefix('https://')}"
    assert power.account().startswith("whm root 127.0.0.1:")
    assert "sesame" not in repr(power)


async def test_a_soft_restart_is_asked_once_and_never_forced(
    panel: WhmEmulator, hands: Hands, tmp_path: Path
) -> None:
    await driver(panel, tmp_path).act(Verb.SOFT, hands)
    assert list(panel.asked) == ["reboot"]
    assert panel.book.done == [("reboot", "0")]


@pytest.mark.parametrize("verb", [Verb.ON, Verb.OFF, Verb.RESET])
async def test_nothing_hard_goes_through_the_panel(
    panel: WhmEmulator, hands: Hands, tmp_path: Path, verb: Verb
) -> None:
    with fails(WrongDevice, saying="only restart a server softly"):
        await driver(panel, tmp_path).act(verb, hands)
    assert list(panel.asked) == []


async def test_it_tells_no_state(panel: WhmEmulator, hands: Hands, tmp_path: Path) -> None:
    with fails(WrongDevice):
        await driver(panel, tmp_path).state(hands)


@pytest.mark.parametrize("hostname", ["web1.example.net", "web2.example.net"])
async def test_the_hostname_of_the_panel_proves_the_server(
    panel: WhmEmulator, hands: Hands, tmp_path: Path, hostname: str
) -> None:
    power = driver(panel, tmp_path, hostname=hostname)
    wrong = mismatch(power.expected(), await power.identity(hands))
    assert bool(wrong) is (hostname == "web2.example.net")
    assert panel.book.done == []


@pytest.mark.parametrize(
    ("fault", "kind", "transient", "ambiguous"),
    [
        (WhmFault.REFUSED, OutsideError, False, False),
        (WhmFault.ROLE_DISABLED, OutsideError, False, False),
        (WhmFault.UNAUTHORIZED, LoginRefused, False, False),
        (WhmFault.FORBIDDEN, LoginRefused, False, False),
        (WhmFault.TOKEN_EXPIRED, LoginRefused, False, False),
        (WhmFault.REDIRECT, OutsideError, False, False),
        (WhmFault.UNAVAILABLE, OutsideError, True, False),
        (WhmFault.BROKEN, OutsideError, True, True),
        (WhmFault.LOGIN_PAGE, OutsideError, True, True),
        (WhmFault.TRUNCATED, OutsideError, True, True),
        (WhmFault.HUNG_UP, OutsideError, True, True),
        (WhmFault.SILENT, OutsideError, True, True),
        (WhmFault.API_0, OutsideError, True, True),
    ],
)
async def test_only_result_1_is_a_yes(
    panel: WhmEmulator,
    hands: Hands,
    tmp_path: Path,
    fault: WhmFault,
    kind: type[OutsideError],
    transient: bool,
    ambiguous: bool,
) -> None:
    panel.faults.everywhere = fault
    power = driver(panel, tmp_path, timeout="1s" if fault is WhmFault.SILENT else "20s")
    with fails(kind, transient=transient, ambiguous=ambiguous):
        await power.act(Verb.SOFT, hands)
    with fails(kind):  # a question was never an order
        await power.identity(hands)


async def test_a_resellers_token_may_not_reboot(
    panel: WhmEmulator, hands: Hands, tmp_path: Path
) -> None:
    his = driver(panel, tmp_path, user="shop", token_file=secret_in(tmp_path, "simsim", "his"))
    with fails(saying="WHM refused reboot: Permission denied", transient=False):
        await his.act(Verb.SOFT, hands)
    assert panel.book.done == []


async def test_a_wrong_token_is_tried_once(
    panel: WhmEmulator, hands: Hands, tmp_path: Path
) -> None:
    power = driver(panel, tmp_path, token_file=secret_in(tmp_path, "wrong", "other"))
    with pytest.raises(LoginRefused) as caught:
        await power.act(Verb.SOFT, hands)
    assert len(panel.asked) == 1
    assert "wrong" not in str(caught.value)


async def test_a_panel_that_is_down_was_told_nothing(
    panel: WhmEmulator, hands: Hands, tmp_path: Path
) -> None:
    power = driver(panel, tmp_path)
    await panel.stop()
    with fails(transient=True):
        await power.act(Verb.SOFT, hands)


async def test_a_hostname_is_mandatory(panel: WhmEmulator, tmp_path: Path) -> None:
    with pytest.raises(ValidationError, match="hostname"):
        driver(panel, tmp_path, hostname="")
