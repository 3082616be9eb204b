"""Does the wheel give back everything once, in its order, and cheaply?"""

import math

from hypothesis import given
from hypothesis import strategies as st

from probes.wheel import TICK, Seat, Wheel, next_moment, place
from tests.probes.rounds_room import look

MOMENTS = st.floats(min_value=0, max_value=1e6, allow_nan=False)


@given(st.lists(st.floats(min_value=0, max_value=500), max_size=40), st.floats(0.01, 100))
def test_everything_comes_round_once_and_not_before_its_moment(
    moments: list[float], step: float
) -> None:
    wheel = Wheel(now=0.0)
    seats = [Seat(look(str(number))) for number in range(len(moments))]
    for seat, at in zip(seats, moments, strict=True):
        wheel.put(seat, at=at)
    came: list[Seat] = []
    for turn in range(math.ceil(501 / step) + 1):
        now = (turn + 1) * step
        due = list(wheel.take(now))
        assert all(seat.due <= now for seat in due)
        came += due
    assert sorted(map(id, came)) == sorted(map(id, seats))
    ticks = [max(1, math.ceil(seat.due / TICK)) for seat in came]
    assert ticks == sorted(ticks)


def test_a_seat_that_was_moved_comes_at_its_new_moment_only() -> None:
    wheel, seat = Wheel(now=0.0), Seat(look())
    wheel.put(seat, at=10.0)
    wheel.put(seat, at=5.0)
    wheel.put(seat, at=20.0)
    assert list(wheel.take(19.0)) == []
    assert list(wheel.take(20.0)) == [seat]


def test_a_moment_that_is_past_is_the_next_tick() -> None:
    wheel, seat = Wheel(now=100.0), Seat(look())
    wheel.put(seat, at=3.0)
    assert list(wheel.take(100.0 + 1.5 * TICK)) == [seat]


def test_an_hour_without_a_turn_is_taken_in_one() -> None:
    wheel = Wheel(now=0.0)
    seats = [Seat(look(str(number))) for number in range(100)]
    for number, seat in enumerate(seats):
        wheel.put(seat, at=float(number))
    assert list(wheel.take(3600.0)) == seats


@given(st.text(max_size=20), st.floats(min_value=0.1, max_value=86400), MOMENTS)
def test_the_next_moment_is_after_now_and_within_one_interval(
    key: str, interval: float, now: float
) -> None:
    at = next_moment(key, interval=interval, now=now)
    assert now - 1e-6 <= at <= now + interval + 1e-6


def test_places_are_the_same_for_ever_and_spread_evenly() -> None:
    places = [place(f"web{number}/http", 60) for number in range(6000)]
    assert round(place("web1/http", 60), 3) == round(places[1], 3)
    seconds = [sum(1 for one in places if int(one) == second) for second in range(60)]
    assert max(seconds) < 150
    assert min(seconds) > 60
