"""`responder power`: what a server's device says of its power."""

from collections.abc import Iterator, Mapping
from typing import Any

import click

from responder.cli.api import Api, speaks_to_daemon
from responder.cli.exits import Exit, end
from responder.cli.say import clean, json_option, say, say_json


@click.group(short_help="Ask a server's device who it is, on or off.")
def power() -> None:
    """Ask a server's device who it is, on or off. Nothing is ever switched by these verbs."""


@power.command()
@click.argument("server")
@json_option
@speaks_to_daemon
def status(api: Api, server: str, *, as_json: bool) -> None:
    """What the device of SERVER says, asked once.

    Exit 1 when it could not be asked, or shows itself as another machine.
    """
    told = api.get("/api/v1/servers", server, "power")
    if as_json:
        say_json(told)
    else:
        for line in _lines(told):
            say(line)
    doubtful = told["reads_identity"] and not told["matches"]
    if told["trouble"] or doubtful:
        raise end(Exit.FAILED)


def _lines(told: Mapping[str, Any]) -> Iterator[str]:
    facts = {
        "server": told["server"],
        "device": f"{told['device']} ({told['driver']})",
        "state": told["state"] or "" if told["reads_state"] else "can't be read",
        "shows": _who(told["told"]),
        "expected": _who(told["expected"]),
        "identity": _verdict(told),
        "verbs": ", ".join(told["verbs"]),
        "trouble": told["trouble"],
    }
    yield from (f"{name + ':':10}{clean(fact)}" for name, fact in facts.items() if fact)


def _who(identity: Mapping[str, str] | None) -> str:
    return ", ".join(f"{what} {value}" for what, value in (identity or {}).items() if value)


def _verdict(told: Mapping[str, Any]) -> str:
    if not told["reads_identity"]:
        return f"can't be read; vouched: {told['vouched'] or 'nobody'}"
    if told["matches"]:
        return "it is the machine that we mean"
    return told["mismatch"] or "not known"
