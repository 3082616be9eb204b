"""`responder oncall hours` and `handover`: what shifts ask of people, and what they leave."""

from collections.abc import Iterator, Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import click

from alerts.moments import show_moment
from playbooks.plain import one_line
from responder.cli.api import Api, NoDaemon, speaks_to_daemon
from responder.cli.configuration import loaded
from responder.cli.moments import time_option
from responder.cli.rota import PATH, from_file
from responder.cli.say import clean, json_option, say, say_json, say_table

_FROM_FILE = "no responder runs here: this is the file alone, and nobody knows who was paged"
_LONGEST = 2000  # characters of a line

Told = Mapping[str, Any]


@click.command()
@click.option("--weeks", default=4, show_default=True, help="How many.")
@time_option("--since", says="Begin with the week of this time; half of them are over by default.")
@json_option
@speaks_to_daemon
def hours(api: Api, *, weeks: int, since: datetime | None, as_json: bool) -> None:
    """Say what whole weeks ask of each person: hours, nights, weekends, pages while asleep.

    Over 48 hours a week, over 4 nights in a row, and one person in two rotas at once are told.
    """
    try:
        told = api.get(f"{PATH}/hours", weeks=weeks, since=since and show_moment(since))
    except NoDaemon:
        if api.file is None:
            raise
        begins = since or datetime.now(UTC) - timedelta(weeks=weeks // 2)
        told = _from_file(api.file, begins, weeks)
        click.echo(_FROM_FILE, err=True)
    if as_json:
        say_json(told)
        return
    head = ("person", "week", "hours", "nights", "weekend shifts", "pages asleep")
    say_table(head, _rows(told))
    for one in told["strains"]:
        say(clean(f"TOO MUCH for {one['person']}: {one['text']}"))


@click.command()
@click.option("--rota", help="Of this rota; the first one by default.")
@time_option("--since", says="Since then; since this shift began by default.")
@json_option
@speaks_to_daemon
def handover(api: Api, *, rota: str | None, since: datetime | None, as_json: bool) -> None:
    """Say what happened on this shift and what is left, for the person who comes.

    In the first hour of a shift it is about the one before it.
    """
    told = api.get(f"{PATH}/handover", rota=rota, since=since and show_moment(since))
    if as_json:
        say_json(told)
    else:
        say("\n".join(map(_line, told["text"].splitlines())))


def _line(text: str) -> str:
    """Cleaned, with the blanks before it."""
    return "  " * text.startswith("  ") + one_line(text, limit=_LONGEST)


def _rows(told: Told) -> Iterator[tuple[object, ...]]:
    for one in told["weeks"]:
        asleep = "-" if one["pages_asleep"] is None else one["pages_asleep"]
        hours_ = f"{one['hours']:g}"
        yield one["person"], one["week"], hours_, one["nights"], one["weekend_shifts"], asleep


def _from_file(file: Path, begins: datetime, weeks: int) -> Told:
    from responder.staff import away
    from responder.web.shift_views import hours_answer, weeks_of

    config = loaded(file).value
    known = from_file(config)
    within = weeks_of(known, begins, weeks)
    told = hours_answer(
        known, within, away(config.people), people=config.people, rings=None, source="file"
    )
    answer: Told = told.model_dump(mode="json")
    return answer
