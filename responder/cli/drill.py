"""`responder drill`: practise an emergency; nothing that can't be taken back is done."""

import click

from responder.cli.api import Api, speaks_to_daemon
from responder.cli.playbook import begun, detach_option
from responder.cli.say import json_option


@click.command(short_help="Practise an emergency: nothing is really switched.")
@click.argument("playbook")
@click.argument("server")
@detach_option
@json_option
@speaks_to_daemon
def drill(api: Api, playbook: str, server: str, *, detach: bool, as_json: bool) -> None:
    """Practise PLAYBOOK on SERVER, and follow it.

    A critical incident of its own is opened, marked DRILL in every message: people are paged as in
    earnest. Steps that can't be taken back only say what they would do, and no figure counts it.
    """
    order = {"playbook": playbook, "server": server, "drill": True}
    begun(api, order, detach=detach, as_json=as_json)
