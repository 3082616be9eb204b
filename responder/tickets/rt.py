"""Request Tracker 5 over REST2: one ticket for a key, whoever races and whatever is lost."""

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
from responder.tickets.keys import mark, marked, stored, unsure_from_here
from responder.tickets.rt_changes import SYSTEM, poll
from responder.tickets.rt_doctor import examine, mend
from responder.tickets.rt_names import NOBODY, Names
from responder.tickets.rt_requests import Requests
from responder.tickets.rt_rest import WHAT, Rest, quoted
from responder.tickets.rt_rows import TicketRow
from responder.tickets.rt_settings import RtTickets
from responder.tickets.rt_setup import Setup

log = structlog.get_logger(__name__)

_SUBJECT: Final = 200  # RT's column
_OVER: Final = (TicketState.SOLVED, TicketState.CLOSED)


class RequestTracker:
    """A TicketSystem that also lists changes, assigns, moves, sweeps and examines itself
    (playbooks/ports.py).

    REST2 has no key of its own against doubles, drops fields without a word and refuses with a 200:
    what counts is always the ticket read back. Seen on 5.0.3; every method raises OutsideError.
    """

    name = SYSTEM
    capabilities: Final = Capabilities(
        requests=True, key="custom field", unique_key=True, merges=True
    )

    def __init__(self, settings: RtTickets, session: aiohttp.ClientSession) -> None:
        self._settings = settings
        self._rest = Rest(settings, session)
        self._names = Names(self._rest, settings)
        self._requests = Requests(self._rest, self._names, settings)
        self._opening: WeakValueDictionary[str, asyncio.Lock] = WeakValueDictionary()

    @property
    def quiet_seconds(self) -> float:
        """How long an unsure create must rest, once we gave up, before find() is sure."""
        return self._settings.quiet_seconds

    async def find(self, key: str) -> TicketRef | None:
        """The ticket that holds this key, or the one that it was merged into."""
        holders = await self._holders(key)
        return TicketRef(SYSTEM, holders[0].survivor) if holders else None

    async def open(self, draft: Draft) -> TicketRef:
        """The one ticket of this key: create, then look who holds the key, and merge if not we.

        The create is sent within `within_seconds` of this call or not at all.
        """
        lock = self._opening.setdefault(draft.key, asyncio.Lock())
        came_second = lock.locked()
        async with lock:
            if came_second and (found := await self.find(draft.key)):
                return found
            number = await self._rest.create(self._body(draft))
            with unsure_from_here():
                return TicketRef(SYSTEM, await self._settle(number, draft))

    async def note(self, ticket: TicketRef, note: Note) -> None:
        """Add words, to the staff or to the requestors; RT reopens a solved ticket for these."""
        await self._must_be_there(ticket)
        await self._rest.say(ticket.id, marked(note), public=note.public)

    async def noted(self, ticket: TicketRef, key: str) -> bool:
        """Was the note of this key written already?"""
        return await self._rest.wrote(ticket.id, mark(key))

    async def solve(self, ticket: TicketRef, note: Note) -> None:
        """Add the words, once for their key, and set the ticket to solved."""
        await self._turn(ticket, note, TicketState.SOLVED)

    async def reopen(self, ticket: TicketRef, note: Note) -> None:
        """Add the words, once for their key, and set the ticket to open, unless it is not over."""
        await self._turn(ticket, note, TicketState.OPEN)

    async def read(self, ticket: TicketRef) -> Ticket:
        """The ticket as it stands; of a merged one the survivor, under the survivor's id."""
        row = await self._rest.ticket(ticket.id)
        queues = await self._names.queues({row.queue})
        return Ticket(
            ref=TicketRef(SYSTEM, row.id),
            key=next(iter(row.values(self._settings.key_field)), ""),
            subject=row.subject,
            queue=self._settings.queue_here(queues.get(row.queue, row.queue)),
            owner=None if row.owner in {"", NOBODY} else row.owner,
            state=self._settings.state_here(row.status),
            priority=self._settings.priority_here(row.priority),
            url=f"{self._settings.url}/Ticket/Display.html?id={row.id}",
        )

    async def changes(self, cursor: str) -> tuple[Sequence[Change], str]:
        """What happened to our tickets since the cursor, in order; "" begins now with nothing."""
        return await poll(self._rest, self._names, self._settings, cursor)

    async def requests(self, cursor: str) -> tuple[Sequence[Brought], str]:
        """Tickets that others have opened since the cursor; "" begins now with nothing."""
        return await self._requests.poll(cursor)

    async def adopt(self, ticket: TicketRef, key: str) -> Sequence[Change]:
        """Put our key into its field; what has happened to it by then."""
        return await self._requests.adopt(ticket, key)

    async def assign(self, ticket: TicketRef, owner: str) -> None:
        """Give the ticket to a user of RT, whoever had it."""
        said = await self._rest.change(ticket.id, {"Owner": owner})
        if (await self._rest.ticket(ticket.id)).owner != owner:
            raise _refused(ticket, f"owner {owner}", said)

    async def move(self, ticket: TicketRef, queue: str) -> None:
        """Move the ticket to the RT queue that stands for this queue of ours."""
        theirs = self._settings.queue_there(queue)
        said = await self._rest.change(ticket.id, {"Queue": theirs})
        if (await self.read(ticket)).queue != self._settings.queue_here(theirs):
            raise _refused(ticket, f"queue {theirs}", said)

    async def holders(self, key: str) -> Sequence[TicketRef]:
        """The tickets that were opened with this key and are neither merged away nor deleted."""
        keyed = await self._holders(key, merged=False)
        twins = await self._keyless(keyed[0].subject) if keyed else ()
        numbers = sorted({int(row.id) for row in (*keyed, *twins)})
        return [TicketRef(SYSTEM, str(number)) for number in numbers]

    async def fold(self, loser: TicketRef, into: TicketRef) -> None:
        """Merge it into the other; what was merged there already stays so."""
        if (await self._rest.ticket(loser.id)).id == (await self._rest.ticket(into.id)).id:
            return
        said = await self._rest.change(loser.id, {"MergeInto": int(into.id)})
        if (await self._rest.ticket(loser.id)).id == loser.id:
            raise _refused(loser, f"merge into {into.id}", said)

    async def examine(self) -> Sequence[Lack]:
        """Queues, custom fields, rights and users that we need and that are not there."""
        return await examine(Setup(self._rest), self._names, self._settings)

    async def mend(self, lack: Lack) -> str:
        """Create a queue, a custom field, or a value of one."""
        return await mend(Setup(self._rest), self._settings, lack)

    async def knows(self, account: str) -> bool:
        """Is there a user of this name?"""
        return await Setup(self._rest).knows(account)

    def _body(self, draft: Draft) -> Mapping[str, object]:
        return {
            "Queue": self._settings.queue_there(draft.queue),
            "Subject": " ".join(draft.subject.split())[:_SUBJECT],
            "Priority": self._settings.priority_there(draft.priority),
            "Content": draft.text or draft.subject,
            "ContentType": "text/plain",
            "CustomFields": {self._settings.key_field: stored(draft.key), **self._fields(draft)},
        }

    def _fields(self, draft: Draft) -> Mapping[str, str]:
        told = {
            "brand": draft.brand,
            "server": draft.server,
            "account": draft.account,
            "severity": draft.priority.value,
        }
        return {
            field: value for word, field in self._settings.fields.items() if (value := told[word])
        }

    async def _holders(self, key: str, *, merged: bool = True) -> Sequence[TicketRow]:
        """The tickets that carry this key, oldest first, merged ones too unless told so.

        RT finds without regard to case: only the very key counts.
        """
        field, value = self._settings.key_field, stored(key)
        query = f"'CF.{{{field}}}' = {quoted(value)}{' AND EffectiveId > 0' if merged else ''}"
        rows = await self._rest.tickets(query, fields="CustomFields,Subject")
        return [row for row in rows if value in row.values(field)]

    async def _keyless(self, subject: str) -> Sequence[TicketRow]:
        """Tickets of ours that RT let have no key, since another one held it, by their subject: it
        names the incident.
        """
        field, ours = self._settings.key_field, quoted(await self._names.me())
        named = f"Creator = {ours} AND Subject = {quoted(subject)}"
        query = f"'CF.{{{field}}}' IS NULL AND {named}"
        return await self._rest.tickets(query, fields="Subject")

    async def _settle(self, number: str, draft: Draft) -> str:
        """The ticket that shall be the only one; it is ours unless somebody was there before us."""
        holders = await self._holders(draft.key)
        if not holders:
            field = self._settings.key_field
            log.error("ticket_key_refused", ticket=number, field=field, key=draft.key)
            return number
        first = holders[0]
        if first.survivor != number:
            await self._merge(number, into=first.survivor)
        elif dropped := [
            field
            for field, value in self._fields(draft).items()
            if value not in first.values(field)
        ]:
            log.warning("ticket_fields_dropped", ticket=number, fields=dropped)
        return first.survivor

    async def _merge(self, number: str, *, into: str) -> None:
        said = await self._rest.change(number, {"MergeInto": int(into)})
        if (await self._rest.ticket(number)).id != into:
            log.warning("ticket_not_merged", ticket=number, into=into, said=said)

    async def _turn(self, ticket: TicketRef, note: Note, state: TicketState) -> None:
        status, said = self._settings.status_there(state), ""
        await self._must_be_there(ticket)
        if not await self.noted(ticket, note.key):
            said = await self._rest.say(ticket.id, marked(note), public=note.public, status=status)
        if not await self._stands(ticket, state):
            said = await self._rest.change(ticket.id, {"Status": status}) or said
            if not await self._stands(ticket, state):
                raise _refused(ticket, f"status {status}", said)

    async def _must_be_there(self, ticket: TicketRef) -> None:
        """RT takes words for a deleted ticket, and of one that is gone it says 400 and not 404."""
        await self._rest.ticket(ticket.id)

    async def _stands(self, ticket: TicketRef, state: TicketState) -> bool:
        now = self._settings.state_here((await self._rest.ticket(ticket.id)).status)
        return now is state if state is TicketState.SOLVED else now not in _OVER


def _refused(ticket: TicketRef, wish: str, said: str) -> OutsideError:
    reason = said or "no reason given"
    return OutsideError(
        f"{WHAT} did not give ticket {ticket.id} the {wish}: {reason}", transient=False
    )
