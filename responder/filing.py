"""Opens customers' requests in the ticket system that keeps the tickets, each once."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Final

from alerts.model import DAEMON
from playbooks.brought import ListsRequests
from playbooks.outside import OutsideError
from playbooks.ports import ChangeKind, Draft, TicketSystem
from responder.desk.abroad import NO_HOUSE, told_there
from responder.desk_values import Case
from responder.foreign import await_key
from responder.foreign_progress import Waiting
from responder.outbox import Done, Dropped, Outcome
from responder.store import Store, Tx, cases, logs, outbox, records
from responder.store import tickets as rows
from responder.store.logs import Line
from responder.store.tickets import Happening
from responder.tickets.desk import SYSTEM
from responder.values import Effect, EffectKind, Entry, Figure, Job, TicketRecord

_TOLD: Final = (ChangeKind.OPENED, ChangeKind.CUSTOMER)


@dataclass(frozen=True, slots=True)
class _Request:
    ticket: TicketRecord
    case: Case | None
    lines: Sequence[Line]


class Filing:
    """The outbox handler for requests that go elsewhere. `system` keeps the tickets, now. One that
    can't be opened there stays at our own desk, and says so.
    """

    kinds = (EffectKind.TICKET_FILE,)
    hands = 2
    deadline = timedelta(hours=72)

    def __init__(self, store: Store, *, system: Callable[[], TicketSystem]) -> None:
        self._store, self._system = store, system

    @property
    def quiet_seconds(self) -> float:
        return self._system().quiet_seconds

    async def perform(self, job: Job) -> Outcome:
        """The ticket there, under our key; the one that a former attempt opened if it did."""
        system = self._system()
        request = await self._store.read(_request, job.payload["ticket"])
        if request is None or system.name in NO_HOUSE or request.ticket.system != SYSTEM:
            return Dropped("it is kept where it is")
        draft = _draft(request)
        found = await system.find(draft.key) if job.ambiguous else None
        if request.ticket.over and not found:
            return Dropped("it was solved at our desk")
        ref = found or await system.open(draft)
        followed = isinstance(system, ListsRequests)
        # Who opened it has told what was said by then, and nobody knows when: it follows once more.
        seen = request.lines[0 if found else -1].seq
        return Done({"system": system.name, "ref": ref.id, "seen": seen, "followed": followed})

    def record(
        self, tx: Tx, job: Job, outcome: Done | Dropped, *, now: datetime
    ) -> Sequence[Figure]:
        """It is kept there from now on; what its customer has said meanwhile follows it."""
        records.one_at_a_time(tx)
        ticket = rows.by_id(tx, job.payload["ticket"])
        if isinstance(outcome, Dropped) or ticket is None:
            return ()
        told = outcome.result
        where = {"system": told["system"], "ref": told["ref"]}
        filed = replace(ticket, system=told["system"], ref=told["ref"])
        entry = Happening(Entry("filed", DAEMON, where), now)
        rows.change(tx, rows.write_down(tx, filed, [entry]))
        if told["followed"]:
            await_key(tx, told["system"], Waiting(ref=told["ref"], lay=ticket.queue), now=now)
        outbox.add(tx, _meanwhile(tx, filed, seen=told["seen"]), now=now)
        return ()

    def trouble(self, tx: Tx, job: Job, error: OutsideError, *, dead: bool, now: datetime) -> None:
        """Whoever looks at our own desk sees that it lies there."""
        records.one_at_a_time(tx)
        ticket = rows.by_id(tx, job.payload["ticket"])
        if not dead or ticket is None:
            return
        words = f"It could not be opened in the ticket system, and stays at this desk: {error}"
        note = Happening(Entry(ChangeKind.NOTE, DAEMON, {}, words), now)
        rows.change(tx, rows.write_down(tx, ticket, [note]))


def _request(tx: Tx, number: int) -> _Request | None:
    ticket = rows.by_id(tx, number)
    if ticket is None or ticket.gone:
        return None
    return _Request(ticket, cases.by_ticket(tx, number), logs.read(tx, "ticket", number))


def _draft(request: _Request) -> Draft:
    ticket = request.ticket
    said = [line.words for line in request.lines if line.kind in _TOLD]
    return Draft(
        key=ticket.key,
        queue=ticket.queue,
        priority=ticket.priority,
        category=ticket.category,
        subject=ticket.subject,
        text="\n\n".join([_who(request), *filter(None, said)]),
        server=ticket.server,
        brand=ticket.brand,
        account=ticket.account,
        incident=ticket.incident,
    )


def _who(request: _Request) -> str:
    """Whom the staff there answers: a public answer is sent on to him by us."""
    case = request.case
    who = " ".join(filter(None, (case.requester_name, f"<{case.requester}>"))) if case else ""
    return f"From {who or 'a customer'} ({request.ticket.channel}), ticket {request.ticket.id}"


def _meanwhile(tx: Tx, ticket: TicketRecord, *, seen: int) -> list[Effect]:
    lines = logs.read(tx, "ticket", ticket.id)
    fresh = (one for one in lines if one.seq > seen and one.kind == ChangeKind.CUSTOMER)
    return [effect for one in fresh if one.outside for effect in told_there(ticket, one.outside)]
