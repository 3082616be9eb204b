"""Can an administrator copy and erase a customer's data, and give a PIN, from a shell?"""

import json

from alerts.model import person
from responder.deskwork import Hand
from responder.requests import Request, take
from tests.responder.cli.conftest import Desk

JOHN = "john@customer.example"


async def wrote(desk: Desk) -> None:
    """A customer's mail."""
    world = desk.stage.daemon.world
    by = Hand(person("agent"), world.live.plan, world.clock.now())
    request = Request("my site", "private words", "email", sender=JOHN, account="c-17")
    await world.store.write(take, request, by=by)


async def test_a_copy_is_lines_of_json(desk: Desk) -> None:
    await wrote(desk)
    lines = (await desk.call("customer", "export", JOHN)).stdout.splitlines()
    assert {json.loads(line)["record"] for line in lines} == {"ticket", "case", "event"}
    assert "private words" in "".join(lines)
    assert (
        await desk.call("customers", "export", "--account", "c-17")
    ).stdout.splitlines() == lines


async def test_erasing_takes_the_name_a_second_time(desk: Desk) -> None:
    await wrote(desk)
    refused = await desk.call("customer", "erase", JOHN, "--confirm", "somebody")
    assert refused.exit_code == 1
    assert "nothing was erased" in refused.stderr
    done = await desk.call("customer", "erase", JOHN, "--confirm", JOHN)
    assert done.stdout.startswith("1 ticket: ")
    assert done.stdout.endswith(" texts and 0 pictures gone\n")
    assert (await desk.call("customer", "export", JOHN)).stdout == ""


async def test_it_is_one_customer(desk: Desk) -> None:
    for words in ((), (JOHN, "--account", "c-17")):
        assert (await desk.call("customer", "export", *words)).exit_code == 2


async def test_a_pin_is_shown_once_listed_and_taken_back(desk: Desk) -> None:
    """R11."""
    lines = (await desk.call("pin", "new", "c-17")).stdout.splitlines()
    assert lines[0].isdecimal()
    assert lines[1] == "for c-17, until 2026-11-23 03:10; not shown again"
    shown = (await desk.call("pin", "list")).stdout
    assert "c-17" in shown
    assert lines[0] not in shown
    assert (await desk.told("pin", "new", "c-17"))["pin"] != lines[0]
    assert (await desk.call("pin", "revoke", "c-17")).stdout == "c-17 has no PIN any more\n"
    assert (await desk.call("pin", "revoke", "c-17")).exit_code == 1
