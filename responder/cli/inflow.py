"""`responder inflow`: when tickets come, the best shift for it, and what could be automated."""

import sys
from collections.abc import Iterator, Mapping, Sequence
from datetime import timedelta
from typing import Any

import click

from playbooks.plain import how_many
from probes.durations import show_duration
from responder.cli.api import Api, speaks_to_daemon
from responder.cli.say import clean, json_option, say, say_json, say_table

WIDTH = 30  # of the longest bar
DAYS_HEAD = "     0     6     12    18"
_SHADES = " ▁▂▃▄▅▆▇█"

Told = Mapping[str, Any]


@click.command(short_help="Show when tickets come, and what could be automated.")
@click.option("--weeks", type=click.IntRange(1, 52), default=8, show_default=True)
@click.option("--zone", help="By the clocks of this zone, such as Europe/Sofia.")
@json_option
@speaks_to_daemon
def inflow(api: Api, *, weeks: int, zone: str | None, as_json: bool) -> None:
    """Show when tickets come, the best eight hours for more people, and what could be automated.

    Kinds of tickets grow or shrink against as many weeks before.
    """
    told = api.get("/api/v1/inflow", weeks=weeks, zone=zone)
    if as_json:
        say_json(told)
        return
    say("\n".join([*_head(told), "", *week_lines(told["hours"])]))
    for title, name in (("Grows", "growing"), ("Worth a playbook", "candidates")):
        say(f"\n{title}")
        head = ("kind", "tickets", "before", "growth", "in hand", "such as")
        say_table(head, (_row(one) for one in told[name]))


def _head(told: Told) -> Iterator[str]:
    since, until = told["since"][:10], told["until"][:10]
    growth = "" if told["growth"] is None else f", {told['growth']:+.0%} against the weeks before"
    tickets = how_many(told["total"], "ticket")
    yield clean(f"{tickets} from {since} to {until}, hours of {told['zone']}{growth}")
    one = told["suggested"]
    if one is None:
        yield "Nothing came."
        return
    yield f"Best shift: {one['begins']:02}:00 to {one['ends']:02}:00, {one['share']:.0%} of a day"
    for it in told["shifts"]:
        yield f"  {it['day']}: {it['begins']:02}:00 to {it['ends']:02}:00, {it['share']:.0%}"


def week_lines(days: Sequence[Told]) -> Iterator[str]:
    """A line for each day, a character for each hour; and a bar for each hour of all days."""
    most = max((count for day in days for count in day["hours"]), default=0)
    if not most:
        return
    if sys.stdout.isatty():
        yield DAYS_HEAD
        for day in days:
            shades = (_SHADES[-(-count * (len(_SHADES) - 1) // most)] for count in day["hours"])
            yield f"{day['day']}  {''.join(shades)}"
        yield ""
    sums = [sum(day["hours"][hour] for day in days) for hour in range(24)]
    for hour, count in enumerate(sums):
        yield f"{hour:02}:00 {count:6} {_bar(count, max(sums))}".rstrip()


def _row(one: Told) -> tuple[object, ...]:
    growth = "new" if one["growth"] is None else f"{one['growth']:+.0%}"
    spent = show_duration(timedelta(seconds=one["handling_seconds"]))
    return one["fingerprint"], one["count"], one["before"], growth, spent, one["example"]


def _bar(count: int, most: int) -> str:
    """For people's eyes only: a pipe gets none."""
    if not sys.stdout.isatty():
        return ""
    return "█" * max(1, round(WIDTH * count / most)) if count else ""
