"""Up, down, up, down: Icinga's maths over the last 20 minutes."""

from collections.abc import Iterable
from datetime import datetime

from alerts.settings import Flapping

SLOTS = 20


def percent(changes: Iterable[int], *, minute: int) -> float:
    """How much it changes, 0 to 99: 20 slots of a minute, the newest weighs most (0.8 to 1.18).

    `changes` are the minutes (since 1970) in which it changed (Icinga 2,
    lib/icinga/checkable-flapping.cpp).
    """
    slots = {SLOTS - 1 - (minute - change) for change in changes if 0 <= minute - change < SLOTS}
    return 100 * sum(0.8 + 0.02 * slot for slot in slots) / SLOTS


def unstable(was: bool, changes: Iterable[int], *, flapping: Flapping, now: datetime) -> bool:
    """Is it flapping now? Starts above the one threshold, ends at or below the other."""
    level = percent(changes, minute=minute_of(now))
    return level > (flapping.stop if was else flapping.start)


def remember(changes: tuple[int, ...], now: datetime) -> tuple[int, ...]:
    """The changes of the last 20 minutes, this one among them."""
    minute = minute_of(now)
    recent = [change for change in changes if 0 <= minute - change < SLOTS and change != minute]
    return (*recent, minute)


def minute_of(now: datetime) -> int:
    """Minutes since 1970."""
    return int(now.timestamp() // 60)
