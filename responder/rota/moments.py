"""Times and dates as people write them in a rota: 07:00, 2026-01-05, 2026-12-24 18:00."""

from datetime import UTC, date, datetime, time
from typing import Annotated
from zoneinfo import ZoneInfo

from pydantic import BeforeValidator, PlainSerializer, WithJsonSchema

from responder.parts import CLOCK, clock_of
from responder.rota.walltime import first_instant, last_instant

_YEARS = range(2000, 2200)  # so that no zone leads over the end of what a date can be


def _read_clock(written: object) -> time:
    if isinstance(written, time):
        return written
    return time.fromisoformat(clock_of(written))


def read_day(written: object) -> date:
    """A date as YYYY-MM-DD. Raises ValueError."""
    if isinstance(written, date):
        return written
    try:
        day = date.fromisoformat(written if isinstance(written, str) else "")
    except ValueError:
        raise ValueError("write a date as YYYY-MM-DD") from None
    return _sensible(day)


def read_moment(written: object) -> datetime:
    """A date and a time, as YYYY-MM-DD HH:MM and perhaps an offset. Raises ValueError."""
    if isinstance(written, datetime):
        return written
    text = written if isinstance(written, str) and ":" in written else ""
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        raise ValueError("write a date and a time, YYYY-MM-DD HH:MM") from None
    _sensible(moment)
    return moment


def _sensible(day: date) -> date:
    if day.year not in _YEARS:
        raise ValueError(f"a year from {_YEARS[0]} to {_YEARS[-1]}")
    return day


ClockTime = Annotated[
    time,
    BeforeValidator(_read_clock),
    PlainSerializer(lambda clock: f"{clock:%H:%M}", return_type=str),
    WithJsonSchema({"type": "string", "pattern": CLOCK}),
]
Day = Annotated[date, BeforeValidator(read_day)]
Moment = Annotated[datetime, BeforeValidator(read_moment)]
"""Without a zone it is a time on the walls of the zone of its rota."""


def begins_at(moment: datetime, zone: ZoneInfo) -> datetime:
    """In UTC; a time that comes twice on the wall begins when it comes first."""
    return moment.astimezone(UTC) if moment.tzinfo else first_instant(moment, zone)


def ends_at(moment: datetime, zone: ZoneInfo) -> datetime:
    """In UTC; a time that comes twice on the wall ends when it comes last."""
    return moment.astimezone(UTC) if moment.tzinfo else last_instant(moment, zone)
