"""`responder oncall override`, `swap`, `cancel` and `overrides`: people change a rota."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

import click

from alerts.moments import show_moment
from responder.cli.api import Api, speaks_to_daemon
from responder.cli.incident import how_long
from responder.cli.moments import read_time, span_option, time_option
from responder.cli.rota import PATH
from responder.cli.say import clean, json_option, say, say_json, say_table

Told = Mapping[str, Any]


@click.command()
@click.argument("rota")
@click.argument("person")
@time_option("--from", "begins", says="When it begins; now, unless said otherwise.")
@time_option("--to", "until", says="When it ends.")
@span_option("--for", "lasts", says="How long, such as 12h.")
@click.option("--instead-of", help="Whose place is taken; of everybody on call, unless said.")
@click.option("--reason", default="", help="Why, for the others.")
@json_option
@speaks_to_daemon
def override(
    api: Api,
    rota: str,
    person: str,
    *,
    begins: datetime | None,
    until: datetime | None,
    lasts: timedelta | None,
    instead_of: str | None,
    reason: str,
    as_json: bool,
) -> None:
    """Let PERSON stand in in ROTA. It counts from the next page; the newest change wins."""
    asked = {"rota": rota, "person": person, "reason": reason, **how_long(lasts, until, end="--to")}
    if begins is not None:
        asked["starts_at"] = show_moment(begins)
    if instead_of is not None:
        asked["instead_of"] = instead_of
    told = api.post(f"{PATH}/overrides", body=asked)
    if as_json:
        say_json(told)
    else:
        say(_change(told))


@click.command()
@click.argument("rota")
@click.argument("one")
@click.argument("at", callback=read_time)
@click.argument("other")
@click.argument("other_at", metavar="AT", callback=read_time)
@click.option("--reason", default="", help="Why, for the others.")
@json_option
@speaks_to_daemon
def swap(
    api: Api,
    rota: str,
    one: str,
    at: datetime,
    other: str,
    other_at: datetime,
    *,
    reason: str,
    as_json: bool,
) -> None:
    """Swap two shifts in ROTA: that of ONE at a time AT, and that of OTHER at another.

    Any moment of a shift names it. Each gets the other's whole shift, both or none.
    """
    turns = {
        "one": {"person": one, "at": show_moment(at)},
        "other": {"person": other, "at": show_moment(other_at)},
    }
    told = api.post(f"{PATH}/swaps", body={"rota": rota, "reason": reason, **turns})
    if as_json:
        say_json(told)
    else:
        say("\n".join(map(_change, told["overrides"])))


@click.command()
@click.argument("id_", metavar="ID")
@json_option
@speaks_to_daemon
def cancel(api: Api, id_: str, *, as_json: bool) -> None:
    """Take the change ID back from now on; of a swap both halves."""
    told = api.delete(f"{PATH}/overrides", id_)
    if as_json:
        say_json(told)
    else:
        say(clean(f"change {id_} is taken back"))


@click.command()
@click.option("--rota", help="Of this rota alone.")
@json_option
@speaks_to_daemon
def overrides(api: Api, *, rota: str | None, as_json: bool) -> None:
    """Changes of rotas that hold or will; the id 0 stands in the configuration file."""
    told = api.get(f"{PATH}/overrides", rota=rota)
    if as_json:
        say_json(told)
        return
    head = ("id", "rota", "person", "instead of", "from", "to (UTC)", "by", "reason")
    say_table(head, map(_row, told["overrides"]))


def _change(one: Told) -> str:
    instead = f" instead of {one['instead_of']}" if one["instead_of"] else ", alone"
    times = f"{_minute(one['starts_at'])} to {_minute(one['ends_at'])} UTC"
    return clean(f"change {one['id']}: {one['person']} in {one['rota']}{instead}, {times}")


def _row(one: Told) -> tuple[object, ...]:
    times = (_minute(one[name]) for name in ("starts_at", "ends_at"))
    reason = ": ".join(filter(None, ("swap" if one["swap"] else "", one["reason"])))
    return one["id"], one["rota"], one["person"], one["instead_of"], *times, one["by"], reason


def _minute(text: str) -> str:
    return text[:16].replace("T", " ")
