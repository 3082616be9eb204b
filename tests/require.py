"""What a test asks of this machine: a part that must be here, a port that is free."""

import os
import random
import socket
from collections.abc import Iterator
from itertools import cycle

import pytest


def require(part: str, *, present: bool) -> None:
    """Skip the test when a part is absent, or fail it where all parts are promised.

    The promise is the environment variable RESPONDER_REQUIRE_REAL=1, so that a missing part never
    looks like a passed test where it should have been there.
    """
    if present:
        return
    if os.environ.get("RESPONDER_REQUIRE_REAL") == "1":
        pytest.fail(f"{part} is not on this machine, and RESPONDER_REQUIRE_REAL=1 promised it")
    pytest.skip(f"{part} is not on this machine; tests/real/parts.sh installs it")


def free_port() -> int:
    """A loopback port that nobody listens on, for a program that must be told its port.

    It is drawn from below the range that Linux gives to outgoing connections (32768 and up), so
    that none of those can take it before the program does, and from this xdist worker's own part of
    that, so that no other worker can. None comes again before all of the part have come.
    """
    while True:
        port = next(_ports)
        with socket.socket() as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind(("127.0.0.1", port))
            except OSError:
                continue
            return port


def _drawn() -> Iterator[int]:
    """Ports of this worker, in an order of this run: two runs may go on beside each other, and
    pytest-randomly would give both the same dice.
    """
    workers = int(os.environ.get("PYTEST_XDIST_WORKER_COUNT", "1"))
    worker = int(os.environ.get("PYTEST_XDIST_WORKER", "gw0").removeprefix("gw"))
    ours = list(range(20000 + worker, 32000, workers))
    random.SystemRandom().shuffle(ours)
    return cycle(ours)


_ports = _drawn()
