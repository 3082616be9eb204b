"""WHMCS over its API: no key of its own, no history, three urgencies, and refusals with a 200."""

import asyncio
from collections.abc import Mapping, Sequence
from typing import Final
from weakref import WeakValueDictionary

import aiohttp
import structlog

from playbooks.brought import Brought
from playbooks.outside import GoneError, OutsideError
from playbooks.ports import (
    Capabilities,
    Change,
    Draft,
    Lack,
    Note,
    Ticket,
    TicketRef,
    TicketState,
)
from responder.tickets import whmcs_doctor
from responder.tickets.keys import (
    alike,
    mark,
    marked,
    tail,
    tail_of,
    tailed,
    unsure_from_here,
    untailed,
)
from responder.tickets.whmcs_api import WHAT, Api
from responder.tickets.whmcs_marks import traced
from responder.tickets.whmcs_names import Names
from responder.tickets.whmcs_poll import Poll
from responder.tickets.whmcs_read import SYSTEM
from responder.tickets.whmcs_requests import Requests
from responder.tickets.whmcs_rows import ListedRow, TicketRow, WordRow
from responder.tickets.whmcs_settings import WhmcsTickets

log = structlog.get_logger(__name__)

_SUBJECT: Final = 200
_OVER: Final = (TicketState.SOLVED, TicketState.CLOSED)


class Whmcs:
    """A TicketSystem that also lists changes, assigns, moves, sweeps and examines.

    Nothing keeps two tickets from one key but a search before and after each create: a digest of
    the key ends the subject. Every method raises OutsideError. From its documents alone.
    """

    name = SYSTEM
    capabilities: Final = Capabilities(requests=True, key="subject", history=False, levels=3)

    def __init__(self, settings: WhmcsTickets, session: aiohttp.ClientSession) -> None:
        self._settings = settings
        self._api = Api(settings, session)
        self._names = Names(self._api)
        self._poll = Poll(self._api, self._names, settings)
        self._requests = Requests(self._api, self._names, settings)
        self._opening: WeakValueDictionary[str, asyncio.Lock] = WeakValueDictionary()

    @property
    def quiet_seconds(self) -> float:
        """How long an unsure create must rest, once we gave up, before find() is sure."""
        return self._settings.quiet_seconds

    async def find(self, key: str) -> TicketRef | None:
        """The oldest ticket that carries this key."""
        return next(iter(await self.holders(key)), None)

    async def open(self, draft: Draft) -> TicketRef:
        """The one ticket of this key: look, create, look again, and fold ours if it is younger."""
        lock = self._opening.setdefault(draft.key, asyncio.Lock())
        async with lock:
            if found := await self.find(draft.key):
                return found
            asked = await self._asked(draft)
            number = await self._api.create(asked)
            with unsure_from_here():
                return await self._settled(number, draft.key, asked)

    async def note(self, ticket: TicketRef, note: Note) -> None:
        """Add words, to the staff or to the customer; how the ticket stands is left as it is."""
        row = await self._row(ticket)
        await self._say(row, note, status=row.status)

    async def noted(self, ticket: TicketRef, key: str) -> bool:
        """Was the note of this key written already?"""
        return _holds(await self._row(ticket), key)

    async def solve(self, ticket: TicketRef, note: Note) -> None:
        """Add the words, once for their key, and set the ticket to solved."""
        await self._turn(ticket, note, TicketState.SOLVED)

    async def reopen(self, ticket: TicketRef, note: Note) -> None:
        """Add the words, once for their key, and set the ticket to open, unless it is not over."""
        await self._turn(ticket, note, TicketState.OPEN)

    async def read(self, ticket: TicketRef) -> Ticket:
        """The ticket as it stands."""
        row = await self._row(ticket)
        departments = await self._names.departments({row.deptid})
        queue = self._settings.queue_here(departments.get(row.deptid, row.deptid))
        staff = await self._names.staff(numbers={row.owner} - {""})
        owners = {one.id: one.username for one in staff}
        at = f"{self._settings.url}/{self._settings.admin_path}/supporttickets.php"
        return Ticket(
            ref=TicketRef(SYSTEM, row.id),
            key="",
            subject=untailed(row.subject),
            queue=queue,
            owner=owners.get(row.owner, row.owner) or None,
            state=self._settings.state_here(row.status),
            priority=self._settings.priority_here(row.priority, queue),
            url=f"{at}?action=view&id={row.id}",
        )

    async def changes(self, cursor: str) -> tuple[Sequence[Change], str]:
        """What happened to our tickets since the cursor, per ticket in order; "" begins now."""
        return await self._poll.turn(cursor)

    async def requests(self, cursor: str) -> tuple[Sequence[Brought], str]:
        """Tickets that others have opened since the cursor; "" begins now with nothing."""
        return await self._requests.poll(cursor)

    async def adopt(self, ticket: TicketRef, key: str) -> Sequence[Change]:
        """Put our key on it: `changes` tells all of it from its beginning."""
        return await self._requests.adopt(await self._row(ticket), key)

    async def assign(self, ticket: TicketRef, owner: str) -> None:
        """Flag the ticket to an admin user, whoever had it."""
        number = await self._names.number_of(owner)
        await self._change(ticket, f"Given to {owner}.", "flag", number)

    async def move(self, ticket: TicketRef, queue: str) -> None:
        """Move the ticket to the department that stands for this queue of ours."""
        theirs = self._settings.queue_there(queue)
        number = await self._names.department(theirs)
        await self._change(ticket, f"Moved to {theirs}.", "department", number)

    async def holders(self, key: str) -> Sequence[TicketRef]:
        """Every ticket that was opened with this key, the oldest first; none of a customer who has
        taken over its subject.
        """
        rows = await self._holders(key)
        return [TicketRef(SYSTEM, row.id) for row in rows if alike(row.subject, rows[0].subject)]

    async def fold(self, loser: TicketRef, into: TicketRef) -> None:
        """Merge the loser. Where WHMCS leaves it standing, close it with a note that names the
        other and take our key from it, so that nobody finds it again.
        """
        try:
            await self._api.merge(loser.id, into=into.id)
        except OutsideError as error:
            if error.transient:
                raise
            log.warning("ticket_not_merged", ticket=loser.id, into=into.id, said=str(error))
        try:
            row = await self._row(loser)
        except GoneError:
            return
        if self._settings.state_here(row.status) not in _OVER:
            note = Note(f"{loser.id}/fold", f"The same as ticket {into.id}, where it goes on.")
            await self._turn(loser, note, TicketState.SOLVED)
        await self._api.update(loser.id, {"subject": untailed(row.subject)})

    async def examine(self) -> Sequence[Lack]:
        """All that is missing in WHMCS for us."""
        return await whmcs_doctor.examine(self._api, self._settings)

    async def mend(self, lack: Lack) -> str:
        """The API creates neither departments nor statuses nor rights."""
        raise OutsideError(f"{WHAT} lets nobody create this by API: {lack.name}", transient=False)

    async def knows(self, account: str) -> bool:
        """Is there an admin user of this name?"""
        return bool(await self._names.sought(account))

    async def _row(self, ticket: TicketRef) -> TicketRow:
        return (await self._api.ticket(ticket.id))[0]

    async def _holders(self, key: str) -> Sequence[ListedRow]:
        """The search is approximate: only the very key counts."""
        rows = await self._api.tickets(subject=tail(key))
        ours = (row for row in rows if tail_of(row.subject) == tail(key))
        return sorted(ours, key=lambda row: int(row.id))

    async def _asked(self, draft: Draft) -> Mapping[str, str]:
        department = await self._names.department(self._settings.queue_there(draft.queue))
        urgency = self._settings.urgency(draft.priority)
        about = {"Server": draft.server, "Brand": draft.brand, "Account": draft.account}
        facts = "\n".join(f"{name}: {value}" for name, value in about.items() if value)
        text = "\n\n".join(filter(None, (draft.text or draft.subject, facts)))
        return {
            "deptid": department,
            "subject": tailed(draft.subject, draft.key, longest=_SUBJECT),
            "message": traced(text, department=department, urgency=urgency),
            "priority": urgency,
            "name": self._settings.name,
            "email": self._settings.email,
            "noemail": "true",  # it is we who asked
        }

    async def _settled(self, number: str, key: str, asked: Mapping[str, str]) -> TicketRef:
        """The ticket that shall be the only one; it is ours unless somebody was there before us."""
        ours, holders = TicketRef(SYSTEM, number), await self._holders(key)
        if not holders:
            log.error("ticket_key_refused", ticket=number, field="subject", key=key)
            return ours
        first = holders[0]
        got = {"deptid": first.deptid, "priority": first.priority}
        if first.id == number:
            if dropped := [field for field, value in got.items() if value != asked[field]]:
                log.warning("ticket_fields_dropped", ticket=number, fields=dropped)
        elif any(row.id == number for row in holders):
            await self.fold(ours, TicketRef(SYSTEM, first.id))
        return TicketRef(SYSTEM, first.id)

    async def _say(self, row: TicketRow, note: Note, *, status: str) -> None:
        if note.public:
            by = await self._names.my_user()
            await self._api.reply(row.id, marked(note), by=by, status=status)
            return
        did = {} if status == row.status else {"status": status}
        await self._api.note(row.id, traced(marked(note), **did) if did else marked(note))

    async def _turn(self, ticket: TicketRef, note: Note, state: TicketState) -> None:
        row = await self._row(ticket)
        status = row.status if self._stands(row, state) else self._settings.status_there(state)
        if not _holds(row, note.key):
            await self._say(row, note, status=status)
            row = await self._row(ticket)
        if not self._stands(row, state):
            await self._api.update(ticket.id, {"status": status})
            row = await self._row(ticket)
        if not self._stands(row, state):
            raise _untaken(ticket, f"status {status}")

    def _stands(self, row: TicketRow, state: TicketState) -> bool:
        now = self._settings.state_here(row.status)
        return now is state if state is TicketState.SOLVED else now not in _OVER

    async def _change(self, ticket: TicketRef, words: str, field: str, value: str) -> None:
        """Change it and look; our note comes first, as WHMCS would not tell that it was we."""
        if _value(await self._row(ticket), field) == value:
            return
        await self._api.note(ticket.id, traced(words, **{field: value}))
        asked = {"department": "deptid"}.get(field, field)
        await self._api.update(ticket.id, {asked: value})
        if _value(await self._row(ticket), field) != value:
            raise _untaken(ticket, f"{field} {value}")


def _value(row: TicketRow, field: str) -> str:
    values: Mapping[str, str] = {"flag": row.owner, "department": row.deptid}
    return values[field]


def _holds(row: TicketRow, key: str) -> bool:
    said: tuple[WordRow, ...] = (*row.replies, *row.notes)
    return any(mark(key) in word.message.split() for word in said)


def _untaken(ticket: TicketRef, wish: str) -> OutsideError:
    message = f"{WHAT} said yes, but did not give ticket {ticket.id} the {wish}"
    return OutsideError(message, transient=False)
