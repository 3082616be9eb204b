"""Are all the spellings of sizes, counts and limits understood?"""

import math
from datetime import UTC, datetime

import pytest

from probes import units


@pytest.mark.parametrize(
    "told", ["unlimited", "Unlimited", None, 0, "0", "0.00", "", 999999999999990, "999999999999990"]
)
def test_no_limit_has_many_spellings(told: object) -> None:
    assert units.limit(told) == units.UNLIMITED


@pytest.mark.parametrize(
    ("told", "most"),
    [("2000M", 2000), (2000, 2000), ("2000.50", 2000.5), (1.5, 1.5), ("2G", 2048), ("9", 9)],
)
def test_a_limit_is_a_limit(told: object, most: float) -> None:
    assert units.limit(told) == most


@pytest.mark.parametrize("told", ["*unknown*", [], {}, True, "lots", "nan", math.nan, "1e999"])
def test_an_unknown_limit_is_neither_a_limit_nor_none(told: object) -> None:
    assert units.limit(told) is None
    assert units.share(500, units.limit(told)) == 0


@pytest.mark.parametrize(
    ("told", "size"),
    [
        ("300M", 300),
        ("1.5G", 1536),
        ("512K", 0.5),
        ("300", 300),
        (300.25, 300.25),
        (" 20 MB ", 20),
        ("2T", 2 * 1024 * 1024),
        ("0M", 0),
        ("*unknown*", None),
        ("M", None),
        ("-3M", None),
        (None, None),
    ],
)
def test_sizes_are_megabytes(told: object, size: float | None) -> None:
    assert units.megabytes(told) == size


@pytest.mark.parametrize(
    ("told", "many"), [("9", 9), (9, 9), ("0", 0), ("many", None), (None, None)]
)
def test_counts_come_as_numbers_and_as_text(told: object, many: int | None) -> None:
    assert units.count(told) == many


@pytest.mark.parametrize(("told", "is_so"), [(1, True), ("1", True), (0, False), ("0", False)])
def test_booleans_are_one_and_zero(told: object, is_so: bool) -> None:
    assert units.flag(told) is is_so


def test_whatever_is_no_boolean_is_not_so() -> None:
    strange: tuple[object, ...] = (None, "yes", [], {}, "*unknown*")
    assert not any(units.flag(told) for told in strange)


def test_nothing_of_an_unlimited_room_is_used_up() -> None:
    assert units.share(10**9, units.UNLIMITED) == 0
    assert units.share(95, 100) == 0.95
    assert units.share(None, 100) == 0


@pytest.mark.parametrize("told", [None, 0, "0", "", "soon", 10**30, -5, []])
def test_what_is_no_time_is_none(told: object) -> None:
    assert units.moment(told) is None


def test_times_are_read_as_utc() -> None:
    noon = datetime(2026, 11, 20, 12, tzinfo=UTC)
    assert units.moment(int(noon.timestamp())) == noon
    assert units.moment(str(int(noon.timestamp()))) == noon
    assert units.moment("2026-11-20T12:00:00.000Z") == noon
    assert units.moment("2026-11-20 12:00:00") == noon
