"""A real server that greets whoever connects: started, stopped, killed and frozen by a test."""

import shutil
import signal
import socket
import tempfile
import time
from pathlib import Path

from tests.real.process import Process


class Service:
    """A process that is ready once each of these ports has said something of its own accord.

    `folder` lies outside pytest's own, so that a server that gives up root may enter it.
    """

    def __init__(self, process: Process, *, folder: Path, greets: tuple[int, ...]) -> None:
        self.process = process
        self.folder = folder
        self._greets = greets

    def start(self) -> None:
        """Start it (unless it runs) and block until it greets; RuntimeError with its last words."""
        self.process.start()
        deadline = time.monotonic() + 60
        while not all(map(_greets, self._greets)):
            if (words := self.process.died()) is not None or time.monotonic() > deadline:
                raise RuntimeError(f"{self.process.argv[0]} did not start: {words}")
            time.sleep(0.02)

    def stop(self) -> None:
        """Stop it as its service manager would (SIGTERM)."""
        self._end(signal.SIGTERM)

    def kill(self) -> None:
        """Kill it and its children without a warning."""
        self._end(signal.SIGKILL)

    def pause(self) -> None:
        """Freeze it: who calls it is connected and then hears nothing."""
        self.process.pause()

    def resume(self) -> None:
        """Thaw what pause() froze."""
        self.process.resume()

    def remove(self) -> None:
        """End it and delete its files."""
        self.process.end()
        shutil.rmtree(self.folder)

    def _end(self, with_signal: signal.Signals) -> None:
        """Also waits for its last child to let go of the ports."""
        self.process.end(with_signal)
        deadline = time.monotonic() + 45
        while any(map(_taken, self._greets)) and time.monotonic() < deadline:
            time.sleep(0.01)


def open_folder(name: str) -> Path:
    """A new folder that every user of this machine may enter."""
    folder = Path(tempfile.mkdtemp(prefix=f"responder-{name}-"))
    folder.chmod(0o755)
    return folder


def _greets(port: int) -> bool:
    try:
        with socket.create_connection(("127.0.0.1", port), timeout=45) as caller:
            return caller.recv(1) != b""
    except OSError:
        return False


def _taken(port: int) -> bool:
    with socket.socket() as caller:
        return caller.connect_ex(("127.0.0.1", port)) == 0
