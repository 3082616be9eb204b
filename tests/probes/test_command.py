"""Is a plugin run safely, and taken at its word?"""

import asyncio
import os
import stat
import time
from ipaddress import ip_network
from pathlib import Path

import pytest
from pydantic import ValidationError

from probes.command import CommandProbe, parted
from probes.look import look
from probes.model import Phase, Severity, Target, Verdict
from probes.net import Net
from tests.probes.scripts import seen, value


class Plugins:
    """Writes plugins as shell scripts."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def __call__(self, script: str, *argv: str, name: str = "check_it") -> CommandProbe:
        file = self.folder / name
        file.write_text(f"#!/bin/sh\n{script}\n")
        file.chmod(file.stat().st_mode | stat.S_IXUSR)
        return CommandProbe(argv=(str(file), *argv))


@pytest.fixture
def plugin(tmp_path: Path) -> Plugins:
    return Plugins(tmp_path)


@pytest.mark.parametrize(
    ("script", "verdict", "phase", "reason"),
    [
        ("echo fine", Verdict.UP, None, ""),
        ("echo 'it burns | x=1'; exit 2", Verdict.DOWN, Phase.CONTENT, "check_it: it burns"),
        ("echo who knows; exit 3", Verdict.UNKNOWN, Phase.CONTENT, "check_it: who knows"),
        ("echo odd; exit 4", Verdict.UNKNOWN, Phase.COMMAND, "check_it ended with 4: odd"),
        ("exit 0", Verdict.UNKNOWN, Phase.COMMAND, "check_it ended with 0 and said nothing"),
        (
            'echo "Can\'t locate Net/SNMP.pm" >&2; exit 2',
            Verdict.UNKNOWN,
            Phase.COMMAND,
            "check_it ended with 2 and said nothing: Can't locate Net/SNMP.pm",
        ),
        ("kill -9 $$", Verdict.UNKNOWN, Phase.COMMAND, "check_it was killed by signal 9"),
        (
            "printf 'red \\033[31malarm\\007\\nsecond line\\n'; exit 2",
            Verdict.DOWN,
            Phase.CONTENT,
            "check_it: red [31malarm",
        ),
        (
            "yes | tr -d '\\n'",
            Verdict.UNKNOWN,
            Phase.COMMAND,
            "check_it was ended: what it said had no end",
        ),
    ],
)
async def test_each_end_has_its_verdict(
    script: str, verdict: Verdict, phase: Phase | None, reason: str, plugin: Plugins
) -> None:
    found = await seen(plugin(script), "192.0.2.1")
    assert (found.verdict, found.finding.phase, found.finding.reason) == (verdict, phase, reason)


async def test_a_warning_is_an_issue_of_a_target_that_answers(plugin: Plugins) -> None:
    found = await seen(plugin("echo 'disk 85 % | used=85%;80;90'; exit 1"), "192.0.2.1")
    assert found.verdict is Verdict.UP
    [issue] = found.finding.issues
    assert (issue.code, issue.severity) == ("COMMAND_WARNING", Severity.WARNING)
    assert issue.text == "check_it: disk 85 %"
    assert value(found, "probe_command_perfdata", 'label="used",unit="%"') == 85
    assert value(found, "probe_command_perfdata_warning", 'label="used",unit="%"') == 80


def test_figures_stand_behind_the_pipes() -> None:
    text, figures = parted("DISK OK | /=1MB\nlong\ntext | /var=2MB\n/usr=3MB\n")
    assert text == "DISK OK"
    assert figures.split() == ["/=1MB", "/var=2MB", "/usr=3MB"]


async def test_only_the_beginning_of_a_long_output_is_kept(plugin: Plugins) -> None:
    found = await seen(plugin("head -c 900000 /dev/zero | tr '\\0' x; exit 2"), "192.0.2.1")
    assert found.verdict is Verdict.DOWN
    assert len(found.finding.reason) < 250


async def test_no_shell_ever_sees_the_target(plugin: Plugins, tmp_path: Path) -> None:
    probe = plugin('printf "%s," "$@"; exit 3', "-H", "{address}", "--name={hostname}", "{x}")
    found = await seen(probe, "web1;touch$IFS/x", hostname="$(id)")
    assert found.finding.reason == "check_it: -H,web1;touch$IFS/x,--name=$(id),{x},"
    nested = await seen(probe, "{hostname}", hostname="{address}")
    assert nested.finding.reason == "check_it: -H,{hostname},--name={address},{x},"


async def test_the_hostname_is_that_of_the_address_where_there_is_no_other(plugin: Plugins) -> None:
    probe = plugin('echo "$1"; exit 3', "{hostname}")
    for address in ("web1.test:8443", "https://web1.test/path", "web1.test"):
        found = await seen(probe, address)
        assert found.finding.reason == "check_it: web1.test"


@pytest.mark.parametrize(
    ("address", "hostname"),
    [("-H", ""), ("--help", ""), ("web1", "-x"), ("", ""), ("two words", ""), ("a\nb", "")],
)
async def test_a_target_that_looks_like_an_option_is_refused(
    address: str, hostname: str, plugin: Plugins
) -> None:
    found = await seen(plugin("echo ran; exit 2"), address, hostname=hostname)
    assert (found.verdict, found.finding.phase) == (Verdict.UNKNOWN, Phase.RESOLVE)
    assert found.finding.reason.endswith("is no target for a command")


async def test_a_forbidden_address_is_not_handed_to_a_program(plugin: Plugins) -> None:
    net = Net(forbidden=[ip_network("192.0.2.0/24")])
    probe = plugin("echo ran; exit 2", "{address}")
    for address in ("192.0.2.1", "192.0.2.1:80", "http://user@192.0.2.1:80/x"):
        found = await seen(probe, address, net=net)
        assert found.finding.phase is Phase.RESOLVE
        assert "probes.forbid" in found.finding.reason


async def test_a_program_that_is_not_there_says_nothing_of_the_target(tmp_path: Path) -> None:
    missing = tmp_path / "check_nothing"
    found = await seen(CommandProbe(argv=(str(missing),)), "192.0.2.1")
    assert found.verdict is Verdict.UNKNOWN
    assert found.finding.reason == f"{missing} can't be run: no such file or directory"
    missing.write_text("#!/bin/sh\n")
    missing.chmod(0o644)
    found = await seen(CommandProbe(argv=(str(missing),)), "192.0.2.1")
    assert found.verdict is Verdict.UNKNOWN
    assert found.finding.reason == f"{missing} can't be run: permission denied"


def alive(file: Path) -> bool:
    """Does the process run whose pid stands in this file?"""
    try:
        state = Path(f"/proc/{int(file.read_text())}/stat").read_text().rsplit(")", 1)[1].split()[0]
    except (FileNotFoundError, ProcessLookupError):
        return False
    return state != "Z"


def gone(file: Path) -> bool:
    """A killed process needs a moment to be gone."""
    deadline = time.monotonic() + 30
    while alive(file) and time.monotonic() < deadline:
        time.sleep(0.01)
    return not alive(file)


async def test_the_deadline_kills_the_plugin_and_its_children(
    plugin: Plugins, tmp_path: Path
) -> None:
    probe = plugin(f"sleep 60 & echo $! >{tmp_path}/child; echo $$ >{tmp_path}/self; wait")
    found = await seen(probe, "192.0.2.1", within=1)
    assert (found.verdict, found.finding.phase) == (Verdict.DOWN, Phase.COMMAND)
    assert found.finding.reason == "no end of check_it within 1 s"
    assert found.seconds < 30
    assert gone(tmp_path / "self")
    assert gone(tmp_path / "child")


async def test_a_child_that_is_left_behind_neither_delays_nor_survives(
    plugin: Plugins, tmp_path: Path
) -> None:
    probe = plugin(f"sleep 60 & echo $! >{tmp_path}/child; echo fine")
    found = await seen(probe, "192.0.2.1")
    assert (found.finding.reason, found.verdict) == ("", Verdict.UP)
    assert found.seconds < 30
    assert gone(tmp_path / "child")


async def test_a_plugin_has_no_input_no_terminal_and_little_environment(plugin: Plugins) -> None:
    os.environ["RESPONDER_TEST_SECRET"] = "sesame"
    try:
        probe = plugin('env | cut -d= -f1 | sort | tr "\\n" ","; cat; pwd; exit 3')
        found = await seen(probe, "192.0.2.1")
    finally:
        del os.environ["RESPONDER_TEST_SECRET"]
    assert "SECRET" not in found.finding.reason
    assert found.finding.reason.removesuffix("/").startswith("check_it: ")
    names = set(found.finding.reason.removeprefix("check_it: ").removesuffix("/").split(","))
    assert names <= {"LC_ALL", "PATH", "PWD", "OLDPWD", "SHLVL", "_", ""}


async def test_who_finds_no_place_says_nothing_of_the_target(
    plugin: Plugins, tmp_path: Path
) -> None:
    slow, net = plugin(f"while [ ! -e {tmp_path}/go ]; do sleep 0.1; done; echo fine"), Net()
    looks = [look(slow, Target(f"192.0.2.{n}"), net, within=60) for n in range(16)]
    crowd = asyncio.gather(*looks)
    await asyncio.sleep(0)
    late = await look(slow, Target("192.0.2.99"), net, within=1)
    (tmp_path / "go").touch()
    assert (late.verdict, late.finding.phase) == (Verdict.UNKNOWN, Phase.COMMAND)
    assert late.finding.reason == "check_it was not run: 16 other commands were running"
    assert {one.verdict for one in await crowd} == {Verdict.UP}


@pytest.mark.parametrize(
    "argv",
    [(), ("check_http",), ("/usr/lib/{address}",), ("/bin/true", "a\0b"), "/bin/true -x"],
)
def test_what_is_no_command_is_refused(argv: object) -> None:
    with pytest.raises(ValidationError):
        CommandProbe.model_validate({"argv": argv})


def test_a_list_of_words_is_a_command() -> None:
    probe = CommandProbe.model_validate({"argv": ["/bin/true", "{address}"]})
    assert probe.argv == ("/bin/true", "{address}")
    assert probe.aim("192.0.2.1") == "192.0.2.1"
