"""Sizes, counts and limits as control panels write them: five spellings of unlimited among them.

WHM says megabytes as "300M" here and as 300.5 or "300.50" there, no limit as "unlimited", null, 0,
"0.00", "" or 999999999999990, and what it can't tell as "*unknown*".
"""

import math
import re
from datetime import UTC, datetime

UNLIMITED = math.inf
"""A limit that is none: whatever is used is 0 % of it."""

_NO_LIMIT = 999_999_999_999_990  # recorded in showbw
_SIZE = re.compile(r"([0-9]+(?:\.[0-9]+)?)\s*([kmgt]?)i?b?", re.IGNORECASE)
_MEGABYTES = {"": 1.0, "k": 1 / 1024, "m": 1.0, "g": 1024.0, "t": 1024.0**2}
_WORDS = frozenset({"unlimited", "none", "infinity", ""})


def number(told: object) -> float | None:
    """A plain number, in a string or not; None for `*unknown*` and whatever else is none."""
    if isinstance(told, bool) or not isinstance(told, int | float | str):
        return None
    try:
        value = float(told)
    except (ValueError, OverflowError):
        return None
    return value if math.isfinite(value) else None


def count(told: object) -> int | None:
    """A whole number: `9`, `"9"`; None when it is unknown."""
    value = number(told)
    return None if value is None else int(value)


def flag(told: object) -> bool:
    """WHM's booleans are 0 and 1, now and then in quotes."""
    return number(told) == 1 or told is True


def megabytes(told: object) -> float | None:
    """`"300M"`, `"1.5G"`, `300`, `"300.25"`: megabytes; None when it is unknown."""
    if not isinstance(told, str):
        return number(told)
    parts = _SIZE.fullmatch(told.strip())
    return float(parts[1]) * _MEGABYTES[parts[2].lower()] if parts else None


def limit(told: object) -> float | None:
    """A limit in megabytes (or in whatever a bare number counts): UNLIMITED in each of its
    spellings, None when it is unknown.
    """
    if told is None or (isinstance(told, str) and told.strip().lower() in _WORDS):
        return UNLIMITED
    value = megabytes(told)
    return UNLIMITED if value is not None and (value <= 0 or value >= _NO_LIMIT) else value


def share(used: float | None, most: float | None) -> float:
    """How full: 0.95 of its limit; 0 where there is no limit or one of them is unknown."""
    if used is None or most is None or most <= 0:
        return 0.0
    return used / most


def moment(told: object) -> datetime | None:
    """Seconds since 1970 in UTC, or a time as `2026-11-20T02:00:00Z`; null and 0 are no time."""
    value = number(told)
    if value is not None:
        return _at(value)
    if not isinstance(told, str):
        return None
    try:
        read = datetime.fromisoformat(told)
    except ValueError:
        return None
    return read if read.tzinfo else read.replace(tzinfo=UTC)


def _at(seconds: float) -> datetime | None:
    try:
        return datetime.fromtimestamp(seconds, UTC) if seconds > 0 else None
    except (OverflowError, OSError, ValueError):
        return None
