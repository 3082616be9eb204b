"""Prometheus may post straight to us, and what it posted is shown as Alertmanager shows it."""

import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from alerts.alertmanager import Reading, Unreadable, read_webhook
from alerts.api_v2 import (
    ApiRefusal,
    alertmanager_fingerprint,
    read_posted,
    read_query,
    show_alert,
    show_group,
    show_receivers,
    show_status,
)
from alerts.matchers import Matcher
from alerts.model import Alert
from tests.alerts.captures import NAMES, capture

NOW = datetime(2026, 11, 21, 18, 0, tzinfo=UTC)
MINUTE = timedelta(minutes=1)
X: dict[str, Any] = {"labels": {"alertname": "X", "host": "db1"}}


def post(*alerts: object, ignore: frozenset[str] = frozenset()) -> Reading:
    body = json.dumps(alerts).encode()
    return read_posted(body, ignore=ignore, now=NOW, resolve_after=5 * MINUTE)


def posted(**more: object) -> Alert:
    reading = post(X | more)
    assert reading.refused == ()
    (alert,) = reading.alerts
    return alert


def test_what_prometheus_posts_fires_until_the_end_it_says() -> None:
    alert = posted(
        annotations={"summary": "down"},
        startsAt="2026-11-21T17:59:00.123Z",
        endsAt="2026-11-21T18:04:00.123Z",
        generatorURL="http://127.0.0.1:9090/graph?g0.expr=up",
    )
    assert alert.firing
    assert alert.starts_at == datetime(2026, 11, 21, 17, 59, 0, 123000, tzinfo=UTC)
    assert alert.ends_at == datetime(2026, 11, 21, 18, 4, 0, 123000, tzinfo=UTC)
    assert alert.summary == "down"
    assert alert.generator_url.endswith("expr=up")


@pytest.mark.parametrize("end", [None, "", "0001-01-01T00:00:00Z", "0001-01-01T00:00:00.000Z"])
def test_an_alert_without_an_end_ends_five_minutes_after_it_was_last_told(end: object) -> None:
    alert = posted(endsAt=end)
    assert alert.firing
    assert (alert.starts_at, alert.ends_at) == (NOW, NOW + 5 * MINUTE)


def test_only_what_fires_expires() -> None:
    reading = post(X, {"labels": {"a": "1"}, "endsAt": "2020-01-01T00:00:00Z"})
    assert reading.expires == {reading.alerts[0].fingerprint: NOW + 5 * MINUTE}
    assert read_webhook(capture("grouped-mixed-firing-and-resolved")).expires == {}


@pytest.mark.parametrize("end", ["2026-11-21T18:00:00Z", "2020-01-01T00:00:00Z"])
def test_an_end_that_has_come_resolves(end: str) -> None:
    alert = posted(startsAt="2019-01-01T00:00:00Z", endsAt=end)
    assert not alert.firing
    assert alert.ends_at is not None
    assert alert.ends_at <= NOW


def test_a_resolved_alert_without_a_start_began_when_it_ended() -> None:
    alert = posted(endsAt="2020-01-01T00:00:00Z")
    assert alert.starts_at == alert.ends_at == datetime(2020, 1, 1, tzinfo=UTC)


def test_a_start_in_the_future_is_a_wrong_clock() -> None:
    alert = posted(startsAt="2026-11-21T20:00:00Z")
    assert alert.firing
    assert (alert.starts_at, alert.ends_at) == (NOW, NOW + 5 * MINUTE)


ODD: list[tuple[object, str]] = [
    ({}, "labels in body is required"),
    ({"labels": None}, "labels in body is required"),
    ({"labels": []}, "the alert has no labels"),
    ({"labels": {}}, "at least one label pair required"),
    ({"labels": {"a": ""}}, "at least one label pair required"),
    ({"labels": {"": "6"}}, 'invalid label set: invalid name ""'),
    (None, "the alert is no object"),
    (X | {"annotations": []}, "the annotations are no object"),
    (X | {"startsAt": "nonsense"}, "startsAt: not a time: 'nonsense'"),
    (X | {"endsAt": 5}, "endsAt: not a time: '5'"),
    (
        X | {"startsAt": "2026-11-21T20:00:00Z", "endsAt": "2026-11-21T10:00:00Z"},
        "start time must be before end time",
    ),
]


@pytest.mark.parametrize(("odd", "reason"), ODD)
def test_an_odd_alert_is_refused_and_the_others_are_taken(odd: object, reason: str) -> None:
    reading = post(X, odd, X)
    assert len(reading.alerts) == 2
    (refused,) = reading.refused
    assert refused.reason == reason
    assert json.loads(refused.raw) == odd


@pytest.mark.parametrize("body", [b"", b"{}", b"5", b'"x"', b"[", b"nonsense", b"[" * 100_000])
def test_what_is_no_list_is_unreadable(body: bytes) -> None:
    with pytest.raises(Unreadable, match=r"^the body is no"):
        read_posted(body, now=NOW, resolve_after=5 * MINUTE)


@pytest.mark.parametrize("body", [b"[]", b"null"])
def test_nothing_posted_is_no_fault(body: bytes) -> None:
    assert read_posted(body, now=NOW, resolve_after=5 * MINUTE) == Reading(alerts=())


def test_empty_labels_are_none_as_in_prometheus() -> None:
    reading = post({"labels": X["labels"] | {"empty": ""}})
    assert reading.alerts[0].labels == X["labels"]


def test_both_doors_know_an_alert_by_the_same_identity() -> None:
    told = json.loads(capture("single-firing"))["alerts"][0]
    (webhook,) = read_webhook(capture("single-firing")).alerts
    (api,) = post({"labels": told["labels"], "startsAt": "2026-11-21T17:32:01.260Z"}).alerts
    assert api.identity == webhook.identity
    one, other = (
        post({"labels": X["labels"] | {"replica": name}}, ignore=frozenset({"replica"})).alerts[0]
        for name in "ab"
    )
    assert one.identity == other.identity
    assert one.fingerprint != other.fingerprint


@pytest.mark.parametrize("name", NAMES)
def test_fingerprints_are_alertmanagers_own(name: str) -> None:
    for told in json.loads(capture(name))["alerts"]:
        assert alertmanager_fingerprint(told["labels"]) == told["fingerprint"]


@pytest.mark.parametrize(
    ("labels", "fingerprint"),
    [
        ({"a": "1"}, "d3b971819376d835"),
        ({"b": "6"}, "027f7199a0bb93b5"),
        ({"alertname": "X", "host": "db1"}, "4e2abc73959dae73"),
        ({"host": "db1", "alertname": "X"}, "4e2abc73959dae73"),
        ({}, "cbf29ce484222325"),
    ],
)
def test_fingerprints_that_alertmanager_gave_us(labels: dict[str, str], fingerprint: str) -> None:
    assert alertmanager_fingerprint(labels) == fingerprint


def show(alert: Alert, **held: list[str]) -> dict[str, Any]:
    return show_alert(alert, updated_at=NOW, expires_at=NOW + 5 * MINUTE, **held)


def test_an_alert_is_shown_as_alertmanager_shows_it() -> None:
    alert = posted(annotations={"summary": "down"}, startsAt="2026-11-21T17:59:00.123456789Z")
    assert show(alert) == {
        "annotations": {"summary": "down"},
        "endsAt": "2026-11-21T18:05:00.000Z",
        "fingerprint": "4e2abc73959dae73",
        "receivers": [{"name": "responder"}],
        "startsAt": "2026-11-21T17:59:00.123Z",
        "status": {"inhibitedBy": [], "mutedBy": [], "silencedBy": [], "state": "active"},
        "updatedAt": "2026-11-21T18:00:00.000Z",
        "labels": {"alertname": "X", "host": "db1"},
    }


def test_an_alert_of_a_webhook_is_shown_with_an_end_all_the_same() -> None:
    (alert,) = read_webhook(capture("single-firing")).alerts
    shown = show(alert)
    assert shown["endsAt"] == "2026-11-21T18:05:00.000Z"
    assert shown["generatorURL"] == alert.generator_url
    assert shown["fingerprint"] == "66a698f845adcd85"


@pytest.mark.parametrize("held", [{"silenced_by": ["s1"]}, {"inhibited_by": ["4e2abc73959dae73"]}])
def test_an_alert_that_is_held_back_is_suppressed(held: dict[str, list[str]]) -> None:
    status = show(posted(), **held)["status"]
    assert status["state"] == "suppressed"
    assert status["silencedBy"] == held.get("silenced_by", [])
    assert status["inhibitedBy"] == held.get("inhibited_by", [])


def test_groups_receivers_and_status_have_alertmanagers_shape() -> None:
    assert show_group({"alertname": "X"}, [show(posted())]) == {
        "alerts": [show(posted())],
        "labels": {"alertname": "X"},
        "receiver": {"name": "responder"},
    }
    assert show_receivers() == [{"name": "responder"}]
    status: dict[str, Any] = show_status(started_at=NOW, version="0.1.0")
    assert status["cluster"] == {"peers": [], "status": "disabled"}
    assert status["uptime"] == "2026-11-21T18:00:00.000Z"
    assert status["versionInfo"]["revision"] == "0.1.0"
    assert status["versionInfo"]["version"] == "0.28.0"
    assert "responder" in status["config"]["original"]


def test_a_query_asks_with_every_filter() -> None:
    query = read_query([("filter", 'host="db1"'), ("filter", "alertname=~X|Y"), ("other", "1")])
    assert query.filters == (Matcher("host", "db1"), Matcher("alertname", "X|Y", is_regex=True))
    assert query.wants({"host": "db1", "alertname": "Y"})
    assert not query.wants({"host": "db1", "alertname": "Z"})
    assert read_query([]).wants({})


@pytest.mark.parametrize(
    ("parameters", "shown"),
    [
        ([], ["free", "silenced", "inhibited", "both"]),
        ([("active", "false")], ["silenced", "inhibited", "both"]),
        ([("silenced", "false")], ["free", "inhibited"]),
        ([("inhibited", "0")], ["free", "silenced"]),
        ([("silenced", "False"), ("inhibited", "false"), ("active", "true")], ["free"]),
        ([("receiver", "resp.*")], ["free", "silenced", "inhibited", "both"]),
        ([("receiver", "resp")], []),
    ],
)
def test_a_query_shows_by_state_and_receiver(
    parameters: list[tuple[str, str]], shown: list[str]
) -> None:
    query = read_query(parameters)
    held = {
        "free": ([], []),
        "silenced": (["s"], []),
        "inhibited": ([], ["f"]),
        "both": (["s"], ["f"]),
    }
    assert shown == [
        name
        for name, (silenced, inhibited) in held.items()
        if query.wants({"a": "1"}, silenced_by=silenced, inhibited_by=inhibited)
    ]


@pytest.mark.parametrize(
    ("parameter", "status"),
    [
        (("filter", "host"), 400),
        (("filter", 'host=~"("'), 400),
        (("receiver", "("), 400),
        (("active", "maybe"), 422),
    ],
)
def test_a_query_that_is_none_is_refused(parameter: tuple[str, str], status: int) -> None:
    with pytest.raises(ApiRefusal) as refused:
        read_query([parameter])
    assert refused.value.status == status


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner),
    max_leaves=8,
)
ALERTS = st.fixed_dictionaries(
    {"labels": st.dictionaries(st.text(max_size=5), st.text(max_size=5)) | JSON},
    optional={
        "annotations": JSON,
        "startsAt": st.datetimes().map(lambda at: at.isoformat() + "Z") | JSON,
        "endsAt": st.datetimes().map(lambda at: at.isoformat() + "+14:00") | JSON,
        "generatorURL": JSON,
    },
)


@given(st.lists(ALERTS | JSON, max_size=3))
def test_any_list_is_read_alert_by_alert(told: list[Any]) -> None:
    reading = post(*told)
    assert len(reading.alerts) + len(reading.refused) == len(told)
    for alert in reading.alerts:
        assert alert.labels
        assert alert.starts_at is not None
        assert alert.ends_at is not None
        assert alert.starts_at <= NOW
        assert alert.starts_at <= alert.ends_at
        assert alert.firing is (alert.ends_at > NOW)
        assert json.dumps(show(alert))


@given(st.binary(max_size=100))
def test_any_bytes_are_read_or_unreadable(body: bytes) -> None:
    try:
        reading = read_posted(body, now=NOW, resolve_after=MINUTE)
    except Unreadable as told:
        assert str(told).startswith("the body is no")  # noqa: PT017
    else:
        assert reading.truncated == 0
