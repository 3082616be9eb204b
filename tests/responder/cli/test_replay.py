"""Does `responder replay` live past messages through as the daemon would have?"""

import json
import socket
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

from tests.responder.cli.asking import call, settle
from tests.stories.stage import firing

COMPANY = """
datacentres: {fra1: {}}
servers:
  web1: {address: 127.0.0.2, datacentre: fra1}
  web2: {address: 127.0.0.3, datacentre: fra1}
people:
  ana: {methods: [{kind: email, to: ana@example.net}]}
paging:
  email: {host: 127.0.0.1, from: responder@example.net}
"""


@pytest.fixture(autouse=True)
def _no_network(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whoever connects to anything fails the test."""

    def connect(*_: object) -> None:
        raise AssertionError("a replay speaks to nobody")

    monkeypatch.setattr(socket.socket, "connect", connect)


def at(moment: str, body: object) -> dict[str, object]:
    return {"at": f"2026-11-21T{moment}Z", "body": body}


def replayed(folder: Path, messages: Sequence[object], *words: str) -> Any:
    file = folder / "bodies.jsonl"
    file.write_text("\n".join(json.dumps(one) for one in messages))
    result = call("replay", file, "-c", settle(folder, COMPANY), "--json", *words)
    assert result.exit_code == 0, result.output
    return json.loads(result.stdout)["incidents"]


def test_a_firing_and_its_end_are_one_incident(tmp_path: Path) -> None:
    messages = [
        at("03:10:00", firing()),
        at("03:11:00", firing()),
        at("03:17:00", firing(status="resolved")),
    ]
    (incident,) = replayed(tmp_path, messages)
    assert incident["key"] == "server:web1"
    assert (incident["state"], incident["queue"]) == ("resolved", "rapid-response")
    assert [(page["at"][11:19], page["event"]) for page in incident["pages"]] == [
        ("03:10:00", "opened"),
        ("03:15:00", "repeated"),
        ("03:17:00", "recovered"),
    ]
    assert incident["events"][-1] == {
        "at": "2026-11-21T03:22:00.000Z",
        "kind": "resolved",
        "text": "resolved",
    }


def test_time_goes_on_for_a_while_after_the_last_message(tmp_path: Path) -> None:
    def pages(*words: str) -> int:
        return len(replayed(tmp_path, [at("03:10:00", firing())], *words)[0]["pages"])

    assert pages() == 3
    assert pages("--then", "1h") == 13
    assert pages("--then", "0s") == 1


def test_where_no_time_is_noted_the_alerts_tell_it(tmp_path: Path) -> None:
    (incident,) = replayed(tmp_path, [firing(), firing(status="resolved")])
    assert incident["opened_at"] == "2026-11-21T18:06:16.530Z"
    ends = [event["at"] for event in incident["events"] if event["kind"] == "mitigated"]
    assert ends == ["2026-11-21T18:16:16.530Z"]


def test_what_prometheus_posted_ends_by_itself(tmp_path: Path) -> None:
    posted = [{"labels": {"alertname": "Slow", "instance": "web1", "severity": "warning"}}]
    (incident,) = replayed(tmp_path, [at("03:10:00", posted)])
    (ended,) = [event for event in incident["events"] if event["kind"] == "alert_ended"]
    assert ended["at"] == "2026-11-21T03:15:00.000Z"


def test_people_read_it_as_one_story(tmp_path: Path) -> None:
    file = tmp_path / "bodies.jsonl"
    messages = [at("03:10:00", firing("web1\x1b[2J", severity="warning")), at("03:12:00", firing())]
    file.write_text("\n".join([*(json.dumps(one) for one in messages), "", "{"]))
    result = call("replay", file, "-c", settle(tmp_path, COMPANY))
    lines = result.stdout.splitlines()
    assert lines[0].startswith("2026-11-21 03:10:00  incident 1: opened as ")
    assert any(line == "2026-11-21 03:12:00  incident 2: paged ana (step 1)" for line in lines)
    assert lines[-2].startswith("line 4 can't be read: ")
    assert lines[-1] == "incidents: 2, tickets: 2, pages: 3"
    assert "\x1b" not in result.stdout
    assert result.exit_code == 3


def test_nothing_is_left_behind(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    scratch = tmp_path / "scratch"
    scratch.mkdir()
    monkeypatch.setenv("TMPDIR", str(scratch))
    monkeypatch.setattr("tempfile.tempdir", None)
    replayed(tmp_path, [at("03:10:00", firing())])
    assert list(scratch.iterdir()) == []
    assert not (tmp_path / "responder.db").exists()
