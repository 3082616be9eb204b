"""`responder replay`: what would have been done about a file of past messages."""

import asyncio
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any, BinaryIO

import click

from alerts.moments import show_moment
from responder.cli.configuration import config_option, loaded
from responder.cli.exits import Exit, end
from responder.cli.moments import span_option
from responder.cli.say import clean, json_option, log_aside, say, say_json

if TYPE_CHECKING:
    from responder.cli.messages import Message
    from responder.plan import Plan
    from responder.replay import Lived


@click.command(short_help="Say what would have been done about a file of past messages.")
@click.argument("bodies", type=click.File("rb"), metavar="BODIES.jsonl")
@click.option("--source", default="replay", help="Whose messages these are.")
@span_option("--then", default="10m", says="How long time goes on at the end.")
@config_option
@json_option
def replay(
    bodies: BinaryIO, source: str, then: timedelta, *, file: Path | None, as_json: bool
) -> None:
    """Say what would have been done about a file of past messages, one in each line.

    A line is a webhook's body, a list of the API v2, or {"at": TIME, "body": ...}. Nothing is sent,
    no daemon need run, and nobody answers a page. Exit 3 when a line could not be read.
    """
    from responder.compile import compiled

    log_aside()
    plan = compiled(loaded(file).value)
    told = asyncio.run(_live(bodies.readlines(), plan, source=source, then=then))
    if as_json:
        say_json(told)
    else:
        say("\n".join(_lines(told)))
    if told["unreadable"]:
        raise end(Exit.FINDINGS)


async def _live(
    lines: list[bytes], plan: "Plan", *, source: str, then: timedelta
) -> dict[str, Any]:
    from responder.replay import Replay
    from responder.store.opening import open_store

    now = datetime.now(UTC)
    messages, unreadable = _read(lines, plan, now)
    start = next((one.at for one in messages if one.at is not None), now)
    with TemporaryDirectory(prefix="responder-replay-") as folder:
        store = open_store("sqlite:///replay.db", beside=Path(folder), ballast=0)
        stage = Replay(store, plan, start=start)
        for message in messages:
            await stage.tell(message.reading, source=source, at=message.at)
        await stage.go_on(stage.now + then)
        lived = await stage.lived()
        await store.close()
    return {"incidents": [_told(one) for one in lived], "unreadable": unreadable}


def _read(
    lines: list[bytes], plan: "Plan", now: datetime
) -> tuple[list["Message"], list[dict[str, object]]]:
    """The messages, and which lines hold none."""
    from alerts.alertmanager import Unreadable
    from responder.cli.messages import read_noted

    messages, unreadable = [], list[dict[str, object]]()
    for number, line in enumerate(lines, start=1):
        if not line.strip():
            continue
        try:
            messages.append(read_noted(line, settings=plan.alerts, now=now))
        except Unreadable as error:
            unreadable.append({"line": number, "reason": str(error)})
    return messages, unreadable


def _told(one: "Lived") -> dict[str, Any]:
    from responder.desk.levels import queue_of
    from responder.story import told

    incident = one.incident
    return {
        "id": str(incident.id),
        "key": incident.key,
        "title": incident.title,
        "category": incident.category,
        "priority": incident.priority,
        "state": incident.state,
        "server": incident.server,
        "opened_at": show_moment(incident.opened_at),
        "queue": queue_of(incident.category) if incident.ticketed else None,
        "pages": [
            {
                "at": show_moment(page.at),
                "person": page.person,
                "method": page.method,
                "step": page.step + 1,
                "event": page.event,
            }
            for page in one.pages
        ],
        "events": [
            {"at": show_moment(line.at), "kind": line.kind, "text": told(line)}
            for line in one.lines
        ],
    }


def _lines(told: dict[str, Any]) -> Iterator[str]:
    """One story out of all of them, in order of time."""
    events = [(event, one["id"]) for one in told["incidents"] for event in one["events"]]
    for event, number in sorted(events, key=lambda pair: str(pair[0]["at"])):
        yield f"{event['at'][:19].replace('T', ' ')}  incident {number}: {clean(event['text'])}"
    for line in told["unreadable"]:
        yield f"line {line['line']} can't be read: {clean(line['reason'])}"
    pages = sum(len(one["pages"]) for one in told["incidents"])
    tickets = sum(1 for one in told["incidents"] if one["queue"])
    yield f"incidents: {len(told['incidents'])}, tickets: {tickets}, pages: {pages}"
