"""What the API answers about looks: how each target stands, and how it stood."""

from collections.abc import Mapping
from typing import Annotated, Literal

from pydantic import AfterValidator, Field

from alerts.availability import Availability, Kind
from alerts.model import clean
from alerts.observed import State
from probes.model import Phase, Severity, Verdict
from responder.web.answers import Answer, Moment
from responder.web.orders import Name, Order, Single

# Longer than other names: an address may be a part of it.
Key = Annotated[str, AfterValidator(clean), Field(min_length=1, max_length=4000)]


class LooksQuery(Order):
    """Which looks a list shows."""

    state: tuple[State, ...] = Field((), description="Repeatable")
    server: Annotated[Name | None, Single] = Field(None, description="At this server alone")
    limit: Annotated[int, Single] = Field(100, ge=1, le=1000)
    after: Annotated[str | None, Single] = Field(None, description="`next` of the part before")


class LookQuery(Order):
    """Which look."""

    key: Annotated[Key, Single] = Field(description="Its name, such as web1/http")


class IssueAnswer(Answer):
    """Something wrong with a target that answers."""

    code: str
    severity: Severity
    about: str
    text: str
    since: Moment
    sure: bool = Field(description="False while it is not confirmed")


class LookAnswer(Answer):
    """One look, and what we believe of its target."""

    key: str
    module: str
    kind: str
    target: str
    server: str | None
    reseller: str | None
    brand: str | None
    state: State
    since: Moment | None
    failing_since: Moment | None
    attempts: int = Field(description="Failing looks in a row, while suspected")
    phase: Phase | None
    reason: str
    verdict: Verdict | None = Field(description="Of the last look, if this instance did it")
    looked_at: Moment | None
    issues: tuple[IssueAnswer, ...]
    interval: float = Field(description="Seconds")
    labels: Mapping[str, str]


class LooksAnswer(Answer):
    """A part of the list."""

    looks: tuple[LookAnswer, ...]
    next: str | None
    blind: bool = Field(description="True while nothing that we see is believed")
    silent: tuple[str, ...] = Field(description="References that did not answer when asked last")


class ChangeAnswer(Answer):
    """From then on it stood so."""

    at: Moment
    state: str
    phase: str
    reason: str
    seconds: float = Field(description="How long; until now for the newest")


class HourAnswer(Answer):
    """The looks of one hour."""

    hour: Moment
    looks: int
    failed: int
    unknown: int
    average: float = Field(description="Seconds that a look took")
    longest: float


class HistoryAnswer(Answer):
    """How a target stood, the newest change first, and its last hours."""

    key: str
    changes: tuple[ChangeAnswer, ...]
    hours: tuple[HourAnswer, ...]


class AvailabilityQuery(Order):
    """Which month, and in which form."""

    month: Annotated[str | None, Single] = Field(None, description="2026-11; this one by default")
    format: Annotated[Literal["json", "csv"], Single] = "json"


class OneAvailability(Answer):
    """What the month was for one of them, in seconds; planned work and blind time apart."""

    kind: Kind
    name: str
    ratio: float | None = Field(description="up / (up + down); null when nothing was seen")
    up: float
    down: float
    unknown: float
    maintenance: float
    blind: float

    @classmethod
    def of(cls, one: Availability) -> "OneAvailability":
        told = one.tally
        return cls(
            kind=one.kind,
            name=one.name,
            ratio=told.ratio,
            up=told.up,
            down=told.down,
            unknown=told.unknown,
            maintenance=told.maintenance,
            blind=told.blind,
        )


class AvailabilityAnswer(Answer):
    """A month."""

    month: str
    availability: tuple[OneAvailability, ...]
