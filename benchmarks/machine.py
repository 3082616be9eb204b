"""Programs under measurement: started on loopback, weighed by the kernel's own figures, ended."""

import os
import shutil
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Sequence
from pathlib import Path

_TICK = 1 / os.sysconf("SC_CLK_TCK")


class Program:
    """One process of ours or of a peer."""

    def __init__(self, argv: Sequence[str], *, log: Path, cwd: Path) -> None:
        with log.open("ab") as out:
            self._process = subprocess.Popen(
                argv,
                stdout=out,
                stderr=out,
                cwd=cwd,
                env={**os.environ, "PYTHONPATH": os.getcwd()},  # noqa: PTH109
            )
        self.pid = self._process.pid

    def cpu_seconds(self) -> float:
        """User and system time so far, children not included."""
        fields = Path(f"/proc/{self.pid}/stat").read_text().rsplit(") ", 1)[1].split()
        return (int(fields[11]) + int(fields[12])) * _TICK

    def resident_megabytes(self) -> float:
        """What it holds in memory now."""
        for line in Path(f"/proc/{self.pid}/status").read_text().splitlines():
            if line.startswith("VmRSS:"):
                return int(line.split()[1]) / 1024
        raise RuntimeError("no VmRSS")

    def end(self) -> None:
        """SIGTERM, and SIGKILL after 20 s."""
        self._process.send_signal(signal.SIGTERM)
        try:
            self._process.wait(20)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()


def need(*programs: str) -> None:
    """SystemExit that names what is missing."""
    missing = [name for name in programs if shutil.which(name) is None]
    if missing:
        raise SystemExit(f"the benchmark needs {', '.join(missing)}: `make parts` installs them")


def free_port() -> int:
    """A port of loopback that nobody has."""
    with socket.create_server(("127.0.0.1", 0)) as probe:
        return int(probe.getsockname()[1])


def wait_for(url: str, *, seconds: float = 60.0) -> float:
    """Seconds until this address answers 200. TimeoutError when it never does."""
    begun = time.monotonic()
    while time.monotonic() - begun < seconds:
        try:
            with urllib.request.urlopen(url, timeout=1) as answer:  # noqa: S310 - loopback
                if answer.status == 200:
                    return time.monotonic() - begun
        except OSError:
            time.sleep(0.01)
    raise TimeoutError(url)


def python() -> str:
    """The interpreter that runs this benchmark."""
    return sys.executable
