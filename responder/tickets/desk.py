"""The built-in desk as a ticket system: its tickets stand in our own store."""

from typing import Final

from alerts.model import DAEMON
from playbooks.outside import OutsideError
from playbooks.ports import (
    Capabilities,
    Change,
    ChangeKind,
    Draft,
    Note,
    Ticket,
    TicketRef,
    TicketState,
)
from responder.clock import Clock
from responder.desk import taking
from responder.desk.levels import QUEUES
from responder.store import Store
from responder.tickets.own_record import OwnRecord
from responder.values import Counted, TicketRecord, uncounted

SYSTEM: Final = "desk"


class Desk:
    """A TicketSystem that also assigns and moves (playbooks/ports.py).

    What people do here is written at once, so that there are no changes to poll.
    """

    name: Final = SYSTEM
    quiet_seconds: Final = 0.0  # a commit is there or it is not
    capabilities: Final = Capabilities(idempotent=True, key="our own store", unique_key=True)

    def __init__(
        self, store: Store, *, clock: Clock | None = None, counted: Counted = uncounted
    ) -> None:
        self._record = OwnRecord(store, SYSTEM, clock=clock, counted=counted)

    async def find(self, key: str) -> TicketRef | None:
        """The ticket that was opened for this key."""
        ticket = await self._record.find(key)
        return None if ticket is None else _ref(ticket)

    async def open(self, draft: Draft) -> TicketRef:
        """The one ticket of this key."""
        return _ref(await self._record.open(draft))

    async def note(self, ticket: TicketRef, note: Note) -> None:
        """Add words, once for their key."""
        await self._record.add(taking.by_daemon(ticket, note, at=self._record.now))

    async def noted(self, ticket: TicketRef, key: str) -> bool:
        """Was the note of this key written already?"""
        return await self._record.knows(await self._record.record(ticket), key)

    async def solve(self, ticket: TicketRef, note: Note) -> None:
        """Solve it with these words, once for their key."""
        await self._record.turn(ticket, note, TicketState.SOLVED)

    async def reopen(self, ticket: TicketRef, note: Note) -> None:
        """Add the words, once for their key, and open it again if it is over."""
        await self._record.turn(ticket, note, TicketState.OPEN)

    async def read(self, ticket: TicketRef) -> Ticket:
        """The ticket as it stands."""
        return await self._record.read(ticket)

    async def assign(self, ticket: TicketRef, owner: str) -> None:
        """Give the ticket to a person, whoever had it."""
        await self._record.add([self._change(ticket, ChangeKind.OWNER, owner=owner)])

    async def move(self, ticket: TicketRef, queue: str) -> None:
        """Move the ticket to another queue."""
        if queue not in QUEUES:
            raise OutsideError(f"the desk has no queue {queue}", transient=False)
        await self._record.add([self._change(ticket, ChangeKind.QUEUE, queue=queue)])

    def _change(self, ticket: TicketRef, kind: ChangeKind, **told: str) -> Change:
        return Change("", ticket, self._record.now, kind, DAEMON, "", told)


def _ref(record: TicketRecord) -> TicketRef:
    return TicketRef(SYSTEM, record.ref)
