"""`responder oncall` alone: who is on call now, and in the coming days."""

import os
import shutil
import sys
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

import click

from alerts.moments import read_moment, show_moment
from responder.cli.api import Api, NoDaemon, speaks_to_daemon
from responder.cli.configuration import loaded
from responder.cli.exits import Failed
from responder.cli.moments import span_option, time_option
from responder.cli.rota_chart import drawn, moment
from responder.cli.say import clean, json_option, say, say_json

if TYPE_CHECKING:
    from responder.config import Config
    from responder.rota.model import Rota

PATH = "/api/v1/oncall"
_PIPE = 80  # columns where nobody says how wide it is
_FROM_FILE = "no responder runs here: this is the file alone, without what people have changed"

Told = Mapping[str, Any]


@click.command()
@time_option("--at", says="At this time instead of now.")
@click.option("--rota", help="This rota alone.")
@click.option("--team", help="The rotas of this team alone.")
@span_option("--next", "ahead", says="Draw so many days as a chart, such as 14d.")
@json_option
@speaks_to_daemon
def now(
    api: Api,
    *,
    at: datetime | None,
    rota: str | None,
    team: str | None,
    ahead: timedelta | None,
    as_json: bool,
) -> None:
    """Who is on call now, until when, and who comes next."""
    asked = {"at": at and show_moment(at), "rota": rota, "team": team}
    try:
        told = api.get(PATH, **asked, next=ahead and f"{ahead.total_seconds():.0f}s")
    except NoDaemon:
        if api.file is None:
            raise
        told = _from_file(api.file, at=at, rota=rota, team=team, ahead=ahead or timedelta(days=1))
        click.echo(_FROM_FILE, err=True)
    if as_json:
        say_json(told)
    else:
        say("\n".join(_lines(told, charts=ahead is not None)))


def from_file(
    config: "Config", *, rota: str | None = None, team: str | None = None
) -> "dict[str, Rota]":
    """Those of the configuration that are asked for. Raises Failed for one that is not there."""
    from responder.web.oncall_views import chosen

    found = chosen(config.rotas, rota=rota, team=team)
    if not found and (rota or team):
        raise Failed(f"there is no such rota (there are: {', '.join(config.rotas) or 'none'})")
    return found


def _from_file(
    file: Path, *, at: datetime | None, rota: str | None, team: str | None, ahead: timedelta
) -> Told:
    from responder.staff import away
    from responder.web.oncall_views import oncall_answer

    config = loaded(file).value
    found = from_file(config, rota=rota, team=team)
    when = at or datetime.now(UTC)
    told = oncall_answer(found.values(), when, away(config.people), ahead=ahead, source="file")
    answer: Told = told.model_dump(mode="json")
    return answer


def _lines(told: Told, *, charts: bool) -> Iterator[str]:
    if not told["rotas"]:
        yield "There are no rotas: `responder oncall who` says who is paged."
    at = read_moment(told["at"]) or datetime.now(UTC)
    colours = sys.stdout.isatty() and not os.environ.get("NO_COLOR")
    columns = shutil.get_terminal_size((_PIPE, 24)).columns if sys.stdout.isatty() else _PIPE
    for place, rota in enumerate(told["rotas"]):
        if place:
            yield ""
        yield from _standing(rota)
        if charts:
            yield ""
            yield from drawn(rota, columns=columns, at=at, colours=colours)


def _standing(rota: Told) -> Iterator[str]:
    zone = ZoneInfo(rota["zone"])
    team = f", team {rota['team']}" if rota["team"] else ""
    yield clean(f"{rota['rota']} ({rota['zone']}{team})")
    for one in rota["on_call"]:
        parts = [one["layer"], one["instead_of"] and f"instead of {one['instead_of']}"]
        how = ", ".join(filter(None, parts)) or "stands in"
        until = (
            f"until {moment(one['until'], zone)}" if one["until"] else "for a fortnight at least"
        )
        yield "  now   " + clean(f"{one['person']} ({how}) {until}")
    if not rota["on_call"]:
        yield _nobody(rota, zone)
    if rota["next"]:
        begins = f" from {moment(rota['next_at'], zone)}" if rota["next_at"] else ""
        yield f"  then  {clean(', '.join(rota['next']))}{begins}"


def _nobody(rota: Told, zone: ZoneInfo) -> str:
    if not rota["gap_until"]:
        return "  now   nobody, and nobody is promised"
    behind = f"the team {rota['team']}" if rota["team"] else "everybody of it"
    until = moment(rota["gap_until"], zone)
    return f"  now   NOBODY: a GAP until {until}. Pages go to {clean(behind)}"
