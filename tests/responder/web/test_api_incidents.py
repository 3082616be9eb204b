"""Are incidents listed, read and acted upon as the contract says?"""

import asyncio
from typing import Any

from responder.clock import HandClock
from responder.web.answers import EventsAnswer, IncidentAnswer, IncidentsAnswer
from tests.stories.stage import AGENT, RESPONDER, TOKEN, VIEWER, Stage, firing

LIST = "/api/v1/incidents"
ONE = f"{LIST}/1"


async def read(stage: Stage, path: str = ONE) -> Any:
    status, told = await stage.ask("GET", path, token=VIEWER)
    assert status == 200, told
    return told


async def act(stage: Stage, verb: str, body: Any = None, *, on: str = ONE) -> tuple[int, Any]:
    return await stage.ask("POST", f"{on}/{verb}", token=RESPONDER, body=body)


async def kinds(stage: Stage, id_: int = 1) -> list[str]:
    told = await read(stage, f"{LIST}/{id_}/events")
    return [event["kind"] for event in told["events"]]


async def test_an_alert_stands_in_the_list_as_one_incident(stage: Stage) -> None:
    assert await stage.send(firing()) == 200
    told = await read(stage, LIST)
    IncidentsAnswer.model_validate(told)
    (incident,) = told["incidents"]
    assert told["next"] is None
    assert {name: incident[name] for name in ("id", "key", "state", "category", "priority")} == {
        "id": "1",
        "key": "server:web1",
        "state": "open",
        "category": "critical",
        "priority": "critical",
    }
    assert incident["title"] == "web1 does not answer"
    assert incident["server"] == "web1"
    assert incident["opened_at"] == "2026-11-22T03:10:00.000Z"
    assert (
        incident["acknowledged_at"] is incident["recovered_at"] is incident["resolved_at"] is None
    )
    assert incident["parent"] is None
    assert incident["muted_by"] == incident["tickets"] == incident["runs"] == []
    assert incident["alerts_total"] == 1
    (alert,) = incident["alerts"]
    assert alert["status"] == "firing"
    assert alert["labels"]["alertname"] == "HostDown"
    assert alert["starts_at"] == "2026-11-21T18:06:16.530Z"
    assert alert["ends_at"] is None
    (page,) = incident["pages"]
    assert {name: page[name] for name in ("person", "method", "step", "state", "event")} == {
        "person": "ana",
        "method": "email",
        "step": 1,
        "state": "queued",
        "event": "opened",
    }


async def test_lists_show_twenty_alerts_of_an_incident_and_the_incident_itself_all(
    stage: Stage,
) -> None:
    for number in range(23):
        assert await stage.send(firing(disk=f"sd{number}")) == 200
    (listed,) = (await read(stage, LIST))["incidents"]
    whole = await read(stage)
    assert len(listed["alerts"]) == 20
    assert len(whole["alerts"]) == listed["alerts_total"] == whole["alerts_total"] == 23
    IncidentAnswer.model_validate(whole)


async def test_a_list_is_read_part_by_part_and_misses_nothing(stage: Stage) -> None:
    for number in range(7):
        await stage.send(firing(f"host{number}"))
    seen, after, parts = [], "", 0
    while True:
        told = await read(stage, f"{LIST}?limit=3{after}")
        seen += [incident["id"] for incident in told["incidents"]]
        parts += 1
        if told["next"] is None:
            break
        after = f"&after={told['next']}"
        await stage.send(firing(f"late{parts}"))
    assert seen == ["7", "6", "5", "4", "3", "2", "1"]
    assert parts == 3


async def test_a_list_can_be_narrowed_to_states_and_a_server(stage: Stage) -> None:
    await stage.send(firing())
    await stage.send(firing("unknown-host"))
    assert (await act(stage, "resolve", {"note": "it is gone"}, on=f"{LIST}/2"))[0] == 200

    async def ids(query: str) -> list[str]:
        return [incident["id"] for incident in (await read(stage, LIST + query))["incidents"]]

    assert await ids("") == ["2", "1"]
    assert await ids("?state=active") == ["1"]
    assert await ids("?state=resolved") == ["2"]
    assert await ids("?state=resolved&state=open") == ["2", "1"]
    assert await ids("?server=web1") == ["1"]
    assert await ids("?server=nobody%00knows") == []


async def test_a_query_that_means_nothing_is_refused_with_its_place(stage: Stage) -> None:
    wrong = {
        "limit": ["limit=0", "limit=1001", "limit=many"],
        "state.0": ["state=burning"],
        "after": ["after=!!", "after=YWJj", "after="],
    }
    for where, queries in wrong.items():
        for query in queries:
            status, told = await stage.ask("GET", f"{LIST}?{query}", token=VIEWER)
            assert (status, told["error"]["code"]) == (400, "bad_request"), query
            assert told["error"]["where"] == where


async def test_an_incident_that_is_not_there_is_not_found(stage: Stage) -> None:
    await stage.send(firing())
    for id_ in ("2", "0", "-1", "x", "9" * 30, "%00", "1%2F", "٣"):
        for path in (f"{LIST}/{id_}", f"{LIST}/{id_}/events"):
            status, told = await stage.ask("GET", path, token=VIEWER)
            assert status == 404, path
            assert set(told["error"]) == {"code", "message", "where"}
        assert (await act(stage, "ack", on=f"{LIST}/{id_}"))[0] == 404


async def test_an_acknowledgement_names_the_person_and_stops_the_pages(
    stage: Stage, clock: HandClock
) -> None:
    await stage.send(firing())
    clock.move(minutes=2)
    status, told = await act(stage, "ack", {"note": "I am on it"})
    assert status == 200
    IncidentAnswer.model_validate(told)
    assert told["state"] == "acknowledged"
    assert told["acknowledged_by"] == "mira"
    assert told["acknowledged_at"] == "2026-11-22T03:12:00.000Z"
    events = (await read(stage, f"{ONE}/events"))["events"]
    EventsAnswer.model_validate({"events": events})
    last = events[-1]
    assert last["id"] == f"1-{len(events)}"
    assert last["actor"] == {"kind": "person", "name": "mira"}
    assert last["text"] == "acknowledged by mira: I am on it"
    assert last["data"] == {"words": "I am on it"}


async def test_a_second_acknowledgement_is_no_error_and_changes_nothing(
    stage: Stage, clock: HandClock
) -> None:
    await stage.send(firing())
    first = await act(stage, "ack")
    before = await kinds(stage)
    clock.move(minutes=5)
    assert await act(stage, "ack") == first
    assert await kinds(stage) == before


async def test_of_two_acknowledgements_at_once_one_counts(stage: Stage) -> None:
    await stage.send(firing())
    answers = await asyncio.gather(
        *(stage.ask("POST", f"{ONE}/ack", token=token) for token in (RESPONDER, "stage-admin") * 5)
    )
    assert {status for status, _ in answers} == {200}
    assert len({told["acknowledged_by"] for _, told in answers}) == 1
    assert (await kinds(stage)).count("acknowledged") == 1


async def test_what_still_fires_is_resolved_with_a_reason_only(stage: Stage) -> None:
    await stage.send(firing())
    status, told = await act(stage, "resolve")
    assert status == 409
    assert "1 alert still fires" in told["error"]["message"]
    status, told = await act(stage, "resolve", {"note": "false alarm"})
    assert (status, told["state"]) == (200, "resolved")


async def test_every_act_reaches_the_log_with_its_actor(stage: Stage) -> None:
    await stage.send(firing())
    await stage.send(firing("other", name="OtherDown"))
    acts = {
        "note": {"note": "looking"},
        "snooze": {"for": "30m", "note": "after lunch"},
        "escalate": {"note": "more hands"},
        "handover": {"to": "ana", "note": "your shift"},
        "merge": {"into": "2"},
        "split": None,
    }
    for verb, body in acts.items():
        status, told = await act(stage, verb, body)
        assert status == 200, (verb, told)
    events = (await read(stage, f"{ONE}/events"))["events"]
    mine = [event["text"] for event in events if event["actor"]["name"] == "mira"]
    assert mine == [
        "note by mira: looking",
        "pages snoozed until 2026-11-22 03:40 UTC by mira: after lunch",
        "escalated: critical from now on by mira: more hands",
        "acknowledged by mira",
        "handed over to ana by mira: your shift",
        "joined incident 2 (part of alert:"
        + (await read(stage, f"{LIST}/2"))["key"][6:]
        + ") by mira",
        "taken out of incident 2 by mira",
    ]


async def test_a_merged_incident_names_the_one_it_joined(stage: Stage) -> None:
    await stage.send(firing())
    await stage.send(firing("other", name="OtherDown"))
    _, told = await act(stage, "merge", {"into": "1"}, on=f"{LIST}/2")
    assert told["parent"] == "1"
    assert told["muted_by"] == ["part of server:web1"]


MISFITS: list[tuple[str, Any, int, str]] = [
    ("merge", {"into": "1"}, 409, "part of itself"),
    ("merge", {"into": "77"}, 404, "no incident 77"),
    ("merge", {"into": "x"}, 404, '"x"'),
    ("merge", {}, 400, "required"),
    ("split", None, 409, "part of no other"),
    ("handover", {"to": "nobody"}, 409, 'nobody is called "nobody"'),
    ("snooze", {"until": "2026-11-22T03:00:00Z"}, 409, "in the future"),
    ("snooze", {"until": "2026-11-22T04:00:00"}, 400, "timezone"),
    ("snooze", {"for": "25h"}, 400, "24 h at most"),
    ("snooze", {"for": "999999999w"}, 400, "hundred years"),
    ("snooze", {"until": "9999-12-31T23:59:59-12:00"}, 400, "far away"),
    ("snooze", {}, 400, '"until"'),
    ("note", {"note": ""}, 400, "at least 1"),
    ("note", {"note": "x" * 20_001}, 400, "at most 20000"),
    ("note", {"note": 5}, 400, "string"),
    ("ack", {"notes": "typo"}, 400, "Extra"),
    ("ack", [], 400, "object"),
]


async def test_an_act_that_does_not_fit_is_refused_in_plain_words(stage: Stage) -> None:
    await stage.send(firing())
    before = await kinds(stage)
    for verb, body, status, words in MISFITS:
        answered, told = await act(stage, verb, body)
        assert answered == status, (verb, body, told)
        assert words in told["error"]["message"]
    assert await kinds(stage) == before


async def test_a_person_opens_an_incident_and_a_second_one_is_a_note_in_it(stage: Stage) -> None:
    body = {"title": "web1 smells of smoke", "server": "web1", "text": "third floor"}
    status, told = await stage.ask("POST", LIST, token=RESPONDER, body=body)
    assert status == 200
    assert (told["key"], told["priority"], told["rule"]) == (
        "server:web1",
        "critical",
        "opened by hand",
    )
    status, again = await stage.ask("POST", LIST, token=RESPONDER, body=body)
    assert (status, again["id"]) == (200, told["id"])
    texts = [event["text"] for event in (await read(stage, f"{ONE}/events"))["events"]]
    assert texts[0].startswith("opened as critical (rule: opened by hand) by mira: third floor")
    assert texts[-1] == "note by mira: web1 smells of smoke third floor"


async def test_a_drill_is_marked_as_one(stage: Stage) -> None:
    body = {"title": "practice", "drill": True, "priority": "high"}
    _, told = await stage.ask("POST", LIST, token=RESPONDER, body=body)
    assert told["drill"] is True
    assert told["category"] == "hosting"


async def test_an_incident_about_an_unknown_server_is_refused(stage: Stage) -> None:
    body = {"title": "it burns", "server": "web9"}
    status, told = await stage.ask("POST", LIST, token=RESPONDER, body=body)
    assert status == 409
    assert told["error"]["message"] == 'no server is called "web9"'


async def test_an_agent_may_write_a_note_and_nothing_else(stage: Stage) -> None:
    await stage.send(firing())
    status, _ = await stage.ask(
        "POST", f"{ONE}/note", token=AGENT, body={"note": "customer called"}
    )
    assert status == 200
    status, told = await stage.ask("POST", f"{ONE}/ack", token=AGENT)
    assert status == 403
    assert told["error"]["message"] == "the role agent may not do this"


async def test_words_that_no_database_could_keep_are_kept_readable(stage: Stage) -> None:
    await stage.send(firing())
    status, _ = await act(stage, "note", {"note": "a\x00b\nline two <script>"})
    assert status == 200
    last = (await read(stage, f"{ONE}/events"))["events"][-1]
    assert last["data"]["words"] == "a\ufffdb\nline two <script>"
    assert last["text"] == "note by mira: a\ufffdb line two <script>"


async def test_an_alert_that_has_ended_says_so(stage: Stage) -> None:
    await stage.send(firing())
    await stage.send(firing(status="resolved"))
    (alert,) = (await read(stage))["alerts"]
    assert alert["status"] == "resolved"
    assert alert["ends_at"] == "2026-11-21T18:16:16.530Z"
    assert (await read(stage))["recovered_at"] == "2026-11-22T03:10:00.000Z"


async def test_a_senders_token_reads_no_incidents(stage: Stage) -> None:
    status, told = await stage.ask("GET", LIST, token=TOKEN)
    assert (status, told["error"]["code"]) == (403, "forbidden")
