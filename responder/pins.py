"""Support PINs: how one is drawn, when trying is over, and what is kept of it (R11; pure)."""

import hashlib
import hmac
import secrets
from collections.abc import Callable, Collection
from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum
from itertools import pairwise
from typing import Final

# Failed tries, and the time in which so many of them close the way. The last one is for who stays
# just below the others: even with 6 digits a whole day of his hits one account with 0.1 %.
OF_ACCOUNT: Final = (5, timedelta(minutes=15))
OF_SOURCE: Final = (20, timedelta(hours=1))
OF_ALL: Final = (200, timedelta(minutes=10))
OF_DAY: Final = (1000, timedelta(days=1))
_FEWEST: Final = 3  # different digits


class Verdict(StrEnum):
    """What became of a try. Whoever tried hears only yes or no."""

    GOOD = "good"
    WRONG = "wrong"
    LOCKED = "locked"  # this account or this source has failed too often
    CLOSED = "closed"  # all together have: somebody goes through the accounts


@dataclass(frozen=True, slots=True)
class Fails:
    """Tries that failed within their windows, an account that does not exist counted as one that
    does.
    """

    of_account: int = 0
    of_source: int = 0
    of_all: int = 0
    of_day: int = 0


@dataclass(frozen=True, slots=True)
class Cost:
    """What one digest costs (RFC 7914); memory is 128 * n * r bytes."""

    n: int = 2**14
    r: int = 8
    p: int = 1


def refused(fails: Fails) -> Verdict | None:
    """Why nothing may be tried now; None when it may."""
    if fails.of_all >= OF_ALL[0] or fails.of_day >= OF_DAY[0]:
        return Verdict.CLOSED
    if fails.of_account >= OF_ACCOUNT[0] or fails.of_source >= OF_SOURCE[0]:
        return Verdict.LOCKED
    return None


def drawn(digits: int, *, below: Callable[[int], int] = secrets.randbelow) -> str:
    """A PIN that nobody would try first."""
    while True:
        pin = f"{below(10**digits):0{digits}d}"
        if not is_weak(pin):
            return pin


def is_weak(pin: str) -> bool:
    """Is it of one or two digits, a sequence up or down, or one part said again?"""
    steps = {(int(after) - int(before)) % 10 for before, after in pairwise(pin)}
    doubled = any(pin == pin[:size] * (len(pin) // size) for size in range(1, len(pin) // 2 + 1))
    return len(set(pin)) < _FEWEST or steps in ({1}, {9}) or doubled


def digest(pin: str, *, account: str, salt: str, pepper: bytes, cost: Cost) -> str:
    """What is kept: slow, and of no use to whoever has the store without the daemon's key."""
    peppered = hmac.new(pepper, f"{account}\0{pin}".encode("utf-8", "replace"), hashlib.sha256)
    memory = 256 * cost.r * (cost.n + cost.p + 8)  # twice of what it takes
    return hashlib.scrypt(
        peppered.digest(), salt=bytes.fromhex(salt), n=cost.n, r=cost.r, p=cost.p, maxmem=memory
    ).hex()


def alias(what: str, *, pepper: bytes) -> str:
    """What stands for an account or a source in the list of tries, which holds neither."""
    mac = hmac.new(pepper, b"alias/" + what.encode("utf-8", "replace"), hashlib.sha256)
    return mac.hexdigest()[:32]


def opens(brand: str | None, *, called: Collection[str], seen: Collection[str]) -> str | None:
    """Whose tickets a PIN opens: its own brand's; without one those of the only account of that
    name ("": of no brand). None when it could be one of several. `called`: the brand of each
    account of this name that the panels and the configuration know, `seen`: those of its tickets.
    """
    told = {*called, *seen} - {""}
    if brand:
        return brand
    return None if len(called) > 1 or len(told) > 1 else next(iter(told), "")


def same(one: str, other: str) -> bool:
    """Compared in a time that says nothing of where they differ."""
    return hmac.compare_digest(one.encode(), other.encode())
