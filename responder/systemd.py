"""What systemd is told about us: ready, reloading, stopping, and that we are alive."""

import os
import socket
import time
from collections.abc import Mapping


def tell(*lines: str, environment: Mapping[str, str] = os.environ) -> None:
    """Say these lines to the service manager (sd_notify(3)); nothing when there is none.

    One that does not listen is no reason to stop paging people.
    """
    address = environment.get("NOTIFY_SOCKET", "")
    if not address:
        return
    if address.startswith("@"):  # an abstract socket
        address = "\0" + address[1:]
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM | socket.SOCK_CLOEXEC) as channel:
        channel.setblocking(False)
        try:
            channel.sendto("\n".join(lines).encode(), address)
        except OSError:
            return


def ready(status: str) -> tuple[str, ...]:
    """We serve; `status` is shown by `systemctl status`."""
    return "READY=1", f"STATUS={status}"


def reloading() -> tuple[str, ...]:
    """The configuration is being read again; `ready` must follow."""
    return "RELOADING=1", f"MONOTONIC_USEC={time.monotonic_ns() // 1000}"


def watchdog_seconds(environment: Mapping[str, str] = os.environ) -> float | None:
    """After how long a silence systemd kills us; None when it does not watch this process."""
    told, pid = environment.get("WATCHDOG_USEC", ""), environment.get("WATCHDOG_PID", "")
    if not told.isdecimal() or pid not in ("", str(os.getpid())):
        return None
    return int(told) / 1_000_000 or None
