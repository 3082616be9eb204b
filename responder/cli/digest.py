"""`responder digest`: what team and management read every two weeks, without sending it."""

from datetime import datetime

import click

from alerts.moments import show_moment
from playbooks.plain import one_line
from responder.cli.api import Api, speaks_to_daemon
from responder.cli.moments import time_option
from responder.cli.say import json_option, say, say_json

_LONGEST = 4000  # characters of a line


@click.command(short_help="Show what team and management read every two weeks.")
@time_option("--at", says="The two weeks that end then; now, unless said otherwise.")
@json_option
@speaks_to_daemon
def digest(api: Api, *, at: datetime | None, as_json: bool) -> None:
    """Show what team and management read every two weeks, as it is now; nothing is sent.

    It goes to `desk.digest.to` and `desk.digest.webhook_url` by itself, once for each span.
    """
    told = api.get("/api/v1/digest", at=at and show_moment(at))
    if as_json:
        say_json(told)
    else:
        lines = told["markdown"].rstrip("\n").split("\n")
        say("\n".join(one_line(line, limit=_LONGEST) for line in lines))
