"""Times as the outside writes them, and as we write them."""

import re
from datetime import UTC, datetime, timedelta

FAR_FUTURE = datetime(9999, 12, 31, tzinfo=UTC)
"""Stands for every time that is later than any calendar of ours can say."""

_BEYOND = re.compile(r"\+?[0-9]{5,}-")
_LEAP_SECOND = re.compile(r"(?<=[0-9]:[0-9]{2}:)60")


def read_moment(text: str) -> datetime | None:
    """The time in UTC, or None for "no time" (empty, year 1 and before: Go's zero time).

    RFC 3339 with any number of fraction digits (Alertmanager sends nine), cut to microseconds; a
    time without a zone is UTC. A leap second counts as the next one, what no calendar holds becomes
    FAR_FUTURE. Raises ValueError, in plain words, for what is no time at all.
    """
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        return _read_odd(text)
    if moment.year <= 1:
        return None
    return moment if moment.tzinfo is UTC else _in_utc(moment)


def show_moment(moment: datetime) -> str:
    """RFC 3339 in UTC with milliseconds, as DESIGN 14 and Alertmanager's own API write times.

    Raises ValueError for a time without a zone: nobody knows which moment that is.
    """
    if moment.tzinfo is not UTC:
        if moment.tzinfo is None:
            raise ValueError(f"the time {moment} has no zone")
        moment = _in_utc(moment)
    return moment.isoformat(timespec="milliseconds")[:-6] + "Z"


def _read_odd(text: str) -> datetime | None:
    tidy = text.strip().upper()
    if not tidy or tidy.startswith("0000-"):
        return None
    if _BEYOND.match(tidy):
        return FAR_FUTURE
    whole, leap = _LEAP_SECOND.subn("59", tidy, count=1)
    try:
        moment = datetime.fromisoformat(whole)
    except ValueError:
        raise ValueError(f"not a time: {text[:40]!r}") from None
    return None if moment.year <= 1 else _in_utc(moment, later=timedelta(seconds=leap))


def _in_utc(moment: datetime, *, later: timedelta = timedelta(0)) -> datetime:
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=UTC)
    try:
        return moment.astimezone(UTC) + later
    except OverflowError:  # the last hours of the year 9999, seen from the west
        return FAR_FUTURE
