"""Brings words that were said here to the ticket system, out of the outbox, once each."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Final

from alerts.model import DAEMON
from playbooks.outside import GoneError, OutsideError
from playbooks.ports import ChangeKind, Moves, Note, TicketRef, TicketState, TicketSystem
from responder.outbox import Done, Dropped, Outcome
from responder.store import Store, Tx, logs
from responder.store import tickets as rows
from responder.store.logs import Line
from responder.story import told_of_ticket
from responder.values import EffectKind, Figure, Job, TicketRecord

_OVER: Final = (TicketState.SOLVED, TicketState.CLOSED)
_PREFACE: Final = "The customer writes:"


@dataclass(frozen=True, slots=True)
class _Said:
    ticket: TicketRecord
    line: Line


class Comments:
    """The outbox handler for what customers say on a ticket that is kept elsewhere, over their link
    or by mail, and for what we have to say on it. `system` keeps the tickets, now; `url` begins the
    addresses of our own API.
    """

    kinds = (EffectKind.TICKET_COMMENT,)
    hands = 2
    deadline = timedelta(hours=72)

    def __init__(self, store: Store, *, system: Callable[[], TicketSystem], url: str) -> None:
        self._store, self._system, self._url = store, system, url

    @property
    def quiet_seconds(self) -> float:
        return self._system().quiet_seconds

    async def perform(self, job: Job) -> Outcome:
        """A note for the staff, so that no mail goes back to whoever wrote it; a ticket that was
        over is open again by a customer's words, and by none of ours.
        """
        said = await self._store.read(_said, job.payload["ticket"], job.payload["said"])
        system = self._system()
        if said is None or said.ticket.system != system.name:
            return Dropped("its ticket is not kept there")
        ref = TicketRef(system.name, said.ticket.ref)
        try:
            await self._written(system, ref, job, said)
            if job.payload.get("queue") and isinstance(system, Moves):
                await _moved(system, ref, job.payload["queue"])
        except GoneError:
            return Dropped("its ticket was deleted")
        return Done()

    def record(
        self, tx: Tx, job: Job, outcome: Done | Dropped, *, now: datetime
    ) -> Sequence[Figure]:
        """The words stand in our own log since they were said."""
        return ()

    def trouble(self, tx: Tx, job: Job, error: OutsideError, *, dead: bool, now: datetime) -> None:
        """A dead letter is shown and counted like every other."""

    async def _written(self, system: TicketSystem, ref: TicketRef, job: Job, said: _Said) -> None:
        ours = said.line.actor == DAEMON
        note = _ours(said.line) if ours else Note(job.key, self._worded(said))
        if (ours or job.ambiguous) and await system.noted(ref, note.key):
            return
        over = not ours and (await system.read(ref)).state in _OVER
        await (system.reopen(ref, note) if over else system.note(ref, note))

    def _worded(self, said: _Said) -> str:
        parts = [_PREFACE, said.line.words]
        if said.line.data.get("complaint"):
            parts.insert(0, "The customer is not satisfied and asks for a supervisor.")
        files = f"{self._url.rstrip('/')}/api/v1/tickets/{said.ticket.id}/files"
        ids = str(said.line.data.get("files") or "").split()
        parts += [f"Picture: {files}/{one}" for one in ids]
        return "\n\n".join(filter(None, parts))


def _ours(line: Line) -> Note:
    """Under the line's own name: adopting may have brought it there first."""
    happened = "" if line.kind == ChangeKind.NOTE else told_of_ticket(replace(line, words=""))
    return Note(line.outside or "", "\n\n".join(filter(None, [happened, line.words])))


async def _moved(system: Moves, ticket: TicketRef, queue: str) -> None:
    """The words stand there by now: whoever tries again must look for them first."""
    try:
        await system.move(ticket, queue)
    except GoneError:
        raise
    except OutsideError as error:
        raise OutsideError(
            str(error),
            transient=error.transient,
            ambiguous=True,
            retry_after=error.retry_after,
        ) from error


def _said(tx: Tx, number: int, id_: str) -> _Said | None:
    ticket = rows.by_id(tx, number)
    lines = logs.read(tx, "ticket", number) if ticket is not None else ()
    line = next((one for one in lines if one.outside == id_), None)
    return _Said(ticket, line) if ticket is not None and line is not None else None
