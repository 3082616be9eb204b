"""Every verb, where it lives, and a line about it; its file is loaded when it is called."""

from collections.abc import Mapping
from difflib import get_close_matches
from importlib import import_module
from types import MappingProxyType

import click
from click.shell_completion import CompletionItem
from typing_extensions import override

# The words stand here a second time (a test compares them), so that `responder --help` and a
# shell's completion need not load what aiohttp, SQLAlchemy and pydantic bring along.
VERBS: Mapping[str, str] = MappingProxyType(
    {
        "run": "Take alerts in and act on them, until SIGTERM.",
        "demo": "Show a small hosting company in trouble, and what happens then.",
        "init": "Write a commented configuration, with secrets of its own.",
        "check": "Tell everything that is wrong or unwise in a configuration.",
        "probe": "Look at a target once, and show what was seen when.",
        "explain": "Say what would be done about an alert, and why.",
        "replay": "Say what would have been done about a file of past messages.",
        "status": "Say how the running daemon is.",
        "incident": "See incidents and act on them.",
        "ticket": "See tickets and work on them.",
        "request": "Hand in a customer's request, and find articles for it.",
        "customers": "See who is told of trouble, what they were told, and their data.",
        "pin": "Give accounts their support PIN, and take it back.",
        "maintenance": "Plan work that nobody is to be paged about.",
        "playbook": "See playbooks, begin one, and steer its run.",
        "drill": "Practise an emergency: nothing is really switched.",
        "power": "Ask a server's device who it is, on or off.",
        "order": "Ring a data centre about an order, and say how it ended.",
        "kill-switch": "Stop every power action at once.",
        "oncall": "Say who is on call and who is paged, and try every way to reach them.",
        "outbox": "See what could not be done outside, and try it again.",
        "quarantine": "See what senders sent that nobody could read.",
        "kpi": "Show the support figures.",
        "inflow": "Show when tickets come, and what could be automated.",
        "digest": "Show what team and management read every two weeks.",
        "token": "Make, list and revoke keys to the API.",
        "log": "Prove the logs of incidents, tickets and runs.",
        "backup": "Copy the store into one file, while the daemon runs.",
        "restore": "Put a backup in the place of the store.",
    }
)

_ALSO: Mapping[str, str] = MappingProxyType({"tickets": "ticket", "customer": "customers"})


class Verbs(click.Group):
    """The group of all verbs, which knows them without loading them."""

    @override
    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(VERBS)

    @override
    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """The verb is a command of its own name in the file of its own name (`-` written `_`)."""
        cmd_name = _ALSO.get(cmd_name, cmd_name)
        if cmd_name not in VERBS:
            near = get_close_matches(cmd_name, VERBS, n=1)
            hint = f', did you mean "{near[0]}"?' if near else ""
            raise click.UsageError(f'there is no verb "{cmd_name}"{hint}', ctx)
        name = cmd_name.replace("-", "_")
        verb = getattr(import_module(f"responder.cli.{name}"), name)
        if not isinstance(verb, click.Command):
            raise TypeError(f"responder.cli.{name}.{name} is no command")
        return verb

    @override
    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        with formatter.section("Verbs"):
            formatter.write_dl(list(VERBS.items()))

    @override
    def shell_complete(self, ctx: click.Context, incomplete: str) -> list[CompletionItem]:
        fitting = (name for name in VERBS if name.startswith(incomplete))
        options = click.Command.shell_complete(self, ctx, incomplete)
        return [*(CompletionItem(name, help=VERBS[name]) for name in fitting), *options]


@click.command(cls=Verbs, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="rapid-responder", message="%(prog)s %(version)s")
def verbs() -> None:
    """One incident, one critical ticket and one page out of a real alert.

    A configuration is looked for in -c FILE, $RESPONDER_CONFIG, ./responder.yaml and
    /etc/responder/responder.yaml, in this order.
    """


def main() -> None:
    """The command `responder`."""
    verbs(prog_name="responder")
