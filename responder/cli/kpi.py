"""`responder kpi`: the support figures of a span of time."""

import sys
from collections.abc import Iterable, Iterator
from dataclasses import asdict, dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from alerts.moments import show_moment
from probes.durations import show_duration
from responder.cli.availability import availability
from responder.cli.configuration import chosen, config_option, store_url
from responder.cli.exits import Failed
from responder.cli.moments import span_option, time_option
from responder.cli.say import json_option, say, say_json, say_table

if TYPE_CHECKING:
    from responder.store import Tx
    from responder.store.kpis import Summary
    from responder.store.standing import Share, Standing

# Figures that are spans of time, in the order of a ticket's life; the others are counts.
SPANS = {
    "reaction": "time of reaction",
    "first_reply": "first reply",
    "useful_response": "useful response",
    "resolution": "resolution",
    "requester_wait": "requester waited",
    "ack": "page acknowledged",
    "first_action": "first step of a playbook",
    "recovery": "recovery",
}
WIDTH = 12  # of the longest bar


@click.group(invoke_without_command=True, short_help="Show the support figures.")
@click.pass_context
@span_option("--last", default="30d", says="How far back.")
@time_option("--until", says="The end of the span; now, unless said otherwise.")
@config_option
@json_option
def kpi(
    context: click.Context, last: timedelta, until: datetime | None, *, file: Path | None,
    as_json: bool,
) -> None:  # fmt: skip
    """Show the support figures, as they stand in the store; a daemon need not run.

    Of spans of time the average and the p90, which nine in ten stayed below; of votes and of the
    tickets that level 1 solved, the share.
    """
    if context.invoked_subcommand is not None:
        return
    from responder.store import StoreUnavailable
    from responder.store.looking import looking

    config, end = chosen(file), until or datetime.now(UTC)
    try:
        with (
            looking(store_url(config), beside=config.parent) as engine,
            engine.connect() as tx,
        ):
            figures = _look(tx, since=end - last, until=end)
    except (FileNotFoundError, ValueError, OverflowError, StoreUnavailable) as trouble:
        raise Failed(str(trouble)) from None
    if as_json:
        say_json(_told(figures))
    else:
        _say(figures)


kpi.add_command(availability)


@dataclass(frozen=True, slots=True)
class Figures:
    """What the store says about a span of time."""

    since: datetime
    until: datetime
    spans: "tuple[Summary, ...]"
    counts: dict[str, int]
    votes: dict[int, int]
    standing: "Standing"


def _look(tx: "Tx", *, since: datetime, until: datetime) -> Figures:
    from responder.store import kpis
    from responder.store.standing import standing

    found = kpis.summary(tx, since=since, until=until)
    counts: dict[str, int] = {}
    for one in found:
        if one.figure.split("/")[0] not in SPANS:
            counts[one.figure] = counts.get(one.figure, 0) + one.count
    return Figures(
        since=since,
        until=until,
        spans=tuple(one for one in found if one.figure.split("/")[0] in SPANS),
        counts=counts,
        votes=kpis.votes(tx, since=since, until=until),
        standing=standing(tx, now=until),
    )


def _told(figures: Figures) -> dict[str, Any]:
    standing = figures.standing
    return {
        "since": show_moment(figures.since),
        "until": show_moment(figures.until),
        "spans": [asdict(one) for one in figures.spans],
        "counts": figures.counts,
        "votes": {str(score): number for score, number in figures.votes.items()},
        "level1_share_7d": standing.level1.ratio,
        "open": [
            {"queue": queue, "priority": priority, "tickets": number}
            for (queue, priority), number in standing.open.items()
        ],
    }


def _say(figures: Figures) -> None:
    say(f"From {show_moment(figures.since)[:16]} to {show_moment(figures.until)[:16]} UTC\n")
    head = ("figure", "priority", "level", "by", "count", "average", "p90", "")
    say_table(head, _rows(figures.spans))
    if figures.counts:
        say("")
        say_table(("counted", "tickets"), sorted(figures.counts.items()))
    say("\n" + "\n".join(_shares(figures)))


def _rows(spans: "Iterable[Summary]") -> "Iterator[tuple[object, ...]]":
    """In the order of a ticket's life, each with a bar against the longest of its own figure."""
    order = list(SPANS)
    for one in sorted(spans, key=lambda one: order.index(one.figure.split("/")[0])):
        name = SPANS[one.figure.split("/")[0]]
        most = max(other.p90 for other in spans if other.figure == one.figure)
        spent = (show_duration(timedelta(seconds=value)) for value in (one.average, one.p90))
        yield name, one.priority, one.level, one.by, one.count, *spent, _bar(one.p90, most)


def _shares(figures: Figures) -> Iterator[str]:
    good = sum(number for score, number in figures.votes.items() if score >= 4)
    yield f"satisfied (4 or 5):           {_share(good, sum(figures.votes.values()))}"
    level1: Share = figures.standing.level1
    yield f"solved at level 1, last 7 d:  {_share(level1.part, level1.whole)}"
    yield f"tickets open now:             {sum(figures.standing.open.values())}"


def _share(part: int, whole: int) -> str:
    if not whole:
        return "nobody yet"
    return f"{part / whole:.0%} ({part} of {whole}) {_bar(part, whole)}".rstrip()


def _bar(value: float, most: float) -> str:
    """For people's eyes only: a pipe gets none."""
    if not most or not sys.stdout.isatty():
        return ""
    return "\u2588" * max(1, round(WIDTH * value / most))
