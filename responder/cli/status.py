"""`responder status`: how the running daemon is."""

from collections.abc import Iterator, Mapping
from typing import Any

import click

from responder.cli.api import Api, speaks_to_daemon
from responder.cli.exits import Exit, end
from responder.cli.say import clean, json_option, say, say_json

LATE_SECONDS = 60.0


@click.command(short_help="Say how the running daemon is.")
@json_option
@speaks_to_daemon
def status(api: Api, *, as_json: bool) -> None:
    """Say how the running daemon is. Exit 1 when it is not well, or not there."""
    told = api.get("/api/v1/status")
    troubles = list(_troubles(told))
    if as_json:
        say_json({**told, "troubles": troubles})
    else:
        say("\n".join([*_lines(told), *(f"NOT WELL:  {clean(one)}" for one in troubles)]))
    if troubles:
        raise end(Exit.FAILED)


def _troubles(told: Mapping[str, Any]) -> Iterator[str]:
    store = told["store"]
    if not store["writer_alive"]:
        yield "the store's writing thread is stuck or dead"
    if store["trouble"]:
        yield f"the store takes nothing: {store['trouble']}"
    if not told["config_good"]:
        yield "the newest configuration was refused, the one before holds (`responder check`)"
    for duty in told["duties"]:
        if not duty["ready"]:
            yield f"the duty {duty['name']} has not had its first turn yet"
        elif duty["lag_seconds"] > LATE_SECONDS:
            yield f"the duty {duty['name']} is {duty['lag_seconds']:.0f} s late"


def _lines(told: Mapping[str, Any]) -> Iterator[str]:
    ready = "ready" if told["ready"] else "not ready yet"
    yield f"responder: {clean(told['version'])} on {clean(told['member'])}, {ready}"
    yield f"config:    of {told['config_loaded_at']}"
    if told["kill_switch"]:
        yield f"power:     OFF by the kill switch, {clean(told['kill_switch'])}"
    store = told["store"]
    yield f"store:     {store['queue']} writes wait, log of {store['wal_bytes'] / 1e6:.1f} MB"
    for sender in told["senders"]:
        seen = sender["last_seen_at"] or "not yet"
        yield clean(f"sender:    {sender['name']} ({sender['kind']}), last heard of: {seen}")
