"""Is a code taken exactly once, in its time, and never by guessing?"""

import base64
from datetime import UTC, datetime, timedelta
from urllib.parse import parse_qs, unquote, urlsplit

import pytest
from hypothesis import given
from hypothesis import strategies as st

from responder.totp import (
    GUESSES,
    BadSeed,
    Judged,
    Tried,
    address,
    code_at,
    judged,
    seed_of,
    step_of,
)

NOW = datetime(2026, 11, 22, 3, 10, 12, tzinfo=UTC)
RFC_SEED = b"12345678901234567890"  # of RFC 6238, appendix B, SHA-1
SEED_TEXT = base64.b32encode(RFC_SEED).decode()


def shown(seconds: float = 0) -> str:
    """What a telephone shows whose clock differs by so much from ours."""
    return code_at(RFC_SEED, step_of(NOW + timedelta(seconds=seconds)))


def wrong() -> str:
    """A code that no step near now has."""
    near = {shown(30 * step) for step in range(-3, 4)}
    return next(code for code in ("000000", "111111", "222222", "333333") if code not in near)


def ask(code: str, tried: Tried | None = None, *, later: float = 0) -> Judged:
    return judged(tried or Tried(), code, RFC_SEED, now=NOW + timedelta(seconds=later))


@pytest.mark.parametrize(
    ("second", "eight_digits"),
    [
        (59, "94287082"),
        (1111111109, "07081804"),
        (1111111111, "14050471"),
        (1234567890, "89005924"),
        (2000000000, "69279037"),
        (20000000000, "65353130"),
    ],
)
def test_the_codes_are_those_of_rfc_6238_appendix_b(second: int, eight_digits: str) -> None:
    """The table has eight digits; six are the last six of them, by the definition of Truncate."""
    assert code_at(RFC_SEED, second // 30) == eight_digits[-6:]


def test_the_right_code_is_taken_and_its_step_is_used() -> None:
    found = ask(shown())
    assert (found.refusal, found.tried) == ("", Tried(step_of(NOW), ()))
    spaced = shown()[:3] + " " + shown()[3:] + "\n"
    assert ask(spaced).refusal == ""


@pytest.mark.parametrize(("skew", "taken"), [(-60, False), (-30, True), (30, True), (60, False)])
def test_a_clock_may_be_wrong_by_one_step(skew: int, taken: bool) -> None:
    assert (ask(shown(skew)).refusal == "") is taken


def test_a_code_is_taken_once() -> None:
    after = ask(shown()).tried
    again = ask(shown(), after, later=5)
    assert again.refusal == "this code was used already: wait for the next one"
    assert again.tried == after
    assert ask(shown(30), after, later=20).refusal == ""


def test_once_a_code_was_taken_no_older_one_is() -> None:
    after = ask(shown(30)).tried
    assert "used already" in ask(shown(), after).refusal
    assert "used already" in ask(shown(-30), after).refusal


def test_five_wrong_codes_and_none_is_taken_for_ten_minutes() -> None:
    tried = Tried()
    for second in range(GUESSES):
        found = ask(wrong(), tried, later=second)
        assert (found.refusal, found.resting) == ("this code is wrong", False)
        tried = found.tried
    right = ask(shown(), tried, later=9)
    assert right == Judged(tried, "too many wrong codes: none is taken for 9 min", resting=True)
    assert ask(shown(590), tried, later=590).resting
    assert ask(shown(600), tried, later=600).refusal == ""


def test_a_right_code_does_not_buy_more_guesses() -> None:
    tried = Tried()
    for _ in range(GUESSES - 1):
        tried = ask(wrong(), tried).tried
    tried = ask(shown(), tried).tried
    assert ask(wrong(), tried, later=1).refusal == "this code is wrong"
    tried = ask(wrong(), tried, later=1).tried
    assert ask(shown(30), tried, later=30).resting


@pytest.mark.parametrize(
    "given_", ["", "12345", "1234567", "12345a", "\uff11" * 6, "-12345", "12\x003456", "1" * 9000]
)
def test_what_is_no_code_is_neither_right_nor_wrong(given_: str) -> None:
    found = ask(given_)
    assert found == Judged(Tried(), "type the six digits that your app shows")


@given(st.builds(Tried, st.integers(0, 2**40), st.lists(st.integers(0, 2**40)).map(tuple)))
def test_what_was_tried_can_be_kept(tried: Tried) -> None:
    assert Tried.read(tried.text()) == tried
    assert Tried.read("") == Tried()


@given(st.text(max_size=80))
def test_no_text_but_a_seed_is_one_and_none_is_shown(text: str) -> None:
    told = ""
    try:
        seed = seed_of(text)
    except BadSeed as bad:
        seed, told = b"x" * 16, str(bad)
    assert len(seed) >= 16
    assert len(text) < 8 or text not in told


def test_a_seed_is_read_as_people_copy_it() -> None:
    for text in (SEED_TEXT.lower(), f" {SEED_TEXT[:8]} {SEED_TEXT[8:]}\n", SEED_TEXT + "===="):
        assert seed_of(text) == RFC_SEED
    for text in ("", "made up", "0189" * 8, "GEZDGNBVGY3TQOJQ"):
        with pytest.raises(BadSeed):
            seed_of(text)


def test_an_app_understands_the_address() -> None:
    parts = urlsplit(address(SEED_TEXT.lower(), "ana müller"))
    assert (parts.scheme, parts.netloc) == ("otpauth", "totp")
    assert unquote(parts.path) == "/Rapid Responder:ana müller"
    assert parse_qs(parts.query) == {
        "secret": [SEED_TEXT],
        "issuer": ["Rapid Responder"],
        "algorithm": ["SHA1"],
        "digits": ["6"],
        "period": ["30"],
    }
