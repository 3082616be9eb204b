"""Is a process that has ended told from one that lives, and from one nobody here knows?"""

import subprocess
import sys
from collections.abc import Iterator

import pytest

from responder import life

TELL = "import sys; from responder import life; sys.stdout.write(life.own() + '\\n'); "


@pytest.fixture
def child() -> Iterator[subprocess.Popen[str]]:
    """A process that says what it is and then waits for a word."""
    program = TELL + "sys.stdout.flush(); sys.stdin.read()"
    process = subprocess.Popen(
        [sys.executable, "-c", program],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    yield process
    process.kill()
    process.communicate()


def word(child: subprocess.Popen[str]) -> str:
    assert child.stdout is not None
    return child.stdout.readline().strip()


def test_no_two_are_alike() -> None:
    assert life.own() != life.own()


def test_one_that_lives_has_not_ended(child: subprocess.Popen[str]) -> None:
    assert not life.ended(word(child))
    assert not life.ended(life.own())


def test_one_that_was_killed_here_has_ended(child: subprocess.Popen[str]) -> None:
    told = word(child)
    child.kill()
    child.wait()
    assert life.ended(told)


def test_a_later_process_with_the_same_pid_is_another_one(child: subprocess.Popen[str]) -> None:
    machine, pid, began, random = word(child).split(" ")
    assert life.ended(f"{machine} {pid} {int(began) - 1} {random}")


def test_nobody_here_knows_of_a_process_elsewhere(child: subprocess.Popen[str]) -> None:
    machine, pid, began, random = word(child).split(" ")
    child.kill()
    child.wait()
    boot, namespace = machine.split("/")
    assert not life.ended(f"{boot}/{int(namespace) + 1} {pid} {began} {random}")
    assert not life.ended(f"another-boot/{namespace} {pid} {began} {random}")


@pytest.mark.parametrize("told", ["", "5f3a9c", "? 12 ? 5f3a9c", "a b c d e"])
def test_what_does_not_tell_a_process_is_never_sure(told: str) -> None:
    assert not life.ended(told)
