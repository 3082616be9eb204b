"""When somebody can't be on call: `away` and `absences` of a person in the configuration."""

from collections.abc import Iterator
from datetime import date, datetime, time, timedelta
from pathlib import Path
from typing import Annotated, Any
from zoneinfo import ZoneInfo

from pydantic import (
    BeforeValidator,
    Field,
    PlainValidator,
    ValidationInfo,
    WithJsonSchema,
    model_validator,
)

from playbooks.client import HttpAddress
from responder.parts import Part
from responder.problems import loading
from responder.rota.moments import Day, Moment, begins_at, ends_at, read_day, read_moment
from responder.rota_values import Absence, Span
from responder.secrets import SecretFile

_DAY = timedelta(days=1)


def _read(written: object) -> Any:
    is_moment = isinstance(written, datetime) or (isinstance(written, str) and ":" in written)
    return read_moment(written) if is_moment else read_day(written)


def _beside(written: object, info: ValidationInfo) -> Path:
    if isinstance(written, Path):
        return written
    if not isinstance(written, str) or not written:
        raise ValueError("must be the path of a file")
    return loading(info).folder / written


DayOrMoment = Annotated[Moment | Day, BeforeValidator(_read)]
FileBeside = Annotated[
    Path, PlainValidator(_beside), WithJsonSchema({"type": "string", "description": "a path"})
]


class AwayPart(Part):
    """Not there from then until then: whole days, the last one too, or times of day."""

    begin: DayOrMoment = Field(alias="from", description="A date, or a date and a time")
    end: DayOrMoment = Field(alias="to", description="A date is included")
    why: str = ""

    def span(self, zone: ZoneInfo) -> Span:
        """By the clocks where this person lives, unless a time names an offset."""
        return Span(begins_at(_midnight(self.begin), zone), ends_at(_over(self.end), zone))

    @model_validator(mode="after")
    def _forwards(self) -> "AwayPart":
        span = self.span(ZoneInfo("UTC"))
        if span.ends <= span.starts:
            raise ValueError("to: must be later than from")
        return self


class CalendarPart(Part):
    """A calendar (iCalendar) whose events say when this person can't be on call."""

    url: HttpAddress | None = None
    url_file: SecretFile | None = Field(None, description="For an address that is a secret itself")
    file: FileBeside | None = Field(None, description="A file that something else writes")
    only: str = Field("", description="Only events whose title holds this, such as: away")

    @model_validator(mode="after")
    def _one_place(self) -> "CalendarPart":
        if sum(one is not None for one in (self.url, self.url_file, self.file)) != 1:
            raise ValueError("one of url, url_file and file says where it is")
        return self


def away_of(person: str, parts: tuple[AwayPart, ...], zone: ZoneInfo) -> Iterator[Absence]:
    """What the configuration itself says of one person."""
    for number, part in enumerate(parts, start=1):
        yield Absence(person, part.span(zone), part.why, f"file:{person}", str(number))


def _midnight(at: date) -> datetime:
    return at if isinstance(at, datetime) else datetime.combine(at, time())


def _over(at: date) -> datetime:
    return at if isinstance(at, datetime) else datetime.combine(at + _DAY, time())
