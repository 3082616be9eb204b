"""What the API says of a ticket's way through the levels, and of the scope of each."""

from pydantic import Field

from responder.desk_values import Target
from responder.web.answers import Answer, Moment


class ClockAnswer(Answer):
    """One promise; seconds of its own calendar."""

    target: Target
    budget: int
    spent: int
    warned: int = Field(description="0, 50, 80 or 100 percent")
    next_at: Moment | None = Field(description="When the next of them will be reached")
    ended_at: Moment | None = Field(description="Kept, or of no use any more")


class StayAnswer(Answer):
    """One time at one desk (R51)."""

    queue: str
    since: Moment
    until: Moment | None
    held_seconds: int
    touch_seconds: int = Field(description="From the first act of a person there to the last")
    acts: int


class VendorAnswer(Answer):
    """Who was asked outside (R59)."""

    case: int
    vendor: str
    reference: str
    contact: str
    opened_by: str
    opened_at: Moment
    chase_at: Moment | None
    closed_at: Moment | None


class SeenAnswer(Answer):
    """What is known of tickets of the same kind (R42)."""

    times: int
    ticket: str | None = Field(description="The last one that was solved")
    fix: str


class LevelsAnswer(Answer):
    """Whose a ticket was how long, what was promised, whom it waits for."""

    ticket: str
    queue: str
    owner: str | None = Field(description="Accountable until it is over")
    handler: str | None = Field(description="Who works on it at this level")
    reviewed_at: Moment | None
    handed_from: str
    outcome: str
    article: str
    candidate: bool
    prevention: str
    clocks: tuple[ClockAnswer, ...]
    stays: tuple[StayAnswer, ...]
    vendors: tuple[VendorAnswer, ...]
    asked_until: Moment | None = Field(description="So long level 3's question may be answered")
    seen_before: SeenAnswer


class TaskAnswer(Answer):
    """One task of the scope catalogue (R60-R62). `known`: else level 1 looks at it."""

    task: str
    queue: str
    login: bool
    playbook: str | None
    known: bool


class ScopeAnswer(Answer):
    """The catalogue, or the one task that was asked for."""

    tasks: tuple[TaskAnswer, ...]


class PassedOnAnswer(Answer):
    """A ticket that somebody passed on, or that came back to him."""

    person: str
    ticket: str
    subject: str
    how: str = Field(description="escalated or reopened")
    at: Moment


class PassedOnListAnswer(Answer):
    """By name and time; no figure of anybody."""

    tickets: tuple[PassedOnAnswer, ...]


class CandidateAnswer(Answer):
    """A ticket that is worth an article."""

    ticket: str
    subject: str
    article: str


class CandidatesAnswer(Answer):
    """The newest first."""

    tickets: tuple[CandidateAnswer, ...]
