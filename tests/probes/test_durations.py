"""Do people and the program mean the same span of time?"""

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import BaseModel, ValidationError

from probes.durations import Duration, read_duration, show_duration


class Wait(BaseModel):
    """Something that lasts."""

    lasts: Duration


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("90s", 90),
        ("5m", 300),
        ("1h30m", 5400),
        ("14d", 14 * 86400),
        ("2w", 14 * 86400),
        ("250ms", 0.25),
        ("1.5h", 5400),
        ("0s", 0),
        (" 5m ", 300),
        (30, 30),
        (0.5, 0.5),
    ],
)
def test_a_span_is_read_as_people_write_it(text: object, seconds: float) -> None:
    assert read_duration(text) == timedelta(seconds=seconds)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "5",
        "m",
        "5 m",
        "5x",
        "5m!",
        "-5m",
        "5m-",
        "1h 30m",
        "\u0661\u0662s",
        None,
        True,
        [],
        "1e3s",
    ],
)
def test_anything_else_is_refused_with_an_example(text: object) -> None:
    with pytest.raises(ValueError, match="30s, 5m or 1h30m"):
        read_duration(text)


@pytest.mark.parametrize("number", [-1, -0.001, float("nan")])
def test_a_number_that_is_no_span_is_refused(number: float) -> None:
    with pytest.raises(ValueError, match="30s, 5m or 1h30m"):
        read_duration(number)


@pytest.mark.parametrize("text", [float("inf"), 10**18, "99999999999999w", "36601d"])
def test_a_span_that_leads_out_of_the_calendar_is_refused(text: object) -> None:
    """`now` and such a wait is no date: every page of everybody would fail."""
    with pytest.raises(ValueError, match="longer than a hundred years"):
        read_duration(text)


@pytest.mark.parametrize(
    ("seconds", "shown"),
    [
        (0, "0 s"),
        (45, "45 s"),
        (59.4, "59 s"),
        (60, "1 min"),
        (3599, "59 min"),
        (3600, "1 h"),
        (7500, "2 h 5 min"),
        (86400, "1 d"),
        (3 * 86400 + 3700, "3 d 1 h"),
        (-5, "0 s"),
    ],
)
def test_a_span_is_shown_in_two_units_at_most(seconds: float, shown: str) -> None:
    assert show_duration(timedelta(seconds=seconds)) == shown


def test_a_span_in_a_model_is_read_and_written() -> None:
    wait = Wait.model_validate({"lasts": "1h30m"})
    assert wait.lasts == timedelta(minutes=90)
    assert wait.model_dump(mode="json") == {"lasts": "5400s"}
    with pytest.raises(ValidationError, match="write a duration"):
        Wait.model_validate({"lasts": "soon"})


@given(st.integers(0, 10**9))
def test_what_a_model_writes_it_reads_again(milliseconds: int) -> None:
    span = timedelta(milliseconds=milliseconds)
    written = Wait(lasts=span).model_dump(mode="json")
    assert Wait.model_validate(written).lasts == span
