"""What a test asks of this machine: a part that must be here, a port that is free."""

import os
import secrets
import socket

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
    that none of those can take it before the program does. pytest-randomly gives every xdist worker
    the same dice; `secrets` are dice of their own.
    """
    while True:
        port = 20000 + secrets.randbelow(12000)
        with socket.socket() as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind(("127.0.0.1", port))
            except OSError:
                continue
            return port
