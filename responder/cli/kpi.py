"""`responder kpi`: the support figures of a span of time, beside those of the span before it."""

import sys
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

import click

from alerts.moments import show_moment
from playbooks.plain import how_many
from probes.durations import show_duration
from responder.cli.availability import availability
from responder.cli.configuration import chosen, config_option, store_url
from responder.cli.exits import Failed
from responder.cli.moments import span_option, time_option
from responder.cli.say import clean, json_option, say, say_json, say_table

if TYPE_CHECKING:
    from responder.kpi.report import Report
    from responder.store.kpis import Summary
    from responder.store.standing import Share

BARS = "\u2581\u2582\u2583\u2584\u2585\u2586\u2587\u2588"
WIDTH = 12  # of the longest bar
NAMES = ("priority", "level", "channel")


@click.group(invoke_without_command=True, short_help="Show the support figures.")
@click.pass_context
@span_option("--last", default="30d", says="How far back.")
@time_option("--until", says="The end of the span; now, unless said otherwise.")
@click.option("--brand", metavar="BRAND", help="Of the tickets of one brand.")
@click.option(
    "--by", type=click.Choice(NAMES), multiple=True, help="Repeatable; by priority and level else."
)
@config_option
@json_option
def kpi(
    context: click.Context, last: timedelta, until: datetime | None, brand: str | None,
    by: Sequence[str], *, file: Path | None, as_json: bool,
) -> None:  # fmt: skip
    """Show the support figures, as they stand in the store; a daemon need not run.

    Of spans of time the average and the p90, which nine in ten stayed below; of votes and of the
    tickets that level 1 solved, the share. Each beside the span of the same length before it.
    """
    if context.invoked_subcommand is not None:
        return
    from responder.kpi.report import as_json as told
    from responder.kpi.report import report
    from responder.store import StoreUnavailable
    from responder.store.looking import looking

    config, end = chosen(file), until or datetime.now(UTC)
    try:
        with (
            looking(store_url(config), beside=config.parent) as engine,
            engine.connect() as tx,
        ):
            groups = tuple(by) or NAMES[:2]
            found = report(tx, since=end - last, until=end, brand=brand, by=groups)
    except (FileNotFoundError, ValueError, OverflowError, StoreUnavailable) as trouble:
        raise Failed(str(trouble)) from None
    if as_json:
        say_json(told(found))
    else:
        _say(found)


kpi.add_command(availability)


def _say(found: "Report") -> None:
    whose = f", brand {clean(found.brand)}" if found.brand is not None else ""
    say(f"From {show_moment(found.since)[:16]} to {show_moment(found.until)[:16]} UTC{whose}\n")
    say_table(
        ("figure", *found.by, "by", "count", "average", "p90", "before", "change", ""),
        _rows(found),
    )
    if found.now.counts or found.before.counts:
        say("")
        before = found.before.counts
        names = sorted({*found.now.counts, *before})
        rows = ((name, found.now.counts.get(name, 0), before.get(name, 0)) for name in names)
        say_table(("counted", "tickets", "before"), rows)
    say("\n" + "\n".join(_shares(found)))


def _rows(found: "Report") -> Iterator[tuple[object, ...]]:
    from responder.kpi.report import SPANS, in_order, name_of

    for one in in_order(found.now.spans):
        earlier = found.earlier(one)
        yield (
            SPANS[name_of(one)],
            *(getattr(one, name) for name in found.by),
            one.by,
            one.count,
            _spent(one.average),
            _spent(one.p90),
            _spent(earlier.average) if earlier else "",
            change(one.average, earlier.average) if earlier else "",
            course(one) if sys.stdout.isatty() else "",
        )


def change(now: float, before: float) -> str:
    """By how much an average has grown.

    >>> change(90, 120), change(5, 0)
    ('-25 %', '')
    """
    return f"{(now - before) / before:+.0%}".replace("%", " %") if before else ""


def course(one: "Summary") -> str:
    """How the average went over the span, a bar for each twelfth; a gap where nothing was.

    For people's eyes only: a pipe gets none.
    """
    most = max((value for value in one.course if value is not None), default=0.0)
    return "".join(" " if value is None else bar(value, most) for value in one.course)


def bar(value: float, most: float) -> str:
    """One bar of eight heights.

    >>> bar(0, 10), bar(5, 10), bar(10, 10)
    ('\u2581', '\u2584', '\u2588')
    """
    return BARS[min(7, int(value / most * 7.999))] if most else BARS[0]


def _shares(found: "Report") -> Iterator[str]:
    now, before = found.now, found.before
    yield f"satisfied (4 or 5):           {_share(now.satisfied, before.satisfied)}"
    yield f"customers who have voted:     {_share(now.answered, before.answered)}"
    yield f"solved at level 1:            {_share(now.level1, before.level1)}"
    waiting = found.pending
    useful, solved = waiting.useful_response, waiting.resolution
    yield f"not known yet:                {how_many(useful, 'useful response')} (judged after"
    yield f"                              15 min), {how_many(solved, 'resolution')} (after 24 h)"
    yield f"tickets open now:             {sum(found.open.values())}"


def _share(now: "Share", before: "Share") -> str:
    if now.ratio is None:
        return "nobody yet"
    past = "" if before.ratio is None else f", before {before.ratio:.0%}"
    told = f"{now.ratio:.0%} ({now.part} of {now.whole}{past})"
    return f"{told} {BARS[-1] * round(WIDTH * now.ratio)}" if sys.stdout.isatty() else told


def _spent(seconds: float) -> str:
    return show_duration(timedelta(seconds=seconds))
