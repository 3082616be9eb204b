"""`responder check`: everything that is wrong or unwise in a configuration."""

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import click

from responder.cli.configuration import chosen, config_option, loaded
from responder.cli.exits import Exit, Unusable, end
from responder.cli.say import json_option, say, say_json

if TYPE_CHECKING:
    from responder.config import Config
    from responder.problems import Problem


@click.command(short_help="Tell everything that is wrong or unwise in a configuration.")
@config_option
@click.option("--strict", is_flag=True, help="Refuse what is only unwise as well.")
@click.option("--schema", is_flag=True, help="Print the file's JSON Schema, for editors.")
@json_option
def check(file: Path | None, *, strict: bool, schema: bool, as_json: bool) -> None:
    """Tell everything that is wrong or unwise, each as file:line:column: message.

    Exit 0: fine. 3: it can be used, but something is unwise. 78: it can't be used (with --strict:
    or something is unwise).
    """
    if schema:
        _say_schema()
        return
    path = chosen(file)
    try:
        usable = loaded(path)
    except Unusable as bad:
        _say(path, problems=bad.problems, findings=(), as_json=as_json)
        raise end(Exit.CONFIGURATION) from None
    _say(path, problems=(), findings=usable.findings, as_json=as_json)
    if usable.findings:
        raise end(Exit.CONFIGURATION if strict else Exit.FINDINGS)
    if not as_json:
        say(f"{path} is fine: {_inventory(usable.value)}")


def _say(
    path: Path, *, problems: Sequence["Problem"], findings: Sequence["Problem"], as_json: bool
) -> None:
    if as_json:
        told = {"problems": problems, "findings": findings}
        lists = {name: [_place(one) for one in ones] for name, ones in told.items()}
        say_json({"file": str(path), **lists})
        return
    for one in (*problems, *findings):
        say(str(one))


def _place(one: "Problem") -> dict[str, object]:
    return {
        "file": str(one.file),
        "line": one.line,
        "column": one.column,
        "message": one.message,
    }


def _inventory(config: "Config") -> str:
    counts = {
        "server": len(config.servers),
        "person": len(config.people),
        "sender": len(config.senders),
        "token": len(config.access.tokens),
    }
    plural = {"person": "people"}
    words = (
        f"{count} {name if count == 1 else plural.get(name, f'{name}s')}"
        for name, count in counts.items()
    )
    return ", ".join(words)


def _say_schema() -> None:
    from responder.config import Config
    from responder.configfile import schema

    say_json(schema(Config))
