"""Durations and whole numbers of Go."""

from datetime import timedelta

import pytest

from probes.blackbox_durations import go_duration, go_number


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("5s", 5),
        ("1m30s", 90),
        ("500ms", 0.5),
        ("1.5h", 5400),
        (".5s", 0.5),
        ("5.s", 5),
        ("+2s", 2),
        ("1s500us", 1.0005),
        ("1500\u00b5s", 0.0015),
    ],
)
def test_go_s_durations_are_read(text: str, seconds: float) -> None:
    assert go_duration(text) == timedelta(seconds=seconds)


@pytest.mark.parametrize("text", ["0", "0s", "-5s", "-0"])
def test_nought_and_less_mean_none(text: str) -> None:
    assert go_duration(text) is None


@pytest.mark.parametrize("text", ["1d", "1w", "5", "", "s", "-", "1m 3s", "5 s", "soon", "1e3s"])
def test_days_and_bare_numbers_are_refused_as_go_does(text: str) -> None:
    with pytest.raises(ValueError, match="must be a duration of Go"):
        go_duration(text)


def test_three_hundred_years_are_too_long_for_go() -> None:
    with pytest.raises(ValueError, match="longer"):
        go_duration("2700000h")


@pytest.mark.parametrize(
    ("text", "decimal"),
    [
        ("200", "200"),
        ("0310", "200"),
        ("0o310", "200"),
        ("0xC8", "200"),
        ("0b11001000", "200"),
        ("-010", "-8"),
        ("2_00", "200"),
        ("0", "0"),
        ("00", "0"),
        ("09", "09"),
        ("many", "many"),
    ],
)
def test_whole_numbers_are_read_in_every_base(text: str, decimal: str) -> None:
    assert go_number(text) == decimal
