"""`responder explain`: what would be done about an alert, and why."""

from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO

import click

from alerts.moments import show_moment
from responder.cli.configuration import config_option, loaded
from responder.cli.estate import estate
from responder.cli.exits import Failed
from responder.cli.moments import time_option
from responder.cli.say import clean, json_option, say, say_json

if TYPE_CHECKING:
    from alerts.model import Alert
    from responder.config import Config
    from responder.foresight import Foresight
    from responder.plan import Plan
    from responder.probing.targets import Estate


@click.command(short_help="Say what would be done about an alert, and why.")
@click.argument("body", type=click.File("rb"), metavar="[ALERT.json]", required=False)
@click.option("--look", metavar="KEY", help="A look, such as web1/http: were it to fail for sure.")
@click.option(
    "--requests",
    type=click.File("rb"),
    metavar="FILE.jsonl",
    help="Customers' texts instead: one JSON object per line (- for stdin).",
)
@time_option("--at", says="As if it came then; now, unless said otherwise.")
@config_option
@json_option
def explain(
    body: BinaryIO | None, look: str | None, requests: BinaryIO | None, at: datetime | None,
    file: Path | None, *, as_json: bool,
) -> None:  # fmt: skip
    """Say what would be done about each alert in ALERT.json (- for stdin), and why.

    It holds a webhook's body, a list of alerts as the API v2 has them, or one alert. With --look
    KEY: about the trouble that this look would find, alone and with all others at its server.
    Nothing is done, and no daemon need run. With --json one object per line and alert.

    With --requests: what each of these customers' texts is taken for, and by which rule. A line of
    the file is an object with `id`, `channel`, `subject`, `body`, and perhaps `from` and `to`.
    Without a configuration the shipped rules decide.
    """
    if requests is not None:
        from responder.cli.explain_requests import explain_requests

        if body is not None or look is not None or at is not None:
            raise click.UsageError("--requests stands alone: no ALERT.json, --look or --at with it")
        explain_requests(requests, file, as_json=as_json)
        return
    from responder.compile import compiled
    from responder.foresight import foresee

    if (body is None) == (look is None):
        raise click.UsageError("give ALERT.json, --look KEY or --requests FILE.jsonl")
    config = loaded(file).value
    known, now = estate(file, config), at or datetime.now(UTC)
    plan = compiled(config, known.maps)
    if body is not None:
        alerts = _read(body.read(), plan, now)
    else:
        alerts = _found(config, known, look or "", now=now, as_json=as_json)
    for number, alert in enumerate(alerts):
        seen = foresee(alert, plan=plan, now=now)
        if as_json:
            say_json(told(seen))
        else:
            say(("\n" if number else "") + "\n".join(_lines(seen)))


def told(seen: "Foresight") -> dict[str, object]:
    """The whole of it for programs; what it is called in the API's words."""
    return {
        "identity": seen.alert.identity,
        "name": seen.alert.name,
        "status": "firing" if seen.alert.firing else "resolved",
        "server": seen.place.server,
        "key": seen.key,
        "joins": list(seen.place.wholes),
        "category": seen.verdict.category,
        "priority": seen.verdict.priority,
        "rule": seen.verdict.rule,
        "brand": seen.place.brand,
        "queue": seen.queue,
        "muted_by": list(seen.muted_by),
        "muted_until": show_moment(seen.muted_until) if seen.muted_until else None,
        "pages": [
            {
                "at": show_moment(turn.at),
                "step": turn.step,
                "person": turn.person,
                "method": turn.method,
                "event": turn.event,
            }
            for turn in seen.turns
        ],
        "playbooks": [
            {"name": book.name, "version": book.playbook.version, "mode": book.playbook.safety.mode}
            for book in seen.books
        ],
    }


def _read(body: bytes, plan: "Plan", now: datetime) -> "Sequence[Alert]":
    from alerts.alertmanager import Unreadable
    from responder.cli.messages import read

    try:
        reading = read(body, settings=plan.alerts, now=now)
    except Unreadable as error:
        raise Failed(f"that is no alert: {error}") from None
    if reading.refused:
        raise Failed(f"an alert can't be read: {reading.refused[0].reason}")
    return reading.alerts


def _found(
    config: "Config", estate: "Estate", key: str, *, now: datetime, as_json: bool
) -> "Sequence[Alert]":
    from responder.eyes.foresight import alarms, confirming
    from responder.probing.targets import looks
    from responder.problems import did_you_mean

    known = {one.key: one for one in looks(config.probes, estate)}
    if key not in known:
        raise Failed(f'there is no look "{key}"{did_you_mean(key, known)}')
    if not as_json:
        say(f"confirmed: {confirming(known[key])}\n")
    return alarms(known[key], known.values(), inventory=estate.inventory, now=now)


def _lines(seen: "Foresight") -> list[str]:
    verdict, place = seen.verdict, seen.place
    facts = {
        "alert": f"{seen.alert.name} ({'firing' if seen.alert.firing else 'resolved'})",
        "identity": seen.alert.identity,
        "server": place.server or "none that we know",
        "incident": seen.key + _joins(seen),
        "category": verdict.category,
        "priority": verdict.priority,
        "rule": verdict.rule,
        "brand": place.brand or "none",
        "ticket": f"in the queue {seen.queue}" if seen.queue else "none",
        "muted": _mute(seen),
        "playbook": _books(seen),
        "pages": "" if seen.turns else "nobody",
    }
    lines = [f"{name + ':':10}{clean(fact)}".rstrip() for name, fact in facts.items()]
    return [*lines, *_pages(seen)]


def _books(seen: "Foresight") -> str:
    named = (f"{book.name} (mode {book.playbook.safety.mode})" for book in seen.books)
    return ", ".join(named) or "none"


def _joins(seen: "Foresight") -> str:
    wholes = " or ".join(seen.place.wholes)
    return f", or in that of {wholes} while that is broken" if wholes else ""


def _mute(seen: "Foresight") -> str:
    if seen.muted_until is None:
        return "no"
    return f"by {', '.join(seen.muted_by)} until {show_moment(seen.muted_until)}"


def _pages(seen: "Foresight") -> list[str]:
    lines = [
        f"  {show_moment(turn.at)}  step {turn.step}: {clean(turn.person)} by {turn.method}"
        for turn in seen.turns
    ]
    return [*lines, "  and so on, until somebody answers"] if lines else []
