"""What the API says of inflow and digest."""

from typing import Annotated, Literal

from pydantic import AwareDatetime, Field

from responder.kpi.inflow import DAYS, Cluster, Shift
from responder.management.digest import Digest
from responder.management.digest_words import subject, words
from responder.management.flow import WEEKS, Inflow
from responder.staff import Zone
from responder.web.answers import Answer, Moment
from responder.web.orders import Order, Single


class InflowQuery(Order):
    """Which weeks, by whose clocks; by default those of the rotas."""

    weeks: Annotated[int, Single] = Field(WEEKS, ge=1, le=52)
    zone: Annotated[Zone | None, Single] = None


class DigestQuery(Order):
    """The span that ends then; by default the one that ends now."""

    at: Annotated[AwareDatetime | None, Single] = None
    format: Annotated[Literal["json", "markdown"], Single] = "json"


class ShiftAnswer(Answer):
    """The hours in which most comes, from `begins` o'clock on; they may end on the day after."""

    day: str
    begins: int
    ends: int
    share: float = Field(description="Of all that comes within 24 hours of its beginning")


class HoursAnswer(Answer):
    """How many tickets came in each of the 24 hours of a day of the week."""

    day: str
    hours: tuple[int, ...]


class ClusterAnswer(Answer):
    """Tickets of one kind."""

    fingerprint: str
    example: str = Field(description="The newest: its number and subject")
    count: int
    before: int = Field(description="In the span before")
    growth: float | None = Field(description="0.5 is half as many again; null where all are new")
    handling_seconds: int = Field(description="For which somebody had them in hand, in all")
    has_playbook: bool


class InflowAnswer(Answer):
    """When tickets come and of which kinds."""

    since: Moment
    until: Moment
    zone: str
    total: int
    before: int
    growth: float | None
    hours: tuple[HoursAnswer, ...]
    suggested: ShiftAnswer | None = Field(description="For a day like any other")
    shifts: tuple[ShiftAnswer, ...] = Field(description="For each day of the week")
    growing: tuple[ClusterAnswer, ...]
    candidates: tuple[ClusterAnswer, ...] = Field(description="Most worth a playbook")


class BurdenAnswer(Answer):
    """What was asked of one person."""

    person: str
    hours: float
    nights: int
    nights_in_a_row: int
    weekend_shifts: int
    pages: int
    pages_asleep: int


class DigestAnswer(Answer):
    """What is sent every two weeks, as it is now."""

    since: Moment
    until: Moment
    subject: str
    markdown: str
    people: tuple[BurdenAnswer, ...]
    strains: tuple[str, ...]


def inflow_answer(found: Inflow) -> InflowAnswer:
    """All of it."""
    return InflowAnswer(
        since=found.since,
        until=found.until,
        zone=found.zone,
        total=found.total,
        before=found.before,
        growth=found.growth,
        hours=tuple(
            HoursAnswer(day=day, hours=hours) for day, hours in zip(DAYS, found.hours, strict=True)
        ),
        suggested=_shift(found.everyday) if found.everyday else None,
        shifts=tuple(map(_shift, found.shifts)),
        growing=tuple(map(_cluster, found.growing)),
        candidates=tuple(map(_cluster, found.candidates)),
    )


def digest_answer(found: Digest) -> DigestAnswer:
    """As text, and what a program may want to know of people's load."""
    return DigestAnswer(
        since=found.since,
        until=found.until,
        subject=subject(found),
        markdown=words(found),
        people=tuple(
            BurdenAnswer(
                person=one.person,
                hours=one.hours,
                nights=one.nights,
                nights_in_a_row=one.longest,
                weekend_shifts=one.weekend_shifts,
                pages=one.paged,
                pages_asleep=one.woken,
            )
            for one in found.burdens
        ),
        strains=tuple(f"{one.person}: {one.text}" for one in found.strains),
    )


def _shift(one: Shift) -> ShiftAnswer:
    return ShiftAnswer(day=one.day, begins=one.begins, ends=one.ends, share=round(one.share, 4))


def _cluster(one: Cluster) -> ClusterAnswer:
    return ClusterAnswer(
        fingerprint=one.fingerprint,
        example=one.example,
        count=one.count,
        before=one.before,
        growth=None if one.growth is None else round(one.growth, 4),
        handling_seconds=one.handling,
        has_playbook=one.has_playbook,
    )
