"""Do a customer's words reach the system that keeps his ticket, once, also after it was away?"""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace

import pytest
from sqlalchemy import select

from alerts.model import Category, Priority
from playbooks.outside import GoneError, OutsideError
from playbooks.ports import Draft, Note, Ticket, TicketRef, TicketState
from responder import trackwork
from responder.clock import HandClock
from responder.comments import Comments
from responder.desk.opening import opened
from responder.outbox import Runner
from responder.store import Store, Tx
from responder.store import tickets as rows
from responder.store.tables import outbox as outbox_table
from responder.trackwork import Right, Words
from responder.values import Job
from tests.responder.web.conftest import START


@dataclass
class House:
    """A ticket system that can be away, or write and not say so."""

    name: str = "rt"
    quiet_seconds: float = 0.0
    state: TicketState = TicketState.OPEN
    away: bool = False
    deaf: bool = False  # does it, and the answer gets lost
    gone: bool = False
    stuck: bool = False  # once
    notes: list[tuple[str, str, bool]] = field(default_factory=list)
    moved: list[str] = field(default_factory=list)

    async def find(self, key: str) -> TicketRef | None:
        return None

    async def open(self, draft: Draft) -> TicketRef:
        return TicketRef(self.name, "900")

    async def note(self, ticket: TicketRef, note: Note) -> None:
        if self.away:
            raise OutsideError("it is away", transient=True)
        if self.gone:
            raise GoneError("deleted")
        self.notes.append((note.key, note.text, note.public))
        if self.deaf:
            self.deaf = False
            raise OutsideError("no answer", transient=True, ambiguous=True)

    async def noted(self, ticket: TicketRef, key: str) -> bool:
        return any(key == one for one, _, _ in self.notes)

    async def solve(self, ticket: TicketRef, note: Note) -> None:
        raise NotImplementedError

    async def reopen(self, ticket: TicketRef, note: Note) -> None:
        await self.note(ticket, note)
        self.state = TicketState.OPEN

    async def read(self, ticket: TicketRef) -> Ticket:
        if self.away:
            raise OutsideError("it is away", transient=True)
        return Ticket(ticket, "k", "s", "level-1", None, self.state, Priority.LOW)

    async def move(self, ticket: TicketRef, queue: str) -> None:
        if self.stuck:
            self.stuck = False
            raise OutsideError("it can't be moved now", transient=True)
        self.moved.append(queue)


@dataclass
class Post:
    """A store with a ticket that is kept elsewhere, and the worker that speaks to it."""

    store: Store
    house: House
    clock: HandClock
    ended: dict[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        handler = Comments(self.store, system=lambda: self.house, url="https://r.example.net/")
        self.runner = Runner(self.store, [handler], member="one", clock=self.clock, watcher=self)

    def effect_ended(self, job: Job, state: str) -> None:
        self.ended[job.key] = state

    async def say(self, text: str, *, files: Sequence[str] = (), complaint: bool = False) -> None:
        words = Words(text, tuple(files), "", complaint)
        now = self.clock.now()
        await self.store.write(trackwork.say, Right(1, "acme"), words, now=now)

    async def work(self) -> None:
        await self.runner.turn()
        await self.runner.settle()


def _foreign(tx: Tx) -> None:
    draft = Draft("k", "level-1", Priority.LOW, Category.HOSTING, "mail", "text", brand="acme")
    opened(tx, draft, system="rt", ref="900", now=START)


def _waits(tx: Tx) -> None:
    ticket = rows.by_id(tx, 1)
    assert ticket is not None
    rows.change(tx, replace(ticket, state=TicketState.WAITING_CUSTOMER, owner="ana"))


def _how(tx: Tx) -> tuple[TicketState, list[str]]:
    ticket = rows.by_id(tx, 1)
    assert ticket is not None
    kinds = tx.execute(select(outbox_table.c.kind).order_by(outbox_table.c.id)).scalars()
    return ticket.state, list(kinds)


@pytest.fixture
async def post(store: Store, clock: HandClock) -> Post:
    await store.write(_foreign)
    return Post(store, House(), clock)


@pytest.fixture
def clock() -> HandClock:
    return HandClock(START)


async def test_his_words_arrive_as_a_note_for_the_staff(post: Post) -> None:
    """R31; a public note would be mailed back to him."""
    await post.say("it bounces again")
    await post.work()
    ((_, text, public),) = post.house.notes
    assert text == "The customer writes:\n\nit bounces again"
    assert not public
    assert list(post.ended.values()) == ["done"]


async def test_what_was_said_while_it_was_away_arrives_once_and_in_order(post: Post) -> None:
    """R31."""
    post.house.away = True
    await post.say("first")
    await post.say("second")
    for _ in range(3):
        await post.work()
        post.clock.move(minutes=10)
    post.house.away = False
    for _ in range(4):
        await post.work()
        post.clock.move(minutes=10)
    assert [text.split()[-1] for _, text, _ in post.house.notes] == ["first", "second"]


async def test_an_answer_that_got_lost_doubles_nothing(post: Post) -> None:
    """R31."""
    post.house.deaf = True
    await post.say("only once")
    for _ in range(3):
        await post.work()
        post.clock.move(minutes=10)
    assert len(post.house.notes) == 1
    assert list(post.ended.values()) == ["done"]


async def test_words_to_a_ticket_that_is_over_open_it(post: Post) -> None:
    post.house.state = TicketState.SOLVED
    await post.say("it is back")
    await post.work()
    assert post.house.state is TicketState.OPEN


async def test_a_complaint_moves_it_to_the_supervisor(post: Post) -> None:
    """R86."""
    await post.say("nobody listens", complaint=True)
    await post.work()
    assert post.house.moved == ["supervisor"]
    assert "asks for a supervisor" in post.house.notes[0][1]


async def test_a_complaint_that_could_not_be_moved_at_once_is_written_once(post: Post) -> None:
    """R31, R86: the words stood there already when the moving failed."""
    post.house.stuck = True
    await post.say("nobody listens", complaint=True)
    for _ in range(3):
        await post.work()
        post.clock.move(minutes=10)
    assert len(post.house.notes) == 1
    assert post.house.moved == ["supervisor"]
    assert list(post.ended.values()) == ["done"]


async def test_what_waited_for_him_waits_no_more_and_its_owner_hears_of_it(post: Post) -> None:
    await post.store.write(_waits)
    await post.say("here is what you asked for")
    assert await post.store.read(_how) == (TicketState.OPEN, ["ticket.comment", "staff.tell"])


async def test_a_ticket_that_is_deleted_there_ends_the_trying(post: Post) -> None:
    post.house.gone = True
    await post.say("hello")
    await post.work()
    assert list(post.ended.values()) == ["dropped"]
