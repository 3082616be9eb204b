"""`responder log`: do the append-only logs of incidents, tickets and runs prove themselves?"""

from pathlib import Path

import click

from responder.cli.configuration import chosen, config_option, store_url
from responder.cli.exits import Exit, Failed, end
from responder.cli.say import json_option, say, say_json


@click.group(short_help="Prove the logs of incidents, tickets and runs.")
def log() -> None:
    """Prove the logs of incidents, tickets and runs."""


@log.command()
@config_option
@json_option
def verify(*, file: Path | None, as_json: bool) -> None:
    """Prove every line of every log by its hash chain, while the daemon may run.

    Exit 1 when a line was changed or taken away; each such log is named.
    """
    from responder.store import StoreUnavailable
    from responder.store.looking import looking
    from responder.store.proof import prove

    config = chosen(file)
    try:
        with looking(store_url(config), beside=config.parent) as engine:
            parts = tuple(prove(engine))
    except (FileNotFoundError, ValueError, StoreUnavailable) as trouble:
        raise Failed(str(trouble)) from None
    logs, lines = sum(part.logs for part in parts), sum(part.lines for part in parts)
    faults = [fault for part in parts for fault in part.faults]
    if as_json:
        say_json({"logs": logs, "lines": lines, "faults": faults})
    else:
        say("\n".join(faults) or f"{logs} logs with {lines} lines prove themselves")
    if faults:
        raise end(Exit.FAILED)
