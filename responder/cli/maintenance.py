"""`responder maintenance`: planned work, about which nobody is paged."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

import click

from alerts.moments import show_moment
from responder.cli.api import Api, speaks_to_daemon
from responder.cli.incident import how_long
from responder.cli.moments import span_option, time_option
from responder.cli.say import clean, json_option, say, say_json, say_table

PATH = "/api/v1/maintenance"


@click.group(short_help="Plan work that nobody is to be paged about.")
def maintenance() -> None:
    """Plan work that nobody is to be paged about. What outlives it pages at its end."""


@maintenance.command("list")
@json_option
@speaks_to_daemon
def list_(api: Api, *, as_json: bool) -> None:
    """Planned work that is not over; ids below 0 stand in the configuration file."""
    told = api.get(PATH)
    if as_json:
        say_json(told)
        return
    head = ("id", "scope", "from", "until", "now", "by", "reason")
    say_table(head, (_row(one) for one in told["maintenance"]))


@maintenance.command()
@click.argument("scope")
@time_option("--from", "begins", says="When it begins; now, unless said otherwise.")
@span_option("--for", "lasts", says="How long, such as 2h.")
@time_option("--until", says="When it ends.")
@click.option("--reason", default="", help="What is done.")
@json_option
@speaks_to_daemon
def add(
    api: Api,
    scope: str,
    *,
    begins: datetime | None,
    lasts: timedelta | None,
    until: datetime | None,
    reason: str,
    as_json: bool,
) -> None:
    """Plan work on SCOPE: server:NAME, rack:SITE/RACK, dc:SITE, brand:NAME or all."""
    asked = {"scope": scope, "reason": reason, **how_long(lasts, until)}
    if begins is not None:
        asked["starts_at"] = show_moment(begins)
    told = api.post(PATH, body=asked)
    if as_json:
        say_json(told)
    else:
        say(clean(f"maintenance {told['id']} of {told['scope']} until {told['ends_at']}"))


@maintenance.command()
@click.argument("id_", metavar="ID")
@json_option
@speaks_to_daemon
def end(api: Api, id_: str, *, as_json: bool) -> None:
    """End planned work now: trouble that is still there pages at once."""
    told = api.delete(PATH, id_)
    if as_json:
        say_json(told)
    else:
        say(clean(f"maintenance {id_} is over"))


def _row(one: Mapping[str, Any]) -> tuple[object, ...]:
    now = "yes" if one["active"] else "not yet"
    times = (one[name][:16].replace("T", " ") for name in ("starts_at", "ends_at"))
    return one["id"], one["scope"], *times, now, one["by"], one["reason"]
