"""Durations and whole numbers as Go reads them out of a blackbox.yml."""

import re
from datetime import timedelta

_SECONDS = {
    "ns": 1e-9,
    "us": 1e-6,
    "\u00b5s": 1e-6,  # the micro sign
    "\u03bcs": 1e-6,  # the Greek letter
    "ms": 0.001,
    "s": 1,
    "m": 60,
    "h": 3600,
}
_PART = re.compile(r"([0-9]+\.?[0-9]*|\.[0-9]+)(ns|us|\u00b5s|\u03bcs|ms|s|m|h)")
_LONGEST = 2**63 / 1e9  # Go counts nanoseconds in 64 bits: 292 years


def go_duration(text: str) -> timedelta | None:
    """`1m30s`, `500ms` (https://pkg.go.dev/time#ParseDuration); None for nought and less, which
    mean that none is set. ValueError with plain words otherwise: Go knows no days.
    """
    sign, rest = (text[0], text[1:]) if text[:1] in ("+", "-") else ("", text)
    parts = _PART.findall(rest)
    if rest != "0" and (not parts or "".join(number + unit for number, unit in parts) != rest):
        raise ValueError("must be a duration of Go: 5s, 1m30s, 500ms (no days, no bare numbers)")
    seconds = sum(float(number) * _SECONDS[unit] for number, unit in parts)
    if seconds > _LONGEST:
        raise ValueError("a longer duration than Go can count")
    return timedelta(seconds=seconds) if seconds and sign != "-" else None


_OTHER_BASE = re.compile(r"([-+]?)(0[xX][0-9a-fA-F]+|0[bB][01]+|0[oO]?[0-7]+)")


def go_number(text: str) -> str:
    """A whole number in decimal, whatever base it is written in: 0310 is 200, as in C. What is none
    stays as it is: the field that takes it will say so.
    """
    plain = text.replace("_", "")
    if not (match := _OTHER_BASE.fullmatch(plain)):
        return plain
    sign, digits = match.groups()
    based = digits if not digits[1].isdigit() else f"0o{digits[1:]}"
    return f"{sign}{int(based, 0)}"
