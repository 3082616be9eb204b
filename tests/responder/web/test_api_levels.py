"""The levels over the API of a running daemon: who may what, what is missing, what is told."""

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from responder.clock import HandClock
from tests.require import free_port
from tests.responder.web.test_api_tickets import opened
from tests.stories.stage import AGENT, FILE, RESPONDER, VIEWER, Stage, begin, firing, write_config

MORE = """
desk: {{scope: {{dance: {{level: level-2}}}}}}
brands:
  acme: {{handback: l2, levels: [level-1, level-2, level-3]}}
"""
# Tokens are called by the names of people: mira is of level 3, agent of level 1.
TEAMS = "teams:\n  rapid-response: {{members: [ana]}}\n"
OURS = (
    "teams:\n  rapid-response: {{members: [ana]}}\n  level-1: {{members: [agent]}}\n"
    "  level-3: {{members: [mira]}}\n"
)
PEOPLE = "  ana: {{methods: [{{kind: email, to: ana@example.net}}]}}\n"
SERVERS = "  web1: {{address: 127.0.0.2}}\n"
UP: dict[str, Any] = {
    "to": "level-3",
    "reason": "needs_root",
    "impact": "high",
    "urgency": "low",
    "steps": ["restarted exim"],
    "log": "looked at the queue",
}


@pytest.fixture
async def stage(tmp_path: Path, clock: HandClock) -> AsyncIterator[Stage]:
    """A desk with people of level 1 and 3."""
    file = FILE.replace(TEAMS, OURS).replace(
        PEOPLE, f"{PEOPLE}  agent: {{{{}}}}\n  mira: {{{{}}}}\n"
    )
    file = file.replace(SERVERS, f"{SERVERS}  web2: {{{{address: 127.0.0.3}}}}\n")
    path = write_config(tmp_path, smtp=free_port(), file=file, more=MORE.format())
    stage = await begin(path, clock=clock)
    yield stage
    await stage.daemon.end()


async def act(stage: Stage, id_: str, verb: str, token: str = AGENT, **body: Any) -> Any:
    return await stage.ask("POST", f"/api/v1/tickets/{id_}/{verb}", token=token, body=body)


@pytest.mark.parametrize(
    ("lacking", "says"),
    [({"reason": ""}, "reason"), ({"impact": None}, "impact"), ({"log": ""}, "log")],
)
async def test_r40_r48_r49_what_is_missing_is_422(
    stage: Stage, lacking: dict[str, Any], says: str
) -> None:
    id_ = (await opened(stage))["id"]
    status, told = await act(stage, id_, "transfer", **{**UP, **lacking})
    assert (status, told["error"]["code"]) == (422, "incomplete")
    assert says in told["error"]["message"]
    status, told = await act(stage, id_, "move", queue="level-2")
    assert status == 422
    page = (await stage.ask("GET", "/metrics"))[1]
    for verb, times in (("transfer", 1), ("move", 1), ("handback", 0)):
        assert f'responder_ticket_acts_incomplete_total{{act="{verb}"}} {times}.0\n' in page


async def test_r54_r55_level_3_is_heard_by_a_clarification_alone(stage: Stage) -> None:
    id_ = (await opened(stage))["id"]
    assert (await act(stage, id_, "transfer", **UP))[0] == 200
    status, told = await act(stage, id_, "reply", RESPONDER, text="Hello")
    assert (status, told["error"]["code"]) == (403, "forbidden")
    status, told = await act(stage, id_, "clarify", RESPONDER, question="Since when?")
    assert (status, told["state"]) == (200, "waiting-customer")
    assert (await act(stage, id_, "clarify", RESPONDER, question="And?"))[0] == 403
    _, levels = await stage.ask("GET", f"/api/v1/tickets/{id_}/levels", token=VIEWER)
    assert levels["asked_until"] == "2026-11-24T03:10:00.000Z"


async def test_r41_r35_r51_a_solution_comes_back_and_is_told(
    stage: Stage, clock: HandClock
) -> None:
    id_ = (await opened(stage))["id"]
    clock.move(minutes=12)
    assert (await act(stage, id_, "transfer", **UP))[0] == 200
    clock.move(minutes=5)
    assert (await act(stage, id_, "review", RESPONDER))[0] == 200
    assert (await act(stage, id_, "handback", RESPONDER, comment="quota"))[0] == 422
    told = {"comment": "quota", "solution": "raise it", "prevention": "none", "why": "once"}
    status, back = await act(stage, id_, "handback", RESPONDER, **told, candidate=True)
    assert (status, back["state"], back["queue"]) == (200, "answering", "level-1")
    assert (await act(stage, id_, "answer", text="There is room."))[0] == 422
    status, over = await act(stage, id_, "answer", text="There is room.", article="none")
    assert (status, over["state"], over["solved_by"]) == (200, "solved", "level-3")
    _, levels = await stage.ask("GET", f"/api/v1/tickets/{id_}/levels", token=VIEWER)
    held = [(one["queue"], one["held_seconds"]) for one in levels["stays"]]
    assert held == [("level-1", 720), ("level-3", 300), ("level-1", 0)]
    assert levels["candidate"]
    _, listed = await stage.ask("GET", "/api/v1/desk/candidates", token=VIEWER)
    assert [one["ticket"] for one in listed["tickets"]] == [id_]


async def test_r84_an_article_is_wished_for_and_not_any_more(stage: Stage) -> None:
    id_ = (await opened(stage))["id"]
    for candidate, count in ((True, 1), (True, 1), (False, 0)):
        assert (await act(stage, id_, "candidate", candidate=candidate))[0] == 200
        _, listed = await stage.ask("GET", "/api/v1/desk/candidates", token=VIEWER)
        assert len(listed["tickets"]) == count


async def test_r43_what_level_1_passed_on_is_listed_by_person(stage: Stage) -> None:
    first, second = [(await opened(stage, key=key))["id"] for key in "ab"]
    await act(stage, first, "transfer", **UP)
    await act(stage, second, "note", text="nothing to pass on")
    _, told = await stage.ask("GET", "/api/v1/desk/passed-on?days=7", token=VIEWER)
    assert [(one["person"], one["ticket"], one["how"]) for one in told["tickets"]] == [
        ("agent", first, "escalated")
    ]
    assert set(told["tickets"][0]) == {"person", "ticket", "subject", "how", "at"}  # no rank


async def test_r60_the_catalogue_is_read_over_the_api(stage: Stage) -> None:
    _, told = await stage.ask("GET", "/api/v1/desk/scope", token=VIEWER)
    places = {one["task"]: one["queue"] for one in told["tasks"]}
    assert (places["htaccess"], places["dance"]) == ("level-2", "level-2")
    query = "task=migrate-many&accounts=21"
    _, told = await stage.ask("GET", f"/api/v1/desk/scope?{query}", token=VIEWER)
    assert [one["queue"] for one in told["tasks"]] == ["accounts"]


async def test_r59_a_vendor_case_stands_with_the_ticket(stage: Stage) -> None:
    id_ = (await opened(stage))["id"]
    assert (await act(stage, id_, "vendor", vendor="LiteSpeed"))[0] == 403
    await act(stage, id_, "transfer", **UP)
    body = {"vendor": "LiteSpeed", "reference": "LS-1", "chase_every": "12h"}
    status, told = await act(stage, id_, "vendor", RESPONDER, **body)
    assert (status, told["state"]) == (200, "waiting-vendor")
    _, levels = await stage.ask("GET", f"/api/v1/tickets/{id_}/levels", token=VIEWER)
    (case,) = levels["vendors"]
    assert (case["reference"], case["chase_at"]) == ("LS-1", "2026-11-22T15:10:00.000Z")
    status, _ = await act(stage, id_, "vendor-end", RESPONDER, case=case["case"], text="mended")
    assert status == 200


async def test_r86_a_complaint_lies_with_the_supervisor(stage: Stage) -> None:
    id_ = (await opened(stage))["id"]
    await act(stage, id_, "take")
    status, told = await act(stage, id_, "complaint", RESPONDER, text="Nobody listens.")
    assert (status, told["queue"]) == (200, "supervisor")
    status, _ = await act(stage, id_, "solve", text="all is well", article="none")
    assert status == 403


async def test_r75_a_failed_disk_is_a_ticket_of_level_3_with_a_draft(stage: Stage) -> None:
    assert await stage.send(firing(name="NodeRAIDDegraded", severity="error")) == 200
    (ticket,) = await tickets(stage)
    assert (ticket["queue"], ticket["level"], ticket["priority"]) == ("level-3", "level-3", "high")
    assert "Please look at web1" in await said(stage, ticket["id"])


async def test_r42_the_second_of_a_kind_is_told_what_helped(stage: Stage, clock: HandClock) -> None:
    assert await stage.send(firing(name="BackupOld", severity="warning")) == 200
    (first,) = await tickets(stage)
    assert "seen before" not in await said(stage, first["id"])
    assert (
        await act(stage, first["id"], "solve", text="the disk was full", override="looked at it")
    )[0] == 200
    (incident,) = (await stage.ask("GET", "/api/v1/incidents"))[1]["incidents"]
    await stage.ask("POST", f"/api/v1/incidents/{incident['id']}/resolve", body={"note": "over"})
    clock.move(hours=30)
    assert await stage.send(firing("web2", name="BackupOld", severity="warning")) == 200
    second = (await tickets(stage))[0]
    assert second["id"] != first["id"]
    told = await said(stage, second["id"])
    assert f"seen before: 1 time, last fix (ticket {first['id']}): the disk was full" in told
    _, levels = await stage.ask("GET", f"/api/v1/tickets/{second['id']}/levels", token=VIEWER)
    assert (levels["seen_before"]["times"], levels["seen_before"]["ticket"]) == (1, first["id"])


async def tickets(stage: Stage) -> list[Any]:
    runner = stage.daemon.world.runner
    for _ in range(2):
        await runner.turn()
        await runner.settle()
    _, told = await stage.ask("GET", "/api/v1/tickets", token=VIEWER)
    found: list[Any] = told["tickets"]
    return found


async def said(stage: Stage, id_: str) -> str:
    _, told = await stage.ask("GET", f"/api/v1/tickets/{id_}/events", token=VIEWER)
    return str(told["events"][0])
