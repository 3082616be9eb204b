"""`responder pin`: the support PIN of an account, by which a customer proves who he is."""

from collections.abc import Mapping
from typing import Any

import click

from responder.cli.api import Api, speaks_to_daemon
from responder.cli.say import clean, json_option, say, say_json, say_table

PATH = "/api/v1/pins"


@click.group(short_help="Give accounts their support PIN, and take it back.")
def pin() -> None:
    """Give accounts their support PIN, and take it back.

    Chat and telephone ask for it before they tell anything: POST /api/v1/pins/verify.
    """


@pin.command()
@click.argument("account")
@click.option("--brand", help="Whose customer it is.")
@json_option
@speaks_to_daemon
def new(api: Api, account: str, *, brand: str | None, as_json: bool) -> None:
    """A new PIN for ACCOUNT in the place of the old one. It is shown this once."""
    told = api.post(PATH, account, "rotate", body={"brand": brand})
    if as_json:
        say_json(told)
        return
    say(told["pin"])
    say(clean(f"for {told['account']}, until {_moment(told['expires_at'])}; not shown again"))


@pin.command("list")
@json_option
@speaks_to_daemon
def list_(api: Api, *, as_json: bool) -> None:
    """Which accounts have a PIN. The PINs themselves are known to nobody here."""
    told = api.get(PATH)
    if as_json:
        say_json(told)
        return
    say_table(("account", "brand", "made", "by", "until"), map(_row, told["pins"]))


@pin.command()
@click.argument("account")
@speaks_to_daemon
def revoke(api: Api, account: str) -> None:
    """No PIN opens ACCOUNT from now on."""
    api.delete(PATH, account)
    say(clean(f"{account} has no PIN any more"))


def _row(one: Mapping[str, Any]) -> tuple[object, ...]:
    made, until = _moment(one["created_at"]), _moment(one["expires_at"])
    return one["account"], one["brand"] or "", made, one["created_by"], until


def _moment(told: str) -> str:
    return told[:16].replace("T", " ")
