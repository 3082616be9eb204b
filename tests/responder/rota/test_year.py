"""Is a year of a rota right, minute by minute, in zones with all kinds of clocks?"""

from collections import Counter
from collections.abc import Iterator
from datetime import date, datetime, timedelta
from itertools import pairwise

import pytest

from responder.rota.model import Rota
from responder.rota.walltime import wall_clock
from responder.rota_values import Changes, Override, Shift, Span
from tests.responder.rota.roster import (
    MINUTE,
    ZONES,
    Fingers,
    at,
    comes_twice,
    expected,
    layer,
    rota,
    walls,
)

HOUR = timedelta(hours=1)
DAY_SHIFT, NIGHT_SHIFT = "07:00-19:00", "19:00-07:00"
LAYERS = (
    layer("ana boris clara dora", DAY_SHIFT, NIGHT_SHIFT, rotate="shift", name="base"),
    layer("eva filip", "19:00-07:00 fri sat", name="weekend"),
    layer(
        "gabi hana ivan", "10:00-18:00 mon tue wed thu fri", rotate="day", adds=True, name="peak"
    ),
)
# Nights on which clocks change in 2026, as local dates of their evening, forward and back.
CHANGES = {
    "Europe/Sofia": ("2026-03-28", "2026-10-24"),
    "America/New_York": ("2026-03-07", "2026-10-31"),
    "Australia/Lord_Howe": ("2026-10-03", "2026-04-04"),
    "America/Santiago": ("2026-09-05", "2026-04-04"),
}
every_zone = pytest.mark.parametrize("zone", ZONES)
every_changing_zone = pytest.mark.parametrize("zone", CHANGES)


def year(zone: str) -> Span:
    return Span(at("2026-01-05 07:00", zone), at("2027-01-05 07:00", zone))


def offset(when: datetime, here: Rota) -> timedelta | None:
    return when.astimezone(here.zone).utcoffset()


def changes_of(here: Rota, zone: str) -> Iterator[datetime]:
    """The instants at which clocks change, to the hour."""
    now, end = year(zone).starts, year(zone).ends
    while now < end:
        if offset(now, here) != offset(now + HOUR, here):
            yield now
        now += HOUR


def watch(here: Rota, fingers: list[Fingers], zone: str, within: Span, step: timedelta) -> int:
    """Compare at each instant; tell at how many."""
    rows = list(walls(within, zone, step=step))
    for now, wall, latest in rows:
        if step < HOUR or not comes_twice(wall, zone):  # who counts by the hour misses half past
            assert here.on_call(now) == expected(fingers, wall, latest), f"{wall} ({now})"
    return len(rows)


@every_zone
def test_a_year_is_what_counting_on_the_fingers_says(zone: str) -> None:
    here = rota(*LAYERS, zone=zone)
    fingers = [Fingers(one, date(2027, 1, 6)) for one in LAYERS]
    compared = watch(here, fingers, zone, year(zone), HOUR)
    edges = {shift.span.starts for shift in here.shifts(year(zone))}
    for edge in edges:
        around = Span(edge - 2 * MINUTE, edge + 2 * MINUTE)
        if edge > year(zone).starts and not comes_twice(wall_clock(edge, here.zone), zone):
            compared += watch(here, fingers, zone, around, MINUTE)
    for change in changes_of(here, zone):
        compared += watch(here, fingers, zone, Span(change - 14 * HOUR, change + 14 * HOUR), MINUTE)
    assert compared > 10_000


@every_zone
def test_no_second_of_a_year_is_uncovered_and_none_has_two(zone: str) -> None:
    """R87."""
    here = rota(LAYERS[0], zone=zone)
    shifts = here.shifts(year(zone))
    assert (shifts[0].span.starts, shifts[-1].span.ends) == (year(zone).starts, year(zone).ends)
    assert [one.span.ends for one in shifts[:-1]] == [one.span.starts for one in shifts[1:]]
    assert here.gaps(year(zone)) == ()
    assert len(shifts) == 2 * 365


@every_zone
def test_shifts_and_on_call_tell_the_same(zone: str) -> None:
    here = rota(*LAYERS, zone=zone)
    within = Span(at("2026-03-01 00:00", zone), at("2026-05-01 00:00", zone))
    shifts = here.shifts(within)
    for moment in sorted({one.span.starts for one in shifts}):
        told = [one.person for one in shifts if one.span.holds(moment)]
        assert sorted(told) == sorted(here.on_call(moment))
        assert len(set(told)) == len(told)


@every_changing_zone
def test_the_night_of_a_clock_change_is_an_hour_shorter_or_longer(zone: str) -> None:
    """R87."""
    step = HOUR / 2 if zone == "Australia/Lord_Howe" else HOUR
    here = rota(layer("ana boris", DAY_SHIFT, NIGHT_SHIFT, rotate="shift"), zone=zone)
    forward, back = CHANGES[zone]
    lengths = []
    for evening in (forward, back):
        starts = at(f"{evening} 19:00", zone)
        [night] = [one for one in here.shifts(year(zone)) if one.span.starts == starts]
        lengths.append(night.span.ends - night.span.starts)
    assert lengths == [12 * HOUR - step, 12 * HOUR + step]


def test_where_clocks_never_change_every_night_is_of_twelve_hours() -> None:
    here = rota(LAYERS[0], zone="Asia/Kolkata")
    shifts = here.shifts(year("Asia/Kolkata"))
    assert {one.span.ends - one.span.starts for one in shifts} == {12 * HOUR}


@every_zone
@pytest.mark.parametrize("rotate", ["shift", "day", "week"])
def test_everybody_gets_as_many_shifts_as_the_others(zone: str, rotate: str) -> None:
    people = "ana boris clara"
    here = rota(layer(people, DAY_SHIFT, NIGHT_SHIFT, rotate=rotate), zone=zone)
    weeks = Span(at("2026-01-05 07:00", zone), at("2026-12-28 07:00", zone))  # 51: a third is 17
    counts = Counter(one.person for one in here.shifts(weeks))
    assert dict(counts) == dict.fromkeys(people.split(), 51 * 14 // 3)


def hours(shifts: tuple[Shift, ...]) -> Counter[str]:
    told: Counter[str] = Counter()
    for one in shifts:
        told[one.person] += int((one.span.ends - one.span.starts).total_seconds())
    return told


def differing(before: tuple[Shift, ...], after: tuple[Shift, ...]) -> set[Span]:
    one = {(shift.person, shift.span) for shift in before}
    other = {(shift.person, shift.span) for shift in after}
    return {span for _, span in one ^ other}


@every_zone
def test_after_a_swap_only_two_shifts_of_the_year_differ(zone: str) -> None:
    here = rota(LAYERS[0], zone=zone)
    shifts = here.shifts(year(zone))
    mine = next(one for one in shifts[400:] if one.person == "ana")
    yours = next(one for one in shifts[500:] if one.person == "boris")
    swap = (
        Override(7, "emergency", "boris", mine.span, "ana", swap="a1"),
        Override(8, "emergency", "ana", yours.span, "boris", swap="a1"),
    )
    after = here.shifts(year(zone), Changes(swap))
    assert differing(shifts, after) == {mine.span, yours.span}
    assert hours(after) == hours(shifts)
    told = [(one.person, one.instead_of) for one in after if one.instead_of]
    assert told == [("boris", "ana"), ("ana", "boris")]
    assert here.gaps(year(zone), Changes(swap)) == ()
    assert all(one.span.ends == two.span.starts for one, two in pairwise(after))


def test_a_swap_over_a_night_of_13_hours_is_told_in_real_hours() -> None:
    here = rota(LAYERS[0])
    shifts = here.shifts(year("Europe/Sofia"))
    long = next(one for one in shifts if one.span.starts == at("2026-10-24 19:00"))
    short = next(one for one in shifts if one.person != long.person)
    swap = (
        Override(1, "emergency", short.person, long.span, long.person, swap="b"),
        Override(2, "emergency", long.person, short.span, short.person, swap="b"),
    )
    change = hours(here.shifts(year("Europe/Sofia"), Changes(swap)))
    change.subtract(hours(shifts))
    assert change[short.person] == 3600
    assert change[long.person] == -3600
