"""`responder run`: the daemon itself."""

import os
from pathlib import Path

import click

from responder.cli.configuration import chosen, config_option, loaded


@click.command(short_help="Take alerts in and act on them, until SIGTERM.")
@config_option
def run(file: Path | None) -> None:
    """Take alerts in and act on them, until SIGTERM.

    Logs one line `ready` when its port answers. SIGHUP reads the configuration again. Exit 0 at a
    stop, 78 when the configuration can't be used, 1 when anything else is in the way.
    """
    import asyncio
    from importlib.metadata import version

    import uvloop

    from responder import collector
    from responder.cli.service import log_as_configured, serve, tell_findings

    os.umask(0o077)  # what we write holds customers' words: for our user alone
    path = Path(os.path.abspath(chosen(file)))  # noqa: PTH100 - resolve() would follow a link
    usable = loaded(path)
    log_as_configured(usable.value)
    tell_findings(usable.findings)
    collector.begin()
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        runner.run(serve(path, usable.value, version=version("rapid-responder")))
