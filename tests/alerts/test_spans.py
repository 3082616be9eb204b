"""Is time counted once, in months as long as they really are?"""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from alerts.spans import Span, joined, read_month, total, within, without

START = datetime(2026, 11, 1, tzinfo=UTC)


def span(began: int, ended: int) -> Span:
    return Span(START + timedelta(seconds=began), START + timedelta(seconds=ended))


@pytest.mark.parametrize(
    ("month", "days"),
    [
        ("2026-11", 30),
        ("2026-12", 31),
        ("2026-02", 28),
        ("2028-02", 29),
        ("2100-02", 28),
        ("2026-03", 31),  # clocks change in it, but not in UTC
        ("2026-10", 31),
    ],
)
def test_a_month_is_as_long_as_in_the_calendar(month: str, days: int) -> None:
    told = read_month(month)
    assert told.seconds == days * 86400
    assert (told.began.day, told.began.hour, told.began.tzinfo) == (1, 0, UTC)
    assert told.ended.strftime("%d %H:%M") == "01 00:00"


@pytest.mark.parametrize(
    "text", ["", "2026", "2026-13", "2026-00", "26-11", "2026-11-01", "9999-12"]
)
def test_what_is_no_month_is_refused_in_plain_words(text: str) -> None:
    with pytest.raises(ValueError, match="is no month such as 2026-11"):
        read_month(text)


def test_spans_that_touch_are_one() -> None:
    assert joined([span(5, 9), span(0, 5), span(20, 30), span(22, 23), span(40, 40)]) == (
        span(0, 9),
        span(20, 30),
    )


def test_what_is_taken_out_leaves_the_rest() -> None:
    left = without([span(0, 10), span(20, 30)], [span(4, 5), span(8, 22), span(29, 40)])
    assert left == (span(0, 4), span(5, 8), span(22, 29))


def test_only_what_lies_within_is_counted() -> None:
    inside = within([span(-5, 5), span(8, 30), span(40, 50)], span(0, 10))
    assert inside == (span(0, 5), span(8, 10))
    assert total(inside) == 7


SPANS = st.lists(
    st.tuples(st.integers(0, 60), st.integers(0, 60)).map(lambda pair: span(min(pair), max(pair))),
    max_size=8,
)


def moments(spans: list[Span] | tuple[Span, ...]) -> set[int]:
    """The seconds that lie in any of them."""
    return {
        second
        for one in spans
        for second in range(
            int((one.began - START).total_seconds()), int((one.ended - START).total_seconds())
        )
    }


@given(SPANS, SPANS)
def test_spans_are_sets_of_moments(one: list[Span], other: list[Span]) -> None:
    assert moments(joined(one)) == moments(one)
    assert moments(without(one, other)) == moments(one) - moments(other)
    assert total(joined(one)) == len(moments(one))
    assert moments(within(one, span(10, 40))) == moments(one) & set(range(10, 40))
    for told in (joined(one), without(one, other)):
        assert list(told) == sorted(told)
        assert joined(told) == told
