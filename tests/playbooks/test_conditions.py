"""Is an `if` read as it is written, and refused when it is more?"""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from playbooks.conditions import Condition, holds, read_conditions
from playbooks.lookups import Unresolved

KNOWN = {"steps.look.state": "off", "steps.look.outcome": "ok", "alert.severity": "critical"}


@pytest.mark.parametrize(
    ("text", "truth"),
    [
        ("", True),
        ("  ", True),
        ("steps.look.state == off", True),
        ("{{ steps.look.state }} == off", True),
        ("{{steps.look.state}}==off", True),
        ("steps.look.state != off", False),
        ("steps.look.state == on", False),
        ("steps.look.state != on", True),
        ("steps.look.state == off and alert.severity == critical", True),
        ("steps.look.state == off and alert.severity == info", False),
        ("steps.look.state == OFF", False),
        ("steps.look.outcome == failed and steps.gone.state == off", False),
    ],
)
def test_all_parts_must_hold_and_the_first_that_does_not_decides(text: str, truth: bool) -> None:
    assert holds(text, KNOWN) is truth


@pytest.mark.parametrize(
    "text",
    [
        "steps.look.state",
        "steps.look.state = off",
        "steps.look.state == ",
        "== off",
        "off == off",
        "steps.look.state == off or steps.look.state == on",
        "not steps.look.state == off",
        "steps.look.state == 'off'",
        "steps.look.state == off and",
        "(steps.look.state == off)",
        "steps.look.state == {{ target.name }}",
        "steps.look.state | lower == off",
        "__import__('os').system('reboot') == 0",
        "steps.look.state > 3",
    ],
)
def test_there_is_no_more_language_than_two_signs_and_one_word(text: str) -> None:
    with pytest.raises(ValueError, match="write NAME == WORD"):
        read_conditions(text)


def test_what_is_not_known_is_neither_equal_nor_different() -> None:
    for sign in ("==", "!="):
        with pytest.raises(Unresolved, match=r"there is no steps\.gone\.state now"):
            holds(f"steps.gone.state {sign} off", KNOWN)


def test_a_condition_is_taken_apart() -> None:
    assert read_conditions("steps.a.b != c and {{ target.name }} == web1.example.net") == (
        Condition("steps.a.b", equal=False, word="c"),
        Condition("target.name", equal=True, word="web1.example.net"),
    )


@given(st.text(max_size=80))
def test_a_hostile_value_decides_nothing_but_its_own_part(value: str) -> None:
    known = {"alert.summary": value, "target.name": "web1"}
    assert not holds("target.name == web2 and alert.summary == x", known)
    assert holds("alert.summary == x", known) is (value == "x")


@given(st.text(max_size=80))
def test_any_text_is_read_or_refused(text: str) -> None:
    try:
        parts = read_conditions(text)
    except ValueError:
        return
    assert bool(parts) is bool(text.strip())
