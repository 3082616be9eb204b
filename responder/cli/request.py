"""`responder request`: hand in a customer's request, and find articles that may help him."""

from typing import Any

import click

from responder.cli.api import Api, speaks_to_daemon
from responder.cli.say import clean, json_option, say, say_json, say_table
from responder.cli.ticket import CATEGORIES, PRIORITIES

PATH = "/api/v1/requests"
ARTICLES = "/api/v1/articles"
CHANNELS = ("ticket", "email", "phone", "chat", "form", "api")


@click.group(short_help="Hand in a customer's request, and find articles for it.")
def request() -> None:
    """Hand in a customer's request, and find articles for it.

    What it is, how urgent and whose customer he is are found out, and he gets his number;
    `responder ticket open` does none of that. To see it afterwards: responder ticket show ID
    """


@request.command()
@click.argument("subject")
@click.argument("text")
@click.option("--channel", type=click.Choice(CHANNELS), default="phone", show_default=True)
@click.option("--caller", help="His mail address, to which his number is sent, or telephone.")
@click.option("--caller-name", help="How he is called.")
@click.option("--for", "on_behalf_of", help="For whom you write.")
@click.option("--to", help="The address that he wrote to: it tells the brand.")
@click.option("--brand", help="Whose customer he is, where you know it.")
@click.option("--account", help="His account.")
@click.option("--server", help="What it is about.")
@click.option("--category", type=click.Choice(CATEGORIES), help="By default the rules decide.")
@click.option("--priority", type=click.Choice(PRIORITIES), help="By default the rules decide.")
@click.option("--key", help="The same key never gives two tickets.")
@json_option
@speaks_to_daemon
def new(api: Api, /, *, as_json: bool, **facts: str | None) -> None:
    """A customer's request, in his words."""
    told = api.post(PATH, body={name: one for name, one in facts.items() if one is not None})
    if as_json:
        say_json(told)
    else:
        say(_line(told["ticket"]))


@request.command()
@click.argument("text", default="")
@json_option
@speaks_to_daemon
def articles(api: Api, text: str, *, as_json: bool) -> None:
    """Articles of the knowledge base that fit TEXT; all of them without it."""
    told = api.get(ARTICLES, text=text or None)
    if as_json:
        say_json(told)
        return
    names = ("id", "title", "url", "helpful", "unhelpful")
    say_table(names, ([one[name] for name in names] for one in told["articles"]))


def _line(ticket: dict[str, Any]) -> str:
    whose = ticket["brand"] or "no brand that we know"
    told = f"ticket {ticket['id']}: {ticket['category']}, {ticket['priority']}, {ticket['queue']}"
    return clean(f"{told}, {whose}")
