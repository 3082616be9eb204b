"""Does `responder explain` say beforehand what the daemon would do?"""

import json
from pathlib import Path
from typing import Any

import pytest

from tests.responder.cli.asking import call, settle
from tests.rooms import HOUSE

COMPANY = """
datacentres: {fra1: {}}
brands: {acme: {}}
servers:
  web1: {address: 127.0.0.2, datacentre: fra1, brand: acme}
  web2: {address: 127.0.0.3, datacentre: fra1}
people:
  ana: {methods: [{kind: email, to: ana@example.net}]}
  ben: {methods: [{kind: email, to: ben@example.net}]}
escalations:
  critical:
    steps: [{notify: [ana], wait: 2m}, {notify: [ana, ben], wait: 10m}]
paging:
  email: {host: 127.0.0.1, from: responder@example.net}
maintenance:
  - {scope: "server:web2", starts: "2026-11-20T00:00:00Z", ends: "2026-11-21T03:00:00Z"}
  - {scope: "dc:fra1", starts: "2026-11-21T02:00:00Z", ends: "2026-11-21T05:00:00Z"}
"""
AT = "2026-11-25T03:10:00Z"


def alert(instance: str = "web1:9100", **labels: str) -> dict[str, Any]:
    return {"labels": {"alertname": "Down", "instance": instance, **labels}}


def explained(folder: Path, body: object, *words: str) -> list[dict[str, Any]]:
    """What is said about each alert, as a program reads it."""
    file = folder / "alert.json"
    file.write_text(json.dumps(body))
    result = call("explain", file, "-c", settle(folder, COMPANY), "--json", "--at", AT, *words)
    assert result.exit_code == 0, result.output
    return [json.loads(line) for line in result.stdout.splitlines()]


def test_an_alert_may_wish_the_queue_of_its_ticket(tmp_path: Path) -> None:
    (told,) = explained(tmp_path, alert(severity="error", queue="level-3"))
    assert told["queue"] == "level-3"
    (told,) = explained(tmp_path, alert(severity="page", queue="level-3"))
    assert told["queue"] == "rapid-response"


def test_a_critical_alert_pages_step_by_step(tmp_path: Path) -> None:
    (told,) = explained(tmp_path, alert(severity="page"))
    turns = [(turn["at"], turn["step"], turn["person"]) for turn in told.pop("pages")]
    assert turns == [
        ("2026-11-25T03:10:00.000Z", 1, "ana"),
        ("2026-11-25T03:12:00.000Z", 2, "ana"),
        ("2026-11-25T03:12:00.000Z", 2, "ben"),
        ("2026-11-25T03:22:00.000Z", 3, "ana"),
        ("2026-11-25T03:22:00.000Z", 3, "ben"),
    ]
    assert len(told.pop("identity")) == 16
    assert told == {
        "name": "Down",
        "status": "firing",
        "server": "web1",
        "key": "server:web1",
        "joins": ["dc:fra1"],
        "category": "critical",
        "priority": "critical",
        "rule": "severity page",
        "brand": "acme",
        "queue": "rapid-response",
        "muted_by": [],
        "muted_until": None,
        "playbooks": [],
    }


def test_a_warning_opens_a_ticket_and_pages_nobody(tmp_path: Path) -> None:
    (told,) = explained(tmp_path, alert(severity="warning"))
    assert (told["priority"], told["queue"], told["pages"]) == ("medium", "level-1", [])


def test_information_stays_on_the_board(tmp_path: Path) -> None:
    """R22."""
    (told,) = explained(tmp_path, alert(severity="info"))
    assert (told["priority"], told["queue"], told["pages"]) == ("low", None, [])


def test_an_alert_about_no_known_server_stands_for_itself(tmp_path: Path) -> None:
    (told,) = explained(tmp_path, alert("db9:9100", severity="critical"))
    assert told["server"] is None
    assert told["key"] == f"alert:{told['identity']}"
    assert told["pages"] != []


def test_planned_work_moves_the_pages_to_its_end(tmp_path: Path) -> None:
    """Two pieces of work without a gap hold them until the end of the second one."""
    (told,) = explained(
        tmp_path, alert("web2", severity="critical"), "--at", "2026-11-21T01:00:00Z"
    )
    assert told["muted_by"] == ["maintenance:-1"]
    assert told["muted_until"] == "2026-11-21T05:00:00.000Z"
    assert told["pages"][0]["at"] == "2026-11-21T05:00:00.000Z"


@pytest.mark.parametrize(
    "body",
    [
        alert(severity="critical"),
        [alert(severity="critical")],
        {"version": "4", "alerts": [{"status": "firing", **alert(severity="critical")}]},
    ],
    ids=["one alert", "a list of the API v2", "a webhook's body"],
)
def test_every_shape_of_an_alert_is_the_same_alert(tmp_path: Path, body: object) -> None:
    (told,) = explained(tmp_path, body)
    (other,) = explained(tmp_path, alert(severity="critical"))
    assert told == other


def test_what_has_ended_pages_nobody(tmp_path: Path) -> None:
    body = json.loads((HOUSE / "tests/captures/single-resolved.json").read_text())
    (told,) = explained(tmp_path, body)
    assert (told["status"], told["queue"], told["pages"]) == ("resolved", None, [])


def test_people_read_the_same_in_lines(tmp_path: Path) -> None:
    file = settle(tmp_path, COMPANY)
    hostile = json.dumps([alert(severity="page"), alert("web2\x1b[2J", severity="info")])
    result = call("explain", "-", "-c", file, "--at", AT, stdin=hostile)
    assert result.exit_code == 0
    lines = result.stdout.splitlines()
    assert "incident: server:web1, or in that of dc:fra1 while that is broken" in lines
    assert "  2026-11-25T03:12:00.000Z  step 2: ben by email" in lines
    assert "pages:    nobody" in lines
    assert "\x1b" not in result.stdout


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        ("{", "that is no alert: "),
        ("7", "an alert can't be read: "),
        ('{"alerts": 7}', "that is no alert: the alerts are no list"),
        ('{"alerts": [{"status": "odd"}]}', "an alert can't be read: the alert's status"),
        ('{"a": 1}', "an alert can't be read: labels in body is required"),
    ],
)
def test_what_is_no_alert_is_said_so(tmp_path: Path, body: str, reason: str) -> None:
    result = call("explain", "-", "-c", settle(tmp_path, COMPANY), stdin=body)
    assert result.exit_code == 1
    assert result.stderr.startswith(f"Error: {reason}")


def test_a_time_that_is_none_is_wrong_usage(tmp_path: Path) -> None:
    result = call("explain", "-", "-c", settle(tmp_path, COMPANY), "--at", "soon", stdin="{}")
    assert result.exit_code == 2
    assert "not a time: 'soon'" in result.stderr


def test_the_playbooks_that_would_begin_are_named(tmp_path: Path) -> None:
    file, body = tmp_path / "alert.json", alert(severity="page")
    body["labels"]["alertname"] = "HostDown"
    file.write_text(json.dumps(body))
    shipped = f"{COMPANY}playbooks: {{shipped: [host-down, disk-full]}}\n"

    def said(text: str, *words: str) -> str:
        result = call("explain", file, "-c", settle(tmp_path, text), "--at", AT, *words)
        assert result.exit_code == 0, result.output
        return result.stdout

    assert "playbook: host-down (mode ask)" in said(shipped).splitlines()
    assert json.loads(said(shipped, "--json"))["playbooks"] == [
        {"name": "host-down", "version": 1, "mode": "ask"}
    ]
    assert "playbook: none" in said(COMPANY).splitlines()
