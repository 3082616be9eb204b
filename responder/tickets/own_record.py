"""What our own store knows of the tickets of one system, for those that can't be asked."""

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Concatenate, ParamSpec, TypeVar

from playbooks.outside import GoneError, OutsideError
from playbooks.ports import Change, Draft, Note, Ticket, TicketRef, TicketState
from responder.clock import Clock
from responder.desk import taking
from responder.desk.opening import opened
from responder.desk.taking import TakenIn
from responder.store import Store, StoreUnavailable, Tx, records
from responder.store import tickets as rows
from responder.values import Counted, TicketRecord, uncounted

P = ParamSpec("P")
R = TypeVar("R")


class OwnRecord:
    """The records of one system's tickets. Every method raises OutsideError where the store is
    away, GoneError where there is no such ticket.
    """

    def __init__(
        self, store: Store, system: str, *, clock: Clock | None = None, counted: Counted = uncounted
    ) -> None:
        self._store = store
        self._system = system
        self._clock = clock or Clock()
        self._counted = counted

    @property
    def now(self) -> datetime:
        return self._clock.now()

    async def find(self, key: str) -> TicketRecord | None:
        """The ticket of this key, if this system keeps it."""
        found = await self.look(rows.by_key, key)
        return found if found is not None and found.system == self._system else None

    async def open(self, draft: Draft, *, ref: str = "") -> TicketRecord:
        """The one ticket of this key; without a `ref` our own number is its name."""
        taken = await self._write(_opened, draft, system=self._system, ref=ref, now=self.now)
        return taken.ticket

    async def record(self, ticket: TicketRef) -> TicketRecord:
        """Our record of a ticket that is not gone."""
        return _only(await self.look(rows.by_ref, self._system, ticket.id), ticket)

    async def read(self, ticket: TicketRef) -> Ticket:
        """The ticket as we know it."""
        record = await self.record(ticket)
        return Ticket(
            ref=TicketRef(self._system, record.ref),
            key=record.key,
            subject=record.subject,
            queue=record.queue,
            owner=record.owner,
            state=record.state,
            priority=record.priority,
        )

    async def knows(self, ticket: TicketRecord, key: str) -> bool:
        """Does the happening of this key stand in its log?"""
        return bool(await self.look(rows.known, ticket.id, [key]))

    async def add(self, changes: Sequence[Change]) -> TicketRecord:
        """What happened to one ticket, each once for its id."""
        return (await self._write(_done, changes)).ticket

    async def turn(self, ticket: TicketRef, note: Note, state: TicketState) -> TicketRecord:
        """We wrote this, and solved it or opened it again, unless it stands so by now."""
        return (await self._write(_turned, ticket, note, state, at=self.now)).ticket

    async def look(
        self, work: Callable[Concatenate[Tx, P], R], *args: P.args, **kwargs: P.kwargs
    ) -> R:
        """Read what this makes of the store."""
        try:
            return await self._store.read(work, *args, **kwargs)
        except StoreUnavailable as error:
            raise self._away(error) from error

    async def hold(
        self, work: Callable[Concatenate[Tx, P], R], *args: P.args, **kwargs: P.kwargs
    ) -> R:
        """Write what this makes of the store."""
        try:
            return await self._store.write(work, *args, **kwargs)
        except StoreUnavailable as error:
            raise self._away(error) from error

    async def _write(
        self, work: Callable[Concatenate[Tx, P], TakenIn], *args: P.args, **kwargs: P.kwargs
    ) -> TakenIn:
        taken = await self.hold(work, *args, **kwargs)
        self._counted(taken.figures)
        return taken

    def _away(self, error: StoreUnavailable) -> OutsideError:
        return OutsideError(f"the {self._system}: {error}", transient=True, ambiguous=True)


def _opened(tx: Tx, draft: Draft, *, system: str, ref: str, now: datetime) -> TakenIn:
    return opened(tx, draft, system=system, ref=ref, now=now)


def _done(tx: Tx, changes: Sequence[Change]) -> TakenIn:
    records.one_at_a_time(tx)
    ticket = changes[0].ticket
    return taking.take_in(tx, _only(rows.by_ref(tx, ticket.system, ticket.id), ticket), changes)


def _turned(tx: Tx, ticket: TicketRef, note: Note, state: TicketState, *, at: datetime) -> TakenIn:
    records.one_at_a_time(tx)
    record = _only(rows.by_ref(tx, ticket.system, ticket.id), ticket)
    there = record.over == (state is TicketState.SOLVED)
    changes = taking.by_daemon(ticket, note, state=None if there else state, at=at)
    return taking.take_in(tx, record, changes)


def _only(found: list[TicketRecord], ticket: TicketRef) -> TicketRecord:
    if not found or found[0].gone:
        raise GoneError(f"the {ticket.system} has no ticket {ticket.id}")
    return found[0]
