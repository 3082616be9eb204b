"""`responder incident tell`: a person's words to everybody whom an incident concerns."""

from datetime import timedelta

import click

from playbooks.plain import how_many
from responder.cli.api import Api, speaks_to_daemon
from responder.cli.customers import INCIDENTS, say_letters
from responder.cli.moments import span_option
from responder.cli.say import clean, json_option, say, say_json


@click.command()
@click.argument("id_", metavar="ID")
@click.argument("words")
@span_option("--next-update", says="When they hear from you again, such as 30m: you promise it.")
@click.option("--brand", "brands", multiple=True, help="Customers of this brand alone. Repeatable.")
@click.option("--preview", is_flag=True, help="Show the letters, and send nothing.")
@json_option
@speaks_to_daemon
def tell(
    api: Api,
    id_: str,
    words: str,
    *,
    next_update: timedelta | None,
    brands: tuple[str, ...],
    preview: bool,
    as_json: bool,
) -> None:
    """Write to every customer whom the incident concerns, each in his brand's name.

    Words that hold what customers must not read (another brand, a server, a person, a place) are
    refused, and nothing is sent.
    """
    body = {
        "text": words,
        "next_update": next_update.total_seconds() if next_update else None,
        "brands": list(brands),
        "preview": preview,
    }
    told = api.post(INCIDENTS, id_, "tell", body=body)
    if as_json:
        say_json(told)
    elif preview:
        say_letters(told)
    else:
        queued = [one for one in told["told"] if one["state"] == "queued"]
        say(clean(f"{how_many(len(queued), 'message')} on the way"))
