"""Does a program do its one job, say what it says, and leave nothing behind?"""

import asyncio
import gc
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from playbooks.outside import OutsideError
from playbooks.programs import Programs
from tests.memory import taken

SECRET = "hunter2-hunter2"


@pytest.fixture
def programs() -> Programs:
    return Programs()


def alive(pid: int) -> bool:
    """Does this process run? One that nobody has buried yet does not."""
    try:
        state = Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0]
    except (FileNotFoundError, ProcessLookupError):
        return False
    return state != "Z"


def members(group: int) -> list[int]:
    """Who lives in this process group."""
    shown = subprocess.run(["ps", "-eo", "pgid=,pid=,stat="], capture_output=True, text=True)
    rows = [line.split() for line in shown.stdout.splitlines()]
    return [int(row[1]) for row in rows if int(row[0]) == group and not row[2].startswith("Z")]


def open_files() -> int:
    """Those of this process, less what other tests have left to the collector."""
    gc.collect()
    return len(list(Path("/proc/self/fd").iterdir()))


def read_pids(file: Path) -> list[int]:
    """The numbers that a script has written, once they are there."""
    deadline = time.monotonic() + 30
    while not file.exists() or not file.read_text().endswith("\n"):
        assert time.monotonic() < deadline
        time.sleep(0.01)
    return [int(word) for word in file.read_text().split()]


def assert_gone(pids: list[int]) -> None:
    """A killed process needs a moment."""
    deadline = time.monotonic() + 30
    while any(map(alive, pids)) and time.monotonic() < deadline:
        time.sleep(0.01)
    assert [pid for pid in pids if alive(pid)] == []


async def refused(programs: Programs, *argv: str, within: float = 30.0) -> OutsideError:
    with pytest.raises(OutsideError) as caught:
        await programs.run(argv, what="BMC of web1", env={"PASS": SECRET}, within=within)
    assert SECRET not in str(caught.value)
    return caught.value


async def test_what_it_said_and_how_it_ended_come_back(programs: Programs) -> None:
    done = await programs.run(["sh", "-c", "echo out; echo err >&2; exit 3"], what="x")
    assert (done.code, done.out, done.err) == (3, "out\n", "err\n")


async def test_it_reads_what_it_is_given_and_then_the_end(programs: Programs) -> None:
    told = "password=" + "ä" * 100_000 + "\n"
    done = await programs.run(["cat"], what="x", stdin=told, limit=1 << 20)
    assert done.out == told
    assert (await programs.run(["cat"], what="x")).out == ""


async def test_its_environment_is_its_own(
    programs: Programs, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("RESPONDER_TEST_SECRET", "sesame")
    monkeypatch.setenv("LD_PRELOAD", "")
    done = await programs.run(["env"], what="x", env={"IPMI_PASSWORD": SECRET})
    names = {line.partition("=")[0] for line in done.out.splitlines()}
    assert names - {"PWD"} == {"PATH", "LC_ALL", "IPMI_PASSWORD"}


async def test_no_shell_reads_its_arguments(programs: Programs) -> None:
    done = await programs.run(["printf", "%s|", "$(id)", "a b", "--pdeathsig", ";x"], what="x")
    assert done.out == "$(id)|a b|--pdeathsig|;x|"
    done = await programs.run(["echo", "-n", "a'b", '"c"', "$1", "*", "`id`"], what="x")
    assert done.out == 'a\'b "c" $1 * `id`'


async def test_it_has_no_terminal_and_a_session_of_its_own(programs: Programs) -> None:
    script = "import os; print(os.getsid(0) == os.getpid() == os.getpgrp(), os.getcwd())"
    done = await programs.run([sys.executable, "-c", script], what="x")
    assert done.out == "True /\n"


async def test_a_missing_program_is_named(programs: Programs, tmp_path: Path) -> None:
    error = await refused(programs, "fence_nothing", SECRET)
    assert str(error) == "BMC of web1: the program fence_nothing is not installed"
    assert (error.transient, error.ambiguous) == (False, False)
    broken = tmp_path / "broken"
    broken.write_text("#!/nowhere/sh\n")
    broken.chmod(0o755)
    error = await refused(programs, str(broken))
    assert str(error) == f"BMC of web1: {broken} can't be run: not found"
    assert (error.transient, error.ambiguous) == (False, False)


async def test_a_zero_byte_is_refused_before_anything_runs(programs: Programs) -> None:
    error = await refused(programs, "true", "a\0b")
    assert (error.transient, error.ambiguous) == (False, False)


async def test_too_late_means_unsure_and_the_whole_group_is_killed(
    programs: Programs, tmp_path: Path
) -> None:
    script = f"sleep 60 & sh -c 'sleep 60; :' & echo $$ $! >{tmp_path}/pids; wait"
    began = time.monotonic()
    error = await refused(programs, "sh", "-c", script, within=0.5)
    assert time.monotonic() - began < 30
    assert str(error) == "BMC of web1: no end of sh in 0.5 s, so it was killed"
    assert (error.transient, error.ambiguous) == (True, True)
    leader, child = read_pids(tmp_path / "pids")
    assert_gone([leader, child])
    assert members(leader) == []


async def test_what_ignores_every_kind_word_is_killed_too(
    programs: Programs, tmp_path: Path
) -> None:
    script = f"trap '' TERM HUP INT; echo $$ >{tmp_path}/pids; while :; do sleep 1; done"
    await refused(programs, "sh", "-c", script, within=0.3)
    assert_gone(read_pids(tmp_path / "pids"))


async def test_who_is_cancelled_kills_its_program(programs: Programs, tmp_path: Path) -> None:
    script = f"sleep 60 & echo $$ $! >{tmp_path}/pids; wait"
    task = asyncio.create_task(programs.run(["sh", "-c", script], what="x"))
    pids = await asyncio.to_thread(read_pids, tmp_path / "pids")
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert_gone(pids)


async def test_a_child_left_behind_neither_delays_nor_survives(
    programs: Programs, tmp_path: Path
) -> None:
    script = f"sleep 60 & echo $! >{tmp_path}/pids; echo done"
    done = await programs.run(["sh", "-c", script], what="x", within=30)
    assert done.out == "done\n"
    assert_gone(read_pids(tmp_path / "pids"))


async def test_a_flood_fills_no_memory(programs: Programs) -> None:
    with taken() as memory:
        error = await refused(programs, "yes")
    assert str(error) == "BMC of web1: what yes said had no end, so it was killed"
    assert (error.transient, error.ambiguous) == (True, True)
    assert memory.most < 2 << 20
    with taken() as memory:
        done = await programs.run(["head", "-c", "5000000", "/dev/zero"], what="x", limit=10)
    assert (done.code, done.out) == (0, "\0" * 10)
    assert memory.most < 2 << 20


async def test_only_so_many_run_at_a_time(tmp_path: Path) -> None:
    programs = Programs(at_once=2)
    script = f"while [ ! -e {tmp_path}/go ]; do sleep 0.1; done"
    first = [asyncio.create_task(programs.run(["sh", "-c", script], what="x")) for _ in range(2)]
    await asyncio.sleep(0)
    error = await refused(programs, "true", within=0.2)
    (tmp_path / "go").touch()
    assert str(error) == "BMC of web1 was not run: 2 other programs were running"
    assert (error.transient, error.ambiguous) == (True, False)
    assert [done.code for done in await asyncio.gather(*first)] == [0, 0]
    assert (await programs.run(["true"], what="x", within=30)).code == 0


async def test_no_file_stays_open(programs: Programs) -> None:
    await programs.run(["true"], what="x", stdin="warm up")
    before = open_files()
    for _ in range(5):
        await programs.run(["cat"], what="x", stdin="some")
        await refused(programs, "fence_nothing")
        await refused(programs, "sleep", "9", within=0.05)
    assert open_files() <= before


DAEMON = """
import asyncio, sys, threading
from playbooks.programs import Programs
script = f"sleep 60 & sh -c 'sleep 60; :' & echo $$ $! >{sys.argv[1]}; wait"
work = lambda: asyncio.run(Programs().run(["sh", "-c", script], what="x"))
threading.Thread(target=work, daemon=True).start()
threading.Event().wait()
"""


@pytest.mark.parametrize("how", [signal.SIGKILL, signal.SIGTERM])
def test_it_dies_with_the_daemon_and_so_do_its_children(
    how: signal.Signals, tmp_path: Path
) -> None:
    daemon = subprocess.Popen([sys.executable, "-c", DAEMON, str(tmp_path / "pids")])
    try:
        leader, child = read_pids(tmp_path / "pids")
        assert alive(leader)
        assert alive(child)
    finally:
        daemon.send_signal(how)
        daemon.wait()
    assert_gone([leader, child])
    assert_gone(members(leader))


FIRST = """
import asyncio, ctypes, os, subprocess
from playbooks.outside import OutsideError
from playbooks.programs import Programs
ctypes.CDLL(None).prctl(36, 1, 0, 0, 0)  # PR_SET_CHILD_SUBREAPER: orphans come to us
async def work():
    programs = Programs()
    for _ in range(3):
        await programs.run(["true"], what="x")
    await programs.run(["sh", "-c", "sleep 60 & sleep 60 &"], what="x")
    try:
        await programs.run(["sh", "-c", "sleep 60 & wait"], what="x", within=0.2)
    except OutsideError:
        print("killed")
asyncio.run(work())
print(open(f"/proc/self/task/{os.getpid()}/children").read().split())
"""


def test_process_one_of_a_container_buries_what_it_inherits() -> None:
    done = subprocess.run([sys.executable, "-c", FIRST], capture_output=True, text=True)
    assert done.stdout == "killed\n[]\n"
