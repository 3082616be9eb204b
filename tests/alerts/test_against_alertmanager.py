"""The real Alertmanager beside our reading of it: the same questions, the same answers."""

import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import aiohttp
import pytest

from alerts.api_silences import read_silence, show_silence
from alerts.api_v2 import ApiRefusal, alertmanager_fingerprint, read_posted, read_query, show_alert
from alerts.silences import Silence, settle
from tests.alerts.test_api_silences import DB1, POSTED, REFUSED, encode
from tests.alerts.test_matchers import JUDGED
from tests.alerts.test_matchers import REFUSED as NO_MATCHERS
from tests.real.alertmanager import Alertmanager, amtool
from tests.real.fixtures import StartAlertmanager

CONFIG = "{route: {receiver: responder}, receivers: [{name: responder}]}"
NOON = "2020-01-01T12:00:00Z"
RESOLVE_AFTER = timedelta(minutes=5)
LABEL_SETS = [
    {"alertname": "X", "host": "db1"},
    {"alertname": "X", "host": "db2", "größe"[:2]: "ÿ\U0001f525"},
    {"alertname": "Y", "host": 'd"b\\1\n', "empty": ""},
    {"a": "1", "a_b": "x", "B": "capital before small"},
]


async def ask(server: Alertmanager, method: str, path: str, **more: Any) -> tuple[int, Any]:
    """The status and the answer, read as JSON where it is that."""
    async with (
        aiohttp.ClientSession() as session,
        session.request(method, f"{server.url}/api/v2{path}", **more) as answer,
    ):
        text = await answer.text()
        kind = answer.headers.get("Content-Type")
        return answer.status, json.loads(text) if text and kind == "application/json" else text


async def post(server: Alertmanager, path: str, body: bytes) -> tuple[int, Any]:
    return await ask(server, "POST", path, data=body, headers={"Content-Type": "application/json"})


async def test_filters_find_the_same_alerts(alertmanager: StartAlertmanager) -> None:
    server = await alertmanager(CONFIG)
    await server.post([{"labels": labels} for labels in LABEL_SETS])
    held = [told["labels"] for told in await server.alerts()]
    assert len(held) == len(LABEL_SETS)
    for text, _ in JUDGED:
        status, found = await ask(server, "GET", "/alerts", params={"filter": text})
        query = read_query([("filter", text)])
        assert status == 200, text
        assert [told["labels"] for told in found] == [one for one in held if query.wants(one)], text


async def test_filters_are_refused_alike(alertmanager: StartAlertmanager) -> None:
    server = await alertmanager(CONFIG)
    for text, _ in NO_MATCHERS:
        status, told = await ask(server, "GET", "/alerts", params={"filter": text})
        with pytest.raises(ApiRefusal) as refused:
            read_query([("filter", text)])
        # Of an expression they quote the part, we the whole.
        assert (refused.value.status, str(refused.value).split(": `")[0]) == (
            status,
            told.split(": `")[0],
        )


async def test_alerts_are_shown_alike(alertmanager: StartAlertmanager) -> None:
    server = await alertmanager(CONFIG)
    told = [
        {"labels": labels, "annotations": {"summary": "<é>"}, "startsAt": NOON, "generatorURL": url}
        for labels, url in zip(LABEL_SETS, ["http://p/graph?a=b", "", "x:y", ""], strict=True)
    ]
    body = json.dumps(told).encode()
    assert await post(server, "/alerts", body) == (200, "")
    theirs = await server.alerts()
    now = datetime.fromisoformat(theirs[0]["updatedAt"])
    ours = [
        show_alert(alert, updated_at=now, expires_at=now)
        for alert in read_posted(body, now=now, resolve_after=RESOLVE_AFTER).alerts
    ]
    for one in ours:
        one["status"].pop("mutedBy")  # type: ignore[attr-defined]  # newer than 0.25
    assert sorted(ours, key=lambda one: str(one["fingerprint"])) == theirs
    assert [list(one) for one in ours if "generatorURL" in one] == [
        list(one) for one in theirs if "generatorURL" in one
    ]


async def test_fingerprints_are_alike(alertmanager: StartAlertmanager) -> None:
    server = await alertmanager(CONFIG)
    await server.post([{"labels": labels} for labels in LABEL_SETS])
    for told in await server.alerts():
        assert alertmanager_fingerprint(told["labels"]) == told["fingerprint"]


async def test_alerts_are_refused_alike(alertmanager: StartAlertmanager) -> None:
    server = await alertmanager(CONFIG)
    future = {"startsAt": "2099-01-02T00:00:00Z", "endsAt": "2099-01-01T00:00:00Z"}
    bad = [
        {"labels": {}},
        {"labels": {"a": ""}},
        {"labels": {"": "1"}},
        {"labels": {"a": "1"}} | future,
    ]
    body = json.dumps([{"labels": {"good": "1"}}, *bad]).encode()
    status, told = await post(server, "/alerts", body)
    reading = read_posted(body, now=datetime.now(UTC), resolve_after=RESOLVE_AFTER)
    assert (status, told) == (400, "; ".join(refused.reason for refused in reading.refused))
    theirs = [one["labels"] for one in await server.alerts()]
    assert theirs == [alert.labels for alert in reading.alerts] == [{"good": "1"}]


async def test_silences_are_refused_alike(alertmanager: StartAlertmanager) -> None:
    server = await alertmanager(CONFIG)
    for told, _, _ in REFUSED:
        status, answer = await post(server, "/silences", encode(told))
        with pytest.raises(ApiRefusal) as refused:
            read_silence(encode(told), now=datetime.now(UTC))
        assert (refused.value.status, refused.value.answer) == (status, answer)


async def test_silences_are_changed_alike(alertmanager: StartAlertmanager) -> None:
    """Prolonged, given other matchers, begun earlier, moved while pending, revived: all alike."""
    server = await alertmanager(CONFIG)
    stored: dict[str, Silence] = {}
    later = {"startsAt": "2098-01-01T00:00:00.000Z", "endsAt": "2099-01-01T00:00:00.000Z"}

    async def both(told: dict[str, Any]) -> str:
        status, answer = await post(server, "/silences", encode(told))
        assert status == 200, answer
        name: str = answer["silenceID"]
        _, theirs = await ask(server, "GET", f"/silence/{name}")
        now = datetime.fromisoformat(theirs["updatedAt"])
        asked = read_silence(encode(told), now=now)
        for one in settle(asked, stored.get(asked.id), new_id=name, now=now):
            stored[one.id] = one
        for known, silence in stored.items():
            _, theirs = await ask(server, "GET", f"/silence/{known}")
            ours = show_silence(replace(silence, updated_at=now), now=now)
            assert {**ours, "updatedAt": ""} == {**theirs, "updatedAt": ""}
        return name

    told = {**POSTED, **later, "startsAt": NOON}
    first = await both(told)
    start = show_silence(stored[first], now=datetime.now(UTC))["startsAt"]
    again = told | {"id": first, "startsAt": start}
    assert await both(again | {"comment": "longer", "endsAt": "2099-06-01T00:00:00.000Z"}) == first
    second = await both(again | {"matchers": [{**DB1, "value": "db2"}]})
    assert second != first
    third = await both(told | {"id": second, "matchers": [{**DB1, "value": "db2"}]})
    assert third != second
    pending = await both(POSTED | later)
    moved = POSTED | later | {"id": pending, "startsAt": "2098-06-01T00:00:00.000Z"}
    assert await both(moved) == pending
    assert await both(moved | {"startsAt": NOON}) != pending
    assert await both(again) not in {first, second, third, pending}


async def test_amtool_prints_a_silence_that_we_show(alertmanager: StartAlertmanager) -> None:
    server = await alertmanager(CONFIG)
    name = (await amtool(server.url, "silence", "add", "host=~db.*", "a!=b", "--comment=c")).strip()
    _, theirs = await ask(server, "GET", f"/silence/{name}")
    now = datetime.fromisoformat(theirs["updatedAt"])
    (ours,) = settle(read_silence(encode(theirs), now=now), None, new_id=name, now=now)
    assert show_silence(ours, now=now) == theirs
