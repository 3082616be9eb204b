"""A silence lives as in Alertmanager: it holds back, is changed, and leaves its history."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from alerts.matchers import Matcher
from alerts.silences import (
    Silence,
    SilenceState,
    expire,
    has_matchers,
    in_order,
    settle,
    silenced,
)

NOW = datetime(2026, 11, 21, 18, 0, tzinfo=UTC)
HOUR = timedelta(hours=1)
DB1 = Matcher("host", "db1")


def silence(
    name: str = "s", *matchers: Matcher, since: timedelta = -HOUR, until: timedelta = HOUR
) -> Silence:
    return Silence(
        id=name,
        matchers=matchers or (DB1,),
        starts_at=NOW + since,
        ends_at=NOW + until,
        created_by="ana",
        comment="disk swap",
        updated_at=NOW + since,
    )


@pytest.mark.parametrize(
    ("since", "until", "state"),
    [
        (-HOUR, HOUR, SilenceState.ACTIVE),
        (timedelta(0), HOUR, SilenceState.ACTIVE),
        (HOUR, 2 * HOUR, SilenceState.PENDING),
        (-2 * HOUR, -HOUR, SilenceState.EXPIRED),
        (-HOUR, timedelta(0), SilenceState.EXPIRED),
        (timedelta(0), timedelta(0), SilenceState.EXPIRED),
    ],
)
def test_a_silence_is_pending_then_active_then_expired(
    since: timedelta, until: timedelta, state: SilenceState
) -> None:
    assert silence(since=since, until=until).state(NOW) is state


def test_only_active_silences_that_fit_hold_an_alert_back() -> None:
    known = [
        silence("b"),
        silence("a", Matcher("host", "db.*", is_regex=True)),
        silence("two", DB1, Matcher("alertname", "Y")),
        silence("other", Matcher("host", "db2")),
        silence("later", since=HOUR, until=2 * HOUR),
        silence("over", until=-timedelta(seconds=1)),
    ]
    assert silenced({"alertname": "X", "host": "db1"}, known, NOW) == ("a", "b")
    assert silenced({"alertname": "X", "host": "db1"}, known, NOW + HOUR) == ("later",)
    assert silenced({"alertname": "X"}, known, NOW) == ()


def test_a_new_silence_begins_now_at_the_earliest() -> None:
    (stored,) = settle(silence("", since=-HOUR), None, new_id="n", now=NOW)
    assert (stored.id, stored.starts_at, stored.updated_at) == ("n", NOW, NOW)
    (later,) = settle(silence("", since=HOUR, until=2 * HOUR), None, new_id="n", now=NOW)
    assert later.starts_at == NOW + HOUR


def test_an_active_silence_is_prolonged_in_place() -> None:
    old = silence()
    asked = replace(old, ends_at=NOW + 5 * HOUR, comment="takes longer")
    assert settle(asked, old, new_id="n", now=NOW) == (replace(asked, updated_at=NOW),)


def test_a_start_that_lost_its_microseconds_is_the_same_start() -> None:
    old = replace(silence(), starts_at=NOW - HOUR + timedelta(microseconds=500_123))
    asked = replace(old, starts_at=NOW - HOUR + timedelta(milliseconds=500))
    assert [stored.id for stored in settle(asked, old, new_id="n", now=NOW)] == ["s"]


def test_a_pending_silence_is_moved_in_place() -> None:
    old = silence(since=HOUR, until=2 * HOUR)
    asked = replace(old, starts_at=NOW + 3 * HOUR, ends_at=NOW + 4 * HOUR)
    assert [stored.id for stored in settle(asked, old, new_id="n", now=NOW)] == ["s"]


@pytest.mark.parametrize(
    "asked",
    [
        replace(silence(), matchers=(Matcher("host", "db2"),)),
        replace(silence(), matchers=(replace(DB1, is_equal=False),)),
        replace(silence(), starts_at=NOW - 2 * HOUR),
    ],
)
def test_a_change_that_would_rewrite_history_ends_the_old_and_makes_a_new_one(
    asked: Silence,
) -> None:
    fresh, ended = settle(asked, silence(), new_id="n", now=NOW)
    assert fresh == replace(asked, id="n", starts_at=NOW, updated_at=NOW)
    assert ended == replace(silence(), ends_at=NOW, updated_at=NOW)
    assert ended.state(NOW) is SilenceState.EXPIRED


def test_a_pending_silence_that_is_to_begin_in_the_past_begins_now_as_a_new_one() -> None:
    old = silence(since=HOUR, until=2 * HOUR)
    fresh, ended = settle(replace(old, starts_at=NOW - HOUR), old, new_id="n", now=NOW)
    assert (fresh.id, fresh.starts_at) == ("n", NOW)
    assert ended.starts_at == ended.ends_at == NOW


def test_an_expired_silence_is_recreated_and_stays_as_it_was() -> None:
    old = silence(until=-timedelta(minutes=5))
    (fresh,) = settle(replace(old, ends_at=NOW + HOUR), old, new_id="n", now=NOW)
    assert (fresh.id, fresh.starts_at, fresh.ends_at) == ("n", NOW, NOW + HOUR)


def test_expiring_ends_it_now_and_only_once() -> None:
    active, pending = silence(), silence(since=HOUR, until=2 * HOUR)
    assert expire(active, NOW) == replace(active, ends_at=NOW, updated_at=NOW)
    assert expire(pending, NOW) == replace(pending, starts_at=NOW, ends_at=NOW, updated_at=NOW)
    ended = expire(active, NOW)
    assert expire(ended, NOW + HOUR) is ended


def test_the_list_shows_what_ends_or_begins_next_first() -> None:
    known = [
        silence("over long ago", until=-2 * HOUR, since=-3 * HOUR),
        silence("over", until=-timedelta(minutes=1)),
        silence("next week", since=100 * HOUR, until=101 * HOUR),
        silence("later", since=HOUR, until=200 * HOUR),
        silence("long", until=5 * HOUR),
        silence("short"),
    ]
    names = [one.id for one in in_order(known, NOW)]
    assert names == ["short", "long", "later", "next week", "over", "over long ago"]


def test_a_filter_of_silences_asks_for_their_matchers_word_for_word() -> None:
    both = silence("s", DB1, Matcher("alertname", "X", is_regex=True))
    assert has_matchers(both, [])
    assert has_matchers(both, [DB1])
    assert has_matchers(both, [Matcher("alertname", "X", is_regex=True), DB1])
    assert not has_matchers(both, [Matcher("alertname", "X")])
    assert not has_matchers(both, [DB1, Matcher("host", "db.*", is_regex=True)])
