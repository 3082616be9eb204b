"""`responder kpi availability`: how much of a month servers, resellers and brands were there."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

import click

from probes.durations import show_duration
from responder.cli.configuration import chosen, config_option, loaded
from responder.cli.exits import Failed
from responder.cli.say import json_option, say, say_json, say_table

if TYPE_CHECKING:
    from alerts.availability import Availability
    from alerts.spans import Span
    from responder.store import Tx


@click.command(short_help="Show how much of a month everything was there.")
@click.option("--month", help="Such as 2026-11; this month (UTC), unless said otherwise.")
@click.option("--csv", "as_csv", is_flag=True, help="Answer in CSV, spans in seconds.")
@config_option
@json_option
def availability(month: str | None, *, as_csv: bool, file: Path | None, as_json: bool) -> None:
    """Show how much of a month each server, reseller and brand was there, as our looks saw it.

    Planned work and time in which nobody could look stand apart: they are neither up nor down.
    """
    from alerts.spans import read_month
    from responder.kpi.availability import as_csv as lines
    from responder.kpi.availability import this_month

    now = datetime.now(UTC)
    name = month or this_month(now)
    try:
        span = read_month(name)
    except ValueError as error:
        raise click.BadParameter(str(error), param_hint="--month") from None
    found = _found(file, span, now)
    if as_csv:
        say(lines(found).rstrip("\n"))
    elif as_json:
        say_json({"month": name, "availability": [_told(one) for one in found]})
    else:
        _say(name, found)


def _found(file: Path | None, span: "Span", now: datetime) -> "tuple[Availability, ...]":
    from responder.compile import compiled
    from responder.eyes.discovery import maps_of
    from responder.kpi.availability import availability as measured
    from responder.store import StoreUnavailable, probes
    from responder.store.looking import looking

    config = loaded(file).value

    def look(tx: "Tx") -> "tuple[Availability, ...]":
        plan = compiled(config, maps_of(probes.maps(tx)))
        return measured(tx, month=span, inventory=plan.inventory, works=plan.works, now=now)

    try:
        store = config.daemon.store
        with looking(store, beside=chosen(file).parent) as engine, engine.connect() as tx:
            return look(tx)
    except (FileNotFoundError, ValueError, OverflowError, StoreUnavailable) as trouble:
        raise Failed(str(trouble)) from None


def _told(one: "Availability") -> dict[str, object]:
    told = one.tally
    return {
        "kind": one.kind,
        "name": one.name,
        "ratio": told.ratio,
        "up": told.up,
        "down": told.down,
        "unknown": told.unknown,
        "maintenance": told.maintenance,
        "blind": told.blind,
    }


def _say(name: str, found: "Sequence[Availability]") -> None:
    if not found:
        say(f"{name}: nothing was looked at")
        return
    head = (name, "kind", "available", "down", "planned work", "blind", "unknown")
    say_table(head, [_row(one) for one in found])


def _row(one: "Availability") -> tuple[str, ...]:
    told = one.tally
    ratio = "nothing seen" if told.ratio is None else f"{told.ratio:.3%}"
    spans = (told.down, told.maintenance, told.blind, told.unknown)
    return one.name, one.kind, ratio, *(_span(seconds) for seconds in spans)


def _span(seconds: float) -> str:
    return show_duration(timedelta(seconds=round(seconds))) if seconds >= 1 else "-"
