"""Is what goes up and down called unstable exactly as Icinga would call it?"""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from alerts.flapping import SLOTS, minute_of, percent, remember, unstable
from alerts.settings import Flapping

NOW = datetime(2026, 11, 21, 3, 10, tzinfo=UTC)
MINUTE = minute_of(NOW)
LIMITS = Flapping()


def ago(*minutes: int) -> tuple[int, ...]:
    return tuple(MINUTE - minute for minute in minutes)


def test_a_change_in_every_slot_is_99_percent() -> None:
    assert percent(ago(*range(SLOTS)), minute=MINUTE) == pytest.approx(99.0)


def test_the_newest_change_weighs_most() -> None:
    assert percent(ago(0), minute=MINUTE) == pytest.approx(100 * 1.18 / 20)
    assert percent(ago(19), minute=MINUTE) == pytest.approx(100 * 0.8 / 20)


def test_what_is_older_than_20_minutes_or_yet_to_come_does_not_count() -> None:
    assert percent(ago(20, 21, -1), minute=MINUTE) == 0


def test_twice_in_one_minute_counts_once() -> None:
    assert percent(ago(3, 3), minute=MINUTE) == percent(ago(3), minute=MINUTE)


@pytest.mark.parametrize(
    ("changes", "flaps"),
    [(range(5), False), (range(6), True), (range(14, 20), False), (range(13, 20), True)],
)
def test_it_starts_above_30_percent(changes: range, flaps: bool) -> None:
    assert unstable(False, ago(*changes), flapping=LIMITS, now=NOW) is flaps


def test_it_lasts_until_25_percent_are_reached() -> None:
    between = ago(*range(8, 14))
    assert 25 < percent(between, minute=MINUTE) < 30
    assert unstable(True, between, flapping=LIMITS, now=NOW)
    assert not unstable(False, between, flapping=LIMITS, now=NOW)
    assert not unstable(True, ago(*range(15, 20)), flapping=LIMITS, now=NOW)


def test_constant_flapping_ends_after_15_quiet_minutes() -> None:
    changes = ago(*range(SLOTS))
    quiet = [
        minutes
        for minutes in range(20)
        if not unstable(True, changes, flapping=LIMITS, now=NOW + timedelta(minutes=minutes))
    ]
    assert quiet[0] == 15


def test_only_the_last_20_minutes_are_remembered() -> None:
    changes: tuple[int, ...] = ()
    for minute in range(60):
        changes = remember(changes, NOW + timedelta(minutes=minute))
        changes = remember(changes, NOW + timedelta(minutes=minute, seconds=20))
    assert changes == tuple(range(MINUTE + 40, MINUTE + 60))


@given(st.sets(st.integers(-30, 30)), st.integers(1, 10))
def test_time_alone_never_makes_it_more_unstable(minutes: set[int], later: int) -> None:
    changes = ago(*(abs(minute) for minute in minutes))
    assert percent(changes, minute=MINUTE + later) <= percent(changes, minute=MINUTE)
