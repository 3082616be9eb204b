"""How the demo speaks: a readable line with progress for each event, or a JSON object."""

import asyncio
import json
import sys
import time
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

READING_SECONDS = 1.5
_INDENT = 21  # of what stands below an event
_MARKS = {
    "server_down": ("31", "x"),
    "page_sent": ("33", "!"),
    "incident_opened": ("33", "!"),
    "ticket_opened": ("33", "!"),
    "playbook_started": ("36", ">"),
    "gate_decided": ("33", "?"),
    "question_sent": ("33", "!"),
    "power_cycled": ("36", ">"),
    "server_up": ("32", "+"),
    "incident_resolved": ("32", "+"),
    "ticket_solved": ("32", "+"),
    "kpi": ("36", "#"),
}

_WORTH_TRYING = (
    "incident show 1",
    "ticket show 1",
    "ticket show 2",
    "playbook list",
    "playbook show 1",
    "playbook plan host-down web1",
    "drill host-down web1",
    "power status web2",
    "kill-switch on",
    "incident list",
    "kpi",
    "log verify",
)


def _command() -> str:
    """How this program was called, so that the lines can be pasted."""
    return sys.argv[0] if sys.argv[0].endswith("responder") else "responder"


class Teller:
    """Tells the story to a person, or to a program (`as_json`)."""

    def __init__(self, *, as_json: bool = False, headless: bool = False) -> None:
        self._as_json = as_json
        self._headless = headless
        self._colour = sys.stdout.isatty()
        self._began = time.monotonic()
        self._chapter = ""
        self.ended = False

    def begin(self, *, url: str) -> None:
        """The stage is set."""
        self._say("A small hosting company is running on this machine: web1, web2 and mail1,")
        self._say("two people on duty, and Rapid Responder watching over them.")
        self._say(f"Look at it while it lives: {url}/")
        self._say("")

    def turn_page(self, number: int, of: int) -> None:
        """The next chapter begins."""
        self._chapter = f"{number}/{of}"

    async def pause(self) -> None:
        """A person has time to read; a program needs none."""
        if not (self._headless or self._as_json):
            await asyncio.sleep(READING_SECONDS)

    def tell(self, event: str, shown: str, **facts: Any) -> None:
        """One event, as it happens; `t` is seconds since the start."""
        seconds = time.monotonic() - self._began
        if self._as_json:
            print(json.dumps({"t": round(seconds, 3), "event": event, **facts}), flush=True)  # noqa: T201
            return
        colour, mark = _MARKS.get(event, ("0", "-"))
        line = f"{mark} {shown}"
        self._say(f"{self._chapter} {seconds:6.2f} s  {self._painted(line, colour)}")

    def list(self, lines: Iterable[str]) -> None:
        """What belongs to the event before, for a person."""
        for line in lines:
            self._say(f"{'':>{_INDENT}}{line}")

    def end(self, *, url: str, folder: Path, pages: Sequence[str]) -> None:
        """Where to look, and what to try: the story is told."""
        self.ended = True
        config = folder / "responder.yaml"
        if self._headless:
            self._say("\n(It has ended: without --headless it goes on, and you can look around.)")
        for line in (
            "",
            "That was an incident, two tickets, a page, a question, a power cycle and a vote.",
            "Open:",
            f"  {url}/              the board",
            f"  {url}/metrics       what Grafana scrapes",
            f"  {url}/openapi.json  the API",
            *(f"  {page}" for page in pages),
            "Try:",
            *(f"  {_command()} {verb} -c {config}" for verb in _WORTH_TRYING),
        ):
            self._say(line)

    def fail(self, why: str) -> None:
        """The story went another way."""
        print(f"the demo ended early: {why}", file=sys.stderr, flush=True)  # noqa: T201

    async def stay(self) -> None:
        """Go on living until Ctrl-C, unless nobody watches."""
        if self._headless or self._as_json:
            return
        self._say("\nThe company goes on running. Ctrl-C ends it.")
        await asyncio.Event().wait()

    def _say(self, line: str) -> None:
        if not self._as_json:
            print(line, flush=True)  # noqa: T201

    def _painted(self, line: str, colour: str) -> str:
        return f"\033[{colour}m{line}\033[0m" if self._colour else line
