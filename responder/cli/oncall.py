"""`responder oncall`: who is paged, and does every way to reach a person work?"""

import base64
import secrets
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click
from click.core import ParameterSource

from probes.durations import show_duration
from responder.cli.calendar import calendar
from responder.cli.configuration import chosen, config_option, loaded, written
from responder.cli.exits import Failed
from responder.cli.init import write_new
from responder.cli.oncall_methods import methods, test
from responder.cli.rota import now
from responder.cli.rota_changes import cancel, override, overrides, swap
from responder.cli.say import json_option, say, say_json, say_table
from responder.cli.shifts import handover, hours

if TYPE_CHECKING:
    from responder.config import Config

_FILE_ALONE = "of the file alone: overrides and swaps are told by `responder oncall`"
_FACTOR = """
{path} holds a new seed. Where {file} does not name it yet, add:

people:
  {person}:
    totp_file: {told}
playbooks:
  second_factor: true"""


@click.group(
    short_help="Say who is on call and who is paged, and try every way to reach them.",
    invoke_without_command=True,
    params=now.params,
)
@click.pass_context
def oncall(ctx: click.Context, /, **asked: Any) -> None:
    """Say who is on call, until when, and who comes next; a verb does what it says."""
    if ctx.invoked_subcommand is None:
        ctx.invoke(now, **asked)
        return
    for name in asked:
        if ctx.get_parameter_source(name) is ParameterSource.COMMANDLINE:
            raise click.UsageError(f"options come after {ctx.invoked_subcommand}, not before it")


@oncall.command()
@config_option
@json_option
def who(*, file: Path | None, as_json: bool) -> None:
    """Who is paged about what, step by step; of the file alone, without overrides and swaps."""
    config = loaded(file).value
    steps = list(_steps(config))
    if config.rotas:
        click.echo(_FILE_ALONE, err=True)
    if as_json:
        say_json(steps)
        return
    rows = [
        (
            step["priority"],
            step["step"],
            person["person"],
            ", ".join(person["methods"]),
            step["wait"],
        )
        for step in steps
        for person in step["people"]
    ]
    say_table(("priority", "step", "person", "methods", "then waits"), rows)


@oncall.command()
@click.argument("person")
@config_option
@json_option
def totp(person: str, *, file: Path | None, as_json: bool) -> None:
    """PERSON's second factor as an address for an authenticator app; made when there is none yet.

    Who sees the address can make PERSON's codes.
    """
    from responder.totp import BadSeed, address, seed_of

    config = chosen(file)
    told, path = _seed_file(config, person)
    try:
        path.parent.mkdir(mode=0o700, exist_ok=True)
        made = write_new(path, base64.b32encode(secrets.token_bytes(20)).decode() + "\n")
        seed = path.read_text(encoding="utf-8").strip().partition("\n")[0]
        seed_of(seed)
    except (OSError, UnicodeDecodeError, BadSeed) as trouble:
        raise Failed(f"{path}: {getattr(trouble, 'strerror', None) or trouble}") from None
    if as_json:
        say_json({"person": person, "totp_file": told, "made": made, "uri": address(seed, person)})
        return
    say(address(seed, person))
    if made:
        say(_FACTOR.format(path=path, file=config, person=person, told=told))


def _seed_file(config: Path, person: str) -> tuple[str, Path]:
    """Where the file says, or would say, that the seed stands. It may not be there yet, so that the
    file is read unchecked.
    """
    people = written(config).get("people")
    known = people if isinstance(people, dict) else {}
    if person not in known:
        raise Failed(f'nobody is called "{person}" (known: {", ".join(known)})')
    told = (known[person] or {}).get("totp_file") or f"secrets/totp-{person}"
    if str(told).startswith("${"):
        raise Failed(
            f"the seed of {person} stands in {told}: its file is made by whoever fills that"
        )
    return str(told), config.parent / str(told)


def _steps(config: "Config") -> Iterator[dict[str, Any]]:
    from alerts.model import Priority
    from responder.compile import compiled

    escalations = compiled(config).escalations.at(datetime.now(UTC))
    ladders = {Priority.CRITICAL: escalations.critical, **escalations.by_priority}
    for priority, ladder in ladders.items():
        for number, rung in enumerate(ladder.rungs if ladder else (), start=1):
            methods = escalations.methods
            people = [{"person": name, "methods": list(methods[name])} for name in rung.people]
            wait = show_duration(rung.wait)
            yield {"priority": priority, "step": number, "people": people, "wait": wait}


for verb in (override, swap, cancel, overrides, hours, handover, calendar, test, methods):
    oncall.add_command(verb)
