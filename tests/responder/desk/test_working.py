"""Working time over nights, week-ends and days on which the clock is changed (R23)."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from responder.desk.section import WEEKDAYS, Hours
from responder.desk.working import passed, worked

SOFIA = Hours(zone="Europe/Sofia")  # 9 to 17, Monday to Friday
MINUTE = timedelta(minutes=1)


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


@pytest.mark.parametrize(
    ("begin", "end", "hours", "minutes"),
    [
        ("2026-11-20T08:00", "2026-11-20T10:00", SOFIA, 120),  # Friday, 10 to 12 there
        ("2026-11-20T14:00", "2026-11-23T08:00", SOFIA, 120),  # an hour, a week-end, an hour
        ("2026-11-21T00:00", "2026-11-22T23:00", SOFIA, 0),
        ("2026-11-20T10:00", "2026-11-20T08:00", SOFIA, 0),  # backwards
        ("2026-11-20T08:00", "2026-11-22T08:00", None, 2880),
        # the nights in which the clock in Berlin is changed last 7 and 9 hours
        (
            "2026-03-28T20:00",
            "2026-03-29T10:00",
            Hours(zone="Europe/Berlin", days=("sat",), begin="22:00", end="06:00"),
            420,
        ),
        (
            "2026-10-24T18:00",
            "2026-10-25T10:00",
            Hours(zone="Europe/Berlin", days=("sat",), begin="22:00", end="06:00"),
            540,
        ),
    ],
)
def test_r23_working_time_is_counted_by_the_clock_on_the_wall(
    begin: str, end: str, hours: Hours | None, minutes: int
) -> None:
    assert worked(at(begin), at(end), hours) == minutes * MINUTE


HOURS = st.builds(
    Hours,
    zone=st.sampled_from(["Europe/Berlin", "America/New_York", "Asia/Kolkata", "UTC"]),
    days=st.lists(st.sampled_from(WEEKDAYS), min_size=1, unique=True).map(tuple),
    begin=st.sampled_from(["05:30", "09:00", "17:00", "22:00"]),
    end=st.sampled_from(["00:00", "05:00", "06:00", "17:00", "23:30"]),
)
# around the changes of the clocks in Europe and America, in spring and autumn
MOMENTS = st.sampled_from(
    ["2026-03-07T00:00", "2026-03-28T00:00", "2026-10-24T00:00", "2026-10-31T00:00"]
).flatmap(lambda day: st.integers(0, 2 * 1440).map(lambda one: at(day) + one * MINUTE))


def works(moment: datetime, hours: Hours) -> bool:
    """The oracle: is this minute one of work, by the clock on the wall there?"""
    here = moment.astimezone(ZoneInfo(hours.zone))
    first, last = hours.span
    wall, today = here.time(), WEEKDAYS[here.weekday()] in hours.days
    if first < last:
        return today and first <= wall < last
    yesterday = WEEKDAYS[here.weekday() - 1] in hours.days
    return (today and wall >= first) or (yesterday and wall < last)


@settings(max_examples=60, deadline=None)
@given(begin=MOMENTS, minutes=st.integers(0, 2000), hours=HOURS)
def test_r23_every_calendar_agrees_with_a_count_minute_by_minute(
    begin: datetime, minutes: int, hours: Hours
) -> None:
    counted = sum(works(begin + one * MINUTE, hours) for one in range(minutes))
    assert worked(begin, begin + minutes * MINUTE, hours) == counted * MINUTE


@settings(max_examples=60, deadline=None)
@given(begin=MOMENTS, minutes=st.integers(1, 1500), hours=st.none() | HOURS)
def test_r23_enough_has_passed_at_the_first_such_moment(
    begin: datetime, minutes: int, hours: Hours | None
) -> None:
    need = minutes * MINUTE
    end = passed(begin, need, hours)
    assert worked(begin, end, hours) == need
    assert worked(begin, end - MINUTE, hours) == need - MINUTE
