"""Every way in which a source writes a time is read, and ours is written in one way."""

import re
from contextlib import suppress
from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from alerts.moments import FAR_FUTURE, read_moment, show_moment

SIX = datetime(2026, 11, 21, 18, 6, 16, tzinfo=UTC)


@pytest.mark.parametrize(
    ("text", "moment"),
    [
        ("2026-11-21T18:06:16.530804838Z", SIX.replace(microsecond=530804)),
        ("2026-11-21T18:06:16.26Z", SIX.replace(microsecond=260000)),
        ("2026-11-21T18:06:16.1Z", SIX.replace(microsecond=100000)),
        ("2026-11-21T18:06:16.1234567890123456789Z", SIX.replace(microsecond=123456)),
        ("2026-11-21T18:06:16Z", SIX),
        ("2026-11-21t18:06:16z", SIX),
        (" 2026-11-21T18:06:16Z ", SIX),
        ("2026-11-21T20:06:16+02:00", SIX),
        ("2026-11-21T13:06:16-05:00", SIX),
        ("2026-11-21T18:06:16", SIX),
        ("2026-11-21 18:06:16", SIX),
        ("2026-11-21T18:05:60Z", SIX - timedelta(seconds=16)),
        ("2026-11-21T18:05:60.5Z", SIX - timedelta(seconds=15.5)),
        ("1970-01-01T00:00:00.000Z", datetime(1970, 1, 1, tzinfo=UTC)),
    ],
)
def test_a_time_is_read_as_utc(text: str, moment: datetime) -> None:
    assert read_moment(text) == moment
    assert read_moment(text).tzinfo is UTC  # type: ignore[union-attr]


@pytest.mark.parametrize(
    "text",
    [
        "",
        " ",
        "0001-01-01T00:00:00Z",
        "0001-01-01T00:00:00",
        "0001-01-01T00:00:00+02:00",
        "0001-01-01T00:00:00-08:00",
        "0000-12-31T19:00:00-05:00",
        "0001-01-01t00:00:00z",
    ],
)
def test_the_zero_time_of_go_is_no_time_in_any_zone(text: str) -> None:
    assert read_moment(text) is None


@pytest.mark.parametrize(
    "text",
    [
        "10000-01-01T00:00:00Z",
        "+292277026596-12-04T15:30:07Z",
        "9999-12-31T23:59:59-05:00",
        "9999-12-31T23:59:60Z",
    ],
)
def test_a_time_beyond_the_calendar_is_the_far_future(text: str) -> None:
    assert read_moment(text) == FAR_FUTURE


@pytest.mark.parametrize(
    "text",
    [
        "nonsense",
        "2026-11-21T18:06:60 and a bit",
        "yesterday",
        "2026-13-01T00:00:00Z",
        "2026-02-30T00:00:00Z",
        "2026-11-21T18:06:16Zfoo",
        "2026-11-21T18:61:16Z",
        "1763748376",
        "\ud800",
        "\x00",
    ],
)
def test_what_is_no_time_is_refused_in_plain_words(text: str) -> None:
    with pytest.raises(ValueError, match="^" + re.escape(f"not a time: {text!r}")):
        read_moment(text)


def test_a_refusal_does_not_repeat_ten_megabytes() -> None:
    with pytest.raises(ValueError, match=r"^not a time") as refused:
        read_moment("x" * 10_000_000)
    assert len(str(refused.value)) < 80


def test_webhook_and_api_agree_to_the_millisecond() -> None:
    told, asked = (
        read_moment("2026-11-21T18:06:16.530804838Z"),
        read_moment("2026-11-21T18:06:16.530Z"),
    )
    assert told is not None
    assert asked is not None
    assert told != asked
    assert show_moment(told) == show_moment(asked) == "2026-11-21T18:06:16.530Z"


def test_a_time_is_shown_in_utc_with_milliseconds() -> None:
    assert show_moment(SIX) == "2026-11-21T18:06:16.000Z"
    assert show_moment(SIX.astimezone(timezone(timedelta(hours=-5)))) == "2026-11-21T18:06:16.000Z"
    assert show_moment(SIX.replace(microsecond=999_999)) == "2026-11-21T18:06:16.999Z"
    assert show_moment(datetime(1, 1, 1, tzinfo=timezone(timedelta(hours=2)))).endswith("Z")


def test_a_time_without_a_zone_is_not_shown() -> None:
    with pytest.raises(ValueError, match="no zone"):
        show_moment(SIX.replace(tzinfo=None))


@given(
    st.datetimes(
        min_value=datetime(2, 1, 3),  # noqa: DTZ001 - hypothesis adds the zone
        max_value=datetime(9999, 12, 30),  # noqa: DTZ001
        timezones=st.timezones(),
    )
)
def test_what_we_show_we_read_again_to_the_millisecond(moment: datetime) -> None:
    read = read_moment(show_moment(moment))
    assert read is not None
    assert timedelta(0) <= moment.astimezone(UTC) - read < timedelta(milliseconds=1)


ALMOST = (
    r"[0-9]{4,6}-[0-9]{2}-[0-9]{2}[Tt ][0-9]{2}:[0-9]{2}:[0-9]{2}[.,]?[0-9]{0,12}[Zz+-]?[0-9:]{0,5}"
)


@given(st.text(max_size=60) | st.from_regex(ALMOST))
def test_no_text_ends_in_anything_but_a_time_or_plain_words(text: str) -> None:
    with suppress(ValueError):
        moment = read_moment(text)
        assert moment is None or (moment.tzinfo is UTC and show_moment(moment))
