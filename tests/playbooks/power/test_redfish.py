"""Does the Redfish driver switch the one right machine, and nothing else?"""

import asyncio
import gzip
import json
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from aiohttp import web
from pydantic import ValidationError
from structlog.testing import capture_logs

from playbooks.outside import OutsideError
from playbooks.power.model import (
    Identity,
    LoginRefused,
    PowerState,
    Verb,
    WrongDevice,
    mismatch,
)
from responder.emulators.chassis import Fault
from responder.emulators.hosting import WebServer
from responder.emulators.redfish import PASSWORD, RedfishFault
from responder.emulators.self_signed import self_signed
from tests.certificates import Authority
from tests.playbooks.power.redfish_house import UUIDS, RedfishHouse, redfish_house
from tests.raw import raw_server
from tests.require import free_port

RESET = "/redfish/v1/Systems/web1/Actions/ComputerSystem.Reset"
OFFERED = "ResetType@Redfish.AllowableValues"


@pytest.fixture
async def house(tmp_path: Path) -> AsyncIterator[RedfishHouse]:
    async with redfish_house(tmp_path) as opened:
        yield opened


@contextmanager
def fails(saying: str, *, transient: bool, ambiguous: bool = False) -> Iterator[None]:
    with pytest.raises(OutsideError, match=saying) as caught:
        yield
    assert (caught.value.transient, caught.value.ambiguous) == (transient, ambiguous)
    assert PASSWORD not in str(caught.value)


def posts(house: RedfishHouse) -> list[str]:
    return [call.path for call in house.emulator.asked if call.method == "POST"]


async def switched(house: RedfishHouse, verb: Verb, name: str = "web1") -> PowerState:
    """The state after the order was obeyed."""
    power = house.power(name)
    await power.act(verb, house.hands)
    await house.chassis(name).settled()
    return await power.state(house.hands)


# The right machine.


@pytest.mark.parametrize("name", ["web1", "web2"])
async def test_of_two_systems_the_right_one_is_switched(house: RedfishHouse, name: str) -> None:
    other = {"web1": "web2", "web2": "web1"}[name]
    assert await switched(house, Verb.OFF, name) is PowerState.OFF
    assert await house.power(other).state(house.hands) is PowerState.ON
    assert await switched(house, Verb.ON, name) is PowerState.ON
    assert [change.system for change in house.emulator.changes] == [name, name]
    assert house.emulator.told(other) == 0


async def test_who_the_machine_is_comes_from_its_own_system(house: RedfishHouse) -> None:
    for name, uuid in UUIDS.items():
        power = house.power(name, uuid=uuid.upper())
        told = await power.identity(house.hands)
        assert told == Identity(f"SN-{name.upper()}", uuid, name)
        assert mismatch(power.expected(), told) == ""


async def test_of_a_dell_the_service_tag_is_its_serial_number(house: RedfishHouse) -> None:
    house.machine().more = {"Manufacturer": "Dell Inc.", "SKU": "5TT1234"}
    assert (await house.power().identity(house.hands)).serial == "5TT1234"
    house.machine().more = {"Manufacturer": "HPE", "SKU": "867959-B21"}
    assert (await house.power().identity(house.hands)).serial == "SN-WEB1"


async def test_another_serial_number_is_seen_and_nothing_is_switched(house: RedfishHouse) -> None:
    house.emulator.fault = RedfishFault.WRONG_SERIAL
    power = house.power()
    assert "NOT-THIS-ONE" in mismatch(power.expected(), await power.identity(house.hands))
    for verb in Verb:
        with fails("another machine.*shows the serial NOT-THIS-ONE", transient=False):
            await power.act(verb, house.hands)
    assert posts(house) == []


@pytest.mark.parametrize("more", [{"SerialNumber": None}, {"SerialNumber": ["SN-WEB1"]}])
async def test_a_machine_that_shows_no_serial_number_is_not_switched(
    house: RedfishHouse, more: dict[str, object]
) -> None:
    house.machine().more = more
    with fails("does not show its serial", transient=False):
        await house.power().act(Verb.OFF, house.hands)
    assert posts(house) == []


async def test_the_address_of_the_neighbour_is_not_switched(house: RedfishHouse) -> None:
    """Somebody has written the wrong system behind the right serial number."""
    with fails("another machine.*SN-WEB2, not SN-WEB1", transient=False):
        await house.power("web2", serial="SN-WEB1").act(Verb.OFF, house.hands)
    assert posts(house) == []


async def test_another_uuid_is_not_switched(house: RedfishHouse) -> None:
    with fails("another machine.*uuid", transient=False):
        await house.power(uuid=UUIDS["web2"]).act(Verb.OFF, house.hands)
    assert posts(house) == []


async def test_a_system_that_is_not_there_is_the_inventorys_fault(house: RedfishHouse) -> None:
    with pytest.raises(WrongDevice, match="has no /redfish/v1/Systems/web3"):
        await house.power("web3").state(house.hands)


async def test_what_is_no_system_is_not_switched(house: RedfishHouse) -> None:
    house.machine().more = {"Actions": {"#Chassis.Reset": {"target": RESET}}}
    with pytest.raises(WrongDevice, match=r"no #ComputerSystem\.Reset"):
        await house.power().act(Verb.OFF, house.hands)
    assert posts(house) == []


@pytest.mark.parametrize(
    "target",
    [
        "/redfish/v1/Systems/web2/Actions/ComputerSystem.Reset",
        "/redfish/v1/Systems/web11/Actions/ComputerSystem.Reset",
        "/redfish/v1/Systems/web1",
        "/redfish/v1/Systems/web1/../web2/Actions/ComputerSystem.Reset",
        "/redfish/v1/Systems/web1/%2e%2e/web2/Actions/ComputerSystem.Reset",
        "/redfish/v1/Managers/1/Actions/Manager.Reset",
        "/redfish/v1/Chassis/1/Actions/Chassis.Reset",
        f"//127.0.0.1:1{RESET}",
        f"https://127.0.0.1:1{RESET}",
        f"@127.0.0.1{RESET}",
        f"{RESET}?all=1",
        f"{RESET}#x",
        f"{RESET}\n",
        RESET + "/x" * 400,
        "",
        None,
        7,
        ["/redfish"],
    ],
)
async def test_an_action_that_leads_elsewhere_is_refused(
    house: RedfishHouse, target: object
) -> None:
    action = {"target": target, OFFERED: ["On", "ForceOff"]}
    house.machine().more = {"Actions": {"#ComputerSystem.Reset": action}}
    with pytest.raises(WrongDevice, match="leads to another address"):
        await house.power().act(Verb.OFF, house.hands)
    assert posts(house) == []


async def test_an_action_may_be_told_in_full(house: RedfishHouse) -> None:
    house.machine().target = house.emulator.url + RESET
    assert await switched(house, Verb.OFF) is PowerState.OFF


# What is told.


async def test_each_verb_has_its_kind_of_reset(house: RedfishHouse) -> None:
    for verb in (Verb.RESET, Verb.SOFT, Verb.ON, Verb.OFF):
        await switched(house, verb)
    kinds = [call.kind for call in house.emulator.asked if call.method == "POST"]
    assert kinds == ["ForceRestart", "GracefulShutdown", "On", "ForceOff"]
    assert [order.verb for order in house.chassis().orders] == ["reset", "soft", "on", "off"]


@pytest.mark.parametrize("action_info", [False, True])
async def test_a_kind_that_is_not_offered_is_not_posted(
    house: RedfishHouse, action_info: bool
) -> None:
    house.machine().kinds = ("On", "ForceOff", "PowerCycle")
    house.machine().action_info = action_info
    with pytest.raises(WrongDevice, match="offers no ForceRestart"):
        await house.power().act(Verb.RESET, house.hands)
    with pytest.raises(WrongDevice, match="offers no GracefulShutdown for"):
        await house.power().act(Verb.SOFT, house.hands)
    assert posts(house) == []
    assert await switched(house, Verb.OFF) is PowerState.OFF


async def test_force_on_is_told_where_on_is_not_offered(house: RedfishHouse) -> None:
    house.machine().kinds = ("ForceOn", "ForceOff")
    house.chassis().power = False
    assert await switched(house, Verb.ON) is PowerState.ON
    assert house.emulator.told("web1", "ForceOn") == 1


async def test_a_graceful_restart_is_no_way_to_switch_off_softly(house: RedfishHouse) -> None:
    house.machine().kinds = ("On", "ForceOff", "GracefulRestart")
    with pytest.raises(WrongDevice, match="offers no GracefulShutdown"):
        await house.power().act(Verb.SOFT, house.hands)
    assert posts(house) == []


async def test_where_nothing_is_said_of_the_kinds_the_bmc_is_the_judge(house: RedfishHouse) -> None:
    house.machine().more = {"Actions": {"#ComputerSystem.Reset": {"target": RESET}}}
    assert await switched(house, Verb.OFF) is PowerState.OFF
    house.machine().kinds = ("On",)
    with fails("answered 400: The value for the parameter", transient=False):
        await house.power().act(Verb.RESET, house.hands)


@pytest.mark.parametrize("status", [200, 202, 204])
async def test_every_kind_of_yes_is_one(house: RedfishHouse, status: int) -> None:
    house.emulator.taken = status
    assert await switched(house, Verb.OFF) is PowerState.OFF


async def test_a_yes_of_the_wrong_kind_leaves_doubt(house: RedfishHouse) -> None:
    house.emulator.taken = 206
    with fails("answered 206", transient=True, ambiguous=True):
        await house.power().act(Verb.OFF, house.hands)


async def test_on_and_off_may_be_told_twice(house: RedfishHouse) -> None:
    house.emulator.refuses_repeats = True
    assert await switched(house, Verb.ON) is PowerState.ON
    assert await switched(house, Verb.OFF) is PowerState.OFF
    assert await switched(house, Verb.OFF) is PowerState.OFF
    assert house.emulator.told("web1", "ForceOff") == 2
    with fails("answered 409: The system is in the state", transient=False):
        await house.power().act(Verb.SOFT, house.hands)


# The state.


async def test_a_slow_change_is_neither_on_nor_off(house: RedfishHouse) -> None:
    house.chassis().settles = 0.2
    power = house.power()
    await power.act(Verb.OFF, house.hands)
    assert await power.state(house.hands) is PowerState.CHANGING
    await house.chassis().settled()
    assert await power.state(house.hands) is PowerState.OFF
    await power.act(Verb.ON, house.hands)
    assert await power.state(house.hands) is PowerState.CHANGING
    await house.chassis().settled()
    assert await power.state(house.hands) is PowerState.ON


async def test_right_after_a_restart_the_state_says_nothing(house: RedfishHouse) -> None:
    """The trap of "PowerState is On": it still is when nothing has happened yet."""
    house.chassis().settles = 0.1
    await house.power().act(Verb.RESET, house.hands)
    assert await house.power().state(house.hands) is PowerState.ON
    assert list(house.emulator.changes) == []
    await house.chassis().settled()
    assert [change.on for change in house.emulator.changes] == [False, True]


@pytest.mark.parametrize(
    ("told", "state"),
    [
        ("On", PowerState.ON),
        ("Off", PowerState.OFF),
        ("PoweringOn", PowerState.CHANGING),
        ("PoweringOff", PowerState.CHANGING),
        ("Paused", PowerState.CHANGING),
        ("on", PowerState.CHANGING),
        ("Hibernating", PowerState.CHANGING),
    ],
)
async def test_every_word_for_the_power_is_read(
    house: RedfishHouse, told: str, state: PowerState
) -> None:
    house.machine().more = {"PowerState": told}
    with capture_logs() as logs:
        assert await house.power().state(house.hands) is state
    assert [line["state"] for line in logs] == [told] * (told in {"on", "Hibernating"})


@pytest.mark.parametrize("fault", [Fault.STUCK_ON, Fault.NO_POWERON])
async def test_the_state_shows_an_order_that_was_taken_and_not_obeyed(
    house: RedfishHouse, fault: Fault
) -> None:
    house.chassis().fault = fault
    house.chassis().power = fault is Fault.STUCK_ON
    verb = Verb.OFF if fault is Fault.STUCK_ON else Verb.ON
    before = await house.power().state(house.hands)
    assert await switched(house, verb) is before


async def test_a_web_server_dies_and_comes_back_with_its_power(house: RedfishHouse) -> None:
    server = WebServer("web1", "127.0.0.1")
    await server.power_on()

    async def follow(on: bool) -> None:
        await (server.power_on() if on else server.power_off())

    house.chassis().watchers.append(follow)
    await switched(house, Verb.OFF)
    assert not await server.answers()
    await switched(house, Verb.ON)
    assert await server.answers()
    await server.power_off()


# Who may.


async def test_a_refused_login_is_tried_once(house: RedfishHouse) -> None:
    wrong = house.folder / "wrong"
    wrong.write_text("not-the-password")
    power = house.power(password_file=wrong)
    with pytest.raises(LoginRefused, match="401") as caught:
        await power.state(house.hands)
    assert not caught.value.transient
    assert "not-the-password" not in f"{caught.value} {power!r}"
    with pytest.raises(LoginRefused):
        await power.act(Verb.OFF, house.hands)
    assert [call.let_in for call in house.emulator.asked] == [False, False]
    assert posts(house) == []


async def test_a_certificate_that_is_not_the_pinned_one_gets_no_password(
    house: RedfishHouse,
) -> None:
    with fails("not the pinned one", transient=False):
        await house.power(fingerprint="ab" * 32).state(house.hands)
    assert list(house.emulator.asked) == []


async def test_a_self_signed_certificate_is_not_trusted_unpinned(house: RedfishHouse) -> None:
    with fails("certificate is not valid", transient=False):
        await house.power(fingerprint="").state(house.hands)
    assert list(house.emulator.asked) == []


async def test_an_authority_of_our_own_is_trusted(house: RedfishHouse, tmp_path: Path) -> None:
    authority = Authority.root(tmp_path)
    await house.emulator.stop()
    house.emulator._context = authority.leaf().server()
    await house.emulator.start()
    power = house.power(fingerprint="", ca_file=authority.file)
    assert await power.state(house.hands) is PowerState.ON
    stranger = Authority.root(tmp_path, "Stranger")
    with fails("certificate is not valid", transient=False):
        await house.power(fingerprint="", ca_file=stranger.file).state(house.hands)


@pytest.mark.parametrize("content", [None, "no certificate at all"])
async def test_a_root_that_is_no_use_is_said(house: RedfishHouse, content: str | None) -> None:
    file = house.folder / "root.pem"
    if content:
        file.write_text(content)
    with fails(r"root\.pem can't be used", transient=False):
        await house.power(fingerprint="", ca_file=file).state(house.hands)


@pytest.mark.parametrize("content", [None, "\n"])
async def test_a_password_that_is_not_there_is_said(
    house: RedfishHouse, content: str | None
) -> None:
    file = house.folder / "missing"
    if content:
        file.write_text(content)
    with fails("missing", transient=False):
        await house.power(password_file=file).state(house.hands)
    assert list(house.emulator.asked) == []


# When the BMC is not well.


@pytest.mark.parametrize("fault", [RedfishFault.SILENT, RedfishFault.HUNG_UP])
async def test_a_silent_bmc_is_left_in_time(house: RedfishHouse, fault: RedfishFault) -> None:
    house.emulator.fault = fault
    power, began = house.power(timeout="0.3s"), asyncio.get_running_loop().time()
    for ask in (power.state(house.hands), power.identity(house.hands)):
        with fails("no complete answer|broke before", transient=True):
            await ask
    with fails("no complete answer|broke before", transient=True):
        await power.act(Verb.OFF, house.hands)
    assert asyncio.get_running_loop().time() - began < 20
    assert posts(house) == []


@pytest.mark.parametrize(
    "fault", [RedfishFault.SILENT, RedfishFault.HUNG_UP, RedfishFault.BAD_GATEWAY]
)
async def test_an_order_without_an_answer_may_have_been_heard(
    house: RedfishHouse, fault: RedfishFault
) -> None:
    house.emulator.fault, house.emulator.faulty = fault, frozenset({"POST"})
    with fails("no complete answer|broke before|502", transient=True, ambiguous=True):
        await house.power(timeout="0.3s").act(Verb.OFF, house.hands)
    assert len(posts(house)) == 1
    await house.chassis().settled()
    assert house.chassis().power is (fault is not RedfishFault.HUNG_UP)


async def test_a_bmc_that_takes_connections_and_no_tls_is_left_in_time(house: RedfishHouse) -> None:
    async def nothing(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read()

    async with raw_server(nothing) as port:
        began = asyncio.get_running_loop().time()
        power = house.power(url=f"https://127.0.0.1:{port}", timeout="0.4s")
        with fails("no connection", transient=True):
            await power.act(Verb.OFF, house.hands)
        assert asyncio.get_running_loop().time() - began < 20


async def test_a_closed_port_is_no_doubt(house: RedfishHouse) -> None:
    power = house.power(url=f"https://127.0.0.1:{free_port()}")
    with fails("refused", transient=True):
        await power.act(Verb.OFF, house.hands)


async def test_a_busy_bmc_says_when_to_come_back(house: RedfishHouse) -> None:
    house.emulator.fault = RedfishFault.BUSY
    with pytest.raises(OutsideError, match="503") as caught:
        await house.power().state(house.hands)
    assert (caught.value.transient, caught.value.retry_after) == (True, 30)


async def test_a_gateways_page_is_trouble_that_passes(house: RedfishHouse) -> None:
    house.emulator.fault = RedfishFault.BAD_GATEWAY
    with fails("answered 502", transient=True):
        await house.power().state(house.hands)


# Hostile bodies.


class Odd:
    """Answers every call with one status and body, over TLS."""

    def __init__(self) -> None:
        self.status, self.body, self.headers = 200, b"", {"Content-Type": "application/json"}
        self.url, self.fingerprint, self.calls = "", "", list[str]()

    async def _answer(self, request: web.Request) -> web.Response:
        self.calls.append(request.method)
        return web.Response(status=self.status, body=self.body, headers=self.headers)


@pytest.fixture
async def odd() -> AsyncIterator[Odd]:
    server = Odd()
    app = web.Application()
    app.router.add_route("*", "/{path:.*}", server._answer)
    context, server.fingerprint = self_signed("127.0.0.1")
    runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.1)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0, ssl_context=context).start()
    server.url = f"https://127.0.0.1:{runner.addresses[0][1]}"
    yield server
    await runner.cleanup()


@pytest.mark.parametrize(
    ("body", "saying"),
    [
        (b"", "not JSON"),
        (b"<html>login</html>", "not JSON"),
        (b'{"PowerState": "On"', "not JSON"),
        (b"[" * 100_000, "not JSON"),
        (b"\xff\xfe{}", "not JSON"),
        (b"[]", "is no resource"),
        (b'"On"', "is no resource"),
        (b"null", "is no resource"),
        (b"7", "is no resource"),
        (b"{}", "no power state"),
        (b'{"PowerState": null}', "no power state"),
        (b'{"PowerState": {"On": true}}', "no power state"),
        (b'{"PowerState": "' + b"x" * (1 << 20) + b'"}', "more than"),
    ],
)
async def test_a_body_of_the_wrong_shape_is_said(
    house: RedfishHouse, odd: Odd, body: bytes, saying: str
) -> None:
    odd.body = body
    with fails(saying, transient=True):
        await house.power(url=odd.url, fingerprint=odd.fingerprint).state(house.hands)


async def test_a_packed_bomb_is_bounded(house: RedfishHouse, odd: Odd) -> None:
    odd.body = gzip.compress(b" " * (64 << 20))
    odd.headers = {"Content-Encoding": "gzip"}
    with fails("more than", transient=True):
        await house.power(url=odd.url, fingerprint=odd.fingerprint).state(house.hands)


@pytest.mark.parametrize("actions", [None, [], "x", {"#ComputerSystem.Reset": "x"}])
async def test_actions_of_the_wrong_shape_are_said(house: RedfishHouse, actions: object) -> None:
    house.machine().more = {"Actions": actions}
    with pytest.raises(WrongDevice, match="is it the address of a system"):
        await house.power().act(Verb.OFF, house.hands)


@pytest.mark.parametrize("offered", ["ForceOff", 7, {"ForceOff": 1}])
async def test_a_list_of_kinds_that_is_none_leaves_it_to_the_bmc(
    house: RedfishHouse, offered: object
) -> None:
    action = {"target": RESET, OFFERED: offered}
    house.machine().more = {"Actions": {"#ComputerSystem.Reset": action}}
    assert await switched(house, Verb.OFF) is PowerState.OFF


async def test_long_and_dirty_words_are_cleaned(house: RedfishHouse) -> None:
    house.machine().more = {"SerialNumber": "SN\x1b[2J\n" + "x" * 5000, "PowerState": "y" * 5000}
    power = house.power()
    told = await power.identity(house.hands)
    assert told.serial.isprintable()
    assert len(told.serial) <= 200
    with capture_logs() as logs:
        assert await power.state(house.hands) is PowerState.CHANGING
    assert len(logs[0]["state"]) <= 200


@pytest.mark.parametrize(
    ("error", "shown"),
    [
        ({"message": "no\nway \x1b[31m"}, "answered 418: no way"),
        ({"@Message.ExtendedInfo": [{"Message": "Not today."}], "message": "x"}, "Not today"),
        ({"@Message.ExtendedInfo": [], "message": "general"}, "general"),
        ({"@Message.ExtendedInfo": ["x"]}, "answered 418$"),
        ({"message": ["x"]}, "answered 418$"),
        ({"message": f"your password is {PASSWORD}"}, "answered 418$"),
        ("x", "answered 418$"),
    ],
)
async def test_why_a_bmc_refuses_is_told_but_never_our_password(
    house: RedfishHouse, odd: Odd, error: object, shown: str
) -> None:
    odd.status, odd.body = 418, json.dumps({"error": error}).encode()
    with fails(shown, transient=False):
        await house.power(url=odd.url, fingerprint=odd.fingerprint).state(house.hands)


async def test_a_redirect_is_not_followed(house: RedfishHouse, odd: Odd) -> None:
    odd.status, odd.headers = 308, {"Location": "/redfish/v1/Systems/web1/"}
    with fails("308: it sends us elsewhere", transient=False):
        await house.power(url=odd.url, fingerprint=odd.fingerprint).state(house.hands)
    assert odd.calls == ["GET"]


# The keys of the file.


@pytest.mark.parametrize(
    "told",
    [
        {"system": "/redfish/v1/Systems/1?x=1"},
        {"system": "/redfish/v1/Systems/../1"},
        {"system": "/redfish/v1/Systems/%2e%2e/1"},
        {"system": "/redfish/v1/Systems//1"},
        {"system": "/redfish/v1/Systems/1\n"},
        {"system": "redfish/v1/Systems/1"},
        {"system": "https://bmc/redfish/v1/Systems/1"},
        {"system": "/redfish"},
        {"system": "/rest/v1/Systems/1"},
        {"system": None},
        {"serial": ""},
        {"serial": None},
        {"url": "http://127.0.0.1"},
        {"url": "https://u:p@127.0.0.1"},
        {"url": "https://127.0.0.1/redfish"},
        {"url": "https://127.0.0.1/?x"},
        {"url": "bmc"},
        {"user": "a:b"},
        {"user": ""},
        {"fingerprint": "AB" * 32},
        {"verify": False},
    ],
)
def test_what_could_lead_astray_is_no_configuration(
    house: RedfishHouse, told: dict[str, object]
) -> None:
    with pytest.raises(ValidationError):
        house.power("web1", **told)


@pytest.mark.parametrize("missing", ["system", "serial", "user", "password_file", "url"])
def test_what_says_which_machine_is_mandatory(house: RedfishHouse, missing: str) -> None:
    told = house.power().model_dump(exclude={missing})
    with pytest.raises(ValidationError, match=missing):
        type(house.power()).model_validate(told)


async def test_a_bmc_is_one_device_for_all_its_systems(house: RedfishHouse) -> None:
    first, second = house.power("web1"), house.power("web2")
    assert first.device() == second.device() == "redfish " + house.emulator.url.split("//")[1]
    assert first.account() == f"{first.device()} responder"
    assert first.capabilities().verbs == frozenset(Verb)
    assert PASSWORD not in repr(first)
