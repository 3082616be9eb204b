"""One run of a program of somebody else: no shell, no input, little output, no survivor."""

import asyncio
import contextlib
import os
import signal
from asyncio.subprocess import DEVNULL, PIPE
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass

from probes.model import Phase
from probes.reasons import Failed

_KEPT = 4096  # bytes of each output
_MOST = 1 << 20  # bytes of output after which the program is ended
_LAST_BREATH = 1.0  # seconds that a killed program may take to be gone
_ENVIRONMENT = {
    "PATH": "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin",
    "LC_ALL": "C.UTF-8",
}


@dataclass(frozen=True, slots=True)
class Outcome:
    """How a program ended (`code` is minus the signal that killed it), the beginning of what it
    said and of what it complained. `endless`: it was ended for saying too much.
    """

    code: int
    output: str
    complaint: str
    endless: bool


async def run(argv: Sequence[str]) -> Outcome:
    """Run it to its end. When this is cancelled, the program and all its children are killed.

    Raises Failed (unknown) when it can't be started.
    """
    async with _started(argv) as process:
        output, complaint = _Head(process), _Head(process)
        reading = asyncio.gather(output.read(process.stdout), complaint.read(process.stderr))
        try:
            code = await process.wait()
            _kill(process)  # a child that it left behind may hold the pipes open
            await reading
        finally:
            reading.cancel()
    endless = output.endless or complaint.endless
    return Outcome(code, output.text, complaint.text, endless)


class _Head:
    """Keeps the beginning of an output and throws the rest away."""

    def __init__(self, process: asyncio.subprocess.Process) -> None:
        self.endless = False
        self._process = process
        self._kept = bytearray()

    @property
    def text(self) -> str:
        return self._kept.decode(errors="replace")

    async def read(self, stream: asyncio.StreamReader | None) -> None:
        seen = 0
        while stream is not None and (piece := await stream.read(_KEPT)):
            seen += len(piece)
            self._kept += piece[: _KEPT - len(self._kept)]
            if seen > _MOST:
                self.endless = True
                return _kill(self._process)
        return None


@asynccontextmanager
async def _started(argv: Sequence[str]) -> AsyncIterator[asyncio.subprocess.Process]:
    try:
        process = await asyncio.create_subprocess_exec(
            *argv,
            stdin=DEVNULL,
            stdout=PIPE,
            stderr=PIPE,
            env=_ENVIRONMENT,
            cwd="/",
            start_new_session=True,
            limit=_KEPT,
        )
    except OSError as error:
        told = os.strerror(error.errno).lower() if error.errno else str(error)
        reason = f"{argv[0]} can't be run: {told}"
        raise Failed(Phase.COMMAND, reason, verdict_unknown=True) from None
    try:
        yield process
    finally:
        if process.returncode is None:
            _kill(process)
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(process.wait(), _LAST_BREATH)


def _kill(process: asyncio.subprocess.Process) -> None:
    """The whole group, and so its children too."""
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(process.pid, signal.SIGKILL)
