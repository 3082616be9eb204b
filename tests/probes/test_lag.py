"""Is a loop that stands still noticed?"""

import pytest

from probes.lag import Lag
from probes.wheel import TICK


def turned(*moments: float) -> Lag:
    lag = Lag(now=0.0)
    for now in moments:
        lag.turned(now)
    return lag


def test_turns_in_time_are_no_lag() -> None:
    lag = turned(*(number * TICK for number in range(100)))
    assert lag.worst(100 * TICK) == pytest.approx(0, abs=1e-9)
    assert not lag.since(0.0, now=100 * TICK)


def test_what_came_before_the_first_turn_is_no_lag() -> None:
    assert Lag(now=0.0).worst(30.0) == 0
    assert turned(30.0).worst(30.0) == 0


def test_a_stall_counts_for_what_began_before_it_ended() -> None:
    lag = turned(0.0, 3.0, 3.05)
    assert lag.worst(3.05) == pytest.approx(2.95)
    assert lag.since(2.0, now=3.1)
    assert not lag.since(3.0, now=3.1)


def test_a_stall_that_no_turn_has_seen_yet_counts() -> None:
    lag = turned(0.0, 0.05)
    assert lag.since(0.05, now=1.2)
    assert lag.worst(1.2) == pytest.approx(1.1)
    assert not lag.since(0.05, now=1.0)


def test_the_worst_is_forgotten_after_two_minutes() -> None:
    lag = turned(0.0, 5.0)
    now = 5.0
    told = {}
    for minute in (1, 2, 3):
        while now < 60 * minute + 1:
            now += TICK
            lag.turned(now)
        told[minute] = round(lag.worst(now), 2)
    assert told == {1: 4.95, 2: 0.0, 3: 0.0}
