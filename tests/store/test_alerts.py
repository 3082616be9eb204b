"""Does each alert have one row from its first firing to its end, and cheap repeats?"""

from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import Connection, select
from sqlalchemy.exc import IntegrityError

from responder.store import alerts
from responder.store.tables import sighting
from responder.values import AlertEnd
from tests.store.samples import MINUTE, NOW, episode, stored


def sightings(tx: Connection) -> list[int]:
    return list(tx.execute(select(sighting.c.alert).order_by(sighting.c.alert)).scalars())


def test_an_alert_comes_back_as_it_was_stored(tx: Connection) -> None:
    stored(tx)
    full = episode(1, expires_at=NOW + MINUTE, fingerprints=("a", "b"))
    bare = episode(2, server=None, generator_url="", group_key="", labels={}, annotations={})
    alerts.add(tx, [full, bare])
    assert alerts.firing(tx, [full.identity, bare.identity, "other"]) == [full, bare]
    assert alerts.last_id(tx) == 2


def test_nothing_to_write_is_no_statement(tx: Connection) -> None:
    alerts.add(tx, [])
    alerts.change(tx, [])
    alerts.touch(tx, {}, now=NOW)
    assert (alerts.firing(tx, []), alerts.sighted(tx, []), alerts.firing_of(tx, [])) == ([], {}, [])
    assert (alerts.counts(tx, []), alerts.of_incidents(tx, []), alerts.last_id(tx)) == ({}, {}, 0)


def test_one_source_has_one_open_episode_of_an_identity(tx: Connection) -> None:
    stored(tx)
    over = episode(1, identity="x", ends_at=NOW, ended=AlertEnd.RESOLVED)
    alerts.add(tx, [over, episode(2, identity="x"), episode(3, identity="x", source="other")])
    with pytest.raises(IntegrityError), tx.begin_nested():
        alerts.add(tx, [episode(4, identity="x")])


def test_a_repeat_is_known_without_the_rest(tx: Connection) -> None:
    stored(tx)
    alerts.add(tx, [episode(1), episode(2, source="other", identity="identity-1", told="more")])
    assert alerts.sighted(tx, ["identity-1", "identity-9"]) == {
        ("am", "identity-1"): (1, "all of it"), ("other", "identity-1"): (2, "more"),
    }  # fmt: skip


def test_a_repeat_moves_its_sighting_and_its_expiry(tx: Connection) -> None:
    stored(tx)
    alerts.add(tx, [episode(1), episode(2)])
    later = NOW + 5 * MINUTE
    alerts.touch(tx, {1: later + MINUTE, 2: None}, now=later)
    found = alerts.firing(tx, ["identity-1", "identity-2"])
    assert [(one.seen_at, one.expires_at) for one in found] == [
        (later, later + MINUTE), (later, None),
    ]  # fmt: skip


def test_news_change_what_may_change(tx: Connection) -> None:
    stored(tx)
    alerts.add(tx, [episode(1)])
    changed = replace(
        episode(1), fingerprints=("a", "b"), annotations={"summary": "worse"}, told="news",
        group_key="other", starts_at=NOW + MINUTE, seen_at=NOW + MINUTE, expires_at=NOW + MINUTE,
    )  # fmt: skip
    alerts.change(tx, [changed])
    assert alerts.firing(tx, ["identity-1"]) == [changed]
    assert alerts.sighted(tx, ["identity-1"]) == {("am", "identity-1"): (1, "news")}


def test_what_has_ended_is_sighted_no_more(tx: Connection) -> None:
    stored(tx)
    alerts.add(tx, [episode(1), episode(2)])
    over = replace(episode(1), ends_at=NOW + MINUTE, ended=AlertEnd.FORGOT, fingerprints=())
    alerts.change(tx, [over, episode(2)])
    assert sightings(tx) == [2]
    assert [one.id for one in alerts.all_firing(tx)] == [2]
    ended = alerts.of_incidents(tx, [1])[1][1]
    assert (ended.ended, ended.ends_at) == (AlertEnd.FORGOT, NOW + MINUTE)


def test_what_came_and_went_at_once_is_stored_without_a_sighting(tx: Connection) -> None:
    stored(tx)
    alerts.add(tx, [episode(1, ends_at=NOW, ended=AlertEnd.RESOLVED)])
    assert sightings(tx) == []
    assert [one.firing for one in alerts.of_incidents(tx, [1])[1]] == [False]


def test_more_alerts_than_a_statement_has_room_for_are_looked_up(tx: Connection) -> None:
    """10 MiB of small alerts are some hundred thousand."""
    stored(tx)
    many = [episode(number) for number in range(1, 101)]
    alerts.add(tx, many)
    identities = [f"identity-{number}" for number in range(70_000)]
    assert len(alerts.sighted(tx, identities)) == len(alerts.firing(tx, identities)) == 100
    alerts.change(tx, [replace(one, ends_at=NOW, ended=AlertEnd.RESOLVED) for one in many])
    assert sightings(tx) == []


def test_what_fires_is_found_by_source_and_by_incident(tx: Connection) -> None:
    stored(tx, 1, 2)
    alerts.add(tx, [episode(1), episode(2, incident=2), episode(3, source="other", incident=2)])
    assert [one.id for one in alerts.all_firing(tx)] == [1, 2, 3]
    assert [one.id for one in alerts.all_firing(tx, source="am")] == [1, 2]
    assert [one.id for one in alerts.firing_of(tx, [2])] == [2, 3]


def test_what_nobody_repeated_in_time_is_expired(tx: Connection) -> None:
    stored(tx)
    soon = NOW + MINUTE
    alerts.add(tx, [episode(1, expires_at=soon), episode(2, expires_at=soon + MINUTE), episode(3)])
    assert [one.id for one in alerts.expired(tx, now=soon)] == [1]
    assert alerts.expired(tx, now=soon - timedelta(microseconds=1)) == []


def test_the_alerts_of_an_incident_are_listed_newest_first(tx: Connection) -> None:
    stored(tx, 1, 2, 3)
    alerts.add(tx, [episode(n, incident=1) for n in (1, 2, 3)])
    alerts.add(tx, [episode(n, incident=2) for n in (4, 5)])
    listed = alerts.of_incidents(tx, [1, 2, 3])
    assert {key: [one.id for one in ones] for key, ones in listed.items()} == {
        1: [3, 2, 1], 2: [5, 4], 3: [],
    }  # fmt: skip
    first = alerts.of_incidents(tx, [1, 2], each=1)
    assert {key: [one.id for one in ones] for key, ones in first.items()} == {1: [3], 2: [5]}
    assert alerts.counts(tx, [1, 2, 3]) == {1: 3, 2: 2}
