"""Tickets over the API: opened, worked on, and told apart from those of other systems."""

import asyncio
from typing import Any

from tests.stories.stage import AGENT, RESPONDER, VIEWER, Stage, firing

PATH = "/api/v1/tickets"
NEW = {"subject": "mail bounces", "text": "since this morning", "brand": None, "account": "c-17"}


async def opened(stage: Stage, **more: Any) -> Any:
    status, told = await stage.ask("POST", PATH, token=AGENT, body={**NEW, **more})
    assert status == 200, told
    return told


async def test_a_request_becomes_a_ticket_at_level_1(stage: Stage) -> None:
    told = await opened(stage, channel="phone")
    assert (told["queue"], told["state"], told["owner"]) == ("level-1", "new", None)
    assert (told["channel"], told["account"], told["incident"]) == ("phone", "c-17", None)
    status, again = await stage.ask("GET", f"{PATH}/{told['id']}", token=VIEWER)
    assert (status, again) == (200, told)


async def test_the_same_key_never_gives_two_tickets(stage: Stage) -> None:
    first = await opened(stage, key="mail-4711")
    second = await opened(stage, key="mail-4711")
    assert first["id"] == second["id"]
    _, listed = await stage.ask("GET", PATH, token=VIEWER)
    assert [one["id"] for one in listed["tickets"]] == [first["id"]]


async def test_of_two_claims_one_wins_and_the_other_hears_who(stage: Stage) -> None:
    """R33."""
    path = f"{PATH}/{(await opened(stage))['id']}/take"
    answers = await asyncio.gather(
        stage.ask("POST", path, token=AGENT), stage.ask("POST", path, token=RESPONDER)
    )
    assert sorted(status for status, _ in answers) == [200, 409]
    won = next(told for status, told in answers if status == 200)
    lost = next(told for status, told in answers if status == 409)
    assert won["owner"] in lost["error"]["message"]


async def test_a_ticket_is_answered_moved_solved_and_voted_on(stage: Stage) -> None:
    path = f"{PATH}/{(await opened(stage))['id']}"
    for verb, body in {
        "take": {},
        "note": {"text": "DNS is fine"},
        "transfer": {
            "to": "level-2",
            "reason": "needs_root",
            "impact": "low",
            "urgency": "low",
            "steps": ["asked him"],
        },
        "reply": {"text": "your quota was full"},
        "state": {"state": "waiting-customer"},
        "solve": {"text": "quota raised"},
        "vote": {"score": 4, "comment": "fine"},
    }.items():
        status, told = await stage.ask("POST", f"{path}/{verb}", token=AGENT, body=body)
        assert status == 200, (verb, told)
    assert (told["state"], told["queue"], told["level"]) == ("solved", "level-2", "level-2")
    assert told["solved_by"] == "level-2"
    assert all(told[name] for name in ("reacted_at", "replied_at", "solved_at"))
    _, events = await stage.ask("GET", f"{path}/events", token=VIEWER)
    told_of = [event for event in events["events"] if event["kind"] != "state"]
    kinds = [event["kind"] for event in told_of]
    assert kinds[:6] == ["opened", "owner", "note", "queue", "reply", "note"]
    assert "your quota was full" in str(told_of[4]["data"])
    said = [event["text"] for event in told_of]
    assert said[:2] == [
        "opened in the queue level-1 by agent: since this morning",
        "it is agent's now by agent",
    ]
    assert "the customer gave 4 of 5 by agent: fine" in said


async def test_lists_go_on_where_they_ended_and_filter(stage: Stage) -> None:
    ids = [(await opened(stage, key=str(n)))["id"] for n in range(3)]
    await stage.ask("POST", f"{PATH}/{ids[0]}/take", token=AGENT)
    _, first = await stage.ask("GET", f"{PATH}?limit=2", token=VIEWER)
    assert [one["id"] for one in first["tickets"]] == [ids[2], ids[1]]
    _, rest = await stage.ask("GET", f"{PATH}?limit=2&after={first['next']}", token=VIEWER)
    assert ([one["id"] for one in rest["tickets"]], rest["next"]) == ([ids[0]], None)
    _, owned = await stage.ask("GET", f"{PATH}?owner=agent", token=VIEWER)
    assert [one["id"] for one in owned["tickets"]] == [ids[0]]


async def test_what_does_not_fit_is_refused_in_plain_words(stage: Stage) -> None:
    id_ = (await opened(stage))["id"]
    for path, body, wanted in (
        (f"{PATH}/999/take", {}, 404),
        (f"{PATH}/x/take", {}, 404),
        (f"{PATH}/{id_}/move", {"queue": "nowhere"}, 409),
        (f"{PATH}/{id_}/solve", {"text": ""}, 400),
        (f"{PATH}/{id_}/vote", {"score": 6}, 400),
        (f"{PATH}/{id_}/note", {"txt": "hello"}, 400),
        (PATH, {"subject": "x"}, 400),
    ):
        status, told = await stage.ask("POST", path, token=AGENT, body=body)
        assert status == wanted, (path, told)
        assert told["error"]["message"]
    status, _ = await stage.ask("GET", f"{PATH}?after=nonsense", token=VIEWER)
    assert status == 400


async def test_an_owner_of_the_ticket_acknowledges_its_incident(stage: Stage) -> None:
    assert await stage.send(firing()) == 200
    await stage.daemon.world.runner.turn()
    await stage.daemon.world.runner.settle()
    _, listed = await stage.ask("GET", PATH, token=VIEWER)
    (ticket,) = listed["tickets"]
    assert ticket["queue"] == "rapid-response"
    await stage.ask("POST", f"{PATH}/{ticket['id']}/take", token=AGENT)
    _, incident = await stage.ask("GET", f"/api/v1/incidents/{ticket['incident']}", token=VIEWER)
    assert (incident["state"], incident["acknowledged_by"]) == ("acknowledged", "agent")
