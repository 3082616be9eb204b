"""`responder kill-switch`: no power action leaves any more, at once and whatever else is broken."""

import getpass
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import click

from responder.cli.api import Api, speaks_to_daemon
from responder.cli.exits import Exit, Failed, end
from responder.cli.say import clean, json_option, say, say_json

PATH = "/api/v1/kill-switch"

_ALONE = (
    "no responder answers, the file {file} alone holds the kill switch: whoever starts or runs on"
    " this store here switches no machine"
)


@click.group("kill-switch", short_help="Stop every power action at once.")
def kill_switch() -> None:
    """Stop every power action at once, for all instances, until somebody lifts it.

    It is asked before each sub-step that can't be taken back. `touch kill-switch` beside the store
    does the same.
    """


@kill_switch.command()
@click.option("--reason", default="", help="Why; whoever finds it on must know.")
@json_option
@speaks_to_daemon
def on(api: Api, *, reason: str, as_json: bool) -> None:
    """No power action from now on. Works without a running daemon too: then the file alone holds
    it.
    """
    file = _file(api)
    if file is not None:
        _touch(file)  # in force at once, however long a daemon in trouble takes to answer
    try:
        told = api.post(PATH, body={"reason": reason})
    except Failed as silence:
        if file is None or not _is_there(file):
            raise
        _write(file, reason)
        told = {
            "on": True,
            "reason": reason,
            "file": str(file),
            "trouble": f"{_ALONE.format(file=file)} ({silence.message})",
        }
    _show(told, as_json=as_json)


@kill_switch.command()
@json_option
@speaks_to_daemon
def off(api: Api, *, as_json: bool) -> None:
    """Power actions may be again. Needs a running daemon, whose store must forget it too."""
    _show(api.delete(PATH), as_json=as_json)


@kill_switch.command()
@json_option
@speaks_to_daemon
def status(api: Api, *, as_json: bool) -> None:
    """Say whether it is on, and who threw it. Exit 3 when it is on."""
    try:
        told = api.get(PATH)
    except Failed:
        file = _file(api)
        if file is None or not _is_there(file):
            raise
        told = {"on": True, "reason": f"there is a file {file}", "file": str(file), "trouble": ""}
    _show(told, as_json=as_json)
    if told["on"]:
        raise end(Exit.FINDINGS)


def _file(api: Api) -> Path | None:
    """The file that throws it here; None where another machine's daemon is meant."""
    from responder.places import KILL_SWITCH

    return None if api.home is None else api.home / KILL_SWITCH


def _is_there(file: Path) -> bool:
    try:
        return file.exists()
    except OSError:
        return False


def _touch(file: Path) -> None:
    """Best done, and no reason to give up: the daemon may be able to what we are not."""
    try:
        file.touch(mode=0o600)
    except OSError as trouble:
        click.echo(f"the file {file} can't be written: {trouble.strerror}", err=True)


def _write(file: Path, reason: str) -> None:
    """Who and why, in a file that is there already."""
    who = f"{getpass.getuser()}, {datetime.now(UTC):%Y-%m-%d %H:%M} UTC"
    try:
        with file.open("a", encoding="utf-8") as text:
            text.write(f"{who}: {reason}\n" if reason else f"{who}\n")
    except OSError as trouble:
        click.echo(f"it is on, but the reason is not in {file}: {trouble.strerror}", err=True)


def _show(told: Mapping[str, Any], *, as_json: bool) -> None:
    if as_json:
        say_json(told)
        return
    state = f"ON: {clean(told['reason'] or 'no reason is given')}" if told["on"] else "off"
    say(f"kill switch: {state}")
    if told["trouble"]:
        say(clean(told["trouble"]))
