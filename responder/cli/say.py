"""How answers are shown: a table for people, plain columns for a pipe, JSON for programs."""

import json
import sys
from collections.abc import Iterable, Sequence

import click

from playbooks.plain import one_line

json_option = click.option("--json", "as_json", is_flag=True, help="Answer in JSON.")


def say(text: str) -> None:
    """A line for people on stdout. Foreign words in it go through `clean` first."""
    click.echo(text)


def clean(value: object) -> str:
    """Words of others in one line, with nothing in them that a terminal would obey."""
    return one_line("" if value is None else str(value))


def whole(value: str, *, indent: int) -> str:
    """Words of others as clean as that, to their end: their further lines that many columns in."""
    lines = (one_line(line, limit=len(line)) for line in value.splitlines())
    return f"\n{' ' * indent}".join(line for line in lines if line)


def say_json(value: object) -> None:
    """A value for programs: one document, or one line of many when called many times."""
    indent = 2 if isinstance(value, dict | list) and sys.stdout.isatty() else None
    click.echo(json.dumps(value, ensure_ascii=False, indent=indent, default=str))


def log_aside() -> None:
    """What the rooms log goes to stderr, from warnings on: stdout is for the answer."""
    from responder.log import configure

    configure(json=False, level="warning", fd=2)


def say_table(head: Sequence[str], rows: Iterable[Sequence[object]]) -> None:
    """Rows under a head; in a pipe without boxes and colours, so that `awk` and `cut` are happy."""
    told = [[clean(cell) for cell in row] for row in rows]
    if sys.stdout.isatty():
        _say_rich(head, told)
        return
    widths = [max(map(len, column)) for column in zip(head, *told, strict=True)]
    for row in ([name.upper() for name in head], *told):
        cells = (f"{cell:{width}}" for cell, width in zip(row, widths, strict=True))
        click.echo("  ".join(cells).rstrip())


def _say_rich(head: Sequence[str], rows: Iterable[Sequence[str]]) -> None:
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    table = Table(*head, box=None, pad_edge=False, padding=(0, 2, 0, 0), header_style="bold")
    for row in rows:
        # Text and not str: rich would take [brackets] of a title for its own markup.
        table.add_row(*map(Text, row))
    Console().print(table)
