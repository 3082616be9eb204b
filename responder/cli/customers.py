"""`responder customers`: who is told of trouble, what they were told, and their data."""

from collections.abc import Iterator, Mapping
from typing import Any

import click

from responder.cli.api import Api, speaks_to_daemon
from responder.cli.customer_data import erase, export
from responder.cli.say import clean, json_option, say, say_json, say_table

PATH = "/api/v1/customers"
INCIDENTS = "/api/v1/incidents"


@click.group(short_help="See who is told of trouble, what they were told, and their data.")
def customers() -> None:
    """See who is told of trouble, what they were told, and their data.

    To write to them: responder incident tell ID "..."
    """


@customers.command("list")
@click.option("--brand", help="Of this brand alone.")
@click.option("--limit", type=click.IntRange(1, 10_000), default=1000, show_default=True)
@json_option
@speaks_to_daemon
def list_(api: Api, *, brand: str | None, limit: int, as_json: bool) -> None:
    """Everybody whom trouble may concern, and who can not be told."""
    told = api.get(PATH, brand=brand, limit=limit)
    if as_json:
        say_json(told)
        return
    say_table(("customer", "brand", "language", "way", "to"), map(_row, told["customers"]))
    _say_untold(told)


@customers.command()
@click.argument("id_", metavar="ID")
@click.option("--preview", is_flag=True, help="What they would read now. Nothing is sent.")
@json_option
@speaks_to_daemon
def show(api: Api, id_: str, *, preview: bool, as_json: bool) -> None:
    """Whom incident ID concerns, and what customers were told of it."""
    told = api.get(INCIDENTS, id_, "customers", preview=str(preview).lower())
    if as_json:
        say_json(told)
    elif preview:
        say_letters(told)
    else:
        say_told(told)


customers.add_command(export)
customers.add_command(erase)


def say_told(told: Mapping[str, Any]) -> None:
    """What went out, and who has not been told."""
    head = ("at", "customer", "brand", "change", "way", "state", "subject")
    say_table(head, map(_message, told["told"]))
    heard = {one["customer"] for one in told["told"]}
    if waiting := [one["customer"] for one in told["concerned"] if one["customer"] not in heard]:
        say(clean(f"concerned, and told nothing: {', '.join(waiting)}"))
    _say_untold(told)


def say_letters(told: Mapping[str, Any]) -> None:
    """Letters that nobody was sent."""
    for one in told["letters"]:
        say("\n".join(_letter(one)))
    _say_untold(told)
    say("Nothing was sent.")


def _say_untold(told: Mapping[str, Any]) -> None:
    for one in told["untold"]:
        say(clean(f"cannot be told: {one['customer']} ({one['why']})"))


def _row(one: Mapping[str, Any]) -> tuple[object, ...]:
    return one["customer"], one["brand"], one["language"], one["way"], one["to"]


def _message(one: Mapping[str, Any]) -> tuple[object, ...]:
    at = one["at"][:16].replace("T", " ")
    names = ("customer", "brand", "change", "way", "state", "subject")
    return at, *(one[name] for name in names)


def _letter(one: Mapping[str, Any]) -> Iterator[str]:
    to = one["customers"]
    yield clean(f"To {len(to)} of {one['brand']} ({one['language']}): {', '.join(to[:20])}")
    yield clean(f"Subject: {one['subject']}")
    yield ""
    yield from map(clean, one["text"].splitlines())
    yield ""
