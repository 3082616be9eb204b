"""`responder backup`: the store in one file, while the daemon runs."""

from pathlib import Path

import click

from responder.cli.configuration import chosen, config_option, store_url
from responder.cli.exits import Failed
from responder.cli.say import json_option, say, say_json


@click.command(short_help="Copy the store into one file, while the daemon runs.")
@click.argument("to", type=click.Path(path_type=Path, dir_okay=False), metavar="FILE")
@config_option
@json_option
def backup(to: Path, *, file: Path | None, as_json: bool) -> None:
    """Copy the store into FILE (mode 0600), whole or not at all, while the daemon runs.

    The configuration, its secrets and the key that signs links are no part of it. A PostgreSQL
    store is copied with pg_dump.
    """
    import sqlite3

    from responder.store.engine import file_of
    from responder.store.upkeep import Damaged, back_up, check

    config = chosen(file)
    try:
        size = back_up(file_of(store_url(config), beside=config.parent), to)
        check(to)
    except (OSError, ValueError, sqlite3.Error, Damaged) as trouble:
        raise Failed(f"no backup was made: {trouble}") from None
    if as_json:
        say_json({"file": str(to), "bytes": size})
    else:
        say(f"{to} holds the store ({size} bytes)")
