"""Does the installed wheel live under the limits of the container?"""

import importlib.util
import json
import os
import signal
import subprocess
from collections.abc import Iterator
from pathlib import Path
from textwrap import dedent

import pytest

from tests.deploy import box
from tests.real.process import Process
from tests.real.server import Server
from tests.require import free_port, require
from tests.rooms import HOUSE

TOKEN = "a made-up token of the box"
CONFIGURATION = """
daemon: {listen: "127.0.0.1:PORT", store: "sqlite:////mnt/data/responder.db"}
senders:
  alertmanager: {kind: alertmanager, token_file: alertmanager}
servers:
  web1: {address: 127.0.0.2}
people:
  ana: {methods: [{kind: email, to: ana@example.net}]}
teams:
  rapid-response: {members: [ana]}
paging:
  email: {host: 127.0.0.1, port: SMTP, from: responder@example.net}
"""


@pytest.fixture
def place(tmp_path: Path) -> Path:
    require("root with mount namespaces", present=box.possible())
    box.furnish(tmp_path)
    return tmp_path


@pytest.fixture
def daemon(place: Path) -> Iterator[Server]:
    """The daemon as the image starts it; not started yet."""
    require("the daemon", present=importlib.util.find_spec("responder.cli") is not None)
    port = free_port()
    text = CONFIGURATION.replace("PORT", str(port)).replace("SMTP", str(free_port()))
    box.place_for_nobody(place / "etc" / "responder.yaml", text)
    box.place_for_nobody(place / "etc" / "alertmanager", TOKEN)
    run = "from responder.cli import main; main()"
    command = box.boxed(place, "-c", run, "run", "-c", "/mnt/etc/responder.yaml")
    process = Process(*command, log=place / "log")
    server = Server(process, port=port, ready_path="/-/ready", headers={})
    yield server
    server.end()


def say(place: Path, code: str) -> str:
    """What this Python code prints inside the box."""
    command = box.boxed(place, "-c", dedent(code))
    answer = subprocess.run(command, capture_output=True, text=True, check=False)
    assert answer.returncode == 0, answer.stderr
    return answer.stdout.strip()


def test_the_limits_of_the_box_are_real(place: Path) -> None:
    """Without this, the other tests here would prove nothing."""
    assert say(place, "import os; print(os.getuid(), os.getgroups())") == "65532 []"
    powers = "print(*(x for x in open('/proc/self/status') if x[:4] in ('CapE', 'NoNe')))"
    assert say(place, powers).split() == ["CapEff:", "0" * 16, "NoNewPrivs:", "1"]
    tried = """
        import errno, pathlib
        for folder in ("/", "/etc", "/var/tmp", "/mnt", "/mnt/etc", "/mnt/wheel", "/mnt/data"):
            try:
                pathlib.Path(folder, "mark").write_text("")
            except OSError as no:
                print(folder, errno.errorcode[no.errno])
    """
    refused = dict(line.split() for line in say(place, tried).splitlines())
    assert refused.pop("/mnt/data", None) is None
    assert list(refused.values()) == ["EROFS"] * 6


def test_the_four_packages_come_from_the_wheel(place: Path) -> None:
    names = "probes, alerts, playbooks, responder"
    homes = say(place, f"import {names}; print(*(m.__file__ for m in ({names})))").split()
    assert [Path(home).parent.parent for home in homes] == [Path("/mnt/wheel")] * 4


async def test_the_daemon_takes_an_alert_under_the_limits(daemon: Server) -> None:
    body = json.loads((HOUSE / "tests/captures/single-firing.json").read_text(encoding="utf-8"))
    await daemon.start()
    sender = {"Authorization": f"Bearer {TOKEN}"}
    await daemon.call("POST", "/api/v1/alertmanager", json=body, headers=sender)
    alerts = await daemon.call("GET", "/api/v2/alerts", headers=sender)
    assert [alert["labels"] for alert in alerts] == [body["alerts"][0]["labels"]]


def test_a_stop_of_the_container_ends_the_daemon_at_once(daemon: Server) -> None:
    daemon.start_at_once()
    os.kill(daemon.process.pid, signal.SIGTERM)
    ended = os.waitid(os.P_PID, daemon.process.pid, os.WEXITED | os.WNOWAIT)
    assert ended is not None
    assert (ended.si_code, ended.si_status) == (os.CLD_EXITED, 0)
