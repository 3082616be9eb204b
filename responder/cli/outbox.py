"""`responder outbox`: what waits to be done outside, and what could not be done."""

import click

from responder.cli.api import Api, speaks_to_daemon
from responder.cli.say import json_option, say, say_json, say_table

PATH = "/api/v1/outbox"


@click.group(short_help="See what could not be done outside, and try it again.")
def outbox() -> None:
    """See what could not be done outside, and try it again."""


@outbox.command("list")
@json_option
@speaks_to_daemon
def list_(api: Api, *, as_json: bool) -> None:
    """What waits, by kind; and the newest dead letters, which wait for a person."""
    told = api.get(PATH)
    if as_json:
        say_json(told)
        return
    names = ("kind", "state", "count", "since")
    say_table(names, ([one[name] for name in names] for one in told["waiting"]))
    if told["dead"]:
        say("\nDead letters:")
        facts = ("id", "kind", "incident", "attempts", "created_at", "error")
        head = ("id", "kind", "incident", "tries", "since", "why")
        say_table(head, ([one[fact] or "" for fact in facts] for one in told["dead"]))


@outbox.command()
@click.argument("ids", metavar="[ID]...", nargs=-1)
@click.option("--all", "everything", is_flag=True, help="Every dead letter.")
@json_option
@speaks_to_daemon
def retry(api: Api, ids: tuple[str, ...], *, everything: bool, as_json: bool) -> None:
    """Try dead letters again, under their old keys: what was done after all is not repeated."""
    if bool(ids) == everything:
        raise click.UsageError("name dead letters, or --all of them")
    told = api.post(PATH, "retry", body={} if everything else {"ids": list(ids)})
    if as_json:
        say_json(told)
    else:
        say(f"dead letters that are tried again: {told['retried']}")
