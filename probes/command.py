"""What does a Monitoring plugin (Nagios, Icinga) say of the target?"""

import asyncio
import re
import time
from pathlib import Path
from typing import Annotated, Literal

from pydantic import Field, field_validator

from probes.command_run import Outcome, run
from probes.model import Finding, Issue, Phase, Severity, Target, down, unknown, up
from probes.net import split
from probes.perfdata import read_perfdata, samples_of
from probes.reasons import Failed
from probes.settings import Settings
from probes.sight import Sight
from probes.words import clean

_AT_ONCE = 16
_OWN_SHARE = 0.9  # of the deadline: who waits longer for a place says so
_PLACEHOLDER = re.compile(r"\{(address|hostname)\}")


class Places:
    """So many commands run at a time."""

    def __init__(self) -> None:
        self.free = asyncio.Semaphore(_AT_ONCE)


class CommandProbe(Settings):
    """`argv` is the program and its arguments; no shell ever reads them. `{address}` and
    `{hostname}` inside an argument stand for the target's.
    """

    kind: Literal["command"] = "command"
    argv: Annotated[tuple[str, ...], Field(min_length=1)]

    @field_validator("argv")
    @classmethod
    def _is_a_program(cls, argv: tuple[str, ...]) -> tuple[str, ...]:
        if not argv[0].startswith("/"):
            raise ValueError(f'the program must be a whole path, "{argv[0]}" is not')
        if _PLACEHOLDER.search(argv[0]):
            raise ValueError("the target may stand in an argument, not in the program")
        if any("\0" in word for word in argv):
            raise ValueError("an argument holds a NUL")
        return argv

    def aim(self, address: str) -> str:
        return address

    async def look(self, target: Target, sight: Sight) -> Finding:
        address = _safe(target.address)
        hostname = _safe(target.hostname or host_of(address))
        if sight.net.forbidden:
            await sight.net.find(host_of(address))
        argv = (self.argv[0], *(_filled(word, address, hostname) for word in self.argv[1:]))
        name = Path(argv[0]).name
        outcome = await _in_turn(argv, name, sight)
        text, perfdata = parted(outcome.output)
        sight.samples += samples_of(read_perfdata(perfdata))
        return judged(name, outcome, clean(text))


def judged(name: str, outcome: Outcome, text: str) -> Finding:
    """What the exit code says. A program that says nothing is no plugin that looked: Perl and
    Python end with 1 or 2 as well when they can't even begin.
    """
    if outcome.endless:
        return unknown(Phase.COMMAND, f"{name} was ended: what it said had no end")
    if outcome.code < 0:
        return unknown(Phase.COMMAND, f"{name} was killed by signal {-outcome.code}")
    if not text:
        complaint = clean(outcome.complaint)
        told = f"{name} ended with {outcome.code} and said nothing"
        return unknown(Phase.COMMAND, f"{told}: {complaint}" if complaint else told)
    match outcome.code:
        case 0:
            return up()
        case 1:
            return up(Issue("COMMAND_WARNING", Severity.WARNING, f"{name}: {text}"))
        case 2:
            return down(Phase.CONTENT, f"{name}: {text}")
        case 3:
            return unknown(Phase.CONTENT, f"{name}: {text}")
    return unknown(Phase.COMMAND, f"{name} ended with {outcome.code}: {text}")


def parted(output: str) -> tuple[str, str]:
    """The first line for people, and the figures: behind a pipe sign there, and behind one in the
    lines that follow.
    """
    first, _, rest = output.partition("\n")
    text, _, figures = first.partition("|")
    return text.strip(), f"{figures} {rest.partition('|')[2]}"


def host_of(address: str) -> str:
    """The host of a URL, HOST:PORT or HOST."""
    place = address.partition("://")[2].partition("/")[0].rpartition("@")[2]
    return split(place or address, port=1)[0]


async def _in_turn(argv: tuple[str, ...], name: str, sight: Sight) -> Outcome:
    """Run it when there is room; never to have been run says nothing of the target."""
    places = sight.net.shared(Places, Places).free
    sight.phase = Phase.COMMAND
    sight.say("Waiting for a place", program=argv[0])
    try:
        await asyncio.wait_for(places.acquire(), sight.left * _OWN_SHARE)
    except TimeoutError:
        reason = f"{name} was not run: {_AT_ONCE} other commands were running"
        raise Failed(Phase.COMMAND, reason, verdict_unknown=True) from None
    try:
        sight.say("Running command", program=argv[0])
        sight.awaited = f"end of {name}"
        began = time.monotonic()
        return await run(argv)
    finally:
        sight.span("command", began)
        places.release()


def _filled(word: str, address: str, hostname: str) -> str:
    """Both at once, so that a name with braces in it is not filled in again."""
    return _PLACEHOLDER.sub(lambda found: address if found[1] == "address" else hostname, word)


def _safe(text: str) -> str:
    """Nothing that the program could take for an option, or that is no name."""
    if not text or text.startswith("-") or not text.isprintable() or " " in text:
        reason = f'"{clean(text)}" is no target for a command'
        raise Failed(Phase.RESOLVE, reason, verdict_unknown=True)
    return text
