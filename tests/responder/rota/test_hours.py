"""Are hours, nights and weekends of each person counted as a lawyer would?"""

from datetime import date, timedelta
from zoneinfo import ZoneInfo

import pytest

from responder.rota.hours import Load, double_booked, loads, longest_runs, strains, whole_weeks
from responder.rota.model import Rota
from responder.rota_values import Shift, Span
from tests.responder.rota.roster import MONDAY, at, layer, rota, span

SOFIA = ZoneInfo("Europe/Sofia")
TWELVE = rota(layer("ana boris clara dora", "07:00-19:00", "19:00-07:00", rotate="shift"))
FIRST = whole_weeks(at("2026-01-07 12:00"), SOFIA)


def shift(person: str, starts: str, ends: str, name: str = "emergency") -> Shift:
    return Shift(name, "base", person, span(starts, ends))


def week(here: Rota, within: Span = FIRST) -> dict[str, tuple[float, int, int]]:
    """Hours, nights and weekend shifts of each person in the first week of the span."""
    rows = loads(here.shifts(within), SOFIA)
    first = rows[0].week
    return {
        one.person: (one.hours, one.nights, one.weekend_shifts) for one in rows if one.week == first
    }


def test_a_week_of_twelve_hour_shifts() -> None:
    """Fourteen shifts for four people; of Sunday's night more than half is Monday's."""
    assert span(f"{MONDAY} 00:00", "2026-01-12 00:00") == FIRST
    assert week(TWELVE) == {
        "ana": (48.0, 0, 1),
        "boris": (41.0, 3, 1),
        "clara": (36.0, 0, 1),
        "dora": (36.0, 3, 1),
    }


def test_hours_are_real_ones_in_the_odd_nights() -> None:
    nights = rota(layer("ana", "19:00-07:00 sat"))
    back, forward = (
        whole_weeks(at("2026-10-24 12:00"), SOFIA),
        whole_weeks(at("2026-03-28 12:00"), SOFIA),
    )
    assert week(nights, back) == {"ana": (13.0, 1, 1)}
    assert week(nights, forward) == {"ana": (11.0, 1, 1)}


def test_the_weeks_are_those_of_the_calendar() -> None:
    rows = loads([shift("ana", "2026-12-31 07:00", "2027-01-01 19:00")], SOFIA)
    assert [(one.week, one.hours) for one in rows] == [((2026, 53), 36.0)]
    rows = loads([shift("ana", "2027-01-03 19:00", "2027-01-04 07:00")], SOFIA)
    assert rows == (Load("ana", (2026, 53), 5.0, 0, 1), Load("ana", (2027, 1), 7.0, 1, 0))


def test_a_week_on_call_is_seven_nights() -> None:
    always = rota(layer("ana"))
    assert week(always) == {"ana": (168.0, 7, 2)}
    assert longest_runs(always.shifts(FIRST), SOFIA) == {"ana": 7}


def test_hours_in_two_rotas_count_once() -> None:
    rows = [
        shift("ana", "2026-01-05 07:00", "2026-01-05 19:00"),
        shift("ana", "2026-01-05 10:00", "2026-01-05 20:00", "managers"),
    ]
    assert [one.hours for one in loads(rows, SOFIA)] == [13.0]


@pytest.mark.parametrize(
    ("ends", "nights"),
    [("2026-01-06 02:59", 0), ("2026-01-06 03:00", 1), ("2026-01-06 07:00", 1)],
)
def test_a_night_is_three_hours_after_midnight(ends: str, nights: int) -> None:
    [load, *_] = loads([shift("ana", "2026-01-05 15:00", ends)], SOFIA)
    assert load.nights == nights


def test_nights_in_a_row_are_counted_over_the_edge_of_a_week() -> None:
    """R89."""
    days = [MONDAY + timedelta(days=4 + number) for number in (0, 1, 2, 3, 6, 7)]
    rows = [shift("ana", f"{day} 19:00", f"{day + timedelta(days=1)} 07:00") for day in days]
    assert longest_runs(rows, SOFIA) == {"ana": 4}
    assert [one.kind for one in strains(rows, SOFIA)] == []


def test_too_much_is_said_in_words() -> None:
    rows = rota(layer("ana", "19:00-07:00 mon tue wed thu fri")).shifts(FIRST)
    told = [(one.person, one.kind, one.text) for one in strains(rows, SOFIA)]
    assert told == [
        ("ana", "hours", "60 hours on call in week 2 of 2026, over 48"),
        ("ana", "nights", "5 nights in a row, over 4"),
    ]


def test_48_hours_are_not_too_much() -> None:
    """R89."""
    assert (
        list(strains(rota(layer("ana", "07:00-19:00 mon tue wed thu")).shifts(FIRST), SOFIA)) == []
    )


def test_whoever_is_in_two_rotas_at_once_is_found() -> None:
    one = shift("ana", "2026-01-05 07:00", "2026-01-05 19:00")
    other = shift("ana", "2026-01-05 18:00", "2026-01-05 20:00", "managers")
    after = shift("ana", "2026-01-05 20:00", "2026-01-05 22:00", "managers")
    same = shift("ana", "2026-01-05 18:00", "2026-01-05 21:00")
    assert list(double_booked([one, after, same])) == [(after, same)]
    [strain] = strains([one, other], SOFIA)
    told = "on call in emergency and managers at once, from 2026-01-05 18:00"
    assert (strain.kind, strain.text) == ("double", told)


def test_all_hours_of_a_year_are_somebodys() -> None:
    within = Span(at("2026-01-05 07:00"), at("2027-01-05 07:00"))
    rows = loads(TWELVE.shifts(within), SOFIA)
    assert sum(one.hours for one in rows) == pytest.approx(365 * 24)
    nights = sum(one.nights for one in rows)
    assert nights == 365
    assert date(2026, 1, 5).isocalendar()[:2] == rows[0].week
