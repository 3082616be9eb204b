"""Are turns, shifts and the odd hours of two nights as the guide says?"""

from datetime import date, datetime, timedelta

import pytest

from responder.rota.walltime import first_instant, last_instant
from responder.rota_values import Span
from tests.responder.rota.roster import at, layer, rota, span, utc

HOUR = timedelta(hours=1)
WEEK = span("2026-01-05 00:00", "2026-01-12 00:00")
BACK = span("2026-10-25 00:00", "2026-10-25 12:00")  # 04:00 is 03:00 again at 01:00 UTC
FORWARD = span("2026-03-29 00:00", "2026-03-29 12:00")  # 03:00 is 04:00 at 01:00 UTC


def told(within: Span, *layers: dict[str, object], zone: str = "Europe/Sofia") -> list[str]:
    """Who is on call from when until when, in UTC."""
    shifts = rota(*layers, zone=zone).shifts(within)
    return [f"{one.person} {one.span.starts:%H:%M}-{one.span.ends:%H:%M}" for one in shifts]


def people(within: Span, *layers: dict[str, object]) -> str:
    return " ".join(one.person for one in rota(*layers).shifts(within))


def test_a_shift_is_one_turn() -> None:
    one = layer("ana boris clara", "07:00-19:00", "19:00-07:00", rotate="shift")
    within = span("2026-01-05 07:00", "2026-01-08 07:00")
    assert people(within, one) == "ana boris clara ana boris clara"


def test_a_day_is_one_turn() -> None:
    one = layer("ana boris", "07:00-19:00", "19:00-07:00", rotate="day")
    assert people(span("2026-01-05 07:00", "2026-01-07 07:00"), one) == "ana ana boris boris"


def test_a_week_is_one_turn_and_begins_on_the_weekday_of_the_first() -> None:
    one = layer("ana boris", "09:00-09:00", begins="2026-01-07")
    shifts = rota(one).shifts(span("2026-01-01 00:00", "2026-02-01 00:00"))
    first = {one.person: one.span.starts for one in reversed(shifts) if one.span.starts.day < 20}
    assert first == {"ana": at("2026-01-07 09:00"), "boris": at("2026-01-14 09:00")}
    assert shifts[0].span.starts == at("2026-01-07 09:00")


def test_a_turn_may_be_several() -> None:
    one = layer("ana boris", "07:00-19:00", rotate="day", every=2)
    assert people(WEEK, one) == "ana ana boris boris ana ana boris"


def test_a_day_without_a_shift_is_nobodys_turn() -> None:
    one = layer("ana boris", "10:00-18:00 mon wed fri", rotate="day")
    two_weeks = span("2026-01-05 00:00", "2026-01-19 00:00")
    assert people(two_weeks, one) == "ana boris ana boris ana boris"


def test_a_shift_belongs_to_the_day_on_which_it_begins() -> None:
    """Friday's night lasts into Saturday, and the turn of a week into the morning after it."""
    one = layer("ana boris", "19:00-07:00 fri sun")
    here = rota(one)
    assert here.on_call(at("2026-01-10 06:59")) == ("ana",)
    assert here.on_call(at("2026-01-10 07:00")) == ()
    assert here.on_call(at("2026-01-12 06:59")) == ("ana",)
    assert here.on_call(at("2026-01-16 19:00")) == ("boris",)


def test_several_people_have_one_turn_together() -> None:
    here = rota(layer("ana boris+clara", rotate="day"))
    assert here.on_call(at("2026-01-05 12:00")) == ("ana",)
    assert here.on_call(at("2026-01-06 12:00")) == ("boris", "clara")
    assert here.people == ("ana", "boris", "clara")


def test_nobody_is_on_call_before_the_first_turn() -> None:
    here = rota(layer("ana"))
    assert here.on_call(at("2026-01-04 23:59")) == ()
    assert here.on_call(at("2026-01-05 00:00")) == ("ana",)


def test_a_later_layer_replaces_where_it_has_a_shift() -> None:
    here = rota(layer("ana"), layer("boris", "19:00-07:00 sat", name="saturday"))
    assert here.on_call(at("2026-01-10 18:59")) == ("ana",)
    assert here.on_call(at("2026-01-10 19:00")) == ("boris",)
    assert here.on_call(at("2026-01-11 07:00")) == ("ana",)


def test_a_layer_that_adds_replaces_nobody_and_doubles_nobody() -> None:
    """R88."""
    peak = layer("boris ana", "10:00-18:00 mon", adds=True, name="peak")
    here = rota(peak, layer("ana", name="base"))
    assert here.on_call(at("2026-01-05 12:00")) == ("ana", "boris")
    assert here.on_call(at("2026-01-12 12:00")) == ("ana",)
    assert here.on_call(at("2026-01-05 18:00")) == ("ana",)


@pytest.mark.parametrize(
    ("shifts", "back", "forward"),
    [
        (("19:00-03:30", "03:30-07:00"), ["00:30-05:00"], ["01:00-04:00"]),
        (("19:00-03:00", "03:00-07:00"), ["00:00-05:00"], ["01:00-04:00"]),
        (("19:00-04:00", "04:00-07:00"), ["02:00-05:00"], ["01:00-04:00"]),
        (("22:00-03:50", "03:55-07:00"), ["00:55-05:00"], ["01:00-04:00"]),
        (("22:00-03:10", "03:10-03:50", "03:50-07:00"),
         ["00:10-00:50", "00:50-05:00"], ["01:00-04:00"]),
    ],
)  # fmt: skip
def test_a_hand_over_in_the_odd_hour_is_one_instant(
    shifts: tuple[str, ...], back: list[str], forward: list[str]
) -> None:
    """Shifts that follow each other neither leave out a minute nor double one."""
    names = "ana boris clara"
    for night, wanted in ((BACK, back), (FORWARD, forward)):
        found = told(night, layer(names, *shifts, rotate="shift"))
        spans = [one.partition(" ")[2] for one in found]
        assert [one for one in spans if one[:2] in ("00", "01", "02")] == wanted
        starts, ends = [one[:5] for one in spans], [one[6:] for one in spans]
        assert starts[1 : len(wanted) + 1] == ends[: len(wanted)]


def test_a_shift_alone_begins_at_the_first_and_ends_at_the_last() -> None:
    assert told(BACK, layer("ana", "03:10-03:50")) == ["ana 00:10-01:50"]


def test_a_shift_that_the_clocks_jump_over_is_none() -> None:
    one = layer("ana boris", "03:10-03:50", "12:00-13:00", rotate="shift")
    assert told(FORWARD, one) == []
    after = span("2026-03-29 12:00", "2026-03-31 00:00")
    before = span("2026-03-27 12:00", "2026-03-29 00:00")
    assert people(before, one) == "boris ana boris"  # the turn is over, though it was no shift
    assert people(after, one) == "boris ana boris"


@pytest.mark.parametrize(
    ("zone", "wall", "first", "last"),
    [
        ("Europe/Sofia", "2026-10-25 03:30", "2026-10-25 00:30", "2026-10-25 01:30"),
        ("Europe/Sofia", "2026-03-29 03:30", "2026-03-29 01:00", "2026-03-29 01:00"),
        ("Europe/Sofia", "2026-03-29 04:00", "2026-03-29 01:00", "2026-03-29 01:00"),
        ("Australia/Lord_Howe", "2026-04-05 01:45", "2026-04-04 14:45", "2026-04-04 15:15"),
        ("Australia/Lord_Howe", "2026-10-04 02:10", "2026-10-03 15:30", "2026-10-03 15:30"),
        ("America/Santiago", "2026-09-06 00:00", "2026-09-06 04:00", "2026-09-06 04:00"),
        ("Pacific/Apia", "2011-12-30 12:00", "2011-12-30 10:00", "2011-12-30 10:00"),
        ("Asia/Kolkata", "2026-10-25 03:30", "2026-10-24 22:00", "2026-10-24 22:00"),
    ],
)
def test_a_time_on_the_wall_is_one_instant_or_two(
    zone: str, wall: str, first: str, last: str
) -> None:
    place = rota(layer("ana"), zone=zone).zone
    written = datetime.fromisoformat(wall)
    assert first_instant(written, place) == utc(first)
    assert last_instant(written, place) == utc(last)


def test_a_day_that_a_country_left_out_is_no_gap() -> None:
    """Samoa went from Thursday to Saturday."""
    one = layer("ana boris", "07:00-19:00", "19:00-07:00", rotate="shift", begins="2011-12-26")
    here = rota(one, zone="Pacific/Apia")
    days = Span(at("2011-12-29 00:00", "Pacific/Apia"), at("2012-01-01 00:00", "Pacific/Apia"))
    assert here.gaps(days) == ()
    assert days.ends - days.starts == 48 * HOUR


def test_midnight_that_comes_twice_is_handed_over_once() -> None:
    """In Newfoundland clocks went back from 00:01 to 23:01 of the day before."""
    one = layer("ana boris", "00:00-00:00", rotate="day", begins="2010-11-01")
    here = rota(one, zone="America/St_Johns")
    first = at("2010-11-07 00:00", "America/St_Johns")
    assert here.on_call(first - HOUR / 60) == ("boris",)
    assert here.on_call(first + HOUR / 2) == ("ana",)  # the wall shows 23:29 of the day before
    assert here.gaps(Span(first - 3 * HOUR, first + 3 * HOUR)) == ()


def test_turns_are_counted_by_dates_however_far_away() -> None:
    here = rota(layer("ana boris clara", "07:00-19:00", rotate="day"))
    days = (date(2126, 1, 5) - date(2026, 1, 5)).days
    assert here.on_call(at("2126-01-05 12:00")) == (("ana", "boris", "clara")[days % 3],)
