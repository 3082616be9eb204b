"""Zendesk over its API: it drops a repeated create for some hours, and never changes in secret."""

import asyncio
from collections.abc import Mapping, Sequence
from typing import Final
from weakref import WeakValueDictionary

import aiohttp
import structlog

from playbooks.brought import Brought
from playbooks.outside import OutsideError
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
from responder.tickets import zendesk_doctor
from responder.tickets.keys import mark, marked, stored, tail, unsure_from_here
from responder.tickets.zendesk_draft import body_of, dropped, fields_of
from responder.tickets.zendesk_names import Names
from responder.tickets.zendesk_poll import Poll
from responder.tickets.zendesk_read import SYSTEM
from responder.tickets.zendesk_requests import Requests
from responder.tickets.zendesk_rest import WHAT, IdempotencyRefused, Rest
from responder.tickets.zendesk_rows import OURS, TicketRow
from responder.tickets.zendesk_settings import ZendeskTickets

log = structlog.get_logger(__name__)

_OVER: Final = (TicketState.SOLVED, TicketState.CLOSED)
_UNDER_WAY: Final = "under way"
_LOOKS: Final = 10  # at a merge that Zendesk makes behind our back


class Zendesk:
    """A TicketSystem that also lists changes, assigns, moves, sweeps and examines.

    The key is the external_id, which several tickets may share; the header `Idempotency-Key` keeps
    a repeat from making a second one, as long as Zendesk remembers. What an update comes to stands
    in its answer. Every method raises OutsideError. From its documents alone.
    """

    name = SYSTEM
    capabilities: Final = Capabilities(
        requests=True, idempotent=True, key="external_id", webhook=True, merges=True
    )

    def __init__(self, settings: ZendeskTickets, session: aiohttp.ClientSession) -> None:
        self._settings = settings
        self._rest = Rest(settings, session)
        self._names = Names(self._rest, settings)
        self._poll = Poll(self._rest, self._names, settings)
        self._requests = Requests(self._rest, self._names, self._poll, settings)
        self._opening: WeakValueDictionary[str, asyncio.Lock] = WeakValueDictionary()

    @property
    def quiet_seconds(self) -> float:
        """How long an unsure create must rest, once we gave up, before find() is sure."""
        return self._settings.quiet_seconds

    async def find(self, key: str) -> TicketRef | None:
        """The oldest ticket with this key, or the one that it was merged into."""
        rows = await self._carriers(key)
        if living := _living(rows):
            return TicketRef(SYSTEM, living[0].id)
        return TicketRef(SYSTEM, (await self._survivor(rows[0])).id) if rows else None

    async def open(self, draft: Draft) -> TicketRef:
        """The one ticket of this key: look, create under its key, look again, fold the younger."""
        lock = self._opening.setdefault(draft.key, asyncio.Lock())
        async with lock:
            if found := await self.find(draft.key):
                return found
            group = await self._names.group(self._settings.queue_there(draft.queue))
            body = body_of(draft, int(group), self._settings)
            fields = fields_of(draft, self._settings)
            try:
                asked = {**body, "custom_fields": fields}
                row = await self._rest.create(asked, key=tail(draft.key))
            except IdempotencyRefused:
                return await self._other(draft.key)
            with unsure_from_here():
                return await self._settled(row, draft.key, dropped(row, body, fields))

    async def note(self, ticket: TicketRef, note: Note) -> None:
        """Add words, to the staff or to the requester."""
        row = await self._row(ticket)
        await self._rest.update(row.id, _comment(note))

    async def noted(self, ticket: TicketRef, key: str) -> bool:
        """Was the note of this key written already?"""
        row = await self._row(ticket)
        said = await self._rest.comments(row.id)
        return any(mark(key) in comment.words.split() for comment in said)

    async def solve(self, ticket: TicketRef, note: Note) -> None:
        """Add the words, once for their key, and set the ticket to solved."""
        await self._turn(ticket, note, TicketState.SOLVED)

    async def reopen(self, ticket: TicketRef, note: Note) -> None:
        """Add the words, once for their key, and set the ticket to open, unless it is not over.

        GoneError for one that Zendesk has closed for good.
        """
        await self._turn(ticket, note, TicketState.OPEN)

    async def read(self, ticket: TicketRef) -> Ticket:
        """The ticket as it stands; of a merged one the survivor, under the survivor's id."""
        row = await self._row(ticket)
        groups = await self._names.groups({row.group} - {""})
        return Ticket(
            ref=TicketRef(SYSTEM, row.id),
            key=row.external.removeprefix(OURS) if row.ours else "",
            subject=row.subject,
            queue=self._settings.queue_here(groups.get(row.group, row.group)),
            owner=await self._owner(row),
            state=self._settings.state_here(row.status),
            priority=self._settings.priority_here(row.priority),
            url=f"{self._settings.url}/agent/tickets/{row.id}",
        )

    async def changes(self, cursor: str) -> tuple[Sequence[Change], str]:
        """What happened to our tickets since the cursor, in order; "" begins now with nothing."""
        return await self._poll.turn(cursor)

    async def requests(self, cursor: str) -> tuple[Sequence[Brought], str]:
        """Tickets that others have opened since the cursor; "" begins now with nothing."""
        return await self._requests.poll(cursor)

    async def adopt(self, ticket: TicketRef, key: str) -> Sequence[Change]:
        """Put our key on it; what has happened to it by then."""
        return await self._requests.adopt(await self._row(ticket), key)

    async def assign(self, ticket: TicketRef, owner: str) -> None:
        """Give the ticket to an agent, whoever had it."""
        number = await self._names.agent(owner)
        row = await self._row(ticket)
        after = await self._rest.update(row.id, {"assignee_id": int(number)})
        if after.owner != number:
            raise _untaken(ticket, f"assignee {owner}")

    async def move(self, ticket: TicketRef, queue: str) -> None:
        """Move the ticket to the group that stands for this queue of ours."""
        theirs = self._settings.queue_there(queue)
        number = await self._names.group(theirs)
        row = await self._row(ticket)
        after = await self._rest.update(row.id, {"group_id": int(number)})
        if after.group != number:
            raise _untaken(ticket, f"group {theirs}")

    async def holders(self, key: str) -> Sequence[TicketRef]:
        """Every ticket with this key that is not merged away, the oldest first."""
        rows = _living(await self._carriers(key))
        return [TicketRef(SYSTEM, row.id) for row in rows]

    async def fold(self, loser: TicketRef, into: TicketRef) -> None:
        """Merge the loser; where Zendesk does not, solve it with a note that names the other."""
        said = await self._merged(loser, into)
        row = await self._rest.ticket(loser.id)
        if row.merged or said == _UNDER_WAY:
            return
        log.warning("ticket_not_merged", ticket=loser.id, into=into.id, said=said)
        note = Note(f"{loser.id}/fold", f"The same as #{into.id}, where it goes on.")
        await self._turn(loser, note, TicketState.SOLVED)
        await self._rest.update(loser.id, {"external_id": None})

    async def examine(self) -> Sequence[Lack]:
        """All that is missing in Zendesk for us."""
        return await zendesk_doctor.examine(self._rest, self._settings)

    async def mend(self, lack: Lack) -> str:
        """Create a group."""
        return await zendesk_doctor.mend(self._rest, lack)

    async def knows(self, account: str) -> bool:
        """Is there an agent of this name?"""
        return bool(await self._names.sought(account))

    async def _merged(self, loser: TicketRef, into: TicketRef) -> str:
        """What became of it so far: Zendesk merges behind our back."""
        words = f"Merged into #{into.id}: the same.", f"#{loser.id} is the same."
        try:
            job = await self._rest.merge(loser.id, into=into.id, words=words)
        except OutsideError as error:
            if error.transient:
                raise
            return str(error)
        for _ in range(_LOOKS):
            if job.over:
                return job.status
            await asyncio.sleep(self._settings.within_seconds / (2 * _LOOKS))
            job = await self._rest.job(job.id)
        return _UNDER_WAY

    async def _carriers(self, key: str) -> Sequence[TicketRow]:
        """The tickets with this key, merged ones too, the oldest first."""
        wanted = f"{OURS}{stored(key)}"
        rows = await self._rest.by_external(wanted)
        ours = (row for row in rows if row.external == wanted and row.status != "deleted")
        return sorted(ours, key=lambda row: int(row.id))

    async def _survivor(self, row: TicketRow) -> TicketRow:
        """Where a merged ticket goes on, through all merges."""
        seen = {row.id}
        while row.merged:
            into = await self._poll.survivor(row)
            if into in seen:
                break
            seen.add(into)
            row = await self._rest.ticket(into)
        return row

    async def _row(self, ticket: TicketRef) -> TicketRow:
        return await self._survivor(await self._rest.ticket(ticket.id))

    async def _owner(self, row: TicketRow) -> str | None:
        """We ourselves are nobody: Zendesk wants an assignee of whoever solves."""
        if not row.owner or row.owner == (await self._names.me()).id:
            return None
        user = (await self._names.users({row.owner})).get(row.owner)
        return self._settings.agent(user.email) if user else row.owner

    async def _other(self, key: str) -> TicketRef:
        """Zendesk has seen this key with other words: the ticket of then is the one."""
        if found := await self.find(key):
            return found
        raise IdempotencyRefused

    async def _settled(self, row: TicketRow, key: str, dropped: Sequence[str]) -> TicketRef:
        """The ticket that shall be the only one; it is ours unless somebody was there before us."""
        holders = await self.holders(key)
        ours = TicketRef(SYSTEM, row.id)
        if row.external != f"{OURS}{stored(key)}":
            log.error("ticket_key_refused", ticket=row.id, field="external_id", key=key)
        if not holders:
            return ours
        if holders[0] != ours and ours in holders:
            await self.fold(ours, holders[0])
        elif dropped:
            log.warning("ticket_fields_dropped", ticket=row.id, fields=dropped)
        return holders[0]

    async def _turn(self, ticket: TicketRef, note: Note, state: TicketState) -> None:
        row = await self._row(ticket)
        wanted: dict[str, object] = {}
        if not self._stands(row, state):
            wanted["status"] = self._settings.status_there(state)
            if state is TicketState.SOLVED and not row.owner:
                wanted["assignee_id"] = int((await self._names.me()).id)
        if not await self.noted(TicketRef(SYSTEM, row.id), note.key):
            wanted |= _comment(note)
        after = await self._rest.update(row.id, wanted) if wanted else row
        if not self._stands(after, state):
            raise _untaken(ticket, f"status {wanted.get('status', after.status)}")

    def _stands(self, row: TicketRow, state: TicketState) -> bool:
        now = self._settings.state_here(row.status)
        return now in _OVER if state is TicketState.SOLVED else now not in _OVER


def _living(rows: Sequence[TicketRow]) -> Sequence[TicketRow]:
    """Those that count: one that is closed for good only where there is no other."""
    living = [row for row in rows if not row.merged]
    return [row for row in living if row.status != "closed"] or living[:1]


def _comment(note: Note) -> Mapping[str, object]:
    return {"comment": {"body": marked(note), "public": note.public}}


def _untaken(ticket: TicketRef, wish: str) -> OutsideError:
    message = f"{WHAT} said yes, but did not give ticket {ticket.id} the {wish}"
    return OutsideError(message, transient=False)
