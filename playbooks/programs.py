"""Starts a program for one job: no shell, its own process group, and never outliving us."""

import asyncio
import shutil
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from playbooks.outside import OutsideError
from probes.command_run import LEASH, PATH, Outcome, run
from probes.reasons import Failed

_AT_ONCE = 16
_MOST = 64 << 20  # bytes of output after which a program is ended


@dataclass(frozen=True, slots=True)
class Output:
    """What a program left behind; `out` and `err` are decoded and cut at `limit` characters."""

    code: int
    out: str
    err: str


class Programs:
    """Every program that playbooks start, so many at a time.

    On time-out, when cancelled, and when the daemon itself dies by whatever means, the program and
    its children are killed: nothing of it acts later.
    """

    def __init__(self, *, at_once: int = _AT_ONCE) -> None:
        self._places = asyncio.Semaphore(at_once)
        self._at_once = at_once

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
        try:
            outcome = await run(
                [program, *argv[1:]], env=env, stdin=stdin, kept=kept, most=_MOST, leashed=True
            )
        except (Failed, ValueError) as error:
            told = error.reason if isinstance(error, Failed) else "a zero byte is in its arguments"
            raise OutsideError(f"{what}: {told}", transient=False) from None
        except OSError as error:  # no file or process is left for us
            raise OutsideError(
                f"{what}: {argv[0]}: {error.strerror}", transient=True, ambiguous=True
            ) from None
        if outcome.complaint.startswith(f"{LEASH}: "):
            message = f"{what}: {argv[0]} can't be run: {outcome.complaint.rpartition(': ')[2]}"
            raise OutsideError(message.strip(), transient=False)
        return outcome


def _name(argv: Sequence[str]) -> str:
    return Path(argv[0]).name
