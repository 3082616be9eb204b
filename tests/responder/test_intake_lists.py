"""Lists that a sender cut off, lists that its API tells in full, and alerts that expire."""

import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest

from responder import watch
from responder.store import alerts as alert_rows
from responder.values import AlertEnd, IncidentState
from tests.alerts.captures import CAPTURES, sequence
from tests.responder.estate import NIGHT, alert, body, plan
from tests.responder.room import Room, opened

BEGIN = datetime(2026, 11, 21, 17, 32, 0, 700_000, tzinfo=UTC)  # of the captured sequence
OPEN = (IncidentState.OPEN, IncidentState.ACKNOWLEDGED)


@pytest.fixture
def quiet_room() -> Iterator[Room]:
    """A room without the storm rule: every server is a trouble of its own."""
    with opened(plan(storm="off", flapping="off")) as room:
        room.now = BEGIN
        yield room


def down_at(seconds: float) -> set[str]:
    """The instances that were really down so long after the first fault."""
    lines = (CAPTURES / "sequences" / "faults.jsonl").read_text().splitlines()
    down: set[str] = set()
    for told in map(json.loads, lines):
        if told["after_s"] <= seconds:
            change = down.add if told["event"] == "fault" else down.discard
            change(told["instance"])
    return down


def replay(room: Room) -> Iterator[float]:
    """The 22 messages of a receiver with max_alerts 3, at their times; the seconds of each."""
    for told in sequence("truncated-tight"):
        room.now = BEGIN + timedelta(seconds=told["after_s"])
        room.hears(json.dumps(told["body"]).encode())
        yield told["after_s"]


def burning(room: Room) -> set[str]:
    """The instances that have an incident which is not well."""
    alive = [one.id for one in room.incidents() if one.state in OPEN]
    found = room.look(alert_rows.of_incidents, alive)
    return {one.labels["instance"] for episodes in found.values() for one in episodes}


def probe(instance: str) -> dict[str, object]:
    """The alert of the capture about this instance, as the API tells it."""
    bodies = [told["body"] for told in sequence("truncated-tight")]
    labels = dict(bodies[0]["alerts"][0]["labels"], instance=instance)
    told = alert("x", at=BEGIN)
    return {**told, "labels": labels}


def test_a_cut_list_never_ends_what_still_burns(quiet_room: Room) -> None:
    """Trap 2: of twenty alerts ten are ever shown firing, and the status at the top lies."""
    shown: set[str] = set()
    for seconds in replay(quiet_room):
        shown |= {one.labels["instance"] for one in quiet_room.firing()}
        assert shown & down_at(seconds) <= burning(quiet_room)
    assert len(shown) == 10


def test_what_a_cut_list_never_ended_is_ended_by_the_full_one(quiet_room: Room) -> None:
    *_, _ = replay(quiet_room)
    assert {one[-3:-1] for one in burning(quiet_room)} == {"04", "08", "10", "18"}
    quiet_room.now += timedelta(seconds=5)
    quiet_room.reconciles()
    assert burning(quiet_room) == set()
    ends = [one.ended for one in quiet_room.episodes(1)]
    assert ends == [AlertEnd.FORGOT]


def test_the_full_list_brings_what_was_never_shown(quiet_room: Room) -> None:
    """As the daemon does it: it asks as soon as a list came cut off."""
    for seconds in replay(quiet_room):
        down = down_at(seconds)
        quiet_room.now += timedelta(milliseconds=1)
        quiet_room.reconciles(*(probe(instance) for instance in sorted(down)))
        assert burning(quiet_room) == down
    assert len(quiet_room.incidents()) == 20


def test_an_incident_of_a_cut_group_stays_open_until_the_group_is_told_in_full(room: Room) -> None:
    room.fires("web1")
    room.hears(body(alert("web1", ended=NIGHT), group="all", truncated=1, status="resolved"))
    incident = room.incident()
    assert (incident.firing, incident.state, incident.held) == (0, "open", "am all")
    room.hears(body(alert("web2")))
    assert room.incident().state is IncidentState.MITIGATED


def test_a_full_list_of_another_group_frees_nothing(room: Room) -> None:
    room.hears(body(alert("web1"), truncated=1), body(alert("web1", ended=NIGHT), truncated=1))
    room.hears(body(alert("web2"), group="other"))
    room.hears(body(alert("web3")), source="other")
    assert room.incident().state is IncidentState.OPEN
    room.now += timedelta(seconds=1)
    room.reconciles(alert("web2"))
    assert room.incident().state is IncidentState.MITIGATED


def test_a_held_incident_that_a_person_ended_is_held_no_more(room: Room) -> None:
    room.hears(body(alert("web1"), truncated=1), body(alert("web1", ended=NIGHT), truncated=1))
    room.resolves(words="all is well")
    room.now += timedelta(seconds=1)
    room.reconciles()
    room.fires("web1")
    room.ends("web1")
    assert room.incident().state is IncidentState.MITIGATED


def test_reconcile_opens_what_was_missed_and_ends_what_the_source_forgot(room: Room) -> None:
    """Traps 1, 21 and 22."""
    room.fires("web1")
    room.now += timedelta(minutes=5)
    room.reconciles(alert("web2"))
    assert {one.key: one.state for one in room.incidents()} == {
        "server:web1": "mitigated", "server:web2": "open",
    }  # fmt: skip
    assert [one.ended for one in room.episodes(1)] == ["source_forgot"]


def test_what_the_source_has_silenced_is_alive_but_is_not_opened(room: Room) -> None:
    room.fires("web1")
    room.now += timedelta(minutes=5)
    room.reconciles(alert("web1"), alert("web2"), muted=2)
    assert [one.key for one in room.incidents()] == ["server:web1"]
    assert room.incident().state is IncidentState.OPEN


def test_reconcile_leaves_alone_what_came_after_it_had_asked(room: Room) -> None:
    room.fires("web1")
    room.reconciles()
    assert room.incident().state is IncidentState.OPEN


def test_reconcile_speaks_for_one_source_alone(room: Room) -> None:
    room.fires("web1", source="other")
    room.now += timedelta(minutes=5)
    room.reconciles()
    assert room.incident().state is IncidentState.OPEN


def test_reconcile_is_no_second_episode_of_what_the_webhook_told(room: Room) -> None:
    """Trap 10: nine digits in one place, three in the other."""
    told = alert("web1", at=NIGHT + timedelta(microseconds=123456))
    room.now += timedelta(minutes=1)
    room.hears(body(told))
    room.now += timedelta(minutes=5)
    room.reconciles(alert("web1", at=NIGHT + timedelta(microseconds=123000)))
    assert (len(room.firing()), room.log().count("alert_fired")) == (1, 0)


def test_an_alert_that_nobody_repeats_expires(room: Room) -> None:
    """Trap 35."""
    room.posts("web1", lasts=5)
    room.passes(minutes=4, seconds=59)
    assert room.incident().state is IncidentState.OPEN
    room.passes(seconds=1)
    assert room.incident().state is IncidentState.MITIGATED
    assert [(one.ended, one.ends_at) for one in room.episodes()] == [
        (AlertEnd.EXPIRED, NIGHT + timedelta(minutes=5))
    ]


def test_a_repeat_moves_the_expiry(room: Room) -> None:
    for _ in range(3):
        room.posts("web1", lasts=5)
        room.passes(minutes=4, every=60)
    assert room.incident().state is IncidentState.OPEN
    room.passes(minutes=2, every=60)
    assert room.incident().state is IncidentState.MITIGATED


def test_what_expires_is_told_to_whoever_was_paged(room: Room) -> None:
    room.posts("web1", lasts=1)
    room.works()
    room.now += timedelta(minutes=1)
    saved = room.do(watch.tick)
    assert (saved.effects, [one.state for one in saved.incidents]) == (2, ["mitigated"])
    room.works()
    assert room.pages() == ["opened ana", "recovered ana"]
