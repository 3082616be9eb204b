"""`responder oncall test` and `oncall methods`: is there a way to each person that works?"""

import asyncio
import secrets
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from responder.cli.api import Api, NoDaemon, speaks_to_daemon
from responder.cli.configuration import loaded
from responder.cli.exits import Exit, Failed, end
from responder.cli.say import json_option, log_aside, say, say_json, say_table

if TYPE_CHECKING:
    from playbooks.ports import Notifier
    from responder.config import Config

PATH = "/api/v1/oncall"
_ALONE = "no responder runs here: sent all the same, without a link, and nothing was recorded"


@click.command()
@click.argument("person")
@json_option
@speaks_to_daemon
def test(api: Api, person: str, *, as_json: bool) -> None:
    """Send PERSON a page of event `test` by each of his or her methods, and say how it went.

    Accepted means that the provider took it: whether it rings, only the person can tell, by the
    link in it. Without a running daemon it is sent all the same, but not recorded. Exit 1 when one
    of them was not taken.
    """
    alone = ""
    try:
        told = api.post(f"{PATH}/test", body={"person": person})
    except NoDaemon:
        if api.file is None:
            raise
        told, alone = _alone(api.file, person), _ALONE
    tries = told["methods"]
    if not tries:
        raise Failed(f"{person} has no methods: a page cannot reach this person")
    if as_json:
        say_json({**told, "recorded": not alone})
    else:
        _show(tries, alone=alone)
    if not all(one["ok"] for one in tries):
        raise end(Exit.FAILED)


@click.command()
@json_option
@speaks_to_daemon
def methods(api: Api, *, as_json: bool) -> None:
    """Say which ways to reach people are proved: the person said so within the last 30 days.

    Exit 3 when one is not.
    """
    told = api.get(f"{PATH}/methods")
    if as_json:
        say_json(told)
    else:
        rows = [
            (one["person"], one["place"], one["method"], _state(one)) for one in told["methods"]
        ]
        say_table(("person", "", "method", "proved"), rows)
    if not all(one["proved"] for one in told["methods"]):
        raise end(Exit.FINDINGS)


def _show(tries: Sequence[Mapping[str, Any]], *, alone: str) -> None:
    rows = [
        (one["place"], one["method"], "accepted" if one["ok"] else "FAILED", one["detail"])
        for one in tries
    ]
    say_table(("", "method", "outcome", "what came back"), rows)
    say(alone or "Each holds a link, good for a day: opened and confirmed, it proves the method.")


def _state(one: Mapping[str, Any]) -> str:
    if one["confirmed_at"]:
        day = str(one["confirmed_at"])[:10]
        return day if one["proved"] else f"NO: not since {day}"
    return f"NO: sent {str(one['sent_at'])[:10]}, not confirmed" if one["sent_at"] else "NO: never"


def _alone(file: Path, person: str) -> Mapping[str, Any]:
    """Straight to the providers: the way to find out before the first start."""
    log_aside()
    config = loaded(file).value
    if person not in config.people:
        raise Failed(f'nobody is called "{person}" (known: {", ".join(config.people)})')
    return {"person": person, "methods": asyncio.run(_try_all(config, person))}


async def _try_all(config: "Config", person: str) -> list[Mapping[str, Any]]:
    from playbooks.client import open_session
    from responder.paging.kinds import notifiers

    async with open_session() as session:
        carriers = notifiers(config.paging, session)
        tries = (
            _try(carriers[method.kind], method, person, place)
            for place, method in enumerate(config.people[person].methods, start=1)
        )
        return await asyncio.gather(*tries)


async def _try(
    notifier: "Notifier[Any]", method: Any, person: str, place: int
) -> Mapping[str, Any]:
    from playbooks.outside import OutsideError
    from responder.paging.proving import page_of_test

    told = {"place": place, "method": method.kind}
    page = page_of_test(person, place, code=secrets.token_urlsafe(9), now=datetime.now(UTC))
    try:
        receipt = await notifier.page(page, method)
    except OutsideError as error:
        return {**told, "ok": False, "detail": str(error)}
    return {**told, "ok": True, "detail": receipt.detail}
