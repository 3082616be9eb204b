"""Can a person see from a shell what a playbook does, begin it, follow it and steer it?"""

import asyncio
import fcntl
import getpass
import json
import os
import pty
import signal
import subprocess
import sys
import termios
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
import structlog
from click.testing import CliRunner, Result

from responder.cli.verbs import verbs
from responder.clock import HandClock
from responder.emulators.redfish import RedfishEmulator
from responder.run_values import Intent, RunState
from tests.responder.cli.asking import call
from tests.responder.cli.conftest import START, Desk
from tests.responder.runs.company import EVERYTHING, asking, machines, put, settle
from tests.stories.stage import begin, firing

ME = getpass.getuser()
SURE = [word for check in EVERYTHING for word in ("--overrule", check)]
WHOLE = ("playbook", "run", "off-and-on", "web1", "--confirm", "web1", "--reason", "I see it")


@pytest.fixture
async def bmc() -> AsyncIterator[RedfishEmulator]:
    """The machines of the company."""
    one = machines()
    await one.start()
    yield one
    await one.stop()


@pytest.fixture
async def desk(tmp_path: Path, bmc: RedfishEmulator) -> AsyncIterator[Desk]:
    """A shell beside a daemon with one playbook; its duties stand still."""
    structlog.configure(logger_factory=structlog.ReturnLoggerFactory())
    clock = HandClock(START)
    stage = await begin(settle(tmp_path, bmc), clock=clock)
    yield Desk(stage, clock)
    await stage.daemon.end()


@pytest.fixture
async def working(desk: Desk) -> Desk:
    """The same with its duties at work."""
    desk.stage.daemon.work()
    return desk


async def begun(desk: Desk, *words: object) -> Any:
    """A run that stands at its beginning."""
    return await desk.told(*WHOLE, "--detach", *words)


async def typing(desk: Desk, keys: str, *words: object) -> Result:
    """A verb, and what a person types when it asks."""
    line = [*map(str, words), "-c", str(desk.file)]
    return await asyncio.to_thread(CliRunner().invoke, verbs, line, input=keys)


# Seeing


async def test_playbooks_are_listed_and_shown(desk: Desk) -> None:
    lines = (await desk.call("playbook", "list")).stdout.splitlines()
    assert lines[0].split() == ["NAME", "VERSION", "MODE", "STEPS", "ABOUT"]
    assert lines[2].split()[:4] == ["off-and-on", "2", "ask", "3"]
    shown = (await desk.call("playbook", "show", "off-and-on")).stdout
    assert shown.startswith("off-and-on, version 2: Switch it off, and on again\n")
    assert "by hand only" in shown
    assert (await desk.told("playbook", "show", "off-and-on"))["text"]["version"] == 2
    assert await desk.refused("playbook", "show", "nothing") == 'no playbook is called "nothing"'


async def test_a_plan_says_each_step_and_verdict_and_changes_nothing(
    desk: Desk, bmc: RedfishEmulator
) -> None:
    result = await desk.call("playbook", "plan", "off-and-on", "web1")
    assert result.exit_code == 0, result.output
    text = result.stdout
    assert "1. off: switch web1 off, and see that it is off" in text
    assert "   ~ approval         0 of 1 approved" in text
    assert "   + identity" in text
    assert "   the gate would not let it through now: second_opinion" in text
    assert (await desk.told("playbook", "list", "--runs", "--all"))["runs"] == []
    assert bmc.by_id["web1"].chassis.orders == []
    told = await desk.told("playbook", "plan", "off-and-on", "web1")
    assert [step["id"] for step in told["steps"]] == ["off", "on", "tell"]
    assert "no server is called" in await desk.refused("playbook", "plan", "off-and-on", "web9")


async def test_runs_are_listed(desk: Desk) -> None:
    await begun(desk)
    await desk.told("playbook", "abort", 1)
    await begun(desk)

    async def ids(*words: object) -> list[str]:
        return [one["id"] for one in (await desk.told("playbook", "list", *words))["runs"]]

    assert await ids("--runs") == ["2"]
    assert await ids("--all") == ["2", "1"]
    assert await ids("--state", "aborted") == ["1"]
    assert await ids("--server", "web2") == []
    lines = (await desk.call("playbook", "list", "--runs")).stdout.splitlines()
    assert lines[1].split()[:5] == ["2", "off-and-on", "web1", "due", "off"]


async def test_a_run_is_shown_with_its_steps_verdicts_and_journal(desk: Desk) -> None:
    await begun(desk)
    await asking(desk.stage)
    await desk.told("playbook", "reject", 1, "--note", "no\x1b[2J way")
    shown = (await desk.call("playbook", "show", 1)).stdout
    assert "\x1b" not in shown
    lines = shown.splitlines()
    assert lines[0] == "run 1: off-and-on on web1"
    assert f"begun:     2026-11-22 03:10:00 by {ME}" in lines
    assert ">  off   power.off" in shown
    assert any(line.startswith("03:10:00  off: rejected by") for line in lines)
    told = await desk.told("playbook", "show", 1)
    assert told["events"][-1]["kind"] == "rejected"


# Beginning and following


async def test_a_run_is_followed_to_its_good_end(working: Desk, bmc: RedfishEmulator) -> None:
    result = await working.call(*WHOLE, *SURE)
    assert result.exit_code == 0, result.output
    lines = result.stdout.splitlines()
    shown = (await working.call("playbook", "show", 1)).stdout
    assert "the gate at on:" in shown
    assert "+  identity         the device shows serial SN1" in shown
    assert lines[0] == "run 1 of off-and-on on web1 for incident 1"
    assert any("about to: off" in line for line in lines)
    assert lines[-1] == "run 1 of off-and-on on web1: done"
    assert [order.verb for order in bmc.by_id["web1"].chassis.orders] == ["off", "on"]


async def test_a_run_that_the_gate_stops_ends_with_1(working: Desk) -> None:
    await working.told("kill-switch", "on", "--reason", "moving racks")
    result = await working.call(*WHOLE, *SURE, "--json")
    told = json.loads(result.stdout)
    assert told["steps"][0]["outcome"] == "failed"
    assert "kill_switch" in told["steps"][0]["text"]
    assert result.exit_code == (0 if told["state"] == "done" else 1)


async def test_a_run_nobody_knows_the_end_of_ends_with_1(desk: Desk) -> None:
    await begun(desk)
    await put(desk.stage, RunState.UNKNOWN, intent=Intent("off", START, "off"), wake_at=None)
    result = await desk.call("playbook", "show", 1, "--follow")
    assert result.exit_code == 1
    assert result.stdout.splitlines()[-1] == ('unknown: "off" of off at 03:10:00: see for yourself')
    told = await desk.told("playbook", "continue", 1, "--failed", "--note", "still lit")
    assert (told["step"], told["steps"][0]["text"]) == ("tell", "still lit")
    assert (await desk.call("playbook", "continue", 1)).exit_code == 2


async def test_the_name_is_typed_before_anything_begins(desk: Desk) -> None:
    words = ("playbook", "run", "off-and-on", "web1", "--detach")
    result = await typing(desk, "web1\n", *words)
    assert result.exit_code == 0, result.output
    assert "Type web1 to say that you mean it: web1" in result.output
    assert "run 1 of off-and-on on web1: due" in result.output
    wrong = await typing(desk, "web2\n", *words)
    assert wrong.exit_code == 1
    assert 'type the name "web1"' in wrong.stderr
    nobody = await typing(desk, "", *words)
    assert nobody.exit_code == 2
    assert "give --confirm web1" in nobody.stderr


async def test_a_dry_run_asks_nothing_and_switches_nothing(
    working: Desk, bmc: RedfishEmulator
) -> None:
    result = await working.call("playbook", "run", "off-and-on", "web1", "--dry-run")
    assert result.exit_code == 0, result.output
    assert "dry off-and-on on web1" in result.stdout
    assert "it would switch web1 off" in result.stdout
    assert bmc.by_id["web1"].chassis.orders == []


async def test_what_is_overruled_needs_a_reason(desk: Desk) -> None:
    words = ("playbook", "run", "off-and-on", "web1", "--confirm", "web1", "--overrule")
    assert "say why you overrule it" in await desk.refused(*words, "storm")
    assert "nobody overrules" in await desk.refused(*words, "identity", "--reason", "sure")


async def test_a_drill_is_marked_as_one(working: Desk, bmc: RedfishEmulator) -> None:
    result = await working.call("drill", "off-and-on", "web1")
    assert result.exit_code == 0, result.output
    assert "DRILL off-and-on on web1: done" in result.stdout
    assert bmc.by_id["web1"].chassis.orders == []
    (incident,) = (await working.told("incident", "list", "--all"))["incidents"]
    assert incident["title"].startswith("DRILL: ")
    assert incident["runs"][0]["playbook"] == "off-and-on"


# Steering


async def test_what_it_asks_is_shown_and_agreed_to_by_its_name(desk: Desk) -> None:
    await begun(desk)
    await asking(desk.stage)
    wrong = await typing(desk, "web2\n", "playbook", "approve", 1)
    assert wrong.exit_code == 1
    result = await typing(desk, "web1\n", "playbook", "approve", 1, "--reason", "seen it")
    assert result.exit_code == 0, result.output
    assert "approval" in result.output
    assert "run 1 would switch web1 off, and see that it is off" in result.output
    (one,) = (await desk.told("playbook", "show", 1))["approvals"]
    assert (one["person"], one["reason"]) == (ME, "seen it")


async def test_nobody_agrees_to_what_asks_nothing(desk: Desk) -> None:
    await begun(desk)
    assert await desk.refused("playbook", "approve", 1) == "run 1 asks nothing: due"


async def test_it_is_paused_taken_over_resumed_and_aborted(desk: Desk) -> None:
    await begun(desk)
    paused = await desk.call("playbook", "pause", 1, "--note", "wait")
    assert paused.stdout == f"run 1 of off-and-on on web1: paused by {ME}\n"
    await desk.told("playbook", "takeover", 1, "--note", "mine")
    assert (await desk.told("playbook", "resume", 1))["state"] == "due"
    told = await desk.told("playbook", "abort", 1, "--note", "wrong machine")
    assert told["state"] == "aborted"
    assert await desk.refused("playbook", "pause", 1) == "it is over: it was aborted"
    assert await desk.refused("playbook", "abort", 7) == "there is no run 7"


# On a terminal


async def test_on_a_terminal_the_steps_are_redrawn_in_place(working: Desk) -> None:
    words = [sys.executable, "-m", "responder", *WHOLE, *SURE, "-c", str(working.file)]
    code, seen = await asyncio.to_thread(_on_terminal, words)
    assert code == 0, seen
    assert "run 1 of off-and-on on web1: done" in seen
    hidden, shown = "\x1b[?25l", "\x1b[?25h"
    assert hidden in seen
    assert seen.rindex(shown) > seen.rindex(hidden)


async def test_ctrl_c_leaves_the_run_going_and_says_so(desk: Desk) -> None:
    await begun(desk)
    words = [sys.executable, "-m", "responder", "playbook", "show", "1", "--follow"]
    shell = await asyncio.create_subprocess_exec(
        *words, "-c", str(desk.file), stdout=subprocess.PIPE, stderr=subprocess.STDOUT
    )
    assert shell.stdout is not None
    first = await shell.stdout.readline()
    assert b"begun: off-and-on" in first
    shell.send_signal(signal.SIGINT)
    rest = await shell.stdout.read()
    assert await shell.wait() == 1
    assert rest.decode().strip() == "run 1 goes on: responder playbook show 1"
    assert (await desk.told("playbook", "show", 1))["state"] == "due"


async def test_ctrl_c_on_a_terminal_leaves_it_as_it_was(desk: Desk) -> None:
    await begun(desk)
    words = [sys.executable, "-m", "responder", "playbook", "show", "1", "--follow"]
    code, seen = await asyncio.to_thread(_on_terminal, [*words, "-c", str(desk.file)], "\x03")
    assert code == 1, seen
    assert "run 1 goes on" in seen
    assert seen.rindex("\x1b[?25h") > seen.rindex("\x1b[?25l")


def _on_terminal(words: list[str], keys: str = "") -> tuple[int, str]:
    """A program on a terminal of its own: how it ended, and all that stood there. The keys are
    pressed once it draws.
    """
    ours, theirs = pty.openpty()
    seen = b""
    with subprocess.Popen(
        words, stdin=theirs, stdout=theirs, stderr=theirs, preexec_fn=_own_terminal
    ) as program:
        os.close(theirs)
        while part := _read(ours):
            seen += part
            if keys and b"[?25l" in seen:
                os.write(ours, keys.encode())
                keys = ""
        code = program.wait(20)
    os.close(ours)
    return code, seen.decode()


def _own_terminal() -> None:
    """So that Ctrl-C reaches it."""
    os.setsid()
    fcntl.ioctl(0, termios.TIOCSCTTY, 0)


def _read(terminal: int) -> bytes:
    try:
        return os.read(terminal, 65536)
    except OSError:  # Linux says so when the other end is closed
        return b""


# Power, the log, the schema


async def test_a_device_is_asked_who_it_is(desk: Desk, bmc: RedfishEmulator) -> None:
    result = await desk.call("power", "status", "web1")
    assert result.exit_code == 0, result.output
    assert "state:    on" in result.stdout
    assert "identity: it is the machine that we mean" in result.stdout
    bmc.by_id["web1"].serial = "SN9"
    result = await desk.call("power", "status", "web1")
    assert result.exit_code == 1
    assert "SN9, not SN1" in result.stdout
    assert "has no `power:`" in await desk.refused("power", "status", "web2")


async def test_the_journals_of_runs_are_proved_too(desk: Desk) -> None:
    await desk.stage.send(firing())
    await begun(desk)
    proved = await desk.told("log", "verify")
    assert (proved["logs"], proved["faults"]) == (2, [])

    def tamper(tx: Any) -> None:
        tx.exec_driver_sql("UPDATE run_event SET actor = 'somebody' WHERE run = 1")

    await desk.stage.daemon.world.store.write(tamper)
    result = await desk.call("log", "verify")
    assert (result.exit_code, result.stdout) == (1, "run 1: line 1 was changed\n")


def test_the_schema_knows_each_action_with_its_settings() -> None:
    told = json.loads(call("playbook", "schema").stdout)
    step = told["$defs"]["Step"]
    assert "power.cycle" in step["properties"]["uses"]["enum"]
    assert "off_for" in json.dumps(told["$defs"])
