"""Starts a program for one job: no shell, its own process group, and never outliving us."""

import asyncio
import shutil
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from playbooks.outside import OutsideError
from probes.command_run import PATH, Outcome, run
from probes.reasons import Failed

_AT_ONCE = 16
_MOST = 64 << 20  # bytes of output after which a program is ended
_NOT_STARTED = "setpriv: failed to execute"


@dataclass(frozen=True, slots=True)
class Output:
    """What a program left behind; `out` and `err` are decoded and cut at `limit` characters."""

    code: int
    out: str
    err: str


class Programs:
    """Every program that playbooks start, so many at a time.

    A program that is killed takes its process group with it. When the daemon itself is killed, the
    kernel kills the program: util-linux's setpriv sets PR_SET_PDEATHSIG and becomes the program,
    where a preexec_fn could hang in a process with threads. The signal reaches the program alone,
    not its children, and comes when the thread dies that started it, so that must be the main one.
    """

    def __init__(self, *, at_once: int = _AT_ONCE) -> None:
        self._places = asyncio.Semaphore(at_once)
        self._at_once = at_once
        self._leash = _leash()

    async def run(
        self,
        argv: Sequence[str],
        *,
        what: str,
        env: Mapping[str, str] | None = None,
        stdin: str = "",
        within: float = 30.0,
        limit: int = 64 << 10,
    ) -> Output:
        """Run it to its end, whatever its exit code. `what` is its plain name in messages; nothing
        of `argv` but the program, nor of `env` and `stdin`, is ever told. `env` joins PATH and
        LC_ALL; nothing else of our own environment is handed on.

        Raises OutsideError: permanent where it can't be started, transient where no place was free,
        transient and ambiguous where it took more than `within` seconds or said more than 64 MiB.
        """
        started = False
        try:
            async with asyncio.timeout(within), self._places:
                started = True
                outcome = await self._run(argv, what, env=env, stdin=stdin, kept=limit)
        except TimeoutError:
            if not started:
                message = f"{what} was not run: {self._at_once} other programs were running"
                raise OutsideError(message, transient=True) from None
            message = f"{what}: no end of {_name(argv)} in {within:g} s, so it was killed"
            raise OutsideError(message, transient=True, ambiguous=True) from None
        if outcome.endless:
            message = f"{what}: what {_name(argv)} said had no end, so it was killed"
            raise OutsideError(message, transient=True, ambiguous=True)
        return Output(outcome.code, outcome.output, outcome.complaint)

    async def _run(
        self,
        argv: Sequence[str],
        what: str,
        *,
        env: Mapping[str, str] | None,
        stdin: str,
        kept: int,
    ) -> Outcome:
        program = shutil.which(argv[0], path=PATH)
        if program is None:
            message = f"{what}: the program {argv[0]} is not installed"
            raise OutsideError(message, transient=False)
        line = [*self._leash, program, *argv[1:]]
        try:
            outcome = await run(line, env=env, stdin=stdin, kept=kept, most=_MOST)
        except (Failed, ValueError) as error:
            told = error.reason if isinstance(error, Failed) else "a zero byte is in its arguments"
            raise OutsideError(f"{what}: {told}", transient=False) from None
        except OSError as error:  # no file or process is left for us
            raise OutsideError(
                f"{what}: {argv[0]}: {error.strerror}", transient=True, ambiguous=True
            ) from None
        if outcome.complaint.startswith(_NOT_STARTED):
            message = f"{what}: {argv[0]} can't be run: {outcome.complaint.rpartition(': ')[2]}"
            raise OutsideError(message.strip(), transient=False)
        return outcome


def _name(argv: Sequence[str]) -> str:
    return Path(argv[0]).name


def _leash() -> tuple[str, ...]:
    """What to put before a program so that it dies with us; nothing where only busybox is there,
    whose setpriv can't, and systemd's KillMode=control-group must do alone.
    """
    setpriv = shutil.which("setpriv", path=PATH)
    if setpriv is None or Path(setpriv).resolve().name == "busybox":
        return ()
    return (setpriv, "--pdeathsig", "KILL", "--")
