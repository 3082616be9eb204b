"""`responder quarantine`: what senders sent that nobody could read."""

import sys
from pathlib import Path

import click

from playbooks.plain import many_lines
from responder.cli.api import Api, speaks_to_daemon
from responder.cli.configuration import chosen, config_option, store_url
from responder.cli.exits import Failed
from responder.cli.say import json_option, say, say_json, say_table


@click.group(short_help="See what senders sent that nobody could read.")
def quarantine() -> None:
    """See what senders sent that nobody could read."""


@quarantine.command("list")
@json_option
@speaks_to_daemon
def list_(api: Api, *, as_json: bool) -> None:
    """The newest bodies, each once however often it came."""
    told = api.get("/api/v1/quarantine")
    if as_json:
        say_json(told)
        return
    names = ("id", "sender", "times", "last_at", "reason")
    say_table(names, ([one[name] for name in names] for one in told["bodies"]))
    if told["total"] > len(told["bodies"]):
        say(f"and {told['total'] - len(told['bodies'])} more")


@quarantine.command()
@click.argument("id_", metavar="ID")
@config_option
def show(id_: str, *, file: Path | None) -> None:
    """One body as it came, read from the store itself; a terminal sees it made harmless."""
    from responder.store import StoreUnavailable
    from responder.store import quarantine as rows
    from responder.store.looking import looking

    config = chosen(file)
    try:
        with (
            looking(store_url(config), beside=config.parent) as engine,
            engine.connect() as tx,
        ):
            body = rows.body(tx, id_)
    except (FileNotFoundError, ValueError, StoreUnavailable) as trouble:
        raise Failed(str(trouble)) from None
    if body is None:
        raise Failed(f'nothing in quarantine has the id "{id_[:40]}"')
    if sys.stdout.isatty():
        say(many_lines(body.decode("utf-8", "backslashreplace"), limit=len(body)))
    else:
        sys.stdout.buffer.write(body)
