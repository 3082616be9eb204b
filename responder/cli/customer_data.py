"""`responder customer export` and `erase`: a customer's data, copied and taken away."""

import click

from playbooks.plain import how_many
from responder.cli.api import Api, speaks_to_daemon
from responder.cli.exits import Failed
from responder.cli.say import clean, json_option, say, say_json

PATH = "/api/v1/customers"
account_option = click.option("--account", help="Of this account, in the place of a person.")


@click.command()
@click.argument("requester", required=False)
@account_option
@speaks_to_daemon
def export(api: Api, *, requester: str | None, account: str | None) -> None:
    """Everything about REQUESTER (his mail address or number) as lines of JSON: tickets, words,
    votes, letters; pictures by their address.
    """
    _one_of(requester, account)
    click.echo(api.get(PATH, "export", requester=requester, account=account), nl=False)


@click.command()
@click.argument("requester", required=False)
@account_option
@click.option("--confirm", metavar="WHO", help="REQUESTER or the account again, not asked for.")
@json_option
@speaks_to_daemon
def erase(
    api: Api, *, requester: str | None, account: str | None, confirm: str | None, as_json: bool
) -> None:
    """Take all of it away: words, names, pictures, letters. Nothing brings it back.

    States, times and figures stay; `responder log verify` proves the logs as before.
    """
    who = _one_of(requester, account)
    again = confirm or click.prompt(f"This can't be taken back. Type {who} to go on")
    if again != who:
        raise Failed("that is something else: nothing was erased")
    body = {"requester": requester, "account": account, "confirm": again}
    told = api.post(PATH, "erase", body=body)
    if as_json:
        say_json(told)
        return
    tickets, texts = how_many(told["tickets"], "ticket"), how_many(told["words"], "text")
    say(clean(f"{tickets}: {texts} and {how_many(told['files'], 'picture')} gone"))


def _one_of(requester: str | None, account: str | None) -> str:
    who = requester or account
    if who is None or (requester and account):
        raise click.UsageError("give either REQUESTER or --account")
    return who
