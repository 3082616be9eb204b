"""What Alertmanager's webhook sends is read whole, whatever it is and whatever was done to it."""

import json
from datetime import UTC, datetime
from typing import Any

import pytest

from alerts.alertmanager import Reading, Readings, Unreadable, read_webhook
from alerts.model import Alert
from tests.alerts.captures import NAMES, altered, capture, sequence, with_alert

IGNORE = frozenset({"replica"})


def only(reading: Reading) -> Alert:
    """The one alert of a body that holds one."""
    (alert,) = reading.alerts
    assert reading.refused == ()
    return alert


def from_labels(labels: dict[str, Any], **more: object) -> Alert:
    return only(read_webhook(with_alert(labels=labels, **more), ignore=IGNORE))


def test_a_firing_alert_is_read_field_by_field() -> None:
    reading = read_webhook(capture("single-firing"))
    alert = only(reading)
    assert alert.firing
    assert alert.name == "ProbeDown"
    assert alert.labels["instance"] == "http://127.0.0.1:17018/"
    assert alert.summary == "Probe of http://127.0.0.1:17018/ failed"
    assert alert.starts_at == datetime(2026, 11, 21, 17, 32, 1, 260000, tzinfo=UTC)
    assert alert.ends_at is None
    assert (
        alert.generator_url
        == "http://127.0.0.1:19090/graph?g0.expr=probe_success+%3D%3D+0&g0.tab=1"
    )
    assert reading.receiver == "single"
    assert reading.version == "4"
    assert reading.truncated == reading.cut == 0
    assert reading.external_url == "http://127.0.0.1:19093"
    assert reading.group_key.startswith('{}/{}:{alertname="ProbeDown"')
    assert reading.reason == ""


@pytest.mark.parametrize("name", NAMES)
def test_every_captured_body_is_read_whole(name: str) -> None:
    body = json.loads(capture(name))
    reading = read_webhook(capture(name))
    assert reading.refused == ()
    assert reading.cut == 0
    assert [alert.firing for alert in reading.alerts] == [
        told["status"] == "firing" for told in body["alerts"]
    ]
    assert [dict(alert.labels) for alert in reading.alerts] == [
        told["labels"] for told in body["alerts"]
    ]
    assert all(alert.starts_at and alert.starts_at.year == 2026 for alert in reading.alerts)
    assert all((alert.ends_at is None) == alert.firing for alert in reading.alerts)
    assert len({alert.identity for alert in reading.alerts}) == len(body["alerts"])
    assert reading.truncated == body["truncatedAlerts"]


def test_the_status_is_that_of_each_alert_and_never_the_groups() -> None:
    reading = read_webhook(capture("grouped-mixed-firing-and-resolved"))
    assert [alert.firing for alert in reading.alerts].count(True) == 19
    assert [alert.firing for alert in reading.alerts].count(False) == 1


def test_a_cut_message_names_only_the_alerts_it_holds() -> None:
    reading = read_webhook(capture("truncated-max_alerts-3-resolved"))
    assert reading.truncated == 2
    assert [alert.firing for alert in reading.alerts] == [False] * 3


def test_the_captured_sequence_shows_what_truncation_hides() -> None:
    messages = sequence("truncated-tight")
    readings = [read_webhook(json.dumps(line["body"]).encode()) for line in messages]
    told = [alert for reading in readings for alert in reading.alerts]
    fired = {alert.identity for alert in told if alert.firing}
    ended = {alert.identity for alert in told if not alert.firing}
    assert len(readings) == 22
    assert (len(fired), len(ended)) == (10, 8)
    assert (len(ended - fired), len(fired - ended)) == (2, 4)


def test_a_hidden_flap_changes_the_start_and_not_the_identity() -> None:
    fired = only(read_webhook(capture("flap-hidden-firing")))
    ended = only(read_webhook(capture("flap-hidden-resolved")))
    assert fired.identity == ended.identity
    assert fired.starts_at != ended.starts_at


def test_the_same_alert_through_two_routes_is_one() -> None:
    one, other = (only(read_webhook(capture(n))) for n in ("single-firing", "group_by-all-firing"))
    assert one.identity == other.identity


@pytest.mark.parametrize("change", [{"externalURL": "http://peer:9093"}, {"groupKey": "{}:{}"}])
def test_peers_and_edited_routes_do_not_change_the_identity(change: dict[str, str]) -> None:
    one = only(read_webhook(capture("single-firing")))
    other = only(read_webhook(altered("single-firing", **change)))
    assert one == other


def test_replicas_share_an_identity_and_keep_their_fingerprints() -> None:
    one, other = (from_labels({"alertname": "X", "replica": name}) for name in "ab")
    assert one.identity == other.identity == from_labels({"alertname": "X"}).identity
    assert one.fingerprint != other.fingerprint
    assert one.labels["replica"] == "a"


def test_the_order_of_labels_does_not_matter_and_no_value_can_pose_as_two() -> None:
    assert from_labels({"a": "1", "b": "2"}).identity == from_labels({"b": "2", "a": "1"}).identity
    for crafted in ("xÿbÿy", "x\\u0000b\\u0000y", "x\0b\0y", "x\udcffb\udcffy"):
        assert from_labels({"a": crafted}).identity != from_labels({"a": "x", "b": "y"}).identity


def test_the_senders_fingerprint_is_not_believed() -> None:
    assert only(read_webhook(with_alert(fingerprint="0" * 16))) == only(
        read_webhook(capture("single-firing"))
    )


def test_year_one_is_no_end_and_nine_digits_are_cut() -> None:
    alert = only(read_webhook(with_alert(startsAt="2026-11-21T18:06:16.530804838Z")))
    assert alert.ends_at is None
    assert alert.starts_at == datetime(2026, 11, 21, 18, 6, 16, 530804, tzinfo=UTC)


@pytest.mark.parametrize("told", ["", None, "yesterday", 5, "0001-01-01T00:00:00Z", {}])
def test_an_alert_is_believed_whatever_its_start_says(told: object) -> None:
    alert = only(read_webhook(with_alert(startsAt=told)))
    assert alert.firing
    assert alert.starts_at is None


def test_a_firing_alert_has_no_end_even_if_its_sender_says_one() -> None:
    assert only(read_webhook(with_alert(endsAt="2020-01-01T00:00:00Z"))).ends_at is None


def test_newer_and_unknown_fields_are_accepted() -> None:
    reading = read_webhook(
        altered(
            "single-firing",
            routeLabels={"a": "b"},
            notification_reason="repeat interval elapsed",
            foo={"bar": [1, None]},
        )
    )
    assert only(reading).firing
    assert reading.reason == "repeat interval elapsed"


@pytest.mark.parametrize("version", ["4", "1", "5", "", "next", 4, None])
def test_any_version_of_the_shape_is_accepted(version: object) -> None:
    reading = read_webhook(altered("single-firing", version=version))
    assert only(reading).firing
    assert reading.version == ("" if version is None else str(version))


def test_the_least_that_is_a_message() -> None:
    reading = read_webhook(b'{"alerts": [{"status": "firing", "labels": {"a": "b"}}]}')
    alert = only(reading)
    assert alert.labels == {"a": "b"}
    assert alert.annotations == {}
    assert alert.starts_at is None
    assert alert.generator_url == ""
    assert alert.name == alert.summary == "unnamed alert"
    assert reading.version == reading.group_key == reading.receiver == ""


@pytest.mark.parametrize("body", [b'{"alerts": []}', b'{"alerts": null}', b'{"alerts":[],"x":1}'])
def test_no_alerts_are_no_fault(body: bytes) -> None:
    assert read_webhook(body) == Reading(alerts=())


GRAFANA = {
    "receiver": "responder",
    "status": "firing",
    "orgId": 1,
    "title": "[FIRING:1] High load",
    "state": "alerting",
    "message": "**Firing**",
    "appVersion": "12.1.0",
    "version": "1",
    "groupKey": '{}:{alertname="High load"}',
    "truncatedAlerts": 0,
    "externalURL": "http://grafana.example/",
    "groupLabels": {"alertname": "High load"},
    "commonLabels": {"alertname": "High load"},
    "commonAnnotations": {},
    "alerts": [
        {
            "status": "firing",
            "labels": {"alertname": "High load", "grafana_folder": "hosting", "host": "web1"},
            "annotations": {"summary": "Load is high", "enriched": {"by": ["us"]}},
            "startsAt": "2026-11-21T18:06:10Z",
            "endsAt": "0001-01-01T00:00:00Z",
            "generatorURL": "http://grafana.example/alerting/grafana/x/view?orgId=1",
            "fingerprint": "c6eadffa33fcdf37",
            "silenceURL": "http://grafana.example/alerting/silence/new",
            "dashboardURL": "",
            "panelURL": "",
            "imageURL": "",
            "values": {"B": 44.2, "C": float("nan"), "D": None},
            "valueString": "[ var='B' value=44.2 ]",
            "ruleUID": "x",
            "orgId": 1,
            "enrichments": [{}],
        }
    ],
}


def test_grafanas_message_is_read_with_all_it_adds() -> None:
    reading = read_webhook(json.dumps(GRAFANA).encode())
    alert = only(reading)
    assert (alert.name, alert.labels["host"]) == ("High load", "web1")
    assert alert.annotations == {"summary": "Load is high", "enriched": '{"by": ["us"]}'}
    assert reading.version == "1"


def test_labels_that_are_no_text_are_read_as_their_json() -> None:
    told = {
        "alertname": "X",
        "port": 80,
        "on": True,
        "load": 1.5,
        "gone": None,
        "none": "",
        "l": [1],
    }
    alert = from_labels(told)
    assert alert.labels == {"alertname": "X", "port": "80", "on": "true", "load": "1.5", "l": "[1]"}
    assert alert.identity == from_labels({k: str(v) for k, v in alert.labels.items()}).identity


@pytest.mark.parametrize(
    "value",
    ["{0.__class__}", "{{7*7}}", "$(id)", "'; DROP TABLE x", "<script>alert(1)</script>", "../.."],
)
def test_labels_are_text_and_nothing_happens_to_them(value: str) -> None:
    assert from_labels({"alertname": value}).name == value


def test_what_no_database_can_store_becomes_a_replacement_character() -> None:
    body = (
        b'{"alerts": [{"status": "firing", "labels": {"a": "x\\u0000y", "b\\ud800": "\\udfff"},'
        b' "annotations": {"summary": "\\u0000\xff"}, "generatorURL": "\\ud83d"}],'
        b' "receiver": "\\u0000"}'
    )
    reading = read_webhook(body)
    alert = only(reading)
    assert alert.labels == {"a": "x\ufffdy", "b\ufffd": "\ufffd"}
    assert alert.annotations == {"summary": "\ufffd\ufffd"}
    assert alert.generator_url == reading.receiver == "\ufffd"


def test_bidi_emoji_and_all_other_text_stays() -> None:
    text = "\u202egnp.exe\u2069 \U0001f525 Größe \u0001\x7f"
    alert = from_labels({"alertname": text})
    assert alert.name == text


ODD_ALERTS: list[tuple[object, str]] = [
    (5, "the alert is no object"),
    (None, "the alert is no object"),
    ({}, "the alert's status is neither firing nor resolved"),
    ({"status": "suppressed", "labels": {}}, "the alert's status is neither firing nor resolved"),
    ({"status": {}, "labels": {}}, "the alert's status is neither firing nor resolved"),
    ({"status": "firing"}, "the alert has no labels"),
    ({"status": "firing", "labels": None}, "the alert has no labels"),
    ({"status": "firing", "labels": [["a", "b"]]}, "the alert has no labels"),
    ({"status": "firing", "labels": {}, "annotations": "x"}, "the annotations are no object"),
]


@pytest.mark.parametrize(("odd", "reason"), ODD_ALERTS)
def test_an_odd_alert_is_set_aside_and_the_others_are_taken(odd: object, reason: str) -> None:
    good = json.loads(capture("single-firing"))["alerts"][0]
    reading = read_webhook(json.dumps({"alerts": [good, odd, good]}).encode())
    assert len(reading.alerts) == 2
    (refused,) = reading.refused
    assert refused.reason == reason
    assert json.loads(refused.raw) == odd


def test_a_flood_of_odd_alerts_is_kept_in_part_and_counted() -> None:
    good = json.loads(capture("single-firing"))["alerts"][0]
    reading = read_webhook(json.dumps({"alerts": [good, *range(1500), good]}).encode())
    assert len(reading.alerts) == 2
    assert len(reading.refused) == 1001
    assert reading.refused[999].raw == "999"
    assert reading.refused[1000].reason == "500 more alerts can't be read"


def test_a_flood_of_nothing_but_odd_alerts_is_no_message() -> None:
    assert len(read_webhook(json.dumps({"alerts": [{}] * 1000}).encode()).refused) == 1000
    with pytest.raises(Unreadable, match="no alert can be read: the alert's status"):
        read_webhook(json.dumps({"alerts": [{}] * 1001}).encode())


def test_a_refused_alert_is_kept_as_text_that_can_be_stored() -> None:
    (refused,) = read_webhook(b'{"alerts": ["\\ud800\\u0000\xff"]}').refused
    assert refused.raw == '"\\ud800\\u0000\\ufffd"'


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b" ",
        b"nonsense",
        b"host web1 is down",
        b'{"alerts": [',
        b"[]",
        b"null",
        b"5",
        b'"alerts"',
        b"{}",
        b'{"text": "web1 is down"}',
        b'{"alerts": "firing"}',
        b'{"alerts": 0}',
        b'{"alerts": {}}',
        b"\x1f\x8b\x08\x00",
        b"\xff\xfe{\x00}\x00",
        b'{"alerts": []} {}',
        b"[" * 100_000,
        b'{"alerts": ' * 100_000,
        b'{"alerts": [], "n": ' + b"9" * 5000 + b"}",
    ],
)
def test_what_is_no_message_is_unreadable(body: bytes) -> None:
    with pytest.raises(Unreadable, match=r"^(the body is no|the alerts are no list)") as told:
        read_webhook(body)
    assert len(str(told.value)) < 200


def test_depth_bombs_in_a_label_do_not_escape() -> None:
    for depth in (150, 250, 900, 3000, 100_000):
        bomb = (
            b'{"alerts": [{"status":"firing","labels":{"a":' + b"[" * depth + b"]" * depth + b"}}]}"
        )
        try:
            reading = read_webhook(bomb)
        except Unreadable:
            assert depth >= 250
        else:
            assert len(reading.alerts) + len(reading.refused) == 1


def test_not_a_number_infinity_and_duplicate_keys_are_no_fault() -> None:
    reading = read_webhook(
        b'{"x": NaN, "y": 1e999, "z": -Infinity, "alerts": 5, "alerts": ['
        b'{"status": "resolved", "status": "firing", "labels": {"a": "1", "a": "2"}}]}'
    )
    assert only(reading).labels == {"a": "2"}


def test_a_byte_order_mark_and_raw_newlines_are_no_fault() -> None:
    body = b'\xef\xbb\xbf{"alerts": [{"status": "firing", "labels": {"a": "1\n2"}}]}'
    assert only(read_webhook(body)).labels == {"a": "1\n2"}


@pytest.mark.parametrize(
    ("told", "count"),
    [(3, 3), (0, 0), (-1, 0), (True, 1), ("3", 0), (None, 0), (2.5, 0), (1 << 80, 1 << 31)],
)
def test_truncation_is_a_number_that_can_be_stored(told: object, count: int) -> None:
    assert read_webhook(altered("single-firing", truncatedAlerts=told)).truncated == count


def test_ten_thousand_alerts_in_one_body_are_all_read() -> None:
    alert = json.loads(capture("single-firing"))["alerts"][0]
    alerts = [alert | {"labels": alert["labels"] | {"n": str(n)}} for n in range(10_000)]
    reading = read_webhook(json.dumps({"alerts": alerts}).encode())
    assert len({alert.identity for alert in reading.alerts}) == 10_000


def test_a_repeated_body_is_the_same_reading() -> None:
    readings = Readings()
    first = readings.read(capture("single-firing"))
    assert first == read_webhook(capture("single-firing"))
    assert readings.read(capture("single-firing")) is first
    assert readings.read(capture("single-resolved")) != first


def test_readings_ignore_the_labels_they_were_told_to() -> None:
    bodies = [with_alert(labels={"alertname": "X", "replica": name}) for name in "ab"]
    readings = Readings(ignore=IGNORE)
    one, other = (only(readings.read(body)) for body in bodies)
    assert one.identity == other.identity


def test_readings_hold_the_latest_bodies_up_to_their_limit() -> None:
    bodies = [with_alert(labels={"n": str(n)}) for n in range(3)]
    readings = Readings(limit=2 * len(bodies[0]))
    first, second = readings.read(bodies[0]), readings.read(bodies[1])
    assert readings.read(bodies[0]) is first
    readings.read(bodies[2])
    assert readings.read(bodies[0]) is first
    assert readings.read(bodies[1]) is not second


def test_a_body_larger_than_the_limit_does_not_push_the_others_out() -> None:
    small = capture("single-firing")
    readings = Readings(limit=len(small))
    first = readings.read(small)
    readings.read(capture("grouped-mixed-firing-and-resolved"))
    assert readings.read(small) is first


def test_an_unreadable_body_is_unreadable_each_time() -> None:
    readings = Readings()
    for _ in range(2):
        with pytest.raises(Unreadable):
            readings.read(b"{")
