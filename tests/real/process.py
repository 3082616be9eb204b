"""A real program that a test runs beside itself, and that surely ends with it."""

import contextlib
import os
import signal
import subprocess
import time
from collections.abc import Mapping
from pathlib import Path


class Process:
    """One program in a session of its own, its output in a log file.

    The kernel sends it `last_signal` when the test run dies without a word (PR_SET_PDEATHSIG, set
    by setpriv of util-linux), so start it from the main thread: it is the starting thread's death
    that counts.
    """

    def __init__(
        self,
        *argv: str,
        log: Path,
        env: Mapping[str, str] | None = None,
        user: str | None = None,
        last_signal: str = "TERM",
    ) -> None:
        self.argv = argv
        self.log = log
        self._env = {**os.environ, **(env or {})}
        self._wrap = ["setpriv", "--pdeathsig", last_signal, *as_user(user)]
        self._popen: subprocess.Popen[bytes] | None = None

    @property
    def pid(self) -> int:
        """The pid of the running program; RuntimeError when it does not run."""
        if self._popen is None:
            raise RuntimeError(f"{self.argv[0]} does not run")
        return self._popen.pid

    def start(self) -> None:
        """Start it, unless it runs already. Whether it is ready is the caller's question."""
        if self._popen is not None:
            return
        with self.log.open("ab") as log:
            self._popen = subprocess.Popen(
                [*self._wrap, *self.argv],
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                env=self._env,
                start_new_session=True,
            )

    def died(self) -> str | None:
        """None while it runs, else its last words."""
        if self._popen is not None and not self._exited():
            return None
        return self.log.read_text(errors="replace")[-2000:]

    def end(self, with_signal: signal.Signals = signal.SIGTERM, *, within: float = 45.0) -> None:
        """Ask it to end, kill its whole group when it does not obey, and leave no child behind."""
        if self._popen is None:
            return
        self.resume()
        os.kill(self._popen.pid, with_signal)
        deadline = time.monotonic() + within
        while not self._exited() and time.monotonic() < deadline:
            time.sleep(0.01)
        # Before wait(): an exited but unreaped leader keeps its pid from being given to a stranger.
        self._signal_group(signal.SIGKILL)
        self._popen.wait()
        self._popen = None

    def pause(self) -> None:
        """Freeze it and its children: connections are taken by the kernel, and nothing answers."""
        self._signal_group(signal.SIGSTOP)

    def resume(self) -> None:
        """Thaw what pause() froze; what does not run is left alone."""
        if self._popen is not None:
            self._signal_group(signal.SIGCONT)

    def _signal_group(self, which: signal.Signals) -> None:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self.pid, which)

    def _exited(self) -> bool:
        flags = os.WEXITED | os.WNOHANG | os.WNOWAIT
        return os.waitid(os.P_PID, self.pid, flags) is not None


def as_user(user: str | None) -> list[str]:
    """The setpriv options that turn root into a user; none for None."""
    return [f"--reuid={user}", f"--regid={user}", "--init-groups"] if user else []
