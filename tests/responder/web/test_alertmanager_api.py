"""Do Alertmanager's clients find an Alertmanager here?"""

import json
from datetime import UTC, datetime
from typing import Any

import pytest

from responder.clock import HandClock
from tests.responder.web.conftest import START
from tests.stories.stage import ADMIN, AGENT, TOKEN, VIEWER, Stage, firing

ALERTS = "/api/v2/alerts"
DOWN = {"labels": {"alertname": "HostDown", "host": "web1", "severity": "critical"}}


async def post(stage: Stage, *alerts: Any, token: str = TOKEN) -> tuple[int, Any]:
    return await stage.ask("POST", ALERTS, token=token, body=list(alerts))


async def listed(stage: Stage, query: str = "", *, path: str = ALERTS) -> Any:
    status, told = await stage.ask("GET", path + query, token=VIEWER)
    assert status == 200, told
    return told


async def incident(stage: Stage, id_: int = 1) -> Any:
    return await listed(stage, path=f"/api/v1/incidents/{id_}")


def silence(*, hours: float = 1, host: str = "web1", **more: Any) -> dict[str, Any]:
    ends = datetime.fromtimestamp(START.timestamp() + hours * 3600, UTC)
    matcher = {"name": "host", "value": host, "isRegex": False, "isEqual": True}
    return {
        "matchers": [matcher],
        "startsAt": START.isoformat(),
        "endsAt": ends.isoformat(),
        "createdBy": "dana",
        "comment": "reboot",
        **more,
    }


async def set_silence(stage: Stage, body: Any, *, token: str = AGENT) -> tuple[int, Any]:
    return await stage.ask("POST", "/api/v2/silences", token=token, body=body)


async def test_what_prometheus_posts_becomes_an_incident_and_is_listed(stage: Stage) -> None:
    generator = "http://prometheus.example:9090/graph?g0.expr=up"
    body = {**DOWN, "annotations": {"summary": "web1 is gone"}, "generatorURL": generator}
    assert (await post(stage, body))[0] == 200
    assert (await incident(stage))["title"] == "web1 is gone"
    (alert,) = await listed(stage)
    assert alert["labels"] == DOWN["labels"]
    assert alert["annotations"] == {"summary": "web1 is gone"}
    assert alert["generatorURL"] == generator
    assert alert["status"] == {
        "state": "active", "silencedBy": [], "inhibitedBy": [], "mutedBy": [],
    }  # fmt: skip
    assert alert["receivers"] == [{"name": "responder"}]
    assert alert["startsAt"] == "2026-11-22T03:10:00.000Z"
    assert alert["endsAt"] == "2026-11-22T03:15:00.000Z"
    assert len(alert["fingerprint"]) == 16


async def test_an_alert_that_is_not_told_again_ends_after_five_minutes(
    stage: Stage, clock: HandClock
) -> None:
    await post(stage, DOWN)
    clock.move(minutes=4)
    await post(stage, DOWN)
    tick = stage.daemon.world.duties["tick"]
    clock.move(minutes=4)
    await tick.turn()
    assert (await incident(stage))["state"] == "open"
    clock.move(minutes=2)
    await tick.turn()
    assert await listed(stage) == []
    ended = await incident(stage)
    assert (ended["state"], ended["alerts"][0]["status"]) == ("mitigated", "resolved")


async def test_an_alert_that_says_it_is_over_ends(stage: Stage, clock: HandClock) -> None:
    await post(stage, DOWN)
    clock.move(minutes=1)
    await post(stage, {**DOWN, "endsAt": "2026-11-22T03:10:30Z"})
    assert await listed(stage) == []
    assert (await incident(stage))["alerts"][0]["ends_at"] == "2026-11-22T03:10:30.000Z"


async def test_alerts_of_every_door_stand_in_the_list_once(stage: Stage) -> None:
    await stage.send(firing())
    await post(stage, firing()["alerts"][0] | {"endsAt": "2026-11-22T09:00:00Z"})
    await post(stage, DOWN)
    names = sorted(alert["labels"].get("instance", "-") for alert in await listed(stage))
    assert names == ["-", "web1"]


async def test_the_list_can_be_filtered(stage: Stage) -> None:
    await post(stage, DOWN, {"labels": {"alertname": "HostDown", "host": "web2"}})
    shown = {
        "": 2,
        "?filter=host%3D%22web1%22": 1,
        "?filter=host%3D%22web1%22&filter=severity%3D%22none%22": 0,
        "?filter=host%3D~%22web.*%22": 2,
        "?active=false": 0,
        "?silenced=false&inhibited=false&unprocessed=true": 2,
        "?receiver=resp.*": 2,
        "?receiver=nobody": 0,
    }
    for query, count in shown.items():
        assert len(await listed(stage, query)) == count, query


@pytest.mark.parametrize("path", [ALERTS, "/api/v2/alerts/groups"])
async def test_a_filter_that_is_none_is_refused_in_alertmanagers_words(
    stage: Stage, path: str
) -> None:
    for query, status in {"?filter=%7Bno": 400, "?active=perhaps": 422, "?receiver=(": 400}.items():
        answered, told = await stage.ask("GET", path + query, token=VIEWER)
        assert answered == status
        assert told if isinstance(told, str) else told["message"]


async def test_a_group_is_an_incident(stage: Stage) -> None:
    disk = {"labels": {"alertname": "DiskFull", "host": "web1"}}
    await post(stage, DOWN, disk, {"labels": {"alertname": "Other", "host": "elsewhere"}})
    groups = await listed(stage, path="/api/v2/alerts/groups")
    assert [(group["labels"], len(group["alerts"])) for group in groups] == [
        ({"incident": "1"}, 2),
        ({"incident": "2"}, 1),
    ]
    assert {group["receiver"]["name"] for group in groups} == {"responder"}


async def test_it_says_who_it_is(stage: Stage) -> None:
    status = await listed(stage, path="/api/v2/status")
    assert status["cluster"]["status"] == "disabled"
    assert status["uptime"] == "2026-11-22T03:10:00.000Z"
    assert await listed(stage, path="/api/v2/receivers") == [{"name": "responder"}]


async def test_a_senders_token_reads_what_a_viewers_reads(stage: Stage) -> None:
    for path in ("alerts", "alerts/groups", "status", "receivers", "silences"):
        status, _ = await stage.ask("GET", f"/api/v2/{path}", token=TOKEN)
        assert status == 200, path


async def test_a_silence_mutes_at_once_and_its_end_pages_at_once(
    stage: Stage, clock: HandClock
) -> None:
    status, told = await set_silence(stage, silence())
    assert status == 200
    id_ = told["silenceID"]
    await post(stage, DOWN)
    muted = await incident(stage)
    assert (muted["state"], muted["muted_by"], muted["pages"]) == ("open", [f"silence:{id_}"], [])
    (alert,) = await listed(stage)
    assert (alert["status"]["state"], alert["status"]["silencedBy"]) == ("suppressed", [id_])
    assert await listed(stage, "?silenced=false") == []
    clock.move(minutes=1)
    status, _ = await stage.ask("DELETE", f"/api/v2/silence/{id_}", token=AGENT)
    assert status == 200
    loud = await incident(stage)
    assert (loud["muted_by"], len(loud["pages"])) == ([], 1)
    ended = await listed(stage, path=f"/api/v2/silence/{id_}")
    assert (ended["status"]["state"], ended["endsAt"]) == ("expired", "2026-11-22T03:11:00.000Z")


@pytest.mark.parametrize("starts", ["2026-11-22T03:00:00Z", "2026-11-22T03:10:00.001Z"])
async def test_a_silence_mutes_what_burns_already(stage: Stage, starts: str) -> None:
    await post(stage, DOWN)
    _, told = await set_silence(stage, silence(startsAt=starts))
    assert (await incident(stage))["muted_by"] == [f"silence:{told['silenceID']}"]


async def test_a_silence_for_later_mutes_later(stage: Stage) -> None:
    await post(stage, DOWN)
    _, told = await set_silence(stage, silence(startsAt="2026-11-22T03:30:00Z"))
    (shown,) = await listed(stage, path="/api/v2/silences")
    assert (shown["id"], shown["status"]["state"]) == (told["silenceID"], "pending")
    assert (await incident(stage))["muted_by"] == []


async def test_a_greater_trouble_holds_an_alert_back_too(stage: Stage) -> None:
    await post(stage, DOWN, {"labels": {"alertname": "Part", "host": "elsewhere"}})
    await stage.ask("POST", "/api/v1/incidents/2/merge", token=ADMIN, body={"into": "1"})
    alerts = {one["labels"]["alertname"]: one for one in await listed(stage)}
    part = alerts["Part"]["status"]
    assert part["state"] == "suppressed"
    assert part["inhibitedBy"] == [alerts["HostDown"]["fingerprint"]]
    assert await listed(stage, "?inhibited=false") == [alerts["HostDown"]]


async def test_silences_are_listed_changed_and_found_by_their_matchers(stage: Stage) -> None:
    _, first = await set_silence(stage, silence())
    _, other = await set_silence(stage, silence(host="web2"))
    longer = silence(hours=2, id=first["silenceID"])
    assert (await set_silence(stage, longer))[1] == first
    every = await listed(stage, path="/api/v2/silences")
    assert [one["id"] for one in every] == [other["silenceID"], first["silenceID"]]
    assert every[1]["endsAt"] == "2026-11-22T05:10:00.000Z"
    assert (every[1]["createdBy"], every[1]["comment"]) == ("dana", "reboot")
    found = await listed(stage, "?filter=host%3D%22web2%22", path="/api/v2/silences")
    assert [one["id"] for one in found] == [other["silenceID"]]


async def test_a_silence_that_cannot_be_is_refused_in_alertmanagers_words(stage: Stage) -> None:
    wrong: list[tuple[dict[str, Any], int, str]] = [
        ({"matchers": []}, 422, "at least 1 items"),
        ({"comment": None}, 422, "comment in body is required"),
        ({"endsAt": "2026-11-21T00:00:00Z"}, 400, "before end time"),
        ({"endsAt": "2026-11-23T04:11:00Z"}, 400, "24 h at most"),
        ({"id": "there-is-none"}, 404, "not found"),
        ({"matchers": [{"name": "a", "value": "(", "isRegex": True}]}, 400, "regular expression"),
    ]
    for change, status, words in wrong:
        answered, told = await set_silence(stage, {**silence(), **change})
        assert answered == status, change
        assert words in json.dumps(told)
    assert await listed(stage, path="/api/v2/silences") == []


async def test_to_silence_needs_an_agent(stage: Stage) -> None:
    for token, status in {VIEWER: 403, TOKEN: 403, "": 401, AGENT: 200}.items():
        assert (await set_silence(stage, silence(), token=token))[0] == status


async def test_a_silence_that_is_not_there_is_not_found(stage: Stage) -> None:
    for id_ in ("nothing", "%00", "..%2F", "9" * 300):
        for method in ("GET", "DELETE"):
            status, _ = await stage.ask(method, f"/api/v2/silence/{id_}", token=AGENT)
            assert status == 404, id_


async def test_one_bad_alert_among_good_ones_is_put_aside_and_the_others_are_taken(
    stage: Stage,
) -> None:
    assert (await post(stage, {"labels": {}}, DOWN))[0] == 200
    assert len(await listed(stage)) == 1
    status, told = await post(stage, {"labels": {}})
    assert (status, told["error"]["code"]) == (400, "unreadable")
    assert "at least one label pair" in told["error"]["message"]


async def test_an_empty_list_is_fine(stage: Stage) -> None:
    assert (await post(stage))[0] == 200
