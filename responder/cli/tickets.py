"""`responder tickets doctor`: has the ticket system all that we need of it?"""

import asyncio
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import click

from playbooks.plain import one_line
from responder.cli.configuration import config_option, loaded
from responder.cli.exits import Exit, Failed, end
from responder.cli.say import json_option, log_aside, say, say_json

if TYPE_CHECKING:
    from responder.config import Config
    from responder.tickets.doctor import Finding


@click.command(short_help="Say what the ticket system lacks, and create it.")
@click.option("--fix", is_flag=True, help="Create what its API lets us create.")
@config_option
@json_option
def doctor(*, fix: bool, file: Path | None, as_json: bool) -> None:
    """Ask the configured ticket system for queues, fields, rights and accounts, and say what is
    missing and where to create it.

    It changes nothing without --fix. Exit 0 when all is well, 1 when it could not be asked, 3 when
    something is missing still.
    """
    log_aside()
    config = loaded(file).value
    findings = asyncio.run(_findings(config, fix=fix))
    if as_json:
        told = [_told(one) for one in findings]
        say_json({"system": config.tickets.system, "findings": told})
    else:
        say("\n".join(_lines(config.tickets.system, findings)))
    if any(not one.mended for one in findings):
        raise end(Exit.FINDINGS)


async def _findings(config: "Config", *, fix: bool) -> "list[Finding]":
    from playbooks.client import open_session
    from playbooks.outside import OutsideError
    from responder.sync import names
    from responder.tickets import doctor as doctors
    from responder.tickets.kinds import examiner

    async with open_session() as session:
        system = examiner(config.tickets, session)
        if system is None:
            return []
        try:
            found = await doctors.examined(system, names(config))
        except OutsideError as error:
            raise Failed(str(error)) from None
        return await doctors.mended(system, found) if fix else found


def _lines(system: str, findings: "Sequence[Finding]") -> Iterator[str]:
    if not findings:
        yield f"{system}: all that we need is there"
    for one in findings:
        lack = one.lack
        yield _whole(f"{lack.part} {lack.name}: {lack.problem}")
        if one.mended:
            yield f"  mended: {_whole(one.mended)}"
            continue
        yield f"  to do: {_whole(lack.advice)}"
        if one.failed:
            yield f"  could not be mended: {_whole(one.failed)}"
        elif lack.mendable:
            yield "  or: responder tickets doctor --fix"


def _whole(text: str) -> str:
    return one_line(text, limit=600)


def _told(one: "Finding") -> dict[str, object]:
    lack = one.lack
    return {
        "part": lack.part,
        "name": lack.name,
        "problem": lack.problem,
        "advice": lack.advice,
        "mendable": lack.mendable,
        "mended": one.mended,
        "failed": one.failed,
    }
