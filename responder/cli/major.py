"""`responder incident major`, `link`, `graph` and `review`: who leads, and what hangs together."""

from collections.abc import Iterator, Mapping
from datetime import timedelta
from typing import Any

import click

from playbooks.plain import how_many
from responder.cli.api import Api, speaks_to_daemon
from responder.cli.exits import Failed
from responder.cli.moments import span_option
from responder.cli.say import clean, json_option, say, say_json

PATH = "/api/v1/incidents"

Told = Mapping[str, Any]


@click.command()
@click.argument("id_", metavar="ID")
@click.option("--lead", help="Who leads it; by default whoever has taken it, or is on call.")
@click.option("--communication", help="Who writes to customers; by default another one on call.")
@span_option("--every", says="Customers hear so often, such as 30m.")
@click.option("--cause", "causes", multiple=True, help="Why it happened. Repeatable.")
@click.option("--told", "words", help="Customers were told this in another way: time begins anew.")
@click.option("--end", "ends", is_flag=True, help="It is major no more.")
@click.option("--draft", is_flag=True, help="Show what customers may be written; change nothing.")
@span_option("--next-update", says="With --draft: you promise the next words within this time.")
@click.option("--brand", help="With --draft: for customers of this brand alone.")
@click.option("--language", help="With --draft: in this language alone, such as de.")
@json_option
@speaks_to_daemon
def major(
    api: Api,
    id_: str,
    *,
    lead: str | None,
    communication: str | None,
    every: timedelta | None,
    causes: tuple[str, ...],
    words: str | None,
    ends: bool,
    draft: bool,
    next_update: timedelta | None,
    brand: str | None,
    language: str | None,
    as_json: bool,
) -> None:
    """It is a major incident: somebody leads, and somebody else writes to customers.

    A storm declares its own. When customers have not heard for `desk.update_every`, whoever writes
    to them is paged, then whoever leads; `responder incident tell` begins the time anew.
    """
    if draft:
        asked = {"brand": brand, "language": language, "next_update": _span(next_update)}
        _say_drafts(api.get(PATH, id_, "major", "draft", **asked), as_json=as_json)
        return
    if next_update or brand or language:
        raise click.UsageError("--next-update, --brand and --language go with --draft")
    if ends:
        told = api.post(PATH, id_, "major", "end")
    elif words is not None:
        told = api.post(PATH, id_, "major", "told", body={"note": words})
    else:
        body: dict[str, object] = {"lead": lead, "communication": communication}
        body |= {"every": every.total_seconds()} if every else {}
        body |= {"causes": list(causes)} if causes else {}
        told = api.post(PATH, id_, "major", body=body)
    _say_major(told, as_json=as_json)


@click.command()
@click.argument("id_", metavar="ID")
@click.argument("other", metavar="OTHER")
@click.option("--caused-by", is_flag=True, help="OTHER is the cause of it, or one of its causes.")
@click.option("--note", default="", help="Words for both logs.")
@json_option
@speaks_to_daemon
def link(api: Api, id_: str, other: str, *, caused_by: bool, note: str, as_json: bool) -> None:
    """Incident ID has to do with incident OTHER."""
    body = {"other": other, "kind": _kind(caused_by), "note": note}
    told = api.post(PATH, id_, "links", body=body)
    _say_linked(told, f"{_words(caused_by)} incident {other}", as_json=as_json)


@click.command()
@click.argument("id_", metavar="ID")
@click.argument("other", metavar="OTHER")
@click.option("--caused-by", is_flag=True, help="OTHER is no cause of it.")
@json_option
@speaks_to_daemon
def unlink(api: Api, id_: str, other: str, *, caused_by: bool, as_json: bool) -> None:
    """Incident ID has nothing to do with incident OTHER."""
    told = api.delete(PATH, id_, "links", _kind(caused_by), other)
    _say_linked(told, f"not {_words(caused_by)} incident {other}", as_json=as_json)


@click.command()
@click.argument("id_", metavar="ID")
@click.option("--dot", is_flag=True, help="For Graphviz: ... | dot -Tsvg -o graph.svg")
@json_option
@speaks_to_daemon
def graph(api: Api, id_: str, *, dot: bool, as_json: bool) -> None:
    """All that hangs together with an incident: parts, relations, causes."""
    if dot:
        say(str(api.get(PATH, id_, "graph", format="dot")).rstrip("\n"))
        return
    told = api.get(PATH, id_, "graph")
    if as_json:
        say_json(told)
        return
    for one in told["incidents"]:
        say(clean(f"{one['id']} {one['priority']} {one['state']}: {one['title']}"))
    for one in told["links"]:
        say(clean(f"{one['from']} is {one['kind'].replace('_', ' ')} {one['to']}"))


@click.command()
@click.argument("id_", metavar="ID")
@json_option
@speaks_to_daemon
def review(api: Api, id_: str, *, as_json: bool) -> None:
    """The look back at an incident as Markdown, out of its log; people finish it.

    For our own people only: it names brands, servers and persons.
    """
    told = api.get(PATH, id_, "review")
    if as_json:
        say_json(told)
    else:
        say("\n".join(map(_shown, told["markdown"].rstrip("\n").split("\n"))))


def _shown(line: str) -> str:
    """Without what a terminal would obey; blanks at the beginning stay."""
    return line[: len(line) - len(line.lstrip(" "))] + clean_line(line.strip(" "))


def clean_line(line: str) -> str:
    """A whole line of a document."""
    from playbooks.plain import one_line

    return one_line(line, limit=4000)


def _say_major(told: Told, *, as_json: bool) -> None:
    if as_json:
        say_json(told)
        return
    one = told["major"]
    if one is None:
        raise Failed(f"incident {told['id']} is not major")
    if one["ended_at"]:
        say(clean(f"incident {told['id']} is major no more: {told['title']}"))
        return
    say(clean(f"incident {told['id']} is major: {told['title']}"))
    for line in _facts(one):
        say(clean(line))


def _facts(one: Told) -> Iterator[str]:
    yield f"led by {one['incident_lead'] or 'nobody'}"
    yield f"{one['communication_lead'] or 'nobody'} writes to customers"
    if one["finding"]:
        yield f"FINDING: {one['finding']}"
    if one["next_update_at"]:
        yield f"customers hear by {one['next_update_at'][:16].replace('T', ' ')} UTC"


def _say_drafts(told: Told, *, as_json: bool) -> None:
    if as_json:
        say_json(told)
        return
    if not told["drafts"]:
        raise Failed("it concerns no customers; --brand NAME shows what they would read")
    for one in told["drafts"]:
        readers = how_many(one["customers"], "customer")
        say(clean(f"--- {one['brand']}, {one['language']}, {readers}"))
        say(clean(f"Subject: {one['subject']}"))
        say("\n".join(clean_line(line) for line in one["text"].splitlines()))
        for doubt in one["doubts"]:
            say(clean(f"DOUBT: {doubt}"))


def _say_linked(told: Told, words: str, *, as_json: bool) -> None:
    if as_json:
        say_json(told)
    else:
        say(clean(f"incident {told['id']} is {words}"))


def _kind(caused_by: bool) -> str:
    return "caused_by" if caused_by else "related"


def _words(caused_by: bool) -> str:
    return "caused by" if caused_by else "related to"


def _span(told: timedelta | None) -> str | None:
    return f"{int(told.total_seconds())}s" if told else None
