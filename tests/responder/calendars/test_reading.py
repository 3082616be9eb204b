"""Is a calendar read as its owner means it, and does a hostile one cost a moment and no more?"""

import os
import subprocess
import sys
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest

from responder.calendars.reading import MOST, absences

WITHIN = (datetime(2026, 11, 1, tzinfo=UTC), datetime(2027, 11, 1, tzinfo=UTC))
SOFIA = ZoneInfo("Europe/Sofia")


def event(*lines: str, uid: str = "1") -> str:
    return "\r\n".join(["BEGIN:VEVENT", f"UID:{uid}", *lines, "END:VEVENT", ""])


def calendar(*events: str) -> str:
    head = "BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:-//test//EN\r\n"
    return head + "".join(events) + "END:VCALENDAR\r\n"


def read(*events: str, only: str = "") -> list[tuple[str, str, str]]:
    """Begin, end and title."""
    found = absences(calendar(*events), WITHIN, zone=SOFIA, only=only)
    return [row[1:] for row in found]


DAYS = ("DTSTART;VALUE=DATE:20261224", "DTEND;VALUE=DATE:20261227", "SUMMARY:Skiing")


def test_whole_days_are_those_where_the_person_lives() -> None:
    assert read(event(*DAYS)) == [
        ("2026-12-23T22:00:00+00:00", "2026-12-26T22:00:00+00:00", "Skiing")
    ]


def test_times_count_in_utc_in_their_zone_or_on_the_walls_there() -> None:
    told = read(
        event("DTSTART:20261203T100000Z", "DTEND:20261203T110000Z", uid="a"),
        event("DTSTART:20261203T150000", "DURATION:PT90M", uid="b"),
        event("DTSTART;TZID=America/New_York:20261203T090000", "DURATION:PT1H", uid="c"),
    )
    assert sorted(row[:2] for row in told) == [
        ("2026-12-03T10:00:00+00:00", "2026-12-03T11:00:00+00:00"),
        ("2026-12-03T13:00:00+00:00", "2026-12-03T14:30:00+00:00"),
        ("2026-12-03T14:00:00+00:00", "2026-12-03T15:00:00+00:00"),
    ]


def test_what_comes_again_is_there_as_often_as_it_comes() -> None:
    """Mondays but one; the wall clock holds over the night on which clocks change."""
    weekly = event(
        "DTSTART;TZID=Europe/Sofia:20270315T090000", "DURATION:PT2H",
        "RRULE:FREQ=WEEKLY;COUNT=4", "EXDATE;TZID=Europe/Sofia:20270322T090000", "SUMMARY:School",
    )  # fmt: skip
    assert [row[0][:16] for row in read(weekly)] == [
        "2027-03-15T07:00",
        "2027-03-29T06:00",
        "2027-04-05T06:00",
    ]


def test_what_leaves_the_owner_free_or_is_called_off_is_no_absence() -> None:
    assert read(event(*DAYS, "TRANSP:TRANSPARENT"), event(*DAYS, "STATUS:CANCELLED", uid="2")) == []
    assert read(event(*DAYS), event("DTSTART:20261203T100000Z", "SUMMARY:Lunch", uid="2"),
                only="skiing") == read(event(*DAYS))  # fmt: skip


def test_a_private_title_stays_private_and_what_is_long_over_is_cut() -> None:
    (row,) = read(event("DTSTART;VALUE=DATE:20200101", "DTEND;VALUE=DATE:20261103",
                        "SUMMARY:Clinic", "CLASS:PRIVATE"))  # fmt: skip
    assert row == ("2026-11-01T00:00:00+00:00", "2026-11-02T22:00:00+00:00", "")


def program(text: str, *, within: float = 20.0) -> subprocess.CompletedProcess[str]:
    times = (one.isoformat() for one in WITHIN)
    argv = [sys.executable, "-m", "responder.calendars.reading", *times, "Europe/Sofia", ""]
    env = {**os.environ, "PYTHONDONTWRITEBYTECODE": "1"}
    return subprocess.run(
        argv, input=text, capture_output=True, text=True, timeout=within, check=False, env=env
    )


@pytest.mark.parametrize(
    "text",
    [
        "",
        "<html>sign in</html>",
        "BEGIN:VCALENDAR\r\nBEGIN:VEVENT\r\n",
        calendar(event("DTSTART:tomorrow")),
        calendar(event("DTSTART:20261203T100000Z", "RRULE:FREQ=NEVER")),
    ],
)
def test_what_is_no_calendar_is_an_error_or_has_no_absence(text: str) -> None:
    done = program(text)
    assert (done.returncode, done.stdout) in ((1, ""), (0, "[]"))
    assert "Traceback" not in done.stderr


def test_more_absences_than_a_year_has_are_refused() -> None:
    many = (event(*DAYS, uid=str(number)) for number in range(MOST + 1))
    done = program(calendar(*many))
    assert (done.returncode, done.stdout) == (1, "")
    assert f"more than {MOST}" in done.stderr


def test_a_rule_without_an_end_ends_with_the_time_of_its_program() -> None:
    """Nothing in it is wrong by RFC 5545; who starts the program kills it."""
    bomb = event("DTSTART:20200101T000000Z", "DURATION:PT1S", "RRULE:FREQ=SECONDLY")
    with pytest.raises(subprocess.TimeoutExpired):
        program(calendar(bomb), within=3.0)
