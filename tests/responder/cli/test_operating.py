"""Can an operator see and mend from a shell what is planned, stuck, or could not be read?"""

import json
import re
import sqlite3
from contextlib import closing

from tests.responder.cli.conftest import Desk
from tests.stories.stage import firing


async def test_planned_work_is_added_listed_and_ended(desk: Desk) -> None:
    made = await desk.told("maintenance", "add", "server:web1", "--for", "2h", "--reason", "kernel")
    assert (made["scope"], made["starts_at"], made["ends_at"]) == (
        "server:web1",
        "2026-11-22T03:10:00.000Z",
        "2026-11-22T05:10:00.000Z",
    )
    await desk.told(
        "maintenance", "add", "all",
        "--from", "2026-11-23T00:00:00Z", "--until", "2026-11-23T01:00:00Z",
    )  # fmt: skip
    lines = (await desk.call("maintenance", "list")).stdout.splitlines()
    assert lines[1].split()[:7] == [
        made["id"], "server:web1", "2026-11-22", "03:10", "2026-11-22", "05:10", "yes",
    ]  # fmt: skip
    await desk.stage.send(firing())
    (incident,) = (await desk.told("incident", "list"))["incidents"]
    assert incident["muted_by"] == [f"maintenance:{made['id']}"]
    left = await desk.told("maintenance", "end", made["id"])
    assert [one["scope"] for one in left["maintenance"]] == ["all"]
    (incident,) = (await desk.told("incident", "list"))["incidents"]
    assert incident["muted_by"] == []


async def test_work_that_cannot_be_planned_is_said_so(desk: Desk) -> None:
    unknown = await desk.refused("maintenance", "add", "server:web2", "--for", "2h")
    assert 'nothing is called "server:web2", did you mean "server:web1"?' in unknown
    assert "no planned work 99" in await desk.refused("maintenance", "end", 99)
    assert (await desk.call("maintenance", "add", "all")).exit_code == 2


async def test_dead_letters_are_seen_and_tried_again(desk: Desk) -> None:
    await desk.stage.send(firing())
    store = desk.file.with_name("responder.db")
    with closing(sqlite3.connect(store)) as rows, rows:
        rows.execute("UPDATE outbox SET state = 'dead', error = 'no such\x1b[2J box'")
    told = await desk.told("outbox", "list")
    letters = [one["id"] for one in told["dead"]]
    shown = (await desk.call("outbox", "list")).stdout
    assert "Dead letters:" in shown
    assert "no such" in shown
    assert "\x1b" not in shown
    assert await desk.told("outbox", "retry", letters[0]) == {"retried": 1}
    assert await desk.told("outbox", "retry", "--all") == {"retried": len(letters) - 1}
    assert (await desk.told("outbox", "list"))["dead"] == []
    assert (await desk.call("outbox", "retry")).exit_code == 2


async def test_what_nobody_could_read_is_listed_and_shown(desk: Desk) -> None:
    assert await desk.stage.send(b'{"alerts": 7, "\xff": 1}') == 400
    told = await desk.told("quarantine", "list")
    (body,) = told["bodies"]
    assert (body["sender"], body["times"]) == ("alertmanager", 1)
    lines = (await desk.call("quarantine", "list")).stdout.splitlines()
    assert lines[1].startswith(body["id"])
    shown = await desk.call("quarantine", "show", body["id"])
    assert shown.stdout_bytes == b'{"alerts": 7, "\xff": 1}'
    assert await desk.refused("quarantine", "show", "00") == (
        'nothing in quarantine has the id "00"'
    )


async def test_a_daemon_that_is_well_says_so(desk: Desk) -> None:
    for duty in desk.stage.daemon.world.duties.values():
        duty.first.set()
    result = await desk.call("status")
    assert result.exit_code == 0
    assert result.stdout.startswith("responder: test on ")
    assert "ready" in result.stdout.splitlines()[0]
    assert (await desk.told("status"))["troubles"] == []


async def test_a_daemon_that_is_not_well_says_why(desk: Desk) -> None:
    world = desk.stage.daemon.world
    for duty in world.duties.values():
        duty.first.set()
    world.live.good = False
    world.duties["outbox"].advanced -= 300
    result = await desk.call("status")
    assert result.exit_code == 1
    assert "NOT WELL:  the newest configuration was refused" in result.stdout
    assert re.search(r"NOT WELL:  the duty outbox is \d{3,} s late", result.stdout)
    told = await desk.call("status", "--json")
    assert told.exit_code == 1
    assert len(json.loads(told.stdout)["troubles"]) == 2


async def test_a_daemon_that_is_not_there_is_not_well(desk: Desk) -> None:
    await desk.stage.daemon.end()
    assert "no responder runs here" in await desk.refused("status")
