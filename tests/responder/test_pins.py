"""R11, S47: is a support PIN hard to guess, even for who has all day and a thousand addresses?"""

from collections import deque
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from responder.pins import (
    OF_ACCOUNT,
    OF_ALL,
    OF_DAY,
    OF_SOURCE,
    Cost,
    Fails,
    Verdict,
    alias,
    digest,
    drawn,
    is_weak,
    opens,
    refused,
)

FAST = Cost(n=2, r=1)
PEPPER = b"p" * 32
SALT = "ab" * 16


@given(st.integers(6, 10))
def test_a_drawn_pin_has_its_digits_and_is_none_that_is_tried_first(digits: int) -> None:
    pin = drawn(digits)
    assert len(pin) == digits
    assert pin.isdecimal()
    assert not is_weak(pin)


@pytest.mark.parametrize(
    "pin",
    ["000000", "123456", "987654", "890123", "111222", "121212", "123123", "12341234", "10101010"],
)
def test_what_everybody_tries_first_is_never_drawn(pin: str) -> None:
    assert is_weak(pin)
    told = iter([int(pin), 905_173 if len(pin) == 6 else 90_517_326])
    assert drawn(len(pin), below=lambda _: next(told)) != pin


def test_every_digest_is_of_its_account_its_salt_and_our_pepper() -> None:
    made = {
        digest("905173", account=account, salt=salt, pepper=pepper, cost=FAST)
        for account in ("c-17", "c-18")
        for salt in (SALT, "cd" * 16)
        for pepper in (PEPPER, b"q" * 32)
    }
    assert len(made) == 8
    assert not any("905173" in one for one in made)


def test_the_list_of_tries_holds_neither_account_nor_source() -> None:
    assert "c-17" not in alias("c-17", pepper=PEPPER)
    assert alias("c-17", pepper=PEPPER) != alias("c-17", pepper=b"q" * 32)


@pytest.mark.parametrize(
    ("fails", "verdict"),
    [
        (Fails(), None),
        (Fails(of_account=4, of_source=19, of_all=199, of_day=999), None),
        (Fails(of_account=5), Verdict.LOCKED),
        (Fails(of_source=20), Verdict.LOCKED),
        (Fails(of_all=200), Verdict.CLOSED),
        (Fails(of_day=1000), Verdict.CLOSED),
        (Fails(of_account=5, of_all=200), Verdict.CLOSED),
    ],
)
def test_too_many_fails_close_the_way(fails: Fails, verdict: Verdict | None) -> None:
    assert refused(fails) == verdict


class _Window:
    """Fails of the last while, on a clock in seconds."""

    def __init__(self, span: timedelta) -> None:
        self._span, self._at = span.total_seconds(), deque[float]()

    def count(self, now: float) -> int:
        while self._at and self._at[0] <= now - self._span:
            self._at.popleft()
        return len(self._at)

    def add(self, now: float) -> None:
        self._at.append(now)


def test_a_day_of_spraying_10000_accounts_from_1000_sources_hits_under_one_in_a_hundred() -> None:
    """Even the shortest PINs, and a try each second and a half around the clock (R11)."""
    accounts = [_Window(OF_ACCOUNT[1]) for _ in range(10_000)]
    sources = [_Window(OF_SOURCE[1]) for _ in range(1_000)]
    soon, day = _Window(OF_ALL[1]), _Window(OF_DAY[1])
    tried = 0
    for at in range(60_000):
        now, account, source = at * 1.44, accounts[at % 10_000], sources[at % 1_000]
        seen = Fails(*(one.count(now) for one in (account, source, soon, day)))
        if refused(seen) is None:
            tried += 1
            for one in (account, source, soon, day):
                one.add(now)
    assert 0 < tried <= OF_DAY[0]
    assert tried / 10**6 < 0.01


@pytest.mark.parametrize(
    ("brand", "called", "seen", "whose"),
    [
        ("acme", ["blau"], {"blau"}, "acme"),
        (None, [], set(), ""),
        (None, [""], set(), ""),
        (None, ["acme"], {"acme"}, "acme"),
        (None, [], {"blau"}, "blau"),
        (None, ["acme", "acme"], set(), None),
        (None, ["acme"], {"blau"}, None),
        (None, [], {"acme", "blau"}, None),
    ],
)
def test_r12_a_pin_without_a_brand_opens_the_only_account_of_its_name(
    brand: str | None, called: list[str], seen: set[str], whose: str | None
) -> None:
    assert opens(brand, called=called, seen=seen) == whose
