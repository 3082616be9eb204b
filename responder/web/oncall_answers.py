"""Who is on call, as the API says it and takes changes of it."""

from datetime import datetime, timedelta
from typing import Annotated, Literal, Self

from pydantic import AfterValidator, AwareDatetime, Field, model_validator

from probes.durations import Duration
from responder.rota_values import Override
from responder.rota_values import Span as Stretch
from responder.web.answers import Answer, Moment
from responder.web.orders import Name, Order, Single, Span, Words

LONGEST = timedelta(days=92)
_YEARS = range(2000, 2200)


def _sensible(moment: datetime) -> datetime:
    if moment.year not in _YEARS:
        raise ValueError(f"a year from {_YEARS[0]} to {_YEARS[-1]}")
    return moment


def _near(ahead: timedelta) -> timedelta:
    if ahead > LONGEST:
        raise ValueError(f"at most {LONGEST.days} days")
    return ahead


Instant = Annotated[AwareDatetime, AfterValidator(_sensible)]


class OncallQuery(Order):
    """Which rotas, at which moment, and how far ahead."""

    at: Annotated[Instant | None, Single] = Field(None, description="Now, unless said otherwise")
    rota: Annotated[Name | None, Single] = None
    team: Annotated[Name | None, Single] = Field(None, description="The rotas of this team")
    next: Annotated[Duration, AfterValidator(_near), Single] = Field(
        timedelta(days=1), description="Such as 14d: shifts, gaps and changes of it"
    )


class OverridesQuery(Order):
    """Of which rota."""

    rota: Annotated[Name | None, Single] = None


class OverrideOrder(Span):
    """Somebody stands in: for `instead_of`, or alone for everybody who would be on call."""

    rota: Name
    person: Name
    instead_of: Name | None = None
    starts_at: Instant | None = Field(None, description="Now, unless said otherwise")
    until: Instant | None = None
    reason: Words = ""


class TurnOrder(Order):
    """The shift of a person, by any moment of it."""

    person: Name
    at: Instant


class SwapOrder(Order):
    """Two shifts change hands."""

    rota: Name
    one: TurnOrder
    other: TurnOrder
    reason: Words = ""

    @model_validator(mode="after")
    def _two(self) -> Self:
        if self.one == self.other:
            raise ValueError("name two shifts")
        return self


class OnCallAnswer(Answer):
    """Somebody who is on call; a time is null where it is more than a fortnight away."""

    person: str
    layer: str = Field(description='"" where only an override has somebody on call')
    since: Moment | None
    until: Moment | None
    instead_of: str | None


class ShiftAnswer(Answer):
    """Somebody's shift; of one that others have parts of each piece."""

    layer: str
    person: str
    starts_at: Moment
    ends_at: Moment
    instead_of: str | None


class SpanAnswer(Answer):
    """From when until when."""

    starts_at: Moment
    ends_at: Moment

    @classmethod
    def of(cls, span: Stretch) -> "SpanAnswer":
        return cls(starts_at=span.starts, ends_at=span.ends)


class OverrideAnswer(Answer):
    """A change of a rota. `swap` is the same in both halves of a swap."""

    id: str = Field(description="0 for one that stands in the configuration")
    rota: str
    person: str
    instead_of: str | None
    starts_at: Moment
    ends_at: Moment
    swap: str
    reason: str
    by: str

    @classmethod
    def of(cls, one: Override) -> "OverrideAnswer":
        return cls(
            id=str(one.id),
            rota=one.rota,
            person=one.person,
            instead_of=one.instead_of,
            starts_at=one.span.starts,
            ends_at=one.span.ends,
            swap=one.swap,
            reason=one.reason,
            by=one.by or "configuration",
        )


class OverridesAnswer(Answer):
    """Changes of rotas, the older first: where two touch, the newer counts."""

    overrides: tuple[OverrideAnswer, ...]


class AwayAnswer(Answer):
    """Somebody's shift falls into an absence."""

    person: str
    starts_at: Moment
    ends_at: Moment
    why: str
    covered: bool = Field(description="Others are on call all that time")


class RotaAnswer(Answer):
    """One rota: now, and in the days that were asked for, each of them whole in its zone."""

    rota: str
    team: str | None
    zone: str
    on_call: tuple[OnCallAnswer, ...]
    gap_until: Moment | None = Field(description="Nobody is on call, though somebody is promised")
    next: tuple[str, ...] = Field(description="Who comes next of those who are not on call")
    next_at: Moment | None
    starts_at: Moment
    ends_at: Moment
    shifts: tuple[ShiftAnswer, ...]
    gaps: tuple[SpanAnswer, ...]
    away: tuple[AwayAnswer, ...]
    overrides: tuple[OverrideAnswer, ...]


class OncallAnswer(Answer):
    """Every rota that was asked for."""

    at: Moment
    source: Literal["daemon", "file"] = Field(description="A file knows no changes of people")
    rotas: tuple[RotaAnswer, ...]
