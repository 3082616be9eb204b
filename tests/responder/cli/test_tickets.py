"""Does `responder tickets doctor` say what is missing, and is `tickets` the same as `ticket`?"""

import asyncio
import json
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from responder.emulators.tickets import TicketEmulator
from tests.responder.cli.asking import SMALLEST, call, settle

_RT = """
tickets: {{system: rt, url: "{url}", token_file: secrets/rt, queues: {{abuse: {abuse}}}}}
"""


@pytest.fixture
async def emulator() -> AsyncIterator[TicketEmulator]:
    emulator = TicketEmulator()
    await emulator.start()
    yield emulator
    await emulator.stop()


def configured(folder: Path, emulator: TicketEmulator, *, abuse: str = "level-3") -> Path:
    """A configuration with this ticket system; ana is dana there."""
    text = SMALLEST.replace("ana: {methods", "ana: {accounts: {rt: dana}, methods")
    text += _RT.format(url=emulator.url, abuse=abuse)
    return settle(folder, text, rt=emulator.token)


async def test_all_is_well(tmp_path: Path, emulator: TicketEmulator) -> None:
    file = configured(tmp_path, emulator)
    answer = await asyncio.to_thread(call, "tickets", "doctor", "-c", file)
    assert (answer.exit_code, answer.stdout) == (0, "rt: all that we need is there\n")


async def test_what_is_missing_is_said_with_what_to_do(
    tmp_path: Path, emulator: TicketEmulator
) -> None:
    file = configured(tmp_path, emulator, abuse="abuse-desk")
    answer = await asyncio.to_thread(call, "tickets", "doctor", "-c", file)
    assert answer.exit_code == 3
    first, *rest = answer.stdout.splitlines()
    assert first == "queue abuse-desk: our user sees no queue of this name"
    assert rest[0].startswith("  to do: create it (Admin > Queues > Create)")
    assert rest[1] == "  or: responder tickets doctor --fix"


async def test_what_could_not_be_created_is_said(tmp_path: Path, emulator: TicketEmulator) -> None:
    file = configured(tmp_path, emulator, abuse="abuse-desk")
    answer = await asyncio.to_thread(call, "ticket", "doctor", "-c", file, "--fix", "--json")
    assert answer.exit_code == 3
    told = json.loads(answer.stdout)
    (finding,) = told["findings"]
    assert (told["system"], finding["name"], finding["mended"]) == ("rt", "abuse-desk", "")
    assert "403" in finding["failed"]


async def test_who_has_no_account_is_said(tmp_path: Path, emulator: TicketEmulator) -> None:
    del emulator.book.users["dana"]
    file = configured(tmp_path, emulator)
    answer = await asyncio.to_thread(call, "tickets", "doctor", "-c", file)
    assert answer.exit_code == 3
    assert answer.stdout.startswith("access dana: nobody has this account there")


async def test_a_system_that_is_away_can_not_be_asked(
    tmp_path: Path, emulator: TicketEmulator
) -> None:
    file = configured(tmp_path, emulator)
    await emulator.stop()
    answer = await asyncio.to_thread(call, "tickets", "doctor", "-c", file)
    assert answer.exit_code == 1
    assert answer.stderr.startswith("Error: Request Tracker")


def test_the_built_in_desk_needs_nothing(tmp_path: Path) -> None:
    answer = call("tickets", "doctor", "-c", settle(tmp_path))
    assert (answer.exit_code, answer.stdout) == (0, "desk: all that we need is there\n")
