"""What a customer's ticket in the ticket system gets from us: our key, its queue, what we know."""

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Final

import structlog

from alerts.model import DAEMON, Actor, ActorKind
from playbooks.brought import ListsRequests
from playbooks.outside import OutsideError
from playbooks.ports import (
    Change,
    ChangeKind,
    Moves,
    Note,
    Ticket,
    TicketRef,
    TicketState,
    TicketSystem,
)
from responder.clock import Clock
from responder.foreign_progress import Waiting
from responder.own_person import give
from responder.plan import Plan
from responder.store import Store, Tx, cases, logs, records
from responder.store import tickets as rows
from responder.store.logs import Line
from responder.sync import Absorbed, bring_home
from responder.values import TicketRecord

log = structlog.get_logger(__name__)

_PATIENCE: Final = timedelta(minutes=1)  # with the probes
_OVER: Final = (TicketState.SOLVED, TicketState.CLOSED)


class Adopting:
    """Every step may be done again: a process may die between any two of them."""

    def __init__(
        self,
        store: Store,
        *,
        plan: Callable[[], Plan],
        people: Callable[[], Mapping[str, str]],
        clock: Clock,
        told: Callable[[Absorbed], None],
    ) -> None:
        """`people`: names in the ticket system -> ours. `told` hears what its past comes to."""
        self._store = store
        self._plan = plan
        self._people = people
        self._clock = clock
        self._told = told

    async def adopt(self, system: TicketSystem, one: Waiting) -> bool:
        """All that this ticket gets; False while the probes look at what its customer says, which
        decides whose it is. Raises OutsideError; GoneError for a deleted one.
        """
        ticket = TicketRef(system.name, one.ref)
        record = await self.record(ticket)
        if record is None or record.gone or not isinstance(system, ListsRequests):
            return True
        there = await system.read(ticket)
        if there.ref != ticket and not await self._lives_on(record, ticket, there.ref):
            return True
        past = await system.adopt(there.ref, record.key)
        record = await self._take_home(past, there.ref) or record
        if await self._store.read(_looked_at, record.id, now=self._clock.now()):
            return False
        await self._place(system, record, there, one)
        await self._tell(system, record, there)
        return True

    async def record(self, ticket: TicketRef) -> TicketRecord | None:
        """Our record of it."""
        found = await self._store.read(rows.by_ref, ticket.system, ticket.id)
        return found[0] if found else None

    async def _lives_on(self, record: TicketRecord, ticket: TicketRef, into: TicketRef) -> bool:
        """It was merged meanwhile: False where the other one is ours by itself."""
        robot, told = Actor(ActorKind.SYSTEM, ticket.system), {"into": into.id}
        at, key = self._clock.now(), f"{record.key}/merged"
        await self._take_home([Change(key, ticket, at, ChangeKind.MERGED, robot, "", told)], ticket)
        heir = await self.record(into)
        return heir is not None and heir.id == record.id

    async def _place(
        self, system: TicketSystem, record: TicketRecord, there: Ticket, one: Waiting
    ) -> None:
        """It goes to the queue that its words ask for, in one hop (R15), unless a person was there
        first. What can't be moved counts where it lies.
        """
        if there.queue == record.queue or there.state in _OVER:
            return
        if there.queue == one.lay and await _brought(system, there.ref, record.queue):
            return
        change = _lies(there, record, self._clock.now())
        await self._take_home([change], there.ref)

    async def _tell(self, system: TicketSystem, record: TicketRecord, there: Ticket) -> None:
        """What we know of him (R13), who shall have it (R96), that nothing is left to do (R80)."""
        said = await self._store.read(_said, record.id, stem=f"{record.key}/")
        for line in said:
            key = line.outside or ""
            if line.kind == ChangeKind.NOTE and not await system.noted(there.ref, key):
                await system.note(there.ref, Note(key, line.words))
        if record.owner is not None and there.owner is None:
            accounts = self._plan().clientele.accounts
            await give(system, there.ref, accounts.get(record.owner, record.owner))
        over = [line for line in said if line.data.get("state") == TicketState.SOLVED]
        if over and there.state not in _OVER:
            await system.solve(there.ref, Note(over[-1].outside or "", over[-1].words))

    async def _take_home(self, past: Sequence[Change], ticket: TicketRef) -> TicketRecord | None:
        absorbed = await self._store.write(
            _past,
            past,
            system=ticket.system,
            people=self._people(),
            plan=self._plan(),
            now=self._clock.now(),
        )
        self._told(absorbed)
        return await self.record(ticket)


async def _brought(system: TicketSystem, ticket: TicketRef, queue: str) -> bool:
    """False where that desk is not there."""
    if not isinstance(system, Moves):
        return False
    try:
        await system.move(ticket, queue)
    except OutsideError as error:
        if error.transient:
            raise
        log.warning("ticket_not_moved", ticket=ticket.id, to=queue, error=str(error))
        return False
    return True


def _past(
    tx: Tx,
    past: Sequence[Change],
    *,
    system: str,
    people: Mapping[str, str],
    plan: Plan,
    now: datetime,
) -> Absorbed:
    records.one_at_a_time(tx)
    return bring_home(tx, past, system=system, people=people, plan=plan, now=now)[0]


def _said(tx: Tx, number: int, *, stem: str) -> Sequence[Line]:
    """What we wrote into its log ourselves, of whatever has a name."""
    lines = (line for line in logs.read(tx, "ticket", number) if line.actor == DAEMON)
    return [line for line in lines if (line.outside or "").startswith(stem)]


def _looked_at(tx: Tx, number: int, *, now: datetime) -> bool:
    case = cases.by_ticket(tx, number)
    return case is not None and case.look_at is not None and now < case.look_at + _PATIENCE


def _lies(there: Ticket, record: TicketRecord, now: datetime) -> Change:
    told = {"queue": there.queue, "was": record.queue}
    return Change(f"{record.key}/lies", there.ref, now, ChangeKind.QUEUE, DAEMON, "", told)
