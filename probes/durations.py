"""Spans of time as people write them: 90s, 5m, 1h30m, 14d."""

import re
from datetime import timedelta
from typing import Annotated

from pydantic import BeforeValidator, PlainSerializer, WithJsonSchema

_UNITS = {"ms": 0.001, "s": 1, "m": 60, "h": 3600, "d": 86400, "w": 604800}
_PART = re.compile(r"([0-9]+(?:\.[0-9]+)?)(ms|s|m|h|d|w)")
_LONGEST = 100 * 366 * 86400  # seconds; no date, less or more so much, leaves the calendar
_EXAMPLES = "write a duration such as 30s, 5m or 1h30m"


def read_duration(text: object) -> timedelta:
    """A span from text such as `1h30m`; a bare number is seconds. ValueError with plain words
    otherwise.
    """
    if isinstance(text, timedelta):
        return text
    if isinstance(text, bool) or not isinstance(text, str | int | float):
        raise ValueError(_EXAMPLES)
    if not isinstance(text, str):
        return _seconds(text)
    parts = _PART.findall(text)
    if not parts or "".join(number + unit for number, unit in parts) != text.strip():
        raise ValueError(_EXAMPLES)
    return _seconds(sum(float(number) * _UNITS[unit] for number, unit in parts))


def _seconds(count: float) -> timedelta:
    if not count >= 0:  # NaN is not
        raise ValueError(_EXAMPLES)
    if count > _LONGEST:
        raise ValueError("that is longer than a hundred years")
    return timedelta(seconds=count)


def show_duration(span: timedelta) -> str:
    """The same span in words for people: `45 s`, `5 min`, `2 h 5 min`, `3 d 1 h`."""
    seconds = max(0, round(span.total_seconds()))
    if seconds < 60:
        return f"{seconds} s"
    minutes, hours, days = seconds // 60, seconds // 3600, seconds // 86400
    if minutes < 60:
        return f"{minutes} min"
    big, small = (f"{days} d", f"{hours % 24} h") if days else (f"{hours} h", f"{minutes % 60} min")
    return big if small.startswith("0 ") else f"{big} {small}"


Duration = Annotated[
    timedelta,
    BeforeValidator(read_duration),
    PlainSerializer(lambda span: f"{span.total_seconds():.16g}s", return_type=str),
    WithJsonSchema(
        {"anyOf": [{"type": "string", "examples": ["5m", "1h30m"]}, {"type": "number"}]}
    ),
]
