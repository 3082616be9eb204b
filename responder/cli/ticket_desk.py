"""`responder ticket`: its way through the levels, whom it waits for, and what the desk learns."""

import json
from collections.abc import Iterator, Mapping
from typing import Any, Final

import click

from playbooks.plain import how_many
from responder.cli.api import Api, speaks_to_daemon
from responder.cli.say import clean, json_option, say, say_json, say_table
from responder.cli.ticket_levels import PATH, say_done

DESK: Final = "/api/v1/desk"


@click.command()
@click.argument("id_", metavar="ID")
@json_option
@speaks_to_daemon
def levels(api: Api, id_: str, *, as_json: bool) -> None:
    """Its clocks, its stays at the levels, vendors, and what helped before."""
    told = api.get(PATH, id_, "levels")
    if as_json:
        say_json(told)
    else:
        say("\n".join(_lines(told)))


@click.command()
@click.argument("id_", metavar="ID")
@speaks_to_daemon
def export(api: Api, id_: str) -> None:
    """Everything that happened to it, a line of JSON each, the oldest first (R36)."""
    for event in api.get(PATH, id_, "events")["events"]:
        say(json.dumps(event, ensure_ascii=False))


@click.command()
@click.argument("task", required=False)
@click.option("--accounts", type=int, default=1, help="Of so many customers at once.")
@json_option
@speaks_to_daemon
def scope(api: Api, task: str | None, *, accounts: int, as_json: bool) -> None:
    """Which level a TASK needs at least; without one the whole catalogue."""
    told = api.get(DESK, "scope", task=task, accounts=accounts)
    if as_json:
        say_json(told)
        return
    names = ("task", "queue", "login", "playbook", "known")
    say_table(names, ([one[name] for name in names] for one in told["tasks"]))


@click.command("passed-on")
@click.option("--days", type=click.IntRange(1, 366), default=14, show_default=True)
@json_option
@speaks_to_daemon
def passed_on(api: Api, *, days: int, as_json: bool) -> None:
    """What level 1 passed on and what came back, by person: to learn from."""
    told = api.get(DESK, "passed-on", days=days)
    if as_json:
        say_json(told)
        return
    names = ("person", "ticket", "how", "at", "subject")
    say_table(names, ([one[name] for name in names] for one in told["tickets"]))


@click.command()
@json_option
@speaks_to_daemon
def candidates(api: Api, *, as_json: bool) -> None:
    """Tickets that are worth an article."""
    told = api.get(DESK, "candidates")
    if as_json:
        say_json(told)
        return
    names = ("ticket", "article", "subject")
    say_table(names, ([one[name] for name in names] for one in told["tickets"]))


@click.command()
@click.argument("id_", metavar="ID")
@click.option("--no", "drop", is_flag=True, help="It is none any more.")
@json_option
@speaks_to_daemon
def candidate(api: Api, id_: str, *, drop: bool, as_json: bool) -> None:
    """It is worth an article."""
    say_done(api.post(PATH, id_, "candidate", body={"candidate": not drop}), as_json=as_json)


@click.command()
@click.argument("id_", metavar="ID")
@click.argument("question")
@click.option("--within", default="48h", show_default=True, help="So long it may be answered.")
@json_option
@speaks_to_daemon
def clarify(api: Api, id_: str, question: str, *, within: str, as_json: bool) -> None:
    """The one question that level 3 asks the customer."""
    asked = {"question": question, "within": within}
    say_done(api.post(PATH, id_, "clarify", body=asked), as_json=as_json)


@click.command()
@click.argument("id_", metavar="ID")
@click.argument("name", metavar="VENDOR")
@click.option("--reference", default="", help="The vendor's number for it.")
@click.option("--contact", default="", help="Whom to write to or call there.")
@click.option("--chase-every", default="24h", show_default=True)
@json_option
@speaks_to_daemon
def vendor(
    api: Api,
    id_: str,
    name: str,
    *,
    reference: str,
    contact: str,
    chase_every: str,
    as_json: bool,
) -> None:
    """VENDOR was asked; somebody is reminded to ask again."""
    told = {"reference": reference, "contact": contact, "chase_every": chase_every}
    say_done(api.post(PATH, id_, "vendor", body={"vendor": name, **told}), as_json=as_json)


@click.command("vendor-end")
@click.argument("id_", metavar="ID")
@click.argument("case", type=int)
@click.argument("text")
@json_option
@speaks_to_daemon
def vendor_end(api: Api, id_: str, case: int, text: str, *, as_json: bool) -> None:
    """What the vendor said; CASE is its number in `ticket levels`."""
    told = {"case": case, "text": text}
    say_done(api.post(PATH, id_, "vendor-end", body=told), as_json=as_json)


@click.command()
@click.argument("id_", metavar="ID")
@click.argument("text")
@click.option("--about", help="Whom; by default its owner.")
@json_option
@speaks_to_daemon
def complaint(api: Api, id_: str, text: str, *, about: str | None, as_json: bool) -> None:
    """The customer is not content: to the supervisor, who has an hour."""
    told = {"text": text, "about": about}
    say_done(api.post(PATH, id_, "complaint", body=told), as_json=as_json)


def _lines(told: Mapping[str, Any]) -> Iterator[str]:
    owner, handler = told["owner"] or "nobody", told["handler"] or "nobody"
    yield clean(f"ticket {told['ticket']} in {told['queue']}: {owner}'s, {handler} works on it")
    for clock in told["clocks"]:
        share = 100 * clock["spent"] // max(1, clock["budget"])
        end = " (ended)" if clock["ended_at"] else ""
        yield f"  {clock['target']:12}{share:4} % of {clock['budget'] // 60} min{end}"
    for stay in told["stays"]:
        held, touched = stay["held_seconds"] // 60, stay["touch_seconds"] // 60
        acts = how_many(stay["acts"], "act")
        yield f"  {stay['queue']:16}{held} min, {touched} of them worked on, {acts}"
    for one in told["vendors"]:
        end = "answered" if one["closed_at"] else f"asked again at {one['chase_at']}"
        yield clean(f"  vendor case {one['case']}: {one['vendor']} {one['reference']}, {end}")
    seen = told["seen_before"]
    if seen["times"]:
        times = how_many(seen["times"], "time")
        yield clean(f"seen before: {times}, last fix: {seen['fix'] or 'not told'}")


COMMANDS: Final = (
    levels, export, scope, passed_on, candidates, candidate, clarify, vendor, vendor_end, complaint,
)  # fmt: skip
