"""Looks for what slipped through: tickets opened twice, and references that lead to nothing."""

from collections.abc import Awaitable, Callable, Sequence
from datetime import datetime, timedelta
from typing import Final, Protocol

import structlog

from alerts.model import DAEMON
from playbooks.outside import GoneError, OutsideError
from playbooks.ports import Change, ChangeKind, Sweeps, TicketRef, TicketSystem
from responder import effects
from responder.clock import Clock
from responder.desk import taking
from responder.store import Store, Tx, outbox, records
from responder.store import incidents as incident_rows
from responder.store import tickets as rows
from responder.values import Counted, Figure, TicketRecord, uncounted

log = structlog.get_logger(__name__)

EVERY: Final = timedelta(hours=1)
BACK: Final = timedelta(days=3)
AT_ONCE: Final = 20  # tickets in one turn: people need the ticket system too


class _Sweeping(TicketSystem, Sweeps, Protocol):
    """A ticket system whose tickets can be compared."""


class Sweep:
    """At start and every hour: asks the ticket system about each ticket that we opened in the last
    three days, some in each turn, one instance at a time.
    """

    def __init__(
        self,
        store: Store,
        system: Callable[[], TicketSystem],
        *,
        hold: Callable[[str, timedelta], Awaitable[bool]],
        clock: Clock,
        counted: Counted = uncounted,
        due: Callable[[], None] = lambda: None,
    ) -> None:
        """`hold` is Member.hold; `due` is told when there are effects to do."""
        self._store = store
        self._system = system
        self._hold = hold
        self._clock = clock
        self._counted = counted
        self._due = due
        self._left: list[int] = []
        self._next: datetime | None = None

    async def turn(self) -> None:
        """A few tickets, or the list of those to ask about. A ticket system that is away is asked
        again at the next turn.
        """
        system = self._system()
        if not isinstance(system, Sweeps):
            self._left = []
            return
        if not self._left:
            await self._begin(system.name)
            return
        piece, self._left = self._left[:AT_ONCE], self._left[AT_ONCE:]
        while piece:
            try:
                await self._look(system, piece[0])
            except OutsideError as error:
                log.warning("sweep_failed", system=system.name, ticket=piece[0], error=str(error))
                if error.transient:
                    self._left = [*piece, *self._left]
                    return
            piece.pop(0)

    async def _begin(self, name: str) -> None:
        now = self._clock.now()
        if self._next is not None and now < self._next:
            return
        if await self._hold("sweep", EVERY):
            self._next = now + EVERY
            self._left = await self._store.read(rows.opened_since, name, now - BACK)

    async def _look(self, system: _Sweeping, number: int) -> None:
        record = await self._store.read(rows.by_id, number)
        if record is None or record.gone or record.system != system.name:
            return
        holders = await system.holders(record.key)
        for loser in holders[1:]:
            await self._fold(system, record, loser, into=holders[0])
        if record.ref not in {one.id for one in holders}:
            await self._find(system, record, holders)

    async def _fold(
        self, sweeps: Sweeps, record: TicketRecord, loser: TicketRef, *, into: TicketRef
    ) -> None:
        """Once for each twin: a system that only closes it shows it for ever."""
        key = f"fold/{loser.id}"
        if await self._store.read(rows.known, record.id, [key]):
            return
        await sweeps.fold(loser, into)
        log.warning("ticket_folded", system=record.system, ticket=loser.id, into=into.id)
        await self._write_down(record, key, loser=loser.id, into=into.id)

    async def _find(
        self, system: TicketSystem, record: TicketRecord, holders: Sequence[TicketRef]
    ) -> None:
        """Our reference leads to no holder of the key: merged by somebody, deleted, or keyless."""
        try:
            there = (await system.read(TicketRef(record.system, record.ref))).ref.id
        except GoneError:
            there = holders[0].id if holders else ""
        if not there:
            await self._lost(record)
        elif there != record.ref:
            log.warning("ticket_followed", system=record.system, ticket=record.ref, into=there)
            await self._write_down(record, f"follow/{there}", loser=record.ref, into=there)

    async def _write_down(self, record: TicketRecord, key: str, *, loser: str, into: str) -> None:
        figures = await self._store.write(
            _folded, record.id, key=key, loser=loser, into=into, now=self._clock.now()
        )
        self._counted(figures)

    async def _lost(self, record: TicketRecord) -> None:
        if await self._store.write(_replace, record.id, now=self._clock.now()):
            log.warning("ticket_deleted", system=record.system, ticket=record.ref)
            self._due()


def _folded(
    tx: Tx, number: int, *, key: str, loser: str, into: str, now: datetime
) -> tuple[Figure, ...]:
    """Our reference follows to the survivor; else a note tells of the twin."""
    records.one_at_a_time(tx)
    record = rows.by_id(tx, number)
    if record is None:
        return ()
    ref = TicketRef(record.system, record.ref)
    if record.ref == loser:
        change = Change(key, ref, now, ChangeKind.MERGED, DAEMON, "", {"into": into})
    else:
        text = f"Ticket {loser} was opened for the same incident; it was folded into this one."
        change = Change(key, ref, now, ChangeKind.NOTE, DAEMON, text)
    return taking.take_in(tx, record, [change]).figures


def _replace(tx: Tx, number: int, *, now: datetime) -> bool:
    """An incident that lives gets another ticket; whether this one is gone is looked at again."""
    record = rows.by_id(tx, number)
    found = incident_rows.by_ids(tx, [record.incident]) if record and record.incident else []
    if not found or not found[0].active:
        return False
    effect = effects.replaced(found[0])
    if outbox.state_of(tx, effect.key) is not None:
        return False
    outbox.add(tx, [effect], now=now)
    return True
