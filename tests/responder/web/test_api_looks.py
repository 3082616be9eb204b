"""Does the API tell how everything stands that is looked at, and how it stood?"""

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from alerts.moments import show_moment
from probes.model import UP, Observation, Phase, down
from responder.clock import HandClock
from responder.store import probes
from responder.store.probes import Change
from tests.real.smtp import Mailbox
from tests.responder.eyes.made import at
from tests.stories.stage import VIEWER, Stage, begin, write_config

MORE = """
probes:
  looks:
    - {kind: tcp, servers: web1, target: "{address}:25"}
    - {kind: ping, targets: [127.0.0.7, 127.0.0.8]}
references:
  gw: {address: 127.0.0.1, network: office}
"""


@pytest.fixture
async def stage(tmp_path: Path, mailbox: Mailbox) -> AsyncIterator[Stage]:
    path = write_config(tmp_path, smtp=mailbox.port, more=MORE)
    stage = await begin(path, clock=HandClock(at(0)))
    yield stage
    await stage.daemon.end()


def failed(stage: Stage, second: float) -> None:
    """The look at web1 fails at this second."""
    eyes = stage.daemon.world.eyes
    clock = stage.daemon.world.clock
    assert isinstance(clock, HandClock)
    clock.move(seconds=(at(second) - clock.now()).total_seconds())
    look = eyes.beliefs.looks["web1/tcp"]
    eyes._seen(look, Observation(down(Phase.CONNECT, "connection refused"), 0.0, 5.0))


async def asked(stage: Stage, query: str = "") -> Any:
    status, told = await stage.ask("GET", f"/api/v1/looks{query}", token=VIEWER)
    assert status == 200, told
    return told


async def test_all_looks_are_listed_by_name_without_the_references(stage: Stage) -> None:
    told = await asked(stage)
    assert [one["key"] for one in told["looks"]] == ["ping@127.0.0.7", "ping@127.0.0.8", "web1/tcp"]
    assert (told["next"], told["blind"], told["silent"]) == (None, False, [])
    assert told["looks"][2] | {"labels": {}} == {
        "key": "web1/tcp", "module": "tcp", "kind": "tcp", "target": "127.0.0.2:25",
        "server": "web1", "reseller": None, "brand": None, "state": "pending", "since": None,
        "failing_since": None, "attempts": 0, "phase": None, "reason": "", "verdict": None,
        "looked_at": None, "issues": [], "interval": 60.0, "labels": {},
    }  # fmt: skip


async def test_a_list_comes_in_parts(stage: Stage) -> None:
    first = await asked(stage, "?limit=2")
    rest = await asked(stage, f"?limit=2&after={first['next']}")
    assert [one["key"] for one in rest["looks"]] == ["web1/tcp"]
    assert (first["next"], rest["next"]) == ("ping@127.0.0.8", None)


async def test_a_list_may_be_about_one_server_or_state(stage: Stage) -> None:
    failed(stage, 0)
    (one,) = (await asked(stage, "?server=web1"))["looks"]
    assert (one["state"], one["reason"], one["attempts"]) == ("suspect", "connection refused", 1)
    assert (one["verdict"], one["phase"], one["looked_at"]) == (
        "down", "connect", show_moment(at(0)),
    )  # fmt: skip
    assert [one["key"] for one in (await asked(stage, "?state=suspect&state=down"))["looks"]] == [
        "web1/tcp"
    ]
    assert (await asked(stage, "?state=ok"))["looks"] == []


async def test_the_history_tells_what_was_when_and_how_long(stage: Stage) -> None:
    for second in (0, 20, 40):
        failed(stage, second)
    world = stage.daemon.world
    await world.eyes.turn()
    await world.eyes.remember()
    look = world.eyes.beliefs.looks["web1/tcp"]
    assert isinstance(world.clock, HandClock)
    world.clock.move(seconds=10)
    world.eyes._seen(look, Observation(UP, 0.5, 5.0))
    told = await asked(stage, "/history?key=web1/tcp")
    assert [(one["state"], one["seconds"]) for one in told["changes"]] == [
        ("down", 10.0), ("suspect", 40.0),
    ]  # fmt: skip
    assert told["hours"] == [
        {
            "hour": show_moment(at(0)), "looks": 3, "failed": 3, "unknown": 0, "average": 0.0,
            "longest": 0.0,
        }
    ]  # fmt: skip


async def test_only_what_nobody_looks_at_has_no_history(stage: Stage) -> None:
    assert (await asked(stage, "/history?key=web1/tcp"))["changes"] == []
    status, told = await stage.ask("GET", "/api/v1/looks/history?key=web9/tcp")
    assert (status, told["error"]["message"]) == (404, 'there is no look "web9/tcp"')


async def test_the_availability_of_a_month_comes_as_json_and_csv(stage: Stage) -> None:
    change = Change("@server/web1", at(-86400), "ok", server="web1")
    await stage.daemon.world.store.write(probes.keep, states=[], changes=[change])
    path = "/api/v1/kpi/availability?month=2026-11"
    status, told = await stage.ask("GET", path, token=VIEWER)
    assert (status, told["month"]) == (200, "2026-11")
    (one,) = told["availability"]
    assert (one["kind"], one["name"], one["ratio"], one["up"]) == ("server", "web1", 1.0, 86400.0)
    status, page = await stage.ask("GET", f"{path}&format=csv", token=VIEWER)
    assert status == 200
    assert page.splitlines()[1].startswith("server,web1,1.000000,86400,0,")


@pytest.mark.parametrize("query", ["?month=2026-13", "?month=x", "?format=pdf"])
async def test_a_month_that_is_none_is_refused_with_its_place(stage: Stage, query: str) -> None:
    status, told = await stage.ask("GET", f"/api/v1/kpi/availability{query}", token=VIEWER)
    assert status == 400
    assert told["error"]["code"] == "bad_request"


async def test_a_stranger_learns_nothing(stage: Stage) -> None:
    for path in ("/api/v1/looks", "/api/v1/looks/history?key=a", "/api/v1/kpi/availability"):
        status, _ = await stage.ask("GET", path, token="")
        assert status == 401
