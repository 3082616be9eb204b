"""Does a program that a test started always end, whatever becomes of the test?"""

import subprocess
import sys
import time
from pathlib import Path

import pytest

from tests.real.process import Process

STUBBORN = "trap '' TERM; sleep 300 & echo $!; wait; sleep 300"
ABANDON = """
import os, sys
from pathlib import Path
from tests.real.process import Process
process = Process("sleep", "300", log=Path(sys.argv[1]))
process.start()
while "sleep" not in Path(f"/proc/{process.pid}/comm").read_text():
    pass
print(process.pid, flush=True)
os.kill(os.getpid(), 9)
"""


def gone(pid: int, *, within: float = 45.0) -> bool:
    """Has it ended? A zombie that nobody reaped has."""
    deadline = time.monotonic() + within
    while time.monotonic() < deadline:
        try:
            if ") Z " in Path(f"/proc/{pid}/stat").read_text():
                return True
        except OSError:
            return True
        time.sleep(0.01)
    return False


def test_a_program_dies_with_a_test_run_that_is_killed(tmp_path: Path) -> None:
    argv = [sys.executable, "-c", ABANDON, str(tmp_path / "log")]
    run = subprocess.run(argv, capture_output=True, text=True, cwd=Path(__file__).parents[2])
    assert run.returncode == -9, run.stderr
    assert gone(int(run.stdout))


def test_a_program_that_does_not_listen_is_killed_with_its_children(tmp_path: Path) -> None:
    process = Process("sh", "-c", STUBBORN, log=tmp_path / "log")
    process.start()
    while not (child := process.log.read_text().strip()):
        assert process.died() is None
        time.sleep(0.01)
    pid = process.pid
    process.end(within=0.1)
    assert gone(pid)
    assert gone(int(child))


def test_a_paused_program_can_be_ended(tmp_path: Path) -> None:
    process = Process("sleep", "300", log=tmp_path / "log")
    process.start()
    pid = process.pid
    process.pause()
    process.end()
    assert gone(pid)


def test_the_last_words_of_a_program_are_kept(tmp_path: Path) -> None:
    process = Process("sh", "-c", "echo no such table; exit 3", log=tmp_path / "log")
    process.start()
    assert gone(process.pid)
    assert process.died() == "no such table\n"
    process.end()


def test_a_program_that_does_not_run_has_no_pid(tmp_path: Path) -> None:
    with pytest.raises(RuntimeError, match="does not run"):
        _ = Process("sleep", "300", log=tmp_path / "log").pid
    assert list(tmp_path.iterdir()) == []
