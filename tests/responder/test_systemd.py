"""Does systemd hear what we say, wherever it listens?"""

import os
import socket
from pathlib import Path

import pytest

from responder import systemd


@pytest.mark.parametrize("abstract", [False, True])
def test_it_is_told_on_its_socket(tmp_path: Path, *, abstract: bool) -> None:
    path = str(tmp_path / "notify")
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as manager:
        manager.bind("\0" + path if abstract else path)
        manager.settimeout(5)
        told = {"NOTIFY_SOCKET": "@" + path if abstract else path}
        systemd.tell("READY=1", "STATUS=well", environment=told)
        assert manager.recv(100) == b"READY=1\nSTATUS=well"


def test_without_a_manager_nothing_is_said_and_nothing_breaks(tmp_path: Path) -> None:
    systemd.tell("READY=1", environment={})
    systemd.tell("READY=1", environment={"NOTIFY_SOCKET": str(tmp_path / "nobody")})


def test_a_manager_that_does_not_read_does_not_hold_us_up(tmp_path: Path) -> None:
    path = str(tmp_path / "notify")
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as manager:
        manager.bind(path)
        for _ in range(1000):
            systemd.tell("WATCHDOG=1", environment={"NOTIFY_SOCKET": path})
        assert manager.recv(100) == b"WATCHDOG=1"


@pytest.mark.parametrize(
    ("environment", "seconds"),
    [
        ({}, None),
        ({"WATCHDOG_USEC": "30000000"}, 30.0),
        ({"WATCHDOG_USEC": "30000000", "WATCHDOG_PID": str(os.getpid())}, 30.0),
        ({"WATCHDOG_USEC": "30000000", "WATCHDOG_PID": "1"}, None),
        ({"WATCHDOG_USEC": "0"}, None),
        ({"WATCHDOG_USEC": "soon"}, None),
    ],
)
def test_it_is_known_how_long_we_may_be_silent(
    environment: dict[str, str], seconds: float | None
) -> None:
    assert systemd.watchdog_seconds(environment) == seconds
