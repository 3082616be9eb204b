"""Programs on our own machine: a list of words, whatever an alert says."""

import sys
from datetime import timedelta
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from pydantic import ValidationError

from playbooks.actions.command import CommandRun, _argv
from playbooks.actions.commands import Command, Repeat, SshLogin
from playbooks.actions.model import Failed, Ok, Unsure
from playbooks.outside import OutsideError
from probes import redaction
from tests.playbooks.actions.crew import HandCrew, case
from tests.playbooks.actions.hostile import LABELS, hostile

PYTHON = sys.executable
TELL = (PYTHON, "-c", "import sys; print(sys.argv[1:])")


PWNED = Path("/tmp/pwned")  # noqa: S108 - what the hostile labels would make


def there(path: Path) -> bool:
    return path.exists()


def run(*words: str, **keys: object) -> CommandRun:
    return CommandRun.model_validate({"argv": words, **keys})


async def test_a_program_runs_once_and_its_words_are_kept(crew: HandCrew) -> None:
    outcome = await run(*TELL, "--of={{ target.name }}", "{{ alert.disk }}").do(
        case(labels={"disk": "/home"}), crew
    )
    told = "['--of=web1', '/home']"
    assert outcome == Ok(f"{PYTHON}: {told}", {"output": told, "exit_code": "0"})
    assert crew.journal == [("intent", "command.run"), ("result", "command.run", "done")]


async def test_a_command_of_the_configuration_runs_by_its_name(crew: HandCrew) -> None:
    crew.commands["tell"] = Command(argv=(*TELL, "{{ target.name }}"), repeat=Repeat.SAFE)
    outcome = await CommandRun(command="tell").do(case(), crew)
    assert isinstance(outcome, Ok)
    assert outcome.text == "tell: ['web1']"
    assert crew.journal == []


async def test_any_other_exit_code_is_a_failure(crew: HandCrew) -> None:
    outcome = await run(PYTHON, "-c", "import sys; print('no space'); sys.exit(2)").do(case(), crew)
    assert outcome == Failed(
        f"{PYTHON} ended with 2: no space", {"output": "no space", "exit_code": "2"}
    )
    assert crew.journal[-1] == ("result", "command.run", "failed")


async def test_a_program_without_an_end_leaves_it_unsure(crew: HandCrew) -> None:
    endless = (PYTHON, "-c", "import time; time.sleep(60)")
    assert isinstance(await run(*endless, timeout="0.3s").do(case(), crew), Unsure)
    safe = run(*endless, timeout="0.3s", repeat="safe")
    assert isinstance(await safe.do(case(), crew), Failed)


async def test_a_program_ends_before_its_step_does(crew: HandCrew) -> None:
    endless = run(PYTHON, "-c", "import time; time.sleep(60)", timeout="1h")
    crew.clock = case().deadline - timedelta(seconds=1.2)
    assert isinstance(await endless.do(case(), crew), Unsure)


async def test_after_a_crash_it_is_not_run_again(crew: HandCrew, tmp_path: Path) -> None:
    mark = tmp_path / "mark"
    touch = run("touch", str(mark))
    assert isinstance(await touch.do(case(open_intent="command.run"), crew), Unsure)
    assert not there(mark)
    safe = run("touch", str(mark), repeat="safe")
    assert isinstance(await safe.do(case(open_intent="command.run"), crew), Ok)
    assert there(mark)


async def test_a_dry_run_starts_nothing(crew: HandCrew, tmp_path: Path) -> None:
    outcome = await run("touch", str(tmp_path / "mark")).do(case(dry=True), crew)
    assert outcome == Ok("it would run touch")
    assert not there(tmp_path / "mark")


async def test_secrets_and_colours_do_not_come_out(crew: HandCrew) -> None:
    redaction.remember("hunter2-hunter2")
    outcome = await run(PYTHON, "-c", r"print('\x1b[31mhunter2-hunter2\x1b[0m')").do(case(), crew)
    assert isinstance(outcome, Ok)
    assert outcome.values["output"] == "[31m[secret][0m"


@pytest.mark.parametrize("label", LABELS, ids=lambda label: repr(label[:20]))
async def test_a_hostile_label_is_one_argument_or_none(crew: HandCrew, label: str) -> None:
    """The real program tells what reached it."""
    asked = run(*TELL, "{{ alert.x }}", "--of={{ alert.x }}", repeat="safe", timeout="10s")
    outcome = await asked.do(case(labels={"x": label}), crew)
    if isinstance(outcome, Ok):
        told = redaction.scrub(repr([label, f"--of={label}"]))
        assert outcome.values["output"].startswith(told[:3000])
        assert not label.startswith("-")
    else:
        assert isinstance(outcome, Failed)
    assert not there(PWNED)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(label=hostile)
def test_no_label_becomes_an_option_or_two_words(label: str) -> None:
    command = Command(argv=("/bin/true", "{{ alert.x }}", "a{{ alert.x }}"))
    try:
        argv = _argv(command, case(labels={"x": label}))
    except ValueError:
        return
    assert argv == ["/bin/true", label, f"a{label}"]
    assert not argv[1].startswith("-")
    assert not any(ord(sign) < 32 for word in argv for sign in word)


@pytest.mark.parametrize(
    "keys",
    [
        {},
        {"argv": []},
        {"argv": ["{{ alert.program }}", "x"]},
        {"argv": ["-x"]},
        {"argv": [""]},
        {"argv": ["a", "b\nc"]},
        {"argv": ["a"], "command": "b"},
        {"command": "b", "timeout": "1s"},
        {"command": "b", "repeat": "safe"},
        {"command": "../b"},
        {"argv": "rm -rf /"},
    ],
    ids=str,
)
def test_what_is_no_list_of_words_is_refused(keys: dict[str, object]) -> None:
    with pytest.raises(ValidationError):
        CommandRun.model_validate(keys)


async def test_what_is_not_configured_is_said(crew: HandCrew) -> None:
    missing = CommandRun(command="tell")
    assert await missing.do(case(), crew) == Failed("tell was not run: there is no command tell")
    login = SshLogin.model_validate({"user": "root", "key_file": "k", "known_hosts_file": "h"})
    crew.commands["tell"] = Command(argv=("df",), ssh=login)
    assert await missing.do(case(), crew) == Failed(
        "tell was not run: it has `ssh:`, so that ssh.run must call it"
    )
    outcome = await run("/no/such/program").do(case(), crew)
    assert outcome == Failed("/no/such/program: the program /no/such/program is not installed")


def test_the_gate_and_the_time_are_those_of_the_command(crew: HandCrew) -> None:
    crew.commands["tell"] = Command(argv=("df",), repeat=Repeat.SAFE, timeout=timedelta(minutes=9))
    assert not CommandRun(command="tell").gated(crew)
    assert CommandRun(command="tell").lasts(crew) > timedelta(minutes=9)
    assert run("df").gated(crew)
    assert not run("df", repeat="safe").gated(crew)
    with pytest.raises(OutsideError):
        CommandRun(command="other").gated(crew)
