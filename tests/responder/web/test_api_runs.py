"""Can people see over the API what a run does, and have it do what they say?"""

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from responder.clock import HandClock
from responder.emulators.redfish import RedfishEmulator, RedfishFault
from responder.run_values import Intent, RunState
from tests.responder.runs.asking import DIGEST
from tests.responder.runs.company import (
    EVERYTHING,
    asking,
    begun,
    machines,
    put,
    settle,
    worked,
)
from tests.responder.web.conftest import START
from tests.stories.stage import RESPONDER, VIEWER, Stage, begin, firing

RUNS = "/api/v1/runs"
YES = {"digest": DIGEST, "server": "web1"}


@pytest.fixture
async def bmc() -> AsyncIterator[RedfishEmulator]:
    """The machines of the company."""
    one = machines()
    await one.start()
    yield one
    await one.stop()


@pytest.fixture
async def stage(tmp_path: Path, clock: HandClock, bmc: RedfishEmulator) -> AsyncIterator[Stage]:
    """A running daemon with one playbook; its duties stand still."""
    one = await begin(settle(tmp_path, bmc), clock=clock)
    yield one
    await one.daemon.end()


async def act(stage: Stage, verb: str, body: Any = None, **told: Any) -> tuple[int, Any]:
    return await stage.ask("POST", f"{RUNS}/1/{verb}", body=body or {}, **told)


async def refused(stage: Stage, verb: str, body: Any = None) -> tuple[int, str]:
    status, told = await act(stage, verb, body)
    return status, told["error"]["message"]


async def kinds(stage: Stage) -> list[str]:
    _, told = await stage.ask("GET", f"{RUNS}/1/events")
    return [event["kind"] for event in told["events"]]


async def test_a_person_begins_a_run_and_the_whole_of_it_can_be_read(stage: Stage) -> None:
    await stage.send(firing())
    told = await begun(stage, reason="it is dark", overrules=["blind"])
    assert (told["id"], told["state"], told["incident"], told["server"]) == (
        "1", "due", "1", "web1",
    )  # fmt: skip
    assert (told["playbook"], told["version"], told["mode"], told["step"]) == (
        "off-and-on", 2, "ask", "off",
    )  # fmt: skip
    assert [step["id"] for step in told["steps"]] == ["off", "on", "tell"]
    assert told["steps"][0] == {
        "id": "off", "uses": "power.off", "on_fail": "tell", "outcome": "", "text": "",
        "values": {}, "by": "",
    }  # fmt: skip
    assert (told["requested_by"], told["overrules"], told["reason"]) == (
        "admin", ["blind"], "it is dark",
    )  # fmt: skip
    assert (told["asked"], told["intent"], told["checks"], told["approvals"]) == (
        None, None, [], [],
    )  # fmt: skip
    assert await stage.ask("GET", f"{RUNS}/1", token=VIEWER) == (200, told)
    _, incident = await stage.ask("GET", "/api/v1/incidents/1")
    assert incident["runs"] == [{"id": "1", "playbook": "off-and-on", "state": "due"}]


async def test_a_run_that_nothing_stops_switches_the_machine_and_says_so(
    stage: Stage, bmc: RedfishEmulator
) -> None:
    await begun(stage, reason="I stand before it", overrules=EVERYTHING)
    await worked(stage)
    _, told = await stage.ask("GET", f"{RUNS}/1")
    assert (told["state"], told["outcome"]) == ("done", "done")
    assert [step["outcome"] for step in told["steps"]] == ["ok", "ok", "ok"]
    assert [order.verb for order in bmc.by_id["web1"].chassis.orders] == ["off", "on"]
    assert bmc.told("web2") == 0
    _, events = await stage.ask("GET", f"{RUNS}/1/events")
    texts = [event["text"] for event in events["events"]]
    assert texts[0] == "begun: off-and-on version 2, mode ask by admin: I stand before it"
    assert any(text.startswith("about to: off") for text in texts)
    assert texts[-1].startswith("ended: done")


async def test_a_run_that_the_gate_stops_touches_nothing(
    stage: Stage, bmc: RedfishEmulator
) -> None:
    await begun(stage)
    await worked(stage)
    _, told = await stage.ask("GET", f"{RUNS}/1")
    assert told["steps"][0]["outcome"] == "failed"
    assert "denied by second_opinion" in told["steps"][0]["text"]
    assert bmc.by_id["web1"].chassis.orders == []


async def test_what_it_asks_stands_there_to_be_answered(stage: Stage) -> None:
    await begun(stage)
    await asking(stage)
    _, told = await stage.ask("GET", f"{RUNS}/1", token=VIEWER)
    assert told["asked"] == {
        "digest": DIGEST,
        "name": "web1",
        "action": "power.off",
        "would": "switch web1 off, and see that it is off",
        "since": "2026-11-22T03:10:00.000Z",
        "until": "2026-11-22T03:20:00.000Z",
        "rejected_by": "",
    }
    assert told["checks"][1] == {
        "name": "approval", "ruling": "wait", "reason": "0 of 1 approved", "overruled_by": "",
    }  # fmt: skip
    assert told["waits_for"] == "approval: 0 of 1 approved"


async def test_a_yes_is_the_tokens_own(stage: Stage) -> None:
    await begun(stage)
    await asking(stage)
    body = {**YES, "reason": "seen it", "overrules": ["storm"]}
    status, told = await act(stage, "approve", body, token=RESPONDER)
    assert status == 200
    (one,) = told["approvals"]
    assert (one["person"], one["step"], one["via"], one["overrules"], one["reason"]) == (
        "mira", "off", "api", ["storm"], "seen it",
    )  # fmt: skip
    assert await act(stage, "approve", body, token=RESPONDER) == (200, told)
    assert (await kinds(stage))[-1] == "approved"


@pytest.mark.parametrize(
    ("change", "why"),
    [
        ({"server": "web2"}, 'type the name "web1" to say that you mean it'),
        ({"digest": "0" * 64}, "it asks something else by now: look at it again"),
        ({"overrules": ["storm"]}, "say why you overrule it (a reason)"),
    ],
)
async def test_a_yes_to_something_else_is_a_conflict(
    stage: Stage, change: dict[str, Any], why: str
) -> None:
    await begun(stage)
    await asking(stage)
    assert await refused(stage, "approve", {**YES, **change}) == (409, why)


async def test_a_no_fails_the_step(stage: Stage, bmc: RedfishEmulator) -> None:
    await begun(stage)
    await asking(stage)
    _, told = await act(stage, "reject", {"note": "the switch is broken"})
    assert told["asked"]["rejected_by"] == "admin"
    await worked(stage)
    _, told = await stage.ask("GET", f"{RUNS}/1")
    assert told["steps"][0]["outcome"] == "failed"
    assert "rejected by admin: the switch is broken" in told["steps"][0]["text"]
    assert bmc.by_id["web1"].chassis.orders == []


async def asked_by(stage: Stage) -> dict[str, Any]:
    """What a run asks that has come to its question by itself."""
    await begun(stage, playbook="ask-first")
    await worked(stage)
    _, told = await stage.ask("GET", f"{RUNS}/1")
    assert told["state"] == "waiting"
    assert told["asked"]["would"] == "May the customers of web1 be told?"
    return {"digest": told["asked"]["digest"], "server": told["asked"]["name"]}


async def test_a_yes_to_what_a_run_asked_lets_it_go_on(stage: Stage) -> None:
    body = await asked_by(stage)
    await worked(stage)
    assert (await stage.ask("GET", f"{RUNS}/1"))[1]["state"] == "waiting"
    await act(stage, "approve", body, token=RESPONDER)
    await worked(stage)
    _, told = await stage.ask("GET", f"{RUNS}/1")
    assert [(step["id"], step["outcome"], step["text"]) for step in told["steps"][:2]] == [
        ("ask", "ok", "approved by mira"), ("told", "ok", "noted"),
    ]  # fmt: skip
    assert told["state"] == "done"


async def test_a_no_to_what_a_run_asked_fails_its_step_at_once(stage: Stage) -> None:
    await asked_by(stage)
    await act(stage, "reject", {"note": "not yet"}, token=RESPONDER)
    await worked(stage)
    _, told = await stage.ask("GET", f"{RUNS}/1")
    assert told["steps"][0]["outcome"] == "failed"
    assert told["steps"][0]["text"] == "rejected by mira: not yet"
    assert [step["outcome"] for step in told["steps"][1:]] == ["", "ok"]


async def test_it_is_aborted_paused_and_resumed(stage: Stage) -> None:
    await begun(stage)
    _, told = await act(stage, "pause", {"note": "wait for me"})
    assert (told["state"], told["taken_by"]) == ("paused", "admin")
    _, told = await act(stage, "takeover", {"note": "mine"}, token=RESPONDER)
    assert (told["state"], told["taken_by"]) == ("paused", "mira")
    _, told = await act(stage, "resume")
    assert (told["state"], told["taken_by"]) == ("due", "")
    _, told = await act(stage, "abort", {"note": "wrong machine"})
    assert (told["state"], told["outcome"], told["ended_at"]) == (
        "aborted", "aborted", "2026-11-22T03:10:00.000Z",
    )  # fmt: skip
    assert await refused(stage, "resume") == (409, "it is not paused: it was aborted")
    _, metrics = await stage.ask("GET", "/metrics")
    counted = 'responder_playbook_runs_total{outcome="aborted",playbook="off-and-on"} 1.0'
    assert counted in metrics.splitlines()


async def test_a_person_says_what_became_of_what_nobody_knows(stage: Stage) -> None:
    await begun(stage)
    await put(stage, RunState.UNKNOWN, intent=Intent("off", START, "off"), wake_at=None)
    _, told = await stage.ask("GET", f"{RUNS}/1")
    assert told["intent"] == {"verb": "off", "step": "off", "at": "2026-11-22T03:10:00.000Z"}
    status, told = await act(stage, "continue", {"outcome": "done", "note": "it is dark"})
    assert status == 200
    assert (told["state"], told["step"], told["intent"]) == ("waiting", "on", None)
    assert told["steps"][0]["text"] == "it is dark"
    assert told["steps"][0]["by"] == "admin"
    assert (await act(stage, "continue", {"outcome": "perhaps"}))[0] == 400


async def test_a_drill_is_marked_and_does_nothing(stage: Stage, bmc: RedfishEmulator) -> None:
    told = await begun(stage, drill=True, confirm="")
    assert (told["drill"], told["dry"]) == (True, True)
    await worked(stage)
    _, told = await stage.ask("GET", f"{RUNS}/1")
    assert told["state"] == "done"
    assert "it would switch web1 off" in told["steps"][0]["text"]
    assert bmc.by_id["web1"].chassis.orders == []
    _, incident = await stage.ask("GET", f"/api/v1/incidents/{told['incident']}")
    assert (incident["drill"], incident["title"]) == (True, "DRILL: off-and-on by hand on web1")


@pytest.mark.parametrize(
    ("order", "status", "why"),
    [
        ({"confirm": "web2"}, 409, 'type the name "web1" to say that you mean it'),
        ({"playbook": "on-and-off"}, 404, 'no playbook is called "on-and-off"'),
        ({"server": "web9", "confirm": "web9"}, 404, 'no server is called "web9"'),
        ({"incident": "7"}, 404, "there is no incident 7"),
        ({"incident": "x"}, 404, 'nothing has the id "x"'),
        ({"speed": 9}, 400, "Extra inputs are not permitted"),
    ],
)
async def test_a_beginning_that_fits_nothing_is_refused(
    stage: Stage, order: dict[str, Any], status: int, why: str
) -> None:
    body = {"playbook": "off-and-on", "server": "web1", "confirm": "web1", **order}
    told = await stage.ask("POST", RUNS, body=body)
    assert (told[0], told[1]["error"]["message"]) == (status, why)
    assert (await stage.ask("GET", RUNS))[1]["runs"] == []


async def test_runs_are_listed_newest_first_by_state_server_and_incident(stage: Stage) -> None:
    await begun(stage)
    await begun(stage, server="web2", confirm="web2")
    await act(stage, "abort")

    async def ids(query: str = "") -> list[str]:
        status, told = await stage.ask("GET", RUNS + query, token=VIEWER)
        assert status == 200
        return [one["id"] for one in told["runs"]]

    assert await ids() == ["2", "1"]
    assert await ids("?state=active") == ["2"]
    assert await ids("?state=aborted&state=failed") == ["1"]
    assert await ids("?server=web1") == ["1"]
    assert await ids("?incident=2") == ["2"]
    _, part = await stage.ask("GET", f"{RUNS}?limit=1")
    assert await ids(f"?limit=1&after={part['next']}") == ["1"]
    for query in ("?state=lost", "?after=nonsense", "?limit=0"):
        assert (await stage.ask("GET", RUNS + query))[0] == 400


async def test_a_run_that_is_none_is_not_found(stage: Stage) -> None:
    for path in ("/9", "/9/events"):
        status, told = await stage.ask("GET", RUNS + path)
        assert (status, told["error"]["message"]) == (404, "there is no run 9")
    for verb in ("approve", "reject", "abort", "pause", "resume", "takeover", "continue"):
        body = YES if verb == "approve" else {"outcome": "done"} if verb == "continue" else {}
        assert (await stage.ask("POST", f"{RUNS}/9/{verb}", body=body))[0] == 404


# Playbooks and power


async def test_playbooks_are_listed_and_shown_whole(stage: Stage) -> None:
    _, told = await stage.ask("GET", "/api/v1/playbooks", token=VIEWER)
    assert [one["name"] for one in told["playbooks"]] == ["ask-first", "off-and-on"]
    one = told["playbooks"][1]
    assert (one["name"], one["version"], one["mode"], one["steps"]) == ("off-and-on", 2, "ask", 3)
    assert one["by_itself"] is False
    assert one["source"].endswith("books/off-and-on.yaml")
    _, whole = await stage.ask("GET", "/api/v1/playbooks/off-and-on", token=VIEWER)
    assert whole["text"]["safety"]["cooldown"]["in_all"] == 2
    assert (await stage.ask("GET", "/api/v1/playbooks/none"))[0] == 404


async def test_a_plan_says_every_verdict_and_changes_nothing(
    stage: Stage, bmc: RedfishEmulator
) -> None:
    await stage.send(firing())
    path = "/api/v1/playbooks/off-and-on/plan"
    status, told = await stage.ask("POST", path, body={"server": "web1"}, token=VIEWER)
    assert status == 200
    off, _, tell = told["steps"]
    assert (off["would"], off["irreversible"]) == (
        "switch web1 off, and see that it is off", True,
    )  # fmt: skip
    checks = {check["name"]: check["ruling"] for check in off["checks"]}
    assert len(checks) == 14
    assert (checks["approval"], checks["identity"], checks["kill_switch"]) == (
        "wait", "pass", "pass",
    )  # fmt: skip
    assert off["denied_by"] in checks
    assert (tell["irreversible"], tell["checks"], tell["denied_by"]) == (False, [], "")
    assert "web1 was switched off and on" in tell["would"]
    assert (await stage.ask("GET", RUNS))[1]["runs"] == []
    assert bmc.by_id["web1"].chassis.orders == []
    assert (await stage.ask("POST", path, body={"server": "web9"}))[0] == 404


async def test_a_device_says_who_it_is_and_how(stage: Stage, bmc: RedfishEmulator) -> None:
    status, told = await stage.ask("GET", "/api/v1/servers/web1/power")
    assert status == 200
    assert (told["driver"], told["state"], told["matches"], told["trouble"]) == (
        "redfish", "on", True, "",
    )  # fmt: skip
    assert told["expected"]["serial"] == told["told"]["serial"] == "SN1"
    bmc.by_id["web1"].serial = "SN9"
    _, told = await stage.ask("GET", "/api/v1/servers/web1/power")
    assert told["matches"] is False
    assert "SN9, not SN1" in told["mismatch"]


async def test_a_refused_login_is_tried_once_and_then_not_for_a_while(
    stage: Stage, bmc: RedfishEmulator, clock: HandClock
) -> None:
    bmc.password = "changed"
    _, told = await stage.ask("GET", "/api/v1/servers/web1/power")
    assert told["trouble"]
    asked = len(bmc.asked)
    _, told = await stage.ask("GET", "/api/v1/servers/web1/power")
    assert "nobody may ask" in told["trouble"]
    assert len(bmc.asked) == asked
    bmc.password = "calvin-of-the-emulator"
    clock.move(hours=2)
    _, told = await stage.ask("GET", "/api/v1/servers/web1/power")
    assert told["state"] == "on"


async def test_a_silent_device_is_said_so(stage: Stage, bmc: RedfishEmulator) -> None:
    bmc.fault = RedfishFault.BAD_GATEWAY
    status, told = await stage.ask("GET", "/api/v1/servers/web1/power")
    assert (status, told["state"], told["matches"]) == (200, None, False)
    assert told["trouble"]


async def test_a_server_without_a_device_has_none(stage: Stage) -> None:
    for name, why in (("web2", "web2 has no `power:`"), ("web9", 'no server is called "web9"')):
        status, told = await stage.ask("GET", f"/api/v1/servers/{name}/power")
        assert status == 404
        assert why in told["error"]["message"]
