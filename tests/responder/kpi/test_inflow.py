"""Is the peak found where it is, by the clocks on the wall, and what is worth a playbook first?"""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from responder.kpi.inflow import (
    DAYS,
    QUARTER,
    Cluster,
    Week,
    candidates,
    everyday,
    growing,
    hour_of_week,
    passed,
    shifts,
)

BERLIN, SOFIA, NEPAL = (
    ZoneInfo(name) for name in ("Europe/Berlin", "Europe/Sofia", "Asia/Katmandu")
)
MONDAY = datetime(2026, 10, 5, tzinfo=UTC)  # the clocks go back in Europe on the 25th


def synthetic(zone: ZoneInfo, *, begins: int, ends: int, weeks: int = 8) -> tuple[Week, Week]:
    """One ticket a quarter all day, and four between these hours on the wall."""
    until = MONDAY + timedelta(weeks=weeks)
    quarters = {}
    for place in range(int((until - MONDAY) / QUARTER)):
        at = MONDAY + place * QUARTER
        hour = at.astimezone(zone).hour
        busy = begins <= hour < ends if begins < ends else hour >= begins or hour < ends
        quarters[at] = 4 if busy else 1
    return hour_of_week(quarters, zone), passed(MONDAY, until, zone)


@pytest.mark.parametrize("zone", [BERLIN, SOFIA, NEPAL], ids=lambda one: one.key)
def test_r90_a_peak_from_14_to_22_suggests_14_to_22_over_a_change_of_clocks(zone: ZoneInfo) -> None:
    counts, struck = synthetic(zone, begins=14, ends=22)
    found = shifts(counts, struck)
    assert [(one.day, one.begins, one.ends) for one in found] == [(day, 14, 22) for day in DAYS]
    best = everyday(counts, struck)
    assert best is not None
    assert (best.begins, best.ends) == (14, 22)
    assert best.share == pytest.approx(32 / 48)


def test_a_peak_over_midnight_ends_on_the_day_after() -> None:
    best = everyday(*synthetic(BERLIN, begins=20, ends=4))
    assert best is not None
    assert (best.begins, best.ends) == (20, 4)


def test_an_hour_that_strikes_twice_is_one_and_counts_as_two() -> None:
    sunday = datetime(2026, 10, 25, tzinfo=UTC)
    struck = passed(sunday, sunday + timedelta(hours=3), BERLIN)
    assert struck[6][2] == 8
    assert struck[6][3] == 4
    counts = hour_of_week({sunday: 5, sunday + timedelta(hours=1): 7}, BERLIN)
    assert counts[6][2] == 12


def test_each_day_has_its_own_best_shift() -> None:
    monday, tuesday = MONDAY, MONDAY + timedelta(days=1)
    quarters = {
        monday + timedelta(hours=9): 5,
        monday + timedelta(hours=16): 5,
        tuesday + timedelta(hours=20): 3,
    }
    counts = hour_of_week(quarters, ZoneInfo("UTC"))
    struck = passed(MONDAY, MONDAY + timedelta(weeks=1), ZoneInfo("UTC"))
    found = {one.day: (one.begins, one.ends, one.share) for one in shifts(counts, struck)}
    assert found["mon"] == (9, 17, 1.0)
    assert found["tue"] == (13, 21, 1.0)
    assert "wed" not in found


def test_nothing_suggests_nothing() -> None:
    none = hour_of_week({}, BERLIN)
    assert shifts(none, passed(MONDAY, MONDAY + timedelta(weeks=1), BERLIN)) == ()
    assert everyday(none, none) is None


def kind(
    name: str, count: int, *, before: int = 0, handling: int = 0, has: bool = False
) -> Cluster:
    return Cluster(name, f"{name} please", count, before, handling, has)


def test_r91_the_kind_that_costs_most_and_has_no_playbook_comes_first() -> None:
    known = kind("disk-full", 40, before=20, handling=90_000)
    others = [kind(f"other-{place:02}", 5, handling=1000 + place) for place in range(15)]
    helped = kind("host-down", 400, handling=900_000, has=True)
    rare = kind("rare", 2, handling=500_000)
    found = candidates([rare, *others, helped, known])
    assert found[0] == known
    assert [one.fingerprint for one in found[1:3]] == ["other-14", "other-13"]
    assert len(found) == 10


def test_r91_growth_is_against_the_window_before() -> None:
    grew, new, shrank = kind("a", 30, before=20), kind("b", 5), kind("c", 5, before=50)
    assert [one.growth for one in (grew, new, shrank)] == [0.5, None, -0.9]
    assert growing([shrank, new, grew]) == (grew, new)
