"""`responder demo`: a small hosting company on this machine, and what a dead server leads to."""

import shutil
from pathlib import Path
from tempfile import mkdtemp

import click

from responder.cli.exits import Exit, end
from responder.cli.say import json_option, log_aside


@click.command(short_help="Show a small hosting company in trouble, and what happens then.")
@click.option("--headless", is_flag=True, help="End with the story, and wait for nobody.")
@click.option("--keep", is_flag=True, help="Leave its folder behind, for a look afterwards.")
@click.option(
    "--with-real-bmc", "real_bmc", is_flag=True, help="web2's BMC is OpenIPMI's ipmi_sim."
)
@json_option
def demo(*, headless: bool, keep: bool, real_bmc: bool, as_json: bool) -> None:
    """Show a small hosting company in trouble, and what happens then. No network is needed.

    With --json one object per line: t (seconds), event, facts. Exit 0 only when the story was
    really lived through.
    """
    from responder.demo.story import run

    log_aside()
    folder = Path(mkdtemp(prefix="responder-demo-"))
    try:
        code = run(folder, headless=headless, as_json=as_json, real_bmc=real_bmc)
    finally:
        if not keep:
            shutil.rmtree(folder, ignore_errors=True)
    if keep:
        click.echo(f"the demo's files are in {folder}", err=True)
    raise end(Exit(code))
