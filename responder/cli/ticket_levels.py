"""`responder ticket`: what levels do with tickets: transfer, review, hand back, answer, end."""

from collections.abc import Mapping
from typing import Any, Final

import click

from responder.cli.api import Api, speaks_to_daemon
from responder.cli.say import clean, json_option, say, say_json

PATH: Final = "/api/v1/tickets"
REASONS: Final = (
    "no_solution", "needs_login", "needs_root", "hardware", "software", "load", "vendor",
    "wrong_desk", "other",
)  # fmt: skip
GRADES: Final = ("low", "medium", "high")
PREVENTIONS: Final = ("article", "rule", "playbook", "none")
OUTCOMES: Final = ("fixed", "advised", "not_our_fault", "duplicate")


@click.command()
@click.argument("id_", metavar="ID")
@click.argument("to")
@click.option("--reason", required=True, type=click.Choice(REASONS))
@click.option("--text", default="", help="More about the reason.")
@click.option("--impact", type=click.Choice(GRADES), help="Upwards it must be said.")
@click.option("--urgency", type=click.Choice(GRADES), help="Upwards it must be said.")
@click.option("--tried", "steps", multiple=True, help="What was tried; repeatable.")
@click.option("--log", default="", help="What was done, if no note says so.")
@json_option
@speaks_to_daemon
def transfer(
    api: Api, /, id_: str, *, as_json: bool, steps: tuple[str, ...], **wish: str | None
) -> None:
    """To another desk, with a reason; upwards with impact, urgency, what was tried and done."""
    said = {name: value for name, value in wish.items() if value}
    answer = api.post(PATH, id_, "transfer", body={**said, "steps": list(steps)})
    say_done(answer, as_json=as_json)


@click.command()
@click.argument("id_", metavar="ID")
@json_option
@speaks_to_daemon
def release(api: Api, id_: str, *, as_json: bool) -> None:
    """Give it back: it is nobody's, or nobody's at this level."""
    say_done(api.post(PATH, id_, "release"), as_json=as_json)


@click.command()
@click.argument("id_", metavar="ID")
@json_option
@speaks_to_daemon
def review(api: Api, id_: str, *, as_json: bool) -> None:
    """You have read what the level below did."""
    say_done(api.post(PATH, id_, "review"), as_json=as_json)


@click.command()
@click.argument("id_", metavar="ID")
@click.argument("comment")
@click.argument("solution")
@click.option(
    "--prevention", type=click.Choice(PREVENTIONS), help="From level 3: so that it stays mended."
)
@click.option("--why", default="", help="Which article, rule or playbook, or why none.")
@click.option("--candidate", is_flag=True, help="Worth an article.")
@json_option
@speaks_to_daemon
def handback(
    api: Api,
    id_: str,
    comment: str,
    solution: str,
    *,
    prevention: str | None,
    why: str,
    candidate: bool,
    as_json: bool,
) -> None:
    """Back to the level that tells the customer, with COMMENT and SOLUTION."""
    asked = {"comment": comment, "solution": solution, "why": why, "candidate": candidate}
    told = {**asked, "prevention": prevention or ""}
    say_done(api.post(PATH, id_, "handback", body=told), as_json=as_json)


@click.command()
@click.argument("id_", metavar="ID")
@click.argument("text")
@click.option("--article", default="", help='What the customer can read next time, or "none".')
@json_option
@speaks_to_daemon
def answer(api: Api, id_: str, text: str, *, article: str, as_json: bool) -> None:
    """Tell the customer what another level has solved; with that it is solved."""
    asked = {"text": text, "article": article}
    say_done(api.post(PATH, id_, "answer", body=asked), as_json=as_json)


@click.command()
@click.argument("id_", metavar="ID")
@click.argument("text")
@click.option("--article", default="", help='What the customer can read next time, or "none".')
@click.option("--outcome", type=click.Choice(OUTCOMES), default="fixed", show_default=True)
@click.option("--cause", default="", help="Of a fault that is not ours: its advice is sent.")
@click.option("--advice", default="", help="Other words of advice than the usual ones.")
@click.option("--prevention", type=click.Choice(PREVENTIONS), help="From level 3.")
@click.option("--why", default="", help="Which article, rule or playbook, or why none.")
@click.option("--override", default="", help="Why it ends though its incident is not over.")
@click.option("--candidate", is_flag=True, help="Worth an article.")
@json_option
@speaks_to_daemon
def solve(
    api: Api, /, id_: str, text: str, *, as_json: bool, candidate: bool, **wish: str | None
) -> None:
    """It is solved, and TEXT says how."""
    said = {name: value for name, value in wish.items() if value}
    told = {"text": text, "candidate": candidate, **said}
    say_done(api.post(PATH, id_, "solve", body=told), as_json=as_json)


def say_done(told: Mapping[str, Any], *, as_json: bool) -> None:
    """A ticket after an act, in a line."""
    if as_json:
        say_json(told)
        return
    owner = f"{told['owner']}'s" if told["owner"] else "nobody's"
    say(clean(f"ticket {told['id']} is {told['state']} in {told['queue']}, {owner}"))


COMMANDS: Final = (transfer, release, review, handback, answer, solve)
