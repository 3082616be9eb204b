"""Does planned work keep people asleep, and no longer than planned?"""

from typing import Any

from responder.clock import HandClock
from responder.web.answers import WorksAnswer
from tests.stories.stage import RESPONDER, VIEWER, Stage, firing

PATH = "/api/v1/maintenance"


async def plan(stage: Stage, body: Any) -> tuple[int, Any]:
    return await stage.ask("POST", PATH, token=RESPONDER, body=body)


async def works(stage: Stage) -> list[Any]:
    status, told = await stage.ask("GET", PATH, token=VIEWER)
    assert status == 200
    WorksAnswer.model_validate(told)
    listed: list[Any] = told["maintenance"]
    return listed


async def incident(stage: Stage) -> Any:
    return (await stage.ask("GET", "/api/v1/incidents/1"))[1]


async def test_work_mutes_at_once_and_its_end_pages_at_once(stage: Stage, clock: HandClock) -> None:
    status, told = await plan(stage, {"scope": "server:web1", "for": "2h", "reason": "new disks"})
    assert status == 200
    assert told == {
        "id": "1",
        "scope": "server:web1",
        "starts_at": "2026-11-22T03:10:00.000Z",
        "ends_at": "2026-11-22T05:10:00.000Z",
        "reason": "new disks",
        "by": "mira",
        "active": True,
    }
    await stage.send(firing())
    muted = await incident(stage)
    assert (muted["muted_by"], muted["pages"]) == (["maintenance:1"], [])
    _, (alert,) = await stage.ask("GET", "/api/v2/alerts")
    assert (alert["status"]["state"], alert["status"]["mutedBy"]) == (
        "suppressed",
        ["maintenance:1"],
    )
    clock.move(minutes=1)
    status, left = await stage.ask("DELETE", f"{PATH}/1", token=RESPONDER)
    assert (status, left) == (200, {"maintenance": []})
    loud = await incident(stage)
    assert (loud["muted_by"], len(loud["pages"])) == ([], 1)


async def test_work_for_later_is_listed_and_mutes_nothing_yet(stage: Stage) -> None:
    body = {"scope": "all", "starts_at": "2026-11-23T01:00:00+01:00", "for": "1h"}
    _, told = await plan(stage, body)
    assert (told["starts_at"], told["active"]) == ("2026-11-23T00:00:00.000Z", False)
    await stage.send(firing())
    assert (await incident(stage))["muted_by"] == []
    assert [one["id"] for one in await works(stage)] == ["1"]


async def test_the_configurations_own_work_is_listed_and_ended_there(stage: Stage) -> None:
    path = stage.folder / "responder.yaml"
    more = """
maintenance:
  - {scope: "server:web1", starts: 2026-11-22T00:00:00Z, ends: 2026-11-23T00:00:00Z, reason: move}
"""
    path.write_text(path.read_text() + more)
    assert (await stage.ask("POST", "/-/reload"))[0] == 200
    (work,) = await works(stage)
    assert (work["id"], work["by"], work["active"]) == ("-1", "configuration", True)
    status, told = await stage.ask("DELETE", f"{PATH}/-1", token=RESPONDER)
    assert (status, told["error"]["code"]) == (409, "conflict")


MISFITS: list[tuple[Any, str, str]] = [
    ({"scope": "server:web2", "for": "1h"}, "scope", 'did you mean "server:web1"'),
    ({"scope": "web1", "for": "1h"}, "scope", "nothing is called"),
    ({"scope": "server:web1"}, "", '"until"'),
    ({"scope": "server:web1", "until": "2026-11-22T03:00:00Z"}, "until", "after it begins"),
    ({"scope": "all", "for": "0s"}, "", "longer than nothing"),
    ({"scope": "all", "for": "999999999w"}, "for", "hundred years"),
    (
        {"scope": "all", "for": "5000w", "starts_at": "9950-01-01T00:00:00Z"},
        "until",
        "far away",
    ),
    ({"for": "1h"}, "scope", "required"),
    ({"scope": "all", "for": "1h", "why": "typo"}, "why", "Extra"),
]


async def test_work_that_cannot_be_is_refused_with_its_place(stage: Stage) -> None:
    for body, where, words in MISFITS:
        status, told = await plan(stage, body)
        assert (status, told["error"]["where"]) == (400, where), body
        assert words in told["error"]["message"]
    assert await works(stage) == []


async def test_work_that_is_not_there_cannot_be_ended(stage: Stage) -> None:
    for id_ in ("1", "x", "0", "9" * 30):
        status, _ = await stage.ask("DELETE", f"{PATH}/{id_}", token=RESPONDER)
        assert status == 404
