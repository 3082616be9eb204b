"""`responder incident`: see incidents and act on them."""

from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta
from typing import Any

import click

from alerts.moments import show_moment
from responder.cli.api import Api, speaks_to_daemon
from responder.cli.major import graph, link, major, review, unlink
from responder.cli.moments import span_option, time_option
from responder.cli.say import clean, json_option, say, say_json, say_table, whole
from responder.cli.tell import tell

PATH = "/api/v1/incidents"
STATES = ("active", "open", "acknowledged", "mitigated", "resolved", "closed")
PRIORITIES = ("critical", "high", "medium", "low")

note_option = click.option("--note", default="", help="Words for the log and the ticket.")


@click.group(short_help="See incidents and act on them.")
def incident() -> None:
    """See incidents and act on them. The actor is you, or the token that --token-file names."""


for verb in (tell, major, link, unlink, graph, review):
    incident.add_command(verb)


@incident.command("list")
@click.option("--state", multiple=True, type=click.Choice(STATES), help="Repeatable.")
@click.option("--all", "everything", is_flag=True, help="Those that are over, too.")
@click.option("--server", help="Of this server alone.")
@click.option("--limit", type=click.IntRange(1, 1000), default=100, show_default=True)
@click.option("--after", help="`next` of the part before.")
@json_option
@speaks_to_daemon
def list_(
    api: Api,
    *,
    state: tuple[str, ...],
    everything: bool,
    server: str | None,
    limit: int,
    after: str | None,
    as_json: bool,
) -> None:
    """The incidents that are not over, newest first."""
    states = state or (() if everything else ("active",))
    told = api.get(PATH, state=states, server=server, limit=limit, after=after)
    if as_json:
        say_json(told)
        return
    head = ("id", "priority", "state", "opened", "what", "server", "by")
    say_table(head, (_row(one) for one in told["incidents"]))
    if told["next"]:
        say(f"more with --after {told['next']}")


@incident.command()
@click.argument("id_", metavar="ID")
@json_option
@speaks_to_daemon
def show(api: Api, id_: str, *, as_json: bool) -> None:
    """All about one incident: its alerts, pages and tickets, and everything that happened."""
    told = api.get(PATH, id_)
    events = api.get(PATH, id_, "events")["events"]
    if as_json:
        say_json({**told, "events": events})
    else:
        say("\n".join([*_facts(told), *_events(events)]))


@incident.command()
@click.argument("id_", metavar="ID")
@note_option
@json_option
@speaks_to_daemon
def ack(api: Api, id_: str, *, note: str, as_json: bool) -> None:
    """Take it: nobody is paged any more. A second time changes nothing."""
    _say_done(api.post(PATH, id_, "ack", body={"note": note}), as_json=as_json)


@incident.command()
@click.argument("id_", metavar="ID")
@note_option
@json_option
@speaks_to_daemon
def resolve(api: Api, id_: str, *, note: str, as_json: bool) -> None:
    """It is over. While its alerts still fire, --note must say why."""
    _say_done(api.post(PATH, id_, "resolve", body={"note": note}), as_json=as_json)


@incident.command()
@click.argument("id_", metavar="ID")
@click.argument("words")
@json_option
@speaks_to_daemon
def note(api: Api, id_: str, words: str, *, as_json: bool) -> None:
    """Write something down, for the log and the ticket."""
    _say_done(api.post(PATH, id_, "note", body={"note": words}), as_json=as_json)


@incident.command("open")
@click.argument("title")
@click.option("--server", help="What it is about.")
@click.option("--priority", type=click.Choice(PRIORITIES), default="critical", show_default=True)
@click.option("--text", default="", help="More words.")
@click.option("--drill", is_flag=True, help="Practice: it counts in no figure.")
@json_option
@speaks_to_daemon
def open_(
    api: Api,
    title: str,
    *,
    server: str | None,
    priority: str,
    text: str,
    drill: bool,
    as_json: bool,
) -> None:
    """You saw it first: open an incident, with its ticket and its pages.

    Where the server has one already, your words become a note in that.
    """
    asked = {"title": title, "server": server, "priority": priority, "text": text, "drill": drill}
    _say_done(api.post(PATH, body=asked), as_json=as_json)


@incident.command()
@click.argument("id_", metavar="ID")
@note_option
@json_option
@speaks_to_daemon
def escalate(api: Api, id_: str, *, note: str, as_json: bool) -> None:
    """Critical from now on, and the next people are paged at once."""
    _say_done(api.post(PATH, id_, "escalate", body={"note": note}), as_json=as_json)


@incident.command()
@click.argument("id_", metavar="ID")
@click.argument("person")
@note_option
@json_option
@speaks_to_daemon
def handover(api: Api, id_: str, person: str, *, note: str, as_json: bool) -> None:
    """PERSON has it from now on."""
    answer = api.post(PATH, id_, "handover", body={"to": person, "note": note})
    _say_done(answer, as_json=as_json)


@incident.command()
@click.argument("id_", metavar="ID")
@span_option("--for", "lasts", says="So long, such as 30m.")
@time_option("--until", says="Until this time.")
@note_option
@json_option
@speaks_to_daemon
def snooze(
    api: Api,
    id_: str,
    *,
    lasts: timedelta | None,
    until: datetime | None,
    note: str,
    as_json: bool,
) -> None:
    """Nobody is paged for a while, 24 hours at most."""
    body = {**how_long(lasts, until), "note": note}
    _say_done(api.post(PATH, id_, "snooze", body=body), as_json=as_json)


@incident.command()
@click.argument("id_", metavar="ID")
@click.argument("into", metavar="INTO")
@json_option
@speaks_to_daemon
def merge(api: Api, id_: str, into: str, *, as_json: bool) -> None:
    """One trouble after all: incident ID becomes a quiet part of incident INTO."""
    _say_done(api.post(PATH, id_, "merge", body={"into": into}), as_json=as_json)


@incident.command()
@click.argument("id_", metavar="ID")
@json_option
@speaks_to_daemon
def split(api: Api, id_: str, *, as_json: bool) -> None:
    """It is a trouble of its own again."""
    _say_done(api.post(PATH, id_, "split"), as_json=as_json)


def how_long(
    lasts: timedelta | None, until: datetime | None, *, end: str = "--until"
) -> dict[str, object]:
    """--for and --until in the API's words. Raises UsageError unless one of them is given."""
    if (lasts is None) == (until is None):
        raise click.UsageError(f"give either --for SPAN or {end} TIME")
    if until is not None:
        return {"until": show_moment(until)}
    return {"for": lasts.total_seconds() if lasts else 0}


def _say_done(told: Mapping[str, Any], *, as_json: bool) -> None:
    if as_json:
        say_json(told)
        return
    by = _whose(told)
    say(clean(f"incident {told['id']} is {told['state']}{by}: {told['title']}"))


def _row(one: Mapping[str, Any]) -> tuple[object, ...]:
    state = f"{one['state']} (muted)" if one["muted_by"] else one["state"]
    opened = one["opened_at"][:16].replace("T", " ")
    names = ("title", "server", "acknowledged_by")
    return one["id"], one["priority"], state, opened, *(one[name] for name in names)


def _facts(one: Mapping[str, Any]) -> Iterator[str]:
    yield clean(f"incident {one['id']}: {one['title']}")
    by = _whose(one)
    facts = {
        "state": one["state"] + by,
        "priority": f"{one['priority']} ({one['category']}; {one['rule']})",
        "about": one["key"],
        "brand": one["brand"],
        "opened": one["opened_at"],
        "part of": one["parent"],
        "major": _led(one.get("major")),
        "muted by": ", ".join(one["muted_by"]),
        "tickets": ", ".join(
            f"{it['system']} {it['ref']} ({it['state']})" for it in one["tickets"]
        ),
    }
    lines = [*facts.items(), *_lines(one)]
    yield from (f"{f'{name}:' if name else '':10}{clean(fact)}" for name, fact in lines if fact)


def _led(major: Mapping[str, Any] | None) -> str:
    """Who leads it, as long as it is major."""
    if major is None or major["ended_at"]:
        return ""
    return f"{major['incident_lead']} leads, {major['communication_lead']} writes to customers"


def _lines(one: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    for alert in one["alerts"]:
        about = alert["annotations"].get("summary", "")
        name = f"{alert['labels'].get('alertname', '')} ({alert['status']})"
        yield "alert", f"{name}: {about}" if about else name
    for page in one["pages"]:
        way = f"{page['person']} by {page['method']}{_round(page)}"
        held = page.get("delayed_until")
        wait = f", delayed until {str(held)[11:19]} UTC" if held else ""
        yield "page", f"{way}: {page['state']} ({page['event']}){wait}"
        for it in page["tries"]:
            yield "", f"{_moment(it)} {it['outcome']} {it['detail']}"
    for run in one["runs"]:
        yield "run", f"{run['id']} of {run['playbook']}: {run['state']}"


def _round(page: Mapping[str, Any]) -> str:
    """What is no round of pages (somebody has it, it is over) has no step."""
    from responder.paging.escalation import ROUNDS

    return f", step {page['step']}" if page["event"] in ROUNDS else ""


def _events(events: list[Mapping[str, Any]]) -> Iterator[str]:
    yield ""
    for event in events:
        yield f"{_moment(event)}  {whole(event['text'], indent=21)}"


def _moment(line: Mapping[str, Any]) -> str:
    return str(line["at"])[:19].replace("T", " ")


def _whose(one: Mapping[str, Any]) -> str:
    """Who has it, or had it; the end of an incident may be the daemon's doing."""
    if not one["acknowledged_by"]:
        return ""
    taken = " by" if one["state"] == "acknowledged" else ", taken by"
    return f"{taken} {one['acknowledged_by']}"
