"""`responder oncall calendar`: the address at which a telephone subscribes to shifts."""

import click

from responder.cli.api import Api, speaks_to_daemon
from responder.cli.rota import PATH
from responder.cli.say import clean, json_option, say, say_json


@click.command()
@click.argument("whose", metavar="PERSON|rota:NAME|team:NAME")
@json_option
@speaks_to_daemon
def calendar(api: Api, whose: str, *, as_json: bool) -> None:
    """Print the address of the calendar of a person, of rota:NAME, or of all rotas of team:NAME.

    Whoever has it can read these shifts without a login, until daemon.key_file is changed: that
    makes all such addresses, and all links in pages, invalid.
    """
    told = api.get(f"{PATH}/calendars", whose)
    if as_json:
        say_json(told)
    else:
        say(clean(told["url"]))
