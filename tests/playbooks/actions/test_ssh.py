"""What ssh is told: its options are ours, the host is a host, and the far shell gets tame words."""

import shlex
import shutil
import subprocess
from pathlib import Path

import pytest
from hypothesis import given
from pydantic import ValidationError

from playbooks.actions.commands import Command, Repeat, SshLogin
from playbooks.actions.model import Failed, Ok, Unsure
from playbooks.actions.ssh import SshRun, _argv, _judged, remote
from playbooks.programs import Output
from tests.playbooks.actions.crew import HandCrew, case
from tests.playbooks.actions.hostile import LABELS, hostile
from tests.require import free_port, require

LOGIN = SshLogin.model_validate(
    {"user": "ops", "key_file": "/etc/r/my 100% key", "known_hosts_file": "/etc/r/known 1%"}
)
LOOK = Command(argv=("systemctl", "status", "{{ alert.service }}"), ssh=LOGIN)


def line(label: str) -> str:
    return remote(LOOK.argv, case(labels={"service": label}))


@pytest.mark.parametrize(
    "label", ["exim", "php8.1-fpm", "user@1000.service", "/home/a+b", "_x", "a:b"]
)
def test_names_of_services_and_paths_are_tame(label: str) -> None:
    assert line(label) == f"systemctl status {label}"


@pytest.mark.parametrize("label", LABELS, ids=lambda label: repr(label[:20]))
def test_no_hostile_label_comes_to_the_far_shell(label: str) -> None:
    with pytest.raises(ValueError, match="letters, digits"):
        line(label)


@given(label=hostile)
def test_whatever_comes_to_the_far_shell_is_one_plain_word(label: str) -> None:
    try:
        made = line(label)
    except ValueError:
        return
    assert made == f"systemctl status {label}"
    assert shlex.split(made) == ["systemctl", "status", label]
    assert not label.startswith("-")


def test_words_of_the_configuration_stay_one_word_each() -> None:
    """A real shell reads them."""
    words = ("printf", "%s|", "a b", "$(id)", "it's", '"', "*", "~", "a;b", "", "-n")
    told = subprocess.run(
        ["/bin/sh", "-c", remote(words, case())], capture_output=True, text=True, check=True
    )
    assert told.stdout.split("|")[:-1] == list(words[2:])


@pytest.mark.parametrize(
    "address",
    ["-oProxyCommand=id", "web1 -v", "", "root@web1", "[::1", "a" * 300, "web1\n", "%h", "a/b"],
)
def test_an_address_that_is_no_host_is_not_called(address: str) -> None:
    with pytest.raises(ValueError, match="no host name"):
        _argv(LOOK, case(address=address, labels={"service": "exim"}))


@pytest.mark.parametrize("address", ["web1.example.net", "127.0.0.1", "::1", "[::1]"])
def test_ssh_reads_no_configuration_but_ours(address: str) -> None:
    argv = _argv(LOOK, case(address=address, labels={"service": "exim"}))
    assert argv[:3] == ["ssh", "-F", "/dev/null"]
    assert argv[-3:] == ["--", address.strip("[]"), "systemctl status exim"]
    assert "StrictHostKeyChecking=yes" in argv
    assert "BatchMode=yes" in argv
    assert 'IdentityFile="/etc/r/my 100%% key"' in argv


def test_the_real_ssh_understands_every_option() -> None:
    """`ssh -G` prints what it would do, and connects to nobody."""
    require("ssh", present=shutil.which("ssh") is not None)
    argv = _argv(LOOK, case(labels={"service": "exim"}))
    shown = subprocess.run(["ssh", "-G", *argv[1:-1]], capture_output=True, text=True, check=True)
    told = dict(row.partition(" ")[::2] for row in shown.stdout.splitlines())
    assert told["user"] == "ops"
    assert told["stricthostkeychecking"] == "true"
    assert told["userknownhostsfile"] == "/etc/r/known 1%"
    assert told["identityfile"] == "/etc/r/my 100%% key"
    assert told["batchmode"] == "yes"
    assert told["passwordauthentication"] == "no"
    assert shown.stderr == ""


@pytest.mark.parametrize(
    ("told", "sure"),
    [
        ("Host key verification failed.", True),
        ("root@127.0.0.1: Permission denied (publickey).", True),
        ("ssh: connect to host 127.0.0.1 port 22: Connection refused", True),
        ("ssh: connect to host 127.0.0.1 port 22: Connection timed out", True),
        ("kex_exchange_identification: Connection closed by remote host", True),
        ("client_loop: send disconnect: Broken pipe", False),
        ("Timeout, server 127.0.0.1 not responding.", False),
        ("Connection to 127.0.0.1 closed by remote host.", False),
        ("", False),
    ],
)
def test_only_what_never_came_in_is_surely_not_done(told: str, sure: bool) -> None:
    outcome = _judged(Output(255, "", told), "look on web1", Repeat.NEVER)
    assert isinstance(outcome, Failed if sure else Unsure)
    assert isinstance(_judged(Output(255, "", told), "look", Repeat.SAFE), Failed)
    assert isinstance(_judged(Output(255, "half", told), "look", Repeat.NEVER), Unsure)


async def test_a_server_that_is_not_there_has_done_nothing(crew: HandCrew, tmp_path: Path) -> None:
    require("ssh", present=shutil.which("ssh") is not None)
    login = SshLogin(
        user="ops", key_file=tmp_path / "key", known_hosts_file=tmp_path / "h", port=free_port()
    )
    crew.commands["look"] = Command(argv=("uptime",), ssh=login)
    outcome = await SshRun(command="look").do(case(), crew)
    assert isinstance(outcome, Failed)
    assert "Connection refused" in outcome.reason
    assert crew.journal == [("intent", "ssh.run"), ("result", "ssh.run", "failed")]


async def test_what_cannot_be_run_is_not_begun(crew: HandCrew) -> None:
    crew.commands = {"look": LOOK, "ours": Command(argv=("df",))}
    run = SshRun(command="look")
    hostile_case = case(labels={"service": "exim; reboot"})
    for action, about in (
        (run, hostile_case),
        (run, case()),
        (SshRun(command="ours"), case()),
        (SshRun(command="other"), case()),
    ):
        outcome = await action.do(about, crew)
        assert isinstance(outcome, Failed)
        assert " was not run: " in outcome.reason
    assert crew.journal == []


async def test_a_dry_run_shows_the_line(crew: HandCrew) -> None:
    crew.commands["look"] = LOOK
    outcome = await SshRun(command="look").do(case(dry=True, labels={"service": "exim"}), crew)
    assert outcome == Ok("it would run the command look on web1 over ssh: systemctl status exim")


@pytest.mark.parametrize(
    "keys",
    [
        {"user": "-oProxyCommand=id"},
        {"user": "a b"},
        {"known_hosts_file": 'a" ProxyCommand="id'},
        {"key_file": "a\nb"},
        {"port": 0},
    ],
    ids=str,
)
def test_a_login_that_ssh_could_read_otherwise_is_refused(keys: dict[str, object]) -> None:
    good = {"user": "ops", "key_file": "key", "known_hosts_file": "hosts"}
    with pytest.raises(ValidationError):
        SshLogin.model_validate({**good, **keys})
    assert SshLogin.model_validate(good).port == 22


def test_a_playbook_only_names_its_command() -> None:
    for command in ("uptime; id", "-x", "", "{{ alert.command }}"):
        with pytest.raises(ValidationError):
            SshRun(command=command)
