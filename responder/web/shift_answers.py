"""What shifts ask of people and what they hand over, as the API says it."""

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from typing import Annotated, Literal

from pydantic import Field

from responder.handover import Handover
from responder.handover_words import words
from responder.values import Incident
from responder.web.answers import Answer, Moment
from responder.web.oncall_answers import Instant
from responder.web.orders import Name, Order, Single


class HoursQuery(Order):
    """Which weeks."""

    weeks: Annotated[int, Single] = Field(4, ge=1, le=26, description="Whole ones by ISO 8601")
    since: Annotated[Instant | None, Single] = Field(
        None, description="Begins with the week of this time; by default half of them are over"
    )

    def begins(self, now: datetime) -> datetime:
        """A moment of the first week."""
        return (self.since or now - timedelta(weeks=self.weeks // 2)).astimezone(UTC)


class HandoverQuery(Order):
    """Of which shift."""

    rota: Annotated[Name | None, Single] = Field(None, description="By default the first one")
    since: Annotated[Instant | None, Single] = Field(
        None, description="By default since this shift began; in its first hour the one before it"
    )


class LoadAnswer(Answer):
    """What a week asks of a person, in all rotas together."""

    person: str
    week: str = Field(description="Such as 2026-W47")
    hours: float
    nights: int = Field(description="Three hours or more between midnight and six")
    weekend_shifts: int
    pages_asleep: int | None = Field(
        description="In quiet hours, else from 22:00 to 07:00 there; null without a daemon"
    )


class StrainAnswer(Answer):
    """Too much for one person."""

    person: str
    kind: Literal["hours", "nights", "double"]
    text: str


class HoursAnswer(Answer):
    """Whole weeks by the calendar of one zone, those to come as they are planned."""

    zone: str
    starts_at: Moment
    ends_at: Moment
    source: Literal["daemon", "file"]
    weeks: tuple[LoadAnswer, ...]
    strains: tuple[StrainAnswer, ...]


class HandedIncident(Answer):
    """An incident that is still there, or has ended on this shift."""

    id: str
    title: str
    priority: str
    state: str
    opened_at: Moment
    acknowledged_by: str | None
    resolved_at: Moment | None


class WokenAnswer(Answer):
    """How often somebody was paged."""

    person: str
    pages: int


class HandoverAnswer(Answer):
    """`text` is all of it for people, the rest its main parts for programs."""

    rota: str | None
    since: Moment
    until: Moment
    text: str
    open: tuple[HandedIncident, ...]
    over: tuple[HandedIncident, ...]
    woken: tuple[WokenAnswer, ...]

    @classmethod
    def of(cls, told: Handover) -> "HandoverAnswer":
        """Both ways."""
        return cls(
            rota=told.rota.name if told.rota else None,
            since=told.since,
            until=told.now,
            text=words(told),
            open=_incidents(told.open),
            over=_incidents(told.over),
            woken=tuple(WokenAnswer(person=who, pages=count) for who, count in told.woken.items()),
        )


def _incidents(found: Iterable[Incident]) -> tuple[HandedIncident, ...]:
    return tuple(
        HandedIncident(
            id=str(one.id),
            title=one.title,
            priority=one.priority,
            state=one.state,
            opened_at=one.opened_at,
            acknowledged_by=one.acknowledged_by,
            resolved_at=one.resolved_at,
        )
        for one in found
    )
