"""Named commands on a real OpenSSH server: the right key, the known host, and no word more."""

import shutil
import subprocess
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass
from getpass import getuser
from pathlib import Path

import pytest

from playbooks.actions.commands import Command, Repeat, SshLogin
from playbooks.actions.model import Failed, Ok, Unsure
from playbooks.actions.ssh import SshRun
from tests.playbooks.actions.crew import HandCrew, case, open_crew
from tests.playbooks.actions.hostile import LABELS
from tests.real.sshd import Sshd
from tests.require import require

PWNED = Path("/tmp/pwned")  # noqa: S108 - what the hostile labels would make


@dataclass(frozen=True, slots=True)
class Far:
    """A server that lets our key in, and the login for it."""

    login: SshLogin
    folder: Path

    def command(self, *argv: str, **keys: object) -> Command:
        return Command.model_validate({"argv": argv, "ssh": self.login, **keys})


def new_key(path: Path) -> str:
    """The public half."""
    program = shutil.which("ssh-keygen")
    require("ssh-keygen", present=program is not None)
    subprocess.run(
        [str(program), "-q", "-t", "ed25519", "-N", "", "-C", "", "-f", str(path)], check=True
    )
    return Path(f"{path}.pub").read_text()


@pytest.fixture(scope="module")
def far(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Far]:
    require("ssh", present=shutil.which("ssh") is not None)
    folder = tmp_path_factory.mktemp("far 100%")
    (folder / "authorized").write_text(new_key(folder / "key"))
    options = (f'AuthorizedKeysFile="{str(folder / "authorized").replace("%", "%%")}"',)
    server = Sshd(*options, "StrictModes=no", "PermitRootLogin=yes", "PrintMotd=no")
    server.start()
    try:
        host_key = Path(f"{server.key}.pub").read_text()
        (folder / "hosts").write_text(f"[127.0.0.1]:{server.port} {host_key}")
        login = SshLogin(
            user=getuser(),
            key_file=folder / "key",
            known_hosts_file=folder / "hosts",
            port=server.port,
        )
        yield Far(login, folder)
    finally:
        server.remove()


@pytest.fixture
async def crew() -> AsyncIterator[HandCrew]:
    async with open_crew() as made:
        yield made


def there(path: Path) -> bool:
    return path.exists()


RUN = SshRun(command="it")


async def test_a_named_command_runs_and_says_what_it_says(crew: HandCrew, far: Far) -> None:
    crew.commands["it"] = far.command("printf", "%s|", "{{ target.name }}", "a b", "$(id)", "it's")
    outcome = await RUN.do(case(), crew)
    told = "web1|a b|$(id)|it's|"
    assert outcome == Ok(f"it on web1: {told}", {"output": told, "exit_code": "0"})
    assert crew.journal == [("intent", "ssh.run"), ("result", "ssh.run", "done")]


async def test_its_exit_code_comes_back(crew: HandCrew, far: Far) -> None:
    crew.commands["it"] = far.command("sh", "-c", "echo broken >&2; exit 3")
    assert await RUN.do(case(), crew) == Failed(
        "it on web1 ended with 3: broken", {"output": "broken", "exit_code": "3"}
    )


async def test_a_host_that_we_do_not_know_is_not_spoken_to(crew: HandCrew, far: Far) -> None:
    mark = far.folder / "unknown-host"
    for number, known in enumerate(("", "[127.0.0.1]:1 ssh-ed25519 AAAA\n")):
        hosts = far.folder / f"hosts-{number}"
        hosts.write_text(known)
        login = far.login.model_copy(update={"known_hosts_file": hosts})
        crew.commands["it"] = Command(argv=("touch", str(mark)), ssh=login)
        outcome = await RUN.do(case(), crew)
        assert isinstance(outcome, Failed)
        assert "Host key verification failed" in outcome.reason
        assert hosts.read_text() == known
    assert not there(mark)


async def test_a_host_with_another_key_is_not_spoken_to(crew: HandCrew, far: Far) -> None:
    other = new_key(far.folder / "other")
    hosts = far.folder / "hosts-other"
    hosts.write_text(f"[127.0.0.1]:{far.login.port} {other}")
    login = far.login.model_copy(update={"known_hosts_file": hosts})
    crew.commands["it"] = Command(argv=("true",), ssh=login)
    outcome = await RUN.do(case(), crew)
    assert isinstance(outcome, Failed)
    assert "ssh failed" in outcome.reason


async def test_a_key_that_is_not_let_in_has_done_nothing(crew: HandCrew, far: Far) -> None:
    new_key(far.folder / "stranger")
    for key in ("stranger", "no-such-key"):
        login = far.login.model_copy(update={"key_file": far.folder / key})
        crew.commands["it"] = Command(argv=("true",), ssh=login)
        outcome = await RUN.do(case(), crew)
        assert isinstance(outcome, Failed)
        assert "Permission denied" in outcome.reason


async def test_a_command_without_an_end_is_unsure(crew: HandCrew, far: Far) -> None:
    crew.commands["it"] = far.command("sleep", "60", timeout="1s")
    assert isinstance(await RUN.do(case(), crew), Unsure)
    crew.commands["it"] = far.command("sleep", "60", timeout="1s", repeat="safe")
    assert isinstance(await RUN.do(case(), crew), Failed)


async def test_a_line_that_breaks_in_the_middle_is_unsure(crew: HandCrew, far: Far) -> None:
    """The server's end of the connection is killed by the command itself."""
    crew.commands["it"] = far.command("sh", "-c", "kill -9 $PPID; sleep 5", timeout="10s")
    assert isinstance(await RUN.do(case(), crew), Unsure)
    assert crew.journal[-1] == ("result", "ssh.run", "unknown")


@pytest.mark.parametrize("label", LABELS, ids=lambda label: repr(label[:20]))
async def test_no_hostile_label_reaches_the_far_shell(crew: HandCrew, far: Far, label: str) -> None:
    crew.commands["it"] = far.command("printf", "%s", "{{ alert.x }}", repeat=Repeat.SAFE)
    outcome = await RUN.do(case(labels={"x": label}), crew)
    assert isinstance(outcome, Failed)
    assert outcome.reason.startswith("it was not run: ")
    assert not there(PWNED)
