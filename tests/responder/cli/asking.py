"""How a test calls a verb: in this process, or as a real program."""

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from click.testing import CliRunner, Result

from responder.cli.verbs import verbs
from tests.real.process import Process
from tests.require import free_port

SMALLEST = """
daemon: {listen: "127.0.0.1:PORT", store: "sqlite:///responder.db"}
senders:
  alertmanager: {kind: alertmanager, token_file: secrets/alertmanager}
servers:
  web1: {address: 127.0.0.2}
people:
  ana: {methods: [{kind: email, to: ana@example.net}]}
teams:
  rapid-response: {members: [ana]}
paging:
  email: {host: 127.0.0.1, port: 2525, from: responder@example.net}
""".lstrip()


def call(*words: object, stdin: str | None = None) -> Result:
    """A verb in this process; an exception that is no click error fails the test."""
    return CliRunner().invoke(
        verbs, [str(word) for word in words], input=stdin, catch_exceptions=False
    )


def told(*words: object) -> Any:
    """What a verb that went well says with --json."""
    result = call(*words, "--json")
    assert result.exit_code == 0, result.output
    return json.loads(result.stdout)


def settle(folder: Path, text: str = SMALLEST, **secrets: str) -> Path:
    """A configuration with its secrets in a folder; the path of the file."""
    place = folder / "secrets"
    place.mkdir(exist_ok=True)
    for name, value in {"alertmanager": "a token", **secrets}.items():
        (place / name).write_text(value)
        (place / name).chmod(0o600)
    file = folder / "responder.yaml"
    file.write_text(text.replace("PORT", str(free_port())))
    return file


HELD_UP = 4.0  # seconds: whoever stays connected is hung up on after five


class Program:
    """`responder WORDS` as a process of its own; its log is read line by line."""

    def __init__(self, folder: Path, *words: object, env: Mapping[str, str] | None = None) -> None:
        command = (sys.executable, "-m", "responder", *map(str, words))
        self.process = Process(*command, log=folder / "log", env=env)

    def begin(self) -> dict[str, Any]:
        """Start it and wait for its line `ready`; the facts in that line."""
        self.process.start()
        return self.wait_for("ready")

    def wait_for(self, event: str, *, within: float = 60.0) -> dict[str, Any]:
        """The first line of the log about this event."""
        deadline = time.monotonic() + within
        while time.monotonic() < deadline:
            for line in self.lines():
                if line["event"] == event:
                    return line
            assert self.process.died() is None, self.process.died()
            time.sleep(0.01)
        raise AssertionError(f"no {event} in {self.process.log.read_text()}")

    def lines(self) -> list[dict[str, Any]]:
        """What it has logged; other lines have an empty event."""
        text = self.process.log.read_text() if self.process.log.exists() else ""
        whole = text[: text.rfind("\n") + 1].splitlines()
        return [json.loads(one) if one[:1] == "{" else {"event": "", "": one} for one in whole]

    def signal(self, which: signal.Signals) -> None:
        os.kill(self.process.pid, which)

    def exit_code(self, *, within: float = 60.0) -> int:
        """How it ended; AssertionError when it does not."""
        deadline = time.monotonic() + within
        while time.monotonic() < deadline:
            ended = os.waitid(os.P_PID, self.process.pid, os.WEXITED | os.WNOWAIT | os.WNOHANG)
            if ended is not None:
                return ended.si_status if ended.si_code == os.CLD_EXITED else -ended.si_status
            time.sleep(0.01)
        raise AssertionError(f"still running after {within} s")

    def stops(self) -> float:
        """Stop it; how many seconds it takes to end well."""
        asked = time.monotonic()
        self.signal(signal.SIGTERM)
        assert self.exit_code() == 0
        took = time.monotonic() - asked
        self.end()
        return took

    def end(self) -> None:
        self.process.end()


def best_of_three(attempt: Callable[[], float], *, below: float) -> bool:
    """Is it quick? An attempt during which the machine stood still says nothing."""
    return any(attempt() < below for _ in range(3))


def run(*words: object, cwd: Path, env: Mapping[str, str] | None = None) -> Any:
    """`responder WORDS` in a shell of its own, to its end."""
    command = [sys.executable, "-m", "responder", *map(str, words)]
    return subprocess.run(
        command,
        cwd=cwd,
        env={**os.environ, **(env or {})},
        capture_output=True,
        text=True,
        timeout=90,
        check=False,
    )
