"""What the daemon asks of the outside: ticket systems and ways to wake a person, as shapes."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Protocol, TypeVar, runtime_checkable

from alerts.model import Actor, Category, Priority


class TicketState(StrEnum):
    """The words of the contract for where a ticket stands (DESIGN 14)."""

    NEW = "new"
    OPEN = "open"
    WAITING_CUSTOMER = "waiting-customer"
    WAITING_VENDOR = "waiting-vendor"
    ANSWERING = "answering"
    SOLVED = "solved"
    CLOSED = "closed"


@dataclass(frozen=True, slots=True)
class Draft:
    """A ticket to be opened. `key` is ours and searchable: the same key must never give two
    tickets. `incident` is ours that it is about; only the built-in desk keeps it.
    """

    key: str
    queue: str
    priority: Priority
    category: Category
    subject: str
    text: str
    server: str | None = None
    brand: str | None = None
    account: str | None = None
    incident: int | None = None


@dataclass(frozen=True, slots=True)
class Note:
    """Words to add to a ticket; `key` lets an unsure attempt be looked up before it is repeated."""

    key: str
    text: str
    public: bool = False


@dataclass(frozen=True, slots=True)
class TicketRef:
    """A ticket by the name that its own system gives it."""

    system: str
    id: str


@dataclass(frozen=True, slots=True)
class Ticket:
    """A ticket as its system shows it now. `owner` is None while nobody has it."""

    ref: TicketRef
    key: str
    subject: str
    queue: str
    owner: str | None
    state: TicketState
    priority: Priority
    url: str = ""


class ChangeKind(StrEnum):
    """What can happen to a ticket, in the words of every adapter."""

    OPENED = "opened"
    OWNER = "owner"  # data: owner (None = released)
    NOTE = "note"  # internal comment
    REPLY = "reply"  # public words of staff; data: useful = yes | no when marked
    CUSTOMER = "customer"  # public words of the customer
    QUEUE = "queue"  # data: queue
    STATE = "state"  # data: state
    PRIORITY = "priority"  # data: priority
    MERGED = "merged"  # data: into
    VOTE = "vote"  # data: score
    NUMBERED = "numbered"  # data: number, by which another system calls it from now on


@dataclass(frozen=True, slots=True)
class Capabilities:
    """What a ticket system can do of what we would like (the guide's table says the same).

    `requests`: tickets that others open there become ours as well (playbooks/brought.py).
    `idempotent`: it drops a repeated create by itself. `key`: where our key stands there, "" when
    nowhere but in our own store. `history`: who did what and when can be read back. `levels` counts
    the priorities it knows.
    """

    idempotent: bool = False
    key: str = ""
    unique_key: bool = False
    notes: bool = True
    history: bool = True
    webhook: bool = False
    merges: bool = False
    reads: bool = True
    levels: int = 4
    requests: bool = False


@dataclass(frozen=True, slots=True)
class Change:
    """One thing that somebody did to a ticket. `id` is unique within the system and orders its
    changes.
    """

    id: str
    ticket: TicketRef
    at: datetime
    kind: ChangeKind
    actor: Actor
    text: str = ""
    data: Mapping[str, str | None] = field(default_factory=dict)


class TicketSystem(Protocol):
    """Where the company keeps its tickets. Every method raises OutsideError."""

    @property
    def name(self) -> str: ...
    @property
    def quiet_seconds(self) -> float:
        """How long an unsure create must rest before we search for it."""
        ...

    async def find(self, key: str) -> TicketRef | None: ...
    async def open(self, draft: Draft) -> TicketRef: ...
    async def note(self, ticket: TicketRef, note: Note) -> None: ...
    async def noted(self, ticket: TicketRef, key: str) -> bool: ...
    async def solve(self, ticket: TicketRef, note: Note) -> None: ...
    async def reopen(self, ticket: TicketRef, note: Note) -> None: ...
    async def read(self, ticket: TicketRef) -> Ticket: ...


@runtime_checkable
class ListsChanges(Protocol):
    """Can tell what people did since a cursor; "" is the beginning of our interest (now)."""

    async def changes(self, cursor: str) -> tuple[Sequence[Change], str]: ...


@runtime_checkable
class Assigns(Protocol):
    """Can give a ticket to a person."""

    async def assign(self, ticket: TicketRef, owner: str) -> None: ...


@runtime_checkable
class Moves(Protocol):
    """Can move a ticket to another queue."""

    async def move(self, ticket: TicketRef, queue: str) -> None: ...


@runtime_checkable
class Sweeps(Protocol):
    """Can find the twins of a ticket: what was opened twice under one key after all."""

    async def holders(self, key: str) -> Sequence[TicketRef]:
        """Every ticket with this key that is not deleted or merged away, the oldest first."""
        ...

    async def fold(self, loser: TicketRef, into: TicketRef) -> None:
        """Merge the loser, or close it with a note that names the other."""
        ...


@dataclass(frozen=True, slots=True)
class Lack:
    """Something that a ticket system must have and has not. `part`: queue | field | right | state |
    priority | webhook | access. `advice` says what to create and where; `mendable`: we can.
    """

    part: str
    name: str
    problem: str
    advice: str
    mendable: bool = False


@runtime_checkable
class Examines(Protocol):
    """Can look at its own set-up (`responder tickets doctor`)."""

    async def examine(self) -> Sequence[Lack]:
        """All that is missing, after as many questions as it takes; it changes nothing."""
        ...

    async def mend(self, lack: Lack) -> str:
        """Create what is missing; what was done, in a line."""
        ...


class PageEvent(StrEnum):
    """Why we write to a person."""

    OPENED = "opened"
    REPEATED = "repeated"
    ESCALATED = "escalated"
    LAPSED = "lapsed"  # somebody had taken it, and no sign of work has come since
    HANDED_OVER = "handed-over"  # somebody gives it to you
    ACKNOWLEDGED = "acknowledged"
    RECOVERED = "recovered"
    DEAD_LETTER = "dead-letter"
    APPROVAL = "approval"  # a run asks whether it may
    NEEDED = "needed"  # a run can't go on without a person
    LEAD = "lead"  # who leads a major incident, or writes to its customers, has to act
    DESK = "desk"  # a ticket needs somebody; nothing that is worth a night
    TEST = "test"


@dataclass(frozen=True, slots=True)
class Page:
    """One message to one person over one method. `key` is the same on every attempt; `thread` on
    every page of one incident. `short` fits one SMS. `answer` begins the addresses at which our own
    door takes an answer to this page (a key press, a state), "" when nobody out there can reach us.
    """

    key: str
    thread: str
    event: PageEvent
    person: str
    step: int
    incident: str
    priority: Priority
    title: str
    text: str
    server: str | None = None
    link: str = ""
    at: datetime | None = None
    short: str = ""
    answer: str = ""


@dataclass(frozen=True, slots=True)
class Receipt:
    """What a provider said when it took a page. `follow`: whether it reached the person is only
    known later, by asking for this reference.
    """

    reference: str = ""
    detail: str = ""
    follow: bool = False


M_contra = TypeVar("M_contra", contravariant=True)


class Notifier(Protocol[M_contra]):
    """One way to reach people; `keyed` says whether the provider drops a repeat of the same key by
    itself.
    """

    @property
    def keyed(self) -> bool: ...
    async def page(self, page: Page, method: M_contra) -> Receipt: ...


class Fate(StrEnum):
    """What has become of a page that a provider took."""

    UNDER_WAY = "under-way"
    REACHED = "reached"  # it rang, or it lies on the phone: not yet an acknowledgement
    MISSED = "missed"  # busy, no answer, refused: the next way must be tried


@dataclass(frozen=True, slots=True)
class News:
    """What a provider tells of a page later. `detail` is its own word for it."""

    fate: Fate
    detail: str = ""


@runtime_checkable
class Follows(Protocol):
    """Can be asked what has become of a page that it took."""

    async def follow(self, reference: str) -> News:
        """Raises OutsideError."""
        ...
