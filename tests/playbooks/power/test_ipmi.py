"""Are the settings of a BMC right, and what ipmitool says understood? tests/real has the rest."""

from pathlib import Path
from uuid import UUID

import pytest
from pydantic import ValidationError

from playbooks.outside import OutsideError
from playbooks.power.ipmi import IpmiPower
from playbooks.power.ipmi_words import (
    lacks_cipher,
    locked_out,
    lost,
    serial_of,
    state_of,
    unread,
    unsure,
    uuids_of,
)
from playbooks.power.model import Busy, Identity, LoginRefused, PowerState, Verb, WrongDevice
from playbooks.programs import Output

UUID_TOLD = "4c4c4544-0042-3510-8058-b4c04f4e3432"
LOCKED = "Loading IANA PEN Registry...\n{}\nError: Unable to establish IPMI v2 / RMCP+ session\n"


def told(**more: object) -> dict[str, object]:
    usual = {"address": "bmc1.example.net", "user": "oper", "password_file": "bmc", "serial": "S1"}
    return usual | more


def test_what_it_is_called_for_locks_and_budgets() -> None:
    power = IpmiPower.model_validate(told(port=6230, hostname=""))
    assert power.device() == "ipmi bmc1.example.net:6230"
    assert power.account() == "ipmi oper at bmc1.example.net:6230"
    assert power.expected() == Identity(serial="S1")
    assert power.capabilities().verbs == frozenset(Verb)
    assert IpmiPower.model_validate(told(address="::1")).device() == "ipmi [::1]:623"


@pytest.mark.parametrize(
    "wrong",
    [
        {"address": "-H"},
        {"address": "bmc one"},
        {"address": "bmc\n"},
        {"address": ""},
        {"port": 0},
        {"user": ""},
        {"user": "seventeen-letters"},
        {"cipher": 0},
        {"level": "USER"},
        {"hostname": "web1"},
        {"password": "hunter2"},
        {"password_file": None},
    ],
)
def test_settings_that_could_not_work_are_refused(wrong: dict[str, object]) -> None:
    with pytest.raises(ValidationError):
        IpmiPower.model_validate(told(**wrong))


def test_the_password_is_never_shown(tmp_path: Path) -> None:
    secret = tmp_path / "bmc"
    secret.write_text("hunter2-hunter2")
    power = IpmiPower.model_validate(told(password_file=secret))
    assert "hunter2" not in f"{power!r} {power} {power.model_dump()} {power.model_dump_json()}"


def failed(text: str, *, session: bool = False) -> Output:
    return Output(1, "", text if session else LOCKED.format(text))


@pytest.mark.parametrize(
    ("text", "kind", "transient", "message"),
    [
        ("> RAKP 2 HMAC is invalid", LoginRefused, False, "BMC x refuses our password"),
        (
            "> RAKP 4 message has invalid integrity check value",
            LoginRefused,
            False,
            "BMC x refuses our password",
        ),
        (
            "RAKP 2 message indicates an error : unauthorized name",
            LoginRefused,
            False,
            "BMC x does not know our user",
        ),
        (
            "RAKP 2 message indicates an error : unauthorized role or privilege level requested",
            LoginRefused,
            False,
            "BMC x does not give our user this level",
        ),
        (
            "Set Session Privilege Level to OPERATOR failed: Unknown (0x81)",
            LoginRefused,
            False,
            "BMC x does not give our user this level",
        ),
        (
            "Error in open session response message : insufficient resources to create a session",
            Busy,
            True,
            "BMC x has no free session",
        ),
        (
            "Error in open session response message : invalid authentication algorithm",
            OutsideError,
            False,
            "BMC x does not speak this cipher suite: change `cipher`",
        ),
        ("Get Auth Capabilities error", OutsideError, True, "BMC x does not answer"),
        ("Address lookup for x failed", OutsideError, True, "BMC x: its name has no address"),
        (
            "> Error: no response from RAKP 1 message",
            OutsideError,
            True,
            "BMC x breaks off the login",
        ),
    ],
)
def test_each_closed_door_has_its_reason(
    text: str, kind: type[OutsideError], transient: bool, message: str
) -> None:
    error = locked_out("BMC x", failed(text))
    assert error is not None
    assert (type(error), error.transient, error.ambiguous) == (kind, transient, False)
    assert str(error) == message


def test_a_session_is_no_closed_door() -> None:
    assert locked_out("BMC x", Output(0, "Chassis Power is on\n", "compcode = d4\n")) is None
    assert locked_out("BMC x", failed("Unable to get Chassis Power Status", session=True)) is None


def test_a_refused_cipher_is_seen_only_in_a_failure() -> None:
    text = "Error in open session response message : invalid authentication algorithm"
    assert lacks_cipher(failed(text))
    assert not lacks_cipher(Output(0, "Chassis Power is on", text))


@pytest.mark.parametrize(
    ("text", "kind", "transient", "ambiguous", "message"),
    [
        (
            "Set Chassis Power Control to Reset failed: Command not supported in present state",
            WrongDevice,
            False,
            False,
            "BMC x was told 'reset' and refuses: command not supported in present state",
        ),
        (
            "Set Chassis Power Control to Reset failed: Node busy",
            Busy,
            True,
            False,
            "BMC x was told 'reset' and refuses: node busy",
        ),
        (
            "Unable to set Chassis Power Control to Reset",
            OutsideError,
            True,
            True,
            "BMC x was told 'reset' and did not say whether it heard",
        ),
    ],
)
def test_only_a_no_is_sure_not_to_have_been_heard(
    text: str, kind: type[OutsideError], transient: bool, ambiguous: bool, message: str
) -> None:
    error = unsure("BMC x", failed(text, session=True), told="reset")
    assert (type(error), error.transient, error.ambiguous) == (kind, transient, ambiguous)
    assert str(error) == message


def test_a_question_is_never_unsure() -> None:
    error = unread("BMC x", failed("Unable to get Chassis Power Status", session=True))
    assert (error.transient, error.ambiguous) == (True, False)
    refused = "Get Chassis Power Status failed: Insufficient privilege level"
    assert isinstance(unread("BMC x", failed(refused, session=True)), WrongDevice)


@pytest.mark.parametrize(
    ("text", "state"),
    [
        ("Chassis Power is on\n", PowerState.ON),
        ("noise\nChassis Power is off\n", PowerState.OFF),
        ("Chassis Power is onerous\n", None),
        ("", None),
    ],
)
def test_the_state_is_read_from_its_line_alone(text: str, state: PowerState | None) -> None:
    assert state_of(text) is state


@pytest.mark.parametrize(
    "kept",
    [
        UUID(UUID_TOLD).bytes,
        UUID(UUID_TOLD).bytes_le,
        UUID(UUID_TOLD).bytes[::-1],
        UUID(UUID_TOLD).bytes_le[::-1],
    ],
)
def test_a_uuid_is_known_in_every_order_of_its_bytes(kept: bytes) -> None:
    assert UUID_TOLD in uuids_of(f"System GUID   : {kept.hex().upper()}\n")
    dashed = f"System GUID  : {UUID(bytes=kept)}\nTimestamp    : 01/01/1970\n"
    assert UUID_TOLD in uuids_of(dashed)


def test_the_order_of_most_makers_is_the_likeliest() -> None:
    kept = UUID(UUID_TOLD).bytes_le.hex()
    assert uuids_of(f"System GUID   : {kept}\n")[0] == UUID_TOLD


@pytest.mark.parametrize("kept", ["0" * 32, "f" * 32, "ab" * 16, "00ff" * 8, "12", "x" * 32])
def test_a_uuid_that_many_machines_show_is_none(kept: str) -> None:
    assert uuids_of(f"System GUID   : {kept}\n") == ()


FRU = """ Chassis Type          : Rack Mount Chassis
 Chassis Serial        : {chassis}
 Board Mfg Date        : Mon Jan  1 00:00:00 1996 UTC
 Board Serial          : {board}
 Product Manufacturer  : DELL
 Product Serial        : {product}
"""


@pytest.mark.parametrize(
    ("chassis", "board", "product", "serial"),
    [
        ("C-1", "B-1", "P 1", "P 1"),
        ("C-1", "B-1", "To be filled by O.E.M.", "B-1"),
        ("C-1", "0123456789", "...........", "C-1"),
        ("Default string", "NONE", "Not Specified", ""),
        ("Chassis Serial", "000000", "N/A", ""),
        ("", "", "", ""),
    ],
)
def test_a_serial_number_is_that_of_the_product_where_there_is_one(
    chassis: str, board: str, product: str, serial: str
) -> None:
    assert serial_of(FRU.format(chassis=chassis, board=board, product=product)) == serial


def test_what_got_lost_is_not_what_is_missing() -> None:
    assert lost(Output(0, " Device not present (No Response)\n", ""))
    assert lost(failed("IPMI response is NULL.", session=True))
    assert not lost(Output(1, " Device not present (Invalid data field in request)\n", ""))
