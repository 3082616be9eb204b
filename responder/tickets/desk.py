"""The built-in desk as a ticket system: its tickets stand in our own store."""

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Concatenate, Final, ParamSpec, TypeVar

from alerts.model import DAEMON
from playbooks.outside import GoneError, OutsideError
from playbooks.ports import Change, ChangeKind, Draft, Note, Ticket, TicketRef, TicketState
from responder.clock import Clock
from responder.desk import taking
from responder.desk.levels import QUEUES
from responder.desk.opening import opened
from responder.desk.taking import TakenIn
from responder.store import Store, StoreUnavailable, Tx, records
from responder.store import tickets as rows
from responder.values import Counted, TicketRecord, uncounted

SYSTEM: Final = "desk"
P = ParamSpec("P")
R = TypeVar("R")


class Desk:
    """A TicketSystem that also assigns and moves (playbooks/ports.py).

    What people do here is written at once, so that there are no changes to poll.
    """

    name: Final = SYSTEM
    quiet_seconds: Final = 0.0  # a commit is there or it is not

    def __init__(
        self, store: Store, *, clock: Clock | None = None, counted: Counted = uncounted
    ) -> None:
        self._store = store
        self._clock = clock or Clock()
        self._counted = counted

    async def find(self, key: str) -> TicketRef | None:
        """The ticket that was opened for this key."""
        ticket = await self._look(rows.by_key, key)
        return None if ticket is None else _ref(ticket)

    async def open(self, draft: Draft) -> TicketRef:
        """The one ticket of this key."""
        return _ref((await self._write(_opened, draft, now=self._clock.now())).ticket)

    async def note(self, ticket: TicketRef, note: Note) -> None:
        """Add words, once for their key."""
        await self._write(_done, taking.by_daemon(ticket, note, at=self._clock.now()))

    async def noted(self, ticket: TicketRef, key: str) -> bool:
        """Was the note of this key written already?"""
        record = await self._record(ticket)
        return bool(await self._look(rows.known, record.id, [key]))

    async def solve(self, ticket: TicketRef, note: Note) -> None:
        """Solve it with these words, once for their key."""
        await self._write(_turned, ticket, note, TicketState.SOLVED, at=self._clock.now())

    async def reopen(self, ticket: TicketRef, note: Note) -> None:
        """Add the words, once for their key, and open it again if it is over."""
        await self._write(_turned, ticket, note, TicketState.OPEN, at=self._clock.now())

    async def read(self, ticket: TicketRef) -> Ticket:
        """The ticket as it stands."""
        record = await self._record(ticket)
        return Ticket(
            ref=_ref(record),
            key=record.key,
            subject=record.subject,
            queue=record.queue,
            owner=record.owner,
            state=record.state,
            priority=record.priority,
        )

    async def assign(self, ticket: TicketRef, owner: str) -> None:
        """Give the ticket to a person, whoever had it."""
        await self._write(_done, [self._change(ticket, ChangeKind.OWNER, owner=owner)])

    async def move(self, ticket: TicketRef, queue: str) -> None:
        """Move the ticket to another queue."""
        if queue not in QUEUES:
            raise OutsideError(f"the desk has no queue {queue}", transient=False)
        await self._write(_done, [self._change(ticket, ChangeKind.QUEUE, queue=queue)])

    def _change(self, ticket: TicketRef, kind: ChangeKind, **told: str) -> Change:
        return Change("", ticket, self._clock.now(), kind, DAEMON, "", told)

    async def _record(self, ticket: TicketRef) -> TicketRecord:
        found = await self._look(rows.by_ref, SYSTEM, ticket.id)
        return _only(found, ticket)

    async def _look(
        self, work: Callable[Concatenate[Tx, P], R], *args: P.args, **kwargs: P.kwargs
    ) -> R:
        try:
            return await self._store.read(work, *args, **kwargs)
        except StoreUnavailable as error:
            raise _away(error) from error

    async def _write(
        self, work: Callable[Concatenate[Tx, P], TakenIn], *args: P.args, **kwargs: P.kwargs
    ) -> TakenIn:
        try:
            taken = await self._store.write(work, *args, **kwargs)
        except StoreUnavailable as error:
            raise _away(error) from error
        self._counted(taken.figures)
        return taken


def _opened(tx: Tx, draft: Draft, *, now: datetime) -> TakenIn:
    return opened(tx, draft, system=SYSTEM, now=now)


def _done(tx: Tx, changes: Sequence[Change]) -> TakenIn:
    records.one_at_a_time(tx)
    ticket = changes[0].ticket
    return taking.take_in(tx, _only(rows.by_ref(tx, SYSTEM, ticket.id), ticket), changes)


def _turned(tx: Tx, ticket: TicketRef, note: Note, state: TicketState, *, at: datetime) -> TakenIn:
    records.one_at_a_time(tx)
    record = _only(rows.by_ref(tx, SYSTEM, ticket.id), ticket)
    there = record.over == (state is TicketState.SOLVED)
    changes = taking.by_daemon(ticket, note, state=None if there else state, at=at)
    return taking.take_in(tx, record, changes)


def _only(found: list[TicketRecord], ticket: TicketRef) -> TicketRecord:
    if not found or found[0].gone:
        raise GoneError(f"the desk has no ticket {ticket.id}")
    return found[0]


def _ref(record: TicketRecord) -> TicketRef:
    return TicketRef(SYSTEM, record.ref)


def _away(error: StoreUnavailable) -> OutsideError:
    return OutsideError(f"the desk: {error}", transient=True, ambiguous=True)
