"""Follows a run on the terminal until it is over; the run does not care whether anybody looks."""

import contextlib
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from responder.cli import run_words as words
from responder.cli.api import Api
from responder.cli.exits import Exit, Failed, end
from responder.cli.say import clean, say, say_json

PATH = "/api/v1/runs"
EVERY = 0.5  # seconds between two looks
PATIENCE = 30.0  # seconds without an answer, as when the daemon begins anew

Told = Mapping[str, Any]
Show = Callable[[Told, list[Told]], None]


def follow(api: Api, id_: str, *, as_json: bool) -> None:
    """Show what it does until it is over, or nobody knows what became of it. Ctrl-C leaves it
    going. Raises the exit of its outcome: 0 done; 1 failed, aborted, unknown.
    """
    show = contextlib.nullcontext(_silent) if as_json else _shown()
    try:
        with show as shown:
            run = _watched(api, id_, show=shown)
    except KeyboardInterrupt:
        say(f"\nrun {clean(id_)} goes on: responder playbook show {clean(id_)}")
        raise end(Exit.FAILED) from None
    if as_json:
        say_json(run)
    else:
        say(clean(f"run {run['id']} of {words.headline(run)}: {words.state(run)}"))
        if intent := words.open_intent(run):
            say(clean(f"unknown: {intent}"))
    if run["state"] != "done":
        raise end(Exit.FAILED)


def _watched(api: Api, id_: str, *, show: Show) -> Told:
    """The run as it was seen last."""
    seen = 0
    while True:
        run, events = _look(api, id_)
        show(run, events[seen:])
        seen = len(events)
        if run["ended_at"] is not None or run["state"] == "unknown":
            return run
        time.sleep(EVERY)


def _look(api: Api, id_: str) -> tuple[Told, list[Told]]:
    """The run and its journal, with patience for a daemon that is away for a moment."""
    until = time.monotonic() + PATIENCE
    while True:
        try:
            # The journal first: what is shown of the run is never older than its last line.
            events = api.get(PATH, id_, "events")["events"]
            return api.get(PATH, id_), events
        except Failed:
            if time.monotonic() >= until:
                raise
            time.sleep(EVERY)


def _silent(_: Told, __: list[Told]) -> None:
    """For programs, which read the end alone."""


def _shown() -> contextlib.AbstractContextManager[Show]:
    return _drawing() if sys.stdout.isatty() else contextlib.nullcontext(_lines)


def _lines(run: Told, fresh: list[Told]) -> None:
    """A line for each thing that happens; and how to answer, when it asks."""
    for event in fresh:
        say(words.event_line(event))
        if event["kind"] == "asked":
            say(clean(f"          {words.asks(run)}"))


@contextlib.contextmanager
def _drawing() -> Iterator[Show]:
    """The steps with their marks, redrawn in place; the journal scrolls away above them. However it
    ends, the terminal is as it was.
    """
    from rich.console import Console
    from rich.live import Live
    from rich.text import Text

    console = Console(highlight=False)
    try:
        with Live(console=console, auto_refresh=False, transient=True) as live:

            def draw(run: Told, fresh: list[Told]) -> None:
                for event in fresh:
                    console.print(Text(words.event_line(event)))
                live.update(_drawn(run), refresh=True)

            yield draw
    finally:
        console.show_cursor(True)  # Ctrl-C may come while it is just being hidden


def _drawn(run: Told) -> Any:
    """Text and not str everywhere: rich would take [brackets] of a title for its own markup."""
    from rich.console import Group
    from rich.table import Table
    from rich.text import Text

    table = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0), show_header=False)
    for row in words.steps(run):
        table.add_row(*(Text(clean(cell)) for cell in row))
    asks = words.asks(run)
    head = Text(clean(f"run {run['id']} of {words.headline(run)}: {words.state(run)}"))
    return Group(Text(""), head, table, Text(clean(asks), style="bold"))
