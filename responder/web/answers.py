"""What the API answers, as types: incidents, what belongs to them, and how the daemon is."""

from collections.abc import Mapping
from datetime import datetime
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, PlainSerializer, WithJsonSchema

from alerts.model import ActorKind, Category, Priority
from alerts.moments import show_moment
from playbooks.ports import TicketState
from responder.values import IncidentState

Moment = Annotated[
    datetime,
    PlainSerializer(show_moment, return_type=str),
    WithJsonSchema({"type": "string", "format": "date-time"}),
]
"""RFC 3339 in UTC with milliseconds."""


class Answer(BaseModel):
    """A part of an answer: its fields are the contract, no more and no less."""

    # Built when first told: most of them never are, and all together take 3 MB.
    model_config = ConfigDict(extra="forbid", frozen=True, defer_build=True)


class ErrorFacts(Answer):
    """What was refused, in plain words, and where in the request it stands."""

    code: str
    message: str
    where: str


class ErrorAnswer(Answer):
    """Every refusal."""

    error: ErrorFacts


class AlertAnswer(Answer):
    """One alert, from its first firing to its end."""

    id: str
    identity: str = Field(description="Hash of the labels less the ignored ones")
    status: Literal["firing", "resolved", "source_forgot"]
    labels: Mapping[str, str]
    annotations: Mapping[str, str]
    starts_at: Moment
    ends_at: Moment | None


class TicketAnswer(Answer):
    """A ticket of an incident."""

    id: str
    ref: str = Field(description='Its name in its own system, "" until it is open there')
    system: str
    state: TicketState


class TryAnswer(Answer):
    """One attempt to deliver a page, or a later word about it."""

    at: Moment
    outcome: Literal["accepted", "failed", "unsure", "reached", "missed", "unknown", "pressed"]
    detail: str = Field(description="What the provider said; of a pressed key which, and the call")


class PageAnswer(Answer):
    """A message to one person over one method."""

    id: str
    person: str
    method: str
    event: str = Field(description="opened | repeated | escalated | recovered ...")
    step: int = Field(description="Counts from 1, as X-Responder-Step does")
    state: Literal["queued", "delivered", "failed", "suppressed"]
    at: Moment = Field(description="Of the last change")
    delayed_until: Moment | None = Field(description="While it waits: rung too often before")
    tries: tuple[TryAnswer, ...] = Field(description="Not in lists")


class RunAnswer(Answer):
    """A run of a playbook."""

    id: str
    playbook: str
    state: str


class MajorAnswer(Answer):
    """How a major incident is led (R71)."""

    rule: str = Field(description="storm | hand")
    declared_by: str
    declared_at: Moment
    incident_lead: str | None
    communication_lead: str | None
    finding: str = Field(description='What is unwise about it, such as one person for both; or ""')
    every_seconds: int
    next_update_at: Moment | None = Field(description="By when customers hear again; may be past")
    overdue: int = Field(description="Pages because they did not")
    ended_at: Moment | None
    causes: tuple[str, ...]


class IncidentAnswer(Answer):
    """One trouble."""

    id: str
    key: str = Field(description="What it is about: server:web1, dc:fra1, alert:...")
    title: str
    category: Category
    priority: Priority
    state: IncidentState
    server: str | None
    brand: str | None
    rule: str = Field(description="What decided its category and priority")
    drill: bool
    parent: str | None = Field(description="The greater incident that it joined")
    muted_by: tuple[str, ...] = Field(description="Why its messages wait")
    opened_at: Moment
    acknowledged_at: Moment | None
    acknowledged_by: str | None
    recovered_at: Moment | None
    resolved_at: Moment | None
    alerts: tuple[AlertAnswer, ...] = Field(description="In lists the 20 newest")
    alerts_total: int
    tickets: tuple[TicketAnswer, ...]
    pages: tuple[PageAnswer, ...]
    runs: tuple[RunAnswer, ...]
    major: MajorAnswer | None = Field(description="Null where it never was major")


class IncidentsAnswer(Answer):
    """A part of the list, newest first. `next` goes into `after=`; null at the end."""

    incidents: tuple[IncidentAnswer, ...]
    next: str | None


class ActorAnswer(Answer):
    """Who did it."""

    kind: ActorKind
    name: str


class EventAnswer(Answer):
    """One line of a log. `text` is for people; `data` has what they wrote as `words`, in full."""

    id: str
    at: Moment
    kind: str
    actor: ActorAnswer
    text: str
    data: Mapping[str, Any]


class EventsAnswer(Answer):
    """A whole log, oldest first."""

    events: tuple[EventAnswer, ...]


class WorkAnswer(Answer):
    """Planned work: nobody is told of trouble within its scope meanwhile."""

    id: str
    scope: str
    starts_at: Moment
    ends_at: Moment
    reason: str
    by: str
    active: bool


class WorksAnswer(Answer):
    """Planned work that is not over."""

    maintenance: tuple[WorkAnswer, ...]


class WaitingAnswer(Answer):
    """Effects of one kind that are not done yet."""

    kind: str
    state: Literal["due", "claimed", "dead"]
    count: int
    since: Moment


class DeadLetterAnswer(Answer):
    """An effect that could not be done and waits for a person."""

    id: str
    key: str
    kind: str
    incident: str
    attempts: int
    error: str
    created_at: Moment


class OutboxAnswer(Answer):
    """What waits to be done outside; the 100 newest dead letters."""

    waiting: tuple[WaitingAnswer, ...]
    dead: tuple[DeadLetterAnswer, ...]


class RetriedAnswer(Answer):
    """How many dead letters are tried again."""

    retried: int


class QuarantinedAnswer(Answer):
    """A body, or a part of one, that nobody could read."""

    id: str
    sender: str
    reason: str
    times: int
    first_at: Moment
    last_at: Moment


class QuarantineAnswer(Answer):
    """The 50 newest of them, without their bytes, and how many there are."""

    bodies: tuple[QuarantinedAnswer, ...]
    total: int


class DutyAnswer(Answer):
    """Something that the daemon does again and again."""

    name: str
    lag_seconds: float
    ready: bool = Field(description="Its first turn is done")


class StoreAnswer(Answer):
    """How the store is."""

    writer_alive: bool
    queue: int
    last_commit_seconds: float
    wal_bytes: int
    trouble: str


class SenderAnswer(Answer):
    """Somebody who may send us alerts or check-ins."""

    name: str
    kind: str
    last_seen_at: Moment | None = Field(description="Since this process began")


class StatusAnswer(Answer):
    """How the daemon is."""

    version: str
    member: str
    ready: bool
    config_loaded_at: Moment
    config_good: bool = Field(description="False while the newest file was refused")
    kill_switch: str = Field(description='Who threw it, when and why; "" while it is off')
    duties: tuple[DutyAnswer, ...]
    store: StoreAnswer
    senders: tuple[SenderAnswer, ...]
