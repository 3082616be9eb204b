"""What the API answers about the support figures; all spans are seconds."""

from collections.abc import Mapping
from datetime import timedelta
from typing import Annotated, Any, Literal

from pydantic import AwareDatetime, Field

from probes.durations import Duration
from responder.web.answers import Answer
from responder.web.orders import Name, Order, Single

By = Literal["priority", "level", "channel"]


class KpiQuery(Order):
    """Which span of time, and grouped by what."""

    last: Annotated[Duration, Single] = Field(timedelta(days=30), description="How far back")
    until: Annotated[AwareDatetime | None, Single] = Field(None, description="Now by default")
    brand: Annotated[Name | None, Single] = Field(None, description="Of its tickets alone")
    by: tuple[By, ...] = Field(("priority", "level"), description="Repeatable")


class SpentAnswer(Answer):
    """The same figure in the window before."""

    count: int
    average: float
    p90: float


class SpanAnswer(SpentAnswer):
    """One figure of one group; what it is not grouped by is empty."""

    figure: str
    priority: str
    level: str
    channel: str
    by: str = Field(description="person or automation")
    median: float
    course: tuple[float | None, ...] = Field(description="Averages of twelfths of the window")
    before: SpentAnswer | None


class ShareAnswer(Answer):
    """So many of so many."""

    part: int
    whole: int
    ratio: float | None = Field(description="null when there is nothing to share")
    ratio_before: float | None = Field(description="Of the window before")


class PendingAnswer(Answer):
    """Tickets of which only time can tell: they are no zeros."""

    useful_response: int
    resolution: int


class QueueAnswer(Answer):
    """Tickets that are not solved."""

    queue: str
    priority: str
    tickets: int


class KpiAnswer(Answer):
    """A window of time, and the one before it."""

    since: str
    until: str
    brand: str | None
    by: tuple[By, ...]
    spans: tuple[SpanAnswer, ...]
    counts: Mapping[str, int] = Field(description="By figure, such as opened/hosting/email")
    counts_before: Mapping[str, int]
    votes: Mapping[str, int] = Field(description="Tickets by their last score")
    satisfied: ShareAnswer = Field(description="Votes of 4 and 5 of all votes")
    answered: ShareAnswer = Field(description="Customers' solved tickets with a vote, of all")
    level1: ShareAnswer = Field(description="Solved at level 1, of what a level solved")
    pending: PendingAnswer
    open: tuple[QueueAnswer, ...]

    @classmethod
    def of(cls, told: Mapping[str, Any]) -> "KpiAnswer":
        """From `responder.kpi.report.as_json`."""
        return cls.model_validate(told)
