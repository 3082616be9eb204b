"""Are fence agents told only what they know, and understood? tests/real has the real ones."""

from pathlib import Path

import pytest
from pydantic import ValidationError

from playbooks.outside import OutsideError
from playbooks.power.fence import FencePower
from playbooks.power.fence_metadata import Agent, Parameter, read_metadata
from playbooks.power.fence_options import Scalar, lines, mistakes
from playbooks.power.fence_words import did, masked, state_of, trouble
from playbooks.power.model import LoginRefused, PowerState, Verb, WrongDevice
from playbooks.programs import Output

METADATA = """<?xml version="1.0" ?>
<resource-agent name="fence_strip" shortdesc="A power strip">
<parameters>
    <parameter name="action" unique="0" required="1">
        <content type="string" default="reboot"/>
    </parameter>
    <parameter name="ip" required="1" obsoletes="ipaddr"><content type="string"/></parameter>
    <parameter name="ipaddr" required="1" deprecated="1"><content type="string"/></parameter>
    <parameter name="ipport" required="0"><content type="integer" default="23"/></parameter>
    <parameter name="plug" required="1"><content type="string"/></parameter>
    <parameter name="ssh"><content type="boolean"/></parameter>
    <parameter name="delay"><content type="second" default="0"/></parameter>
    <parameter name="password"><content type="string"/></parameter>
    <parameter name="password_script"><content type="string"/></parameter>
    <parameter name="snmp_version">
        <content type="select"><option value="1"/><option value="2c"/></content>
    </parameter>
</parameters>
<actions><action name="on" automatic="0"/><action name="off"/><action name="status"/></actions>
</resource-agent>
"""
FITS: dict[str, Scalar] = {"ip": "10.0.0.1", "plug": "3"}


@pytest.fixture
def strip() -> Agent:
    return read_metadata("fence_strip", METADATA)


def test_what_an_agent_says_of_itself_is_read(strip: Agent) -> None:
    assert strip.actions == {"on", "off", "status"}
    assert strip.parameters["ip"] == Parameter("ip", "string", required=True)
    assert strip.parameters["ipaddr"].instead == "ip"
    assert strip.parameters["snmp_version"].choices == ("1", "2c")


BOMB = """<!DOCTYPE x [<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;&a;&a;">]><x>&b;</x>"""
FILE = """<!DOCTYPE x [<!ENTITY a SYSTEM "file:///etc/passwd">]><x>&a;</x>"""


@pytest.mark.parametrize("xml", ["", "usage: fence_strip", "<a><b></a>", BOMB, FILE, METADATA[:99]])
def test_what_is_no_metadata_is_refused(xml: str) -> None:
    with pytest.raises(OutsideError) as caught:
        read_metadata("fence_strip", xml)
    assert not caught.value.transient
    assert str(caught.value) == "fence_strip shows no metadata of a fence agent"


@pytest.mark.parametrize(
    ("told", "mistake"),
    [
        ({"plugg": "3"}, "fence_strip has no option `plugg`"),
        ({"ipaddr": "10.0.0.1"}, "`ipaddr` is an old name: write `ip`"),
        ({"ipport": "ssh"}, "`ipport` is a whole number"),
        ({"ipport": True}, "`ipport` is a whole number"),
        ({"delay": "1s"}, "`delay` is a whole number"),
        ({"ssh": "perhaps"}, "`ssh` is true or false"),
        ({"ssh": 2}, "`ssh` is true or false"),
        ({"snmp_version": "3"}, "`snmp_version` is one of 1, 2c"),
        ({"plug": True}, "`plug` is text: put it in quotes"),
        ({"plug": "3,4"}, "`plug` names one machine: no comma"),
        ({"password": "hunter2"}, "`password` is a secret: write secrets: {password: FILE}"),
        ({"action": "reboot"}, "`action` is told by the step"),
        ({"debug_file": "/x"}, "`debug_file` writes secrets to a file"),
        ({"verbose": 1}, "`verbose` writes secrets to the log"),
        (
            {"password_script": "x"},
            "`password_script` runs a program: write secrets: {password: FILE}",
        ),
        (
            {"missing_as_off": 1},
            "`missing_as_off` takes a machine that is not found for one that is off",
        ),
    ],
)
def test_each_wrong_option_is_named(told: dict[str, Scalar], mistake: str, strip: Agent) -> None:
    assert list(mistakes(strip, FITS | told, set())) == [mistake]


def test_right_options_are_right(strip: Agent) -> None:
    more: dict[str, Scalar] = {"plug": 3, "ipport": 22, "ssh": True, "delay": "0"}
    assert list(mistakes(strip, FITS | more | {"snmp_version": 1}, {"password"})) == []


def test_what_is_missing_or_told_twice_is_named(strip: Agent) -> None:
    assert list(mistakes(strip, {"ip": "10.0.0.1"}, set())) == ["fence_strip needs `plug`"]
    assert list(mistakes(strip, {"ip": "10.0.0.1"}, {"plug"})) == []
    assert list(mistakes(strip, FITS, {"plug", "pasword"})) == [
        "fence_strip has no option `pasword`",
        "`plug` stands in options and in secrets",
    ]


def test_an_agent_that_can_not_be_asked_is_refused(strip: Agent) -> None:
    half = Agent("fence_half", strip.parameters, frozenset({"off", "monitor"}))
    assert list(mistakes(half, FITS, set())) == ["fence_half has no action on, status"]


def test_the_traps_of_two_agents_are_closed(strip: Agent) -> None:
    redfish = Agent("fence_redfish", strip.parameters, strip.actions)
    assert "acts on the last machine" in "".join(mistakes(redfish, FITS, set()))
    more = {"lanplus": Parameter("lanplus", "boolean"), "cipher": Parameter("cipher", "string")}
    ipmi = Agent("fence_ipmilan", {**strip.parameters, **more}, strip.actions)
    assert "needs `cipher`" in "".join(mistakes(ipmi, FITS, set()))
    assert "needs `cipher`" in "".join(mistakes(ipmi, FITS | {"cipher": 0}, set()))
    assert "needs `cipher`" in "".join(mistakes(ipmi, FITS | {"cipher": "0"}, set()))
    assert list(mistakes(ipmi, FITS | {"cipher": 3}, set())) == []


def test_the_input_is_one_line_for_each_word() -> None:
    told = lines({"ip": "10.0.0.1", "ssh": True, "delay": 3}, {"password": "a=b #c"}, action="off")
    assert told == "ip=10.0.0.1\nssh=1\ndelay=3\npassword=a=b #c\naction=off\n"


@pytest.mark.parametrize(
    ("secret", "line"),
    [('"x"', '""x""'), (" x", '" x"'), ("x ", '"x "'), ('x"', 'x"'), ("it's", "it's")],
)
def test_a_secret_arrives_as_it_is(secret: str, line: str) -> None:
    assert lines({}, {"password": secret}, action="on") == f"password={line}\naction=on\n"


@pytest.mark.parametrize("secret", ["a\naction=reboot", "a\rb", "a\0b", "a\u2028b"])
def test_a_secret_of_two_lines_is_refused(secret: str) -> None:
    with pytest.raises(ValueError, match="`password` is not one line of text"):
        lines({}, {"password": secret}, action="on")


def told(**more: object) -> dict[str, object]:
    return {"agent": "fence_apc", "options": FITS, "secrets": {"password": "apc"}} | more


@pytest.mark.parametrize(
    "wrong",
    [
        {"agent": "apc"},
        {"agent": "/tmp/fence_apc"},  # noqa: S108 - a path, not a file
        {"agent": "fence_apc; reboot"},
        {"agent": "fence_APC"},
        {"options": {"plug": "3\naction=reboot"}},
        {"options": {"plug\naction": "3"}},
        {"options": {"a=b": "3"}},
        {"options": {"plug": ["3"]}},
        {"options": {"plug": None}},
        {"options": {"delay": 1.5}},
        {"secrets": {"a b": "file"}},
        {"secrets": {"password": 3}},
        {"password": "x"},
    ],
)
def test_settings_that_no_agent_could_take_are_refused(wrong: dict[str, object]) -> None:
    with pytest.raises(ValidationError):
        FencePower.model_validate(told(**wrong))


def test_what_it_is_called_and_what_it_can_do(tmp_path: Path) -> None:
    power = FencePower.model_validate(told(options=FITS | {"ipport": 22, "username": "rr"}))
    assert power.device() == "fence fence_apc 10.0.0.1:22"
    assert power.account() == "fence fence_apc 10.0.0.1:22 rr"
    assert power.capabilities().verbs == {Verb.ON, Verb.OFF}
    assert not power.capabilities().reads_identity
    assert power.capabilities().reads_state
    assert power.within == 60
    assert FencePower.model_validate(told(timeout="5s")).within == 5
    assert FencePower.model_validate(told(options={})).device() == "fence fence_apc"


@pytest.mark.parametrize(
    ("out", "state"),
    [
        ("Status: ON\n", PowerState.ON),
        ("Status: OFF\n", PowerState.OFF),
        ("Status: UNKNOWN\n", None),
    ],
)
def test_the_state_is_what_it_says_and_not_its_exit_code(
    out: str, state: PowerState | None
) -> None:
    assert state_of(out) is state


def test_only_its_own_verb_in_its_own_words_is_a_yes() -> None:
    assert did("off", Output(0, "Success: Powered OFF\n", ""))
    assert did("on", Output(0, "Success: Already ON\n", "noise"))
    assert not did("on", Output(0, "Success: Powered OFF\n", ""))
    assert not did("on", Output(0, "Success: Rebooted\n", ""))
    assert not did("on", Output(1, "Success: Powered ON\n", ""))
    assert not did("on", Output(0, "", ""))


USAGE = "\n\n2026-11-22 02:32:19,356 ERROR: Please use '-h' for usage\n\n"


@pytest.mark.parametrize(
    ("err", "kind", "transient", "asked", "verb"),
    [
        ("Unable to connect/login to fencing device", LoginRefused, False, False, False),
        (
            "Failed: Unable to obtain correct plug status or plug is not available",
            LoginRefused,
            False,
            False,
            True,
        ),
        ("Failed: You have to set login password", OutsideError, False, False, False),
        ("Failed: Unable to run /usr/bin/ipmitool -P hunter2", OutsideError, False, False, False),
        ("Failed: Can not find VM UUID by its VM name", WrongDevice, False, False, False),
        ("Connection timed out", OutsideError, True, False, True),
        ("Connection lost", OutsideError, True, False, True),
        ("Failed: Timed out waiting to power OFF", OutsideError, True, False, True),
        ("x SSLError(1, '[SSL: CERTIFICATE_VERIFY_FAILED]')", OutsideError, False, False, True),
        (f"Unable to get PowerState: https://x{USAGE}", LoginRefused, False, False, True),
        (f"x (Caused by NewConnectionError('x')){USAGE}", OutsideError, True, False, True),
        (f"Ipmitool not found or not accessible{USAGE}", OutsideError, False, False, False),
        (f"Something new{USAGE}", OutsideError, False, False, True),
        ("Traceback\nKeyError: 'x' hunter2", OutsideError, False, False, True),
        ("", OutsideError, False, False, True),
    ],
)
def test_each_failure_has_its_meaning(
    err: str, kind: type[OutsideError], transient: bool, asked: bool, verb: bool
) -> None:
    """`asked`, `verb`: is it unsure after a question, after a verb?"""
    for told, ambiguous in ((False, asked), (True, verb)):
        error = trouble("fence_x", Output(1, "", err), told=told, secrets=["hunter2"])
        assert (type(error), error.transient, error.ambiguous) == (kind, transient, ambiguous)
        assert "hunter2" not in str(error)


def test_words_that_nobody_knows_are_shown() -> None:
    said = Output(1, "", f"2026-11-22 02:32:19,355 ERROR: Out of tea, hunter2{USAGE}")
    error = trouble("fence_x", said, told=False, secrets=["hunter2"])
    assert str(error) == "fence_x failed with 1 and said: Out of tea, ***"


def test_no_form_of_a_secret_is_shown() -> None:
    assert masked("run -P 'it'\"'\"'s' now", ["it's"]) == "run -P *** now"
    assert masked("say it's\x1b[31m", ["it's", ""]) == "say *** [31m"
