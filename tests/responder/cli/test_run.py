"""Does the daemon begin, obey and end as its service manager expects?"""

import asyncio
import contextlib
import os
import pty
import signal
import socket
import sqlite3
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import aiohttp
import pytest

from tests.patient import eventually
from tests.real.smtp import Mailbox, Trouble
from tests.responder.cli.asking import HELD_UP, SMALLEST, Program, best_of_three, run, settle
from tests.stories.stage import firing

StartProgram = Callable[..., Program]


@pytest.fixture
def program(tmp_path: Path) -> Iterator[StartProgram]:
    """`program(words)` prepares one; all of them end with the test."""
    programs: list[Program] = []

    def prepare(*words: object, env: dict[str, str] | None = None) -> Program:
        folder = tmp_path / f"program-{len(programs)}"
        folder.mkdir()
        programs.append(Program(folder, *words, env=env))
        return programs[-1]

    yield prepare
    for one in programs:
        one.end()


@pytest.fixture
def manager(tmp_path: Path) -> Iterator[socket.socket]:
    """A socket that hears what systemd would."""
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as channel:
        channel.bind(str(tmp_path / "notify"))
        channel.settimeout(60)
        yield channel


def heard(manager: socket.socket, word: str) -> str:
    """The next message that begins with this word."""
    while True:
        message = manager.recv(4096).decode()
        if message.startswith(word):
            return message


def drain(manager: socket.socket) -> None:
    """Take what was said already."""
    manager.setblocking(False)
    with contextlib.suppress(BlockingIOError):
        while manager.recv(4096):
            pass


def port_of(file: Path) -> int:
    return int(file.read_text().split("127.0.0.1:", 1)[1].split('"', 1)[0])


def test_it_says_ready_once_and_ends_well_when_it_is_told_to(
    tmp_path: Path, program: StartProgram
) -> None:
    file = settle(tmp_path)
    daemon = program("run", "-c", file)
    assert daemon.begin()["listen"] == f"127.0.0.1:{port_of(file)}"
    socket.create_connection(("127.0.0.1", port_of(file)), timeout=45).close()
    daemon.signal(signal.SIGTERM)
    assert daemon.exit_code() == 0
    assert [line["event"] for line in daemon.lines()].count("ready") == 1
    assert all(line["event"] for line in daemon.lines())


def test_an_interrupt_ends_it_as_well(tmp_path: Path, program: StartProgram) -> None:
    daemon = program("run", "-c", settle(tmp_path))
    daemon.begin()
    daemon.signal(signal.SIGINT)
    assert daemon.exit_code() == 0


def test_what_it_writes_is_for_its_user_alone(tmp_path: Path, program: StartProgram) -> None:
    (tmp_path / "data").mkdir()
    file = settle(tmp_path)
    file.write_text(file.read_text().replace("responder.db", "data/responder.db"))
    program("run", "-c", file).begin()
    modes = {path.name: path.stat().st_mode & 0o777 for path in (tmp_path / "data").iterdir()}
    assert {"responder.db", "responder.sock", "responder.key"} <= modes.keys()
    assert {name: mode for name, mode in modes.items() if mode & 0o077} == {}


def test_a_file_with_a_mistake_is_told_line_by_line(tmp_path: Path) -> None:
    file = settle(tmp_path)
    file.write_text(file.read_text().replace("servers:", "servrs:"))
    answer = run("run", "-c", file, cwd=tmp_path)
    assert answer.returncode == 78
    assert answer.stderr == f'{file}:4:1: unknown key "servrs", did you mean "servers"?\n'
    assert answer.stdout == ""


def test_a_secret_that_cannot_be_read_is_a_mistake_of_the_file(tmp_path: Path) -> None:
    file = settle(tmp_path)
    (tmp_path / "secrets" / "alertmanager").unlink()
    answer = run("run", "-c", file, cwd=tmp_path)
    assert answer.returncode == 78
    assert "can't be read: No such file or directory" in answer.stderr


def test_a_taken_port_is_one_clear_line(tmp_path: Path) -> None:
    file = settle(tmp_path)
    with socket.create_server(("127.0.0.1", port_of(file))):
        answer = run("run", "-c", file, cwd=tmp_path)
    assert answer.returncode == 1
    told = f"Error: cannot serve on 127.0.0.1:{port_of(file)}: another program listens there\n"
    assert answer.stderr == told
    assert "Unclosed" not in answer.stdout


def test_a_second_instance_on_one_store_is_refused(tmp_path: Path, program: StartProgram) -> None:
    file = settle(tmp_path)
    first = program("run", "-c", file)
    first.begin()
    answer = run("run", "-c", file, cwd=tmp_path)
    assert answer.returncode == 1
    assert f"is in use by another responder (process {first.process.pid})" in answer.stderr


def test_a_damaged_store_says_what_to_do(tmp_path: Path) -> None:
    file = settle(tmp_path)
    (tmp_path / "responder.db").write_bytes(b"SQLite format 3\0" + os.urandom(8192))
    answer = run("run", "-c", file, cwd=tmp_path)
    assert answer.returncode == 1
    assert "is damaged" in answer.stderr
    assert "responder restore FILE" in answer.stderr
    assert len(answer.stderr.splitlines()) == 1


def test_the_store_of_a_later_program_is_refused(tmp_path: Path, program: StartProgram) -> None:
    file = settle(tmp_path)
    first = program("run", "-c", file)
    first.begin()
    first.end()
    with contextlib.closing(sqlite3.connect(tmp_path / "responder.db")) as store, store:
        store.execute("UPDATE alembic_version SET version_num = '9999'")
    answer = run("run", "-c", file, cwd=tmp_path)
    assert answer.returncode == 1
    assert "the store has tables of version 9999" in answer.stderr


def test_a_reload_takes_the_new_file(tmp_path: Path, program: StartProgram) -> None:
    file = settle(tmp_path)
    daemon = program("run", "-c", file)
    daemon.begin()
    file.write_text(file.read_text().replace("web1:", "web2:"))
    daemon.signal(signal.SIGHUP)
    daemon.wait_for("configuration_reloaded")


def test_a_reload_of_a_bad_file_keeps_the_old_one_and_says_why(
    tmp_path: Path, program: StartProgram
) -> None:
    file = settle(tmp_path)
    daemon = program("run", "-c", file)
    daemon.begin()
    good = file.read_text()
    file.write_text(good.replace("servers:", "servrs:"))
    daemon.signal(signal.SIGHUP)
    refused = daemon.wait_for("configuration_refused")
    assert refused["problems"] == [f'{file}:4:1: unknown key "servrs", did you mean "servers"?']
    file.write_text(good)
    daemon.signal(signal.SIGHUP)
    daemon.wait_for("configuration_reloaded")
    daemon.signal(signal.SIGTERM)
    assert daemon.exit_code() == 0


def test_systemd_hears_of_every_turn_of_its_life(
    tmp_path: Path, program: StartProgram, manager: socket.socket
) -> None:
    file = settle(tmp_path)
    env = {"NOTIFY_SOCKET": manager.getsockname(), "WATCHDOG_USEC": "400000"}
    daemon = program("run", "-c", file, env=env)
    daemon.begin()
    assert f"STATUS=serving on 127.0.0.1:{port_of(file)}" in heard(manager, "READY=1")
    assert heard(manager, "WATCHDOG=1")
    daemon.signal(signal.SIGHUP)
    reloading = heard(manager, "RELOADING=1").splitlines()[1]
    assert int(reloading.removeprefix("MONOTONIC_USEC=")) <= time.monotonic_ns() // 1000
    assert heard(manager, "READY=1")
    daemon.signal(signal.SIGTERM)
    assert heard(manager, "STOPPING=1")
    assert daemon.exit_code() == 0


def test_the_watchdog_falls_silent_with_the_daemon(
    tmp_path: Path, program: StartProgram, manager: socket.socket
) -> None:
    env = {"NOTIFY_SOCKET": manager.getsockname(), "WATCHDOG_USEC": "400000"}
    daemon = program("run", "-c", settle(tmp_path), env=env)
    daemon.begin()
    heard(manager, "WATCHDOG=1")
    daemon.process.pause()
    drain(manager)
    manager.settimeout(1.0)
    with pytest.raises(TimeoutError):
        manager.recv(4096)
    daemon.process.resume()
    manager.settimeout(60)
    assert heard(manager, "WATCHDOG=1")


def test_a_stop_during_the_start_is_obeyed(tmp_path: Path, program: StartProgram) -> None:
    daemon = program("run", "-c", settle(tmp_path))
    daemon.process.start()
    daemon.wait_for("store_opened")
    daemon.signal(signal.SIGTERM)
    assert daemon.exit_code() == 0


async def test_a_stop_finishes_what_is_begun_and_a_second_one_ends_at_once(
    tmp_path: Path, program: StartProgram, mailbox: Mailbox, manager: socket.socket
) -> None:
    mailbox.trouble = Trouble.HANG
    file = settle(tmp_path, SMALLEST.replace("2525", str(mailbox.port)))
    daemon = program("run", "-c", file, env={"NOTIFY_SOCKET": manager.getsockname()})
    await asyncio.to_thread(daemon.begin)
    url = f"http://127.0.0.1:{port_of(file)}/api/v1/alertmanager"
    headers = {"Authorization": "Bearer a token"}
    async with aiohttp.ClientSession(headers=headers) as session:
        assert (await session.post(url, json=firing())).status == 200
    await eventually(lambda: mailbox.attempts)
    daemon.signal(signal.SIGTERM)
    await asyncio.to_thread(heard, manager, "STOPPING=1")
    await asyncio.sleep(0.5)
    assert daemon.process.died() is None
    daemon.signal(signal.SIGTERM)
    assert await asyncio.to_thread(daemon.exit_code) == 1


def test_callers_who_stay_connected_do_not_hold_up_a_stop(
    tmp_path: Path, program: StartProgram
) -> None:
    file = settle(tmp_path)

    def stop() -> float:
        daemon = program("run", "-c", file)
        daemon.begin()
        with contextlib.ExitStack() as stack:
            for _ in range(20):
                address = ("127.0.0.1", port_of(file))
                caller = stack.enter_context(socket.create_connection(address, timeout=45))
                caller.sendall(b"GET /-/healthy HTTP/1.1\r\nHost: localhost\r\n\r\n")
                assert caller.recv(4096).startswith(b"HTTP/1.1 200")
            half = stack.enter_context(socket.create_connection(address, timeout=45))
            half.sendall(b"POST /api/v1/alertmanager HTTP/1.1\r\nHost: lo")
            return daemon.stops()

    assert best_of_three(stop, below=HELD_UP)


def test_on_a_terminal_it_logs_for_people(tmp_path: Path) -> None:
    ours, its = pty.openpty()
    command = [sys.executable, "-m", "responder", "run", "-c", str(settle(tmp_path))]
    program = subprocess.Popen(command, stdin=its, stdout=its, stderr=its, start_new_session=True)
    os.close(its)
    said = ""
    while "ready" not in said:
        said += os.read(ours, 4096).decode()
    program.terminate()
    assert program.wait(timeout=60) == 0
    os.close(ours)
    assert "store_opened" in said
    assert '"event"' not in said
