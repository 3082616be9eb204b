"""The values that the store and the deciding rooms both speak of."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any

from alerts.model import Actor, Category, Priority
from playbooks.ports import TicketState


class IncidentState(StrEnum):
    """Where an incident stands (DESIGN 6)."""

    OPEN = "open"
    ACKNOWLEDGED = "acknowledged"
    MITIGATED = "mitigated"
    RESOLVED = "resolved"
    CLOSED = "closed"


ACTIVE = (IncidentState.OPEN, IncidentState.ACKNOWLEDGED, IncidentState.MITIGATED)
NOT_WELL = (IncidentState.OPEN, IncidentState.ACKNOWLEDGED)


class AlertEnd(StrEnum):
    """Why an alert ended: only `resolved` and `expired` are the source's word."""

    RESOLVED = "resolved"
    EXPIRED = "expired"
    FORGOT = "source_forgot"


@dataclass(frozen=True, slots=True)
class Episode:
    """One alert from first firing to end. `fingerprints` are the replicas that still fire.

    `told` stands for all that the latest message said of it: a repeat that says the same is known
    without reading the rest.
    """

    id: int
    source: str
    identity: str
    fingerprints: tuple[str, ...]
    labels: Mapping[str, str]
    annotations: Mapping[str, str]
    starts_at: datetime
    seen_at: datetime
    incident: int
    server: str | None = None
    generator_url: str = ""
    group_key: str = ""
    expires_at: datetime | None = None
    ends_at: datetime | None = None
    ended: AlertEnd | None = None
    told: str = ""

    @property
    def firing(self) -> bool:
        return self.ends_at is None


@dataclass(frozen=True, slots=True)
class Incident:
    """One trouble, from the first alert to the closing.

    `ref` is its name in the outside world (ticket keys, mail headers). `episode` grows when it
    returns after `alerts.watch`.
    `page_at` is when the next round of pages is due, None while nobody is to be paged. `step`
    counts the rounds of this episode.
    `changes` are the minutes (since 1970) in which it went up or down, for the flapping maths.
    `held` names the truncated group that keeps it from ending. `seq` and `head` are the end of its
    hash-chained log.
    """

    id: int
    ref: str
    key: str
    title: str
    category: Category
    priority: Priority
    state: IncidentState
    rule: str
    opened_at: datetime
    changed_at: datetime
    server: str | None = None
    brand: str | None = None
    acknowledged_at: datetime | None = None
    acknowledged_by: str | None = None
    recovered_at: datetime | None = None
    resolved_at: datetime | None = None
    closed_at: datetime | None = None
    page_at: datetime | None = None
    step: int = 0
    episode: int = 1
    firing: int = 0
    ticketed: bool = False
    unstable: bool = False
    drill: bool = False
    parent: int | None = None
    held: str = ""
    muted_by: tuple[str, ...] = ()
    changes: tuple[int, ...] = ()
    seq: int = 0
    head: str = ""

    @property
    def active(self) -> bool:
        return self.state in ACTIVE


@dataclass(frozen=True, slots=True)
class TicketRecord:
    """What we know of a ticket, whatever system keeps it; the fields are the columns of `ticket`.

    `level` is the highest level that owned it. The clocks start at `detected_at`. `solved_by` is a
    level, `automation`, or "" while it is not solved. `gone` says why it counts nowhere (merged |
    deleted). `judge_at` is when time alone makes something of it: a reply is old enough to be
    judged, or it has stayed solved.
    """

    id: int
    key: str
    system: str
    ref: str
    subject: str
    queue: str
    level: str
    state: TicketState
    priority: Priority
    category: Category
    channel: str
    opened_at: datetime
    detected_at: datetime
    incident: int | None = None
    owner: str | None = None
    brand: str | None = None
    account: str | None = None
    server: str | None = None
    reacted_at: datetime | None = None
    replied_at: datetime | None = None
    useful_at: datetime | None = None
    solved_at: datetime | None = None
    solved_by: str = ""
    judge_at: datetime | None = None
    gone: str = ""
    drill: bool = False
    seq: int = 0
    head: str = ""

    @property
    def over(self) -> bool:
        return self.state in (TicketState.SOLVED, TicketState.CLOSED)


@dataclass(frozen=True, slots=True)
class Figure:
    """One measurement of a ticket or an incident; `about` and `figure` together are counted once.

    `about`: ticket:7 or incident:41. `figure`: a word of responder/kpi/figures.py, perhaps with
    more words after a slash.
    `by`: person | automation. `brand` and `channel` are the ticket's.
    """

    about: str
    figure: str
    seconds: int
    priority: str
    level: str
    by: str
    at: datetime
    brand: str = ""
    channel: str = ""


# Who is told of figures that were counted for the first time, after the commit.
Counted = Callable[[Iterable[Figure]], None]


def uncounted(_: Iterable[Figure]) -> None:
    """For whoever shows no counters."""


@dataclass(frozen=True, slots=True)
class Entry:
    """One line of an incident's or a ticket's log, before it is chained. `words` are what a person
    wrote.
    """

    kind: str
    actor: Actor
    data: Mapping[str, Any] = field(default_factory=dict)
    words: str = ""


class EffectKind(StrEnum):
    """What the outbox can be asked to do."""

    PAGE = "page"
    TICKET_OPEN = "ticket.open"
    TICKET_NOTE = "ticket.note"
    TICKET_SOLVE = "ticket.solve"
    TICKET_REOPEN = "ticket.reopen"
    TICKET_COMMENT = "ticket.comment"  # words that were said here, to where a ticket is kept
    TICKET_FILE = "ticket.file"  # a request that came to us, into the ticket system
    CUSTOMER_TELL = "customer.tell"
    DESK_MAIL = "desk.mail"  # to a customer or to staff, about a ticket or a digest
    STAFF_TELL = "staff.tell"  # to one person over the first of his methods that takes it
    DESK_HOOK = "desk.hook"  # the digest, to a webhook such as a chat's


@dataclass(frozen=True, slots=True)
class Effect:
    """One thing to be done outside. Two effects with one `key` are one effect. `incident` is 0 for
    what is about none.

    Effects of one `lane` are done one after the other, in the order in which they were decided.
    """

    key: str
    kind: EffectKind
    incident: int
    payload: Mapping[str, Any] = field(default_factory=dict)
    lane: str = ""


@dataclass(frozen=True, slots=True)
class Reached:
    """Somebody who was paged: over which kind of method, and where it stands among his own."""

    person: str
    method: str
    place: int


class OutboxState(StrEnum):
    """Where an effect stands. `dropped` was no longer wanted when its turn came; `dead` waits for a
    person.
    """

    DUE = "due"
    CLAIMED = "claimed"
    DONE = "done"
    DROPPED = "dropped"
    DEAD = "dead"


@dataclass(frozen=True, slots=True)
class Job:
    """An effect that a worker has claimed. `ambiguous` counts tries whose outcome nobody knows."""

    id: int
    key: str
    kind: EffectKind
    incident: int
    payload: Mapping[str, Any]
    attempts: int
    ambiguous: int
    fence: int
    created_at: datetime
