"""Zammad over its REST API: one ticket for a key, whoever races and however late the index is."""

import asyncio
from collections.abc import Sequence
from datetime import timedelta
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
from responder.tickets.keys import (
    alike,
    mark,
    marked,
    stored,
    tail,
    tail_of,
    unsure_from_here,
    untailed,
)
from responder.tickets.zammad_changes import SYSTEM, Poller
from responder.tickets.zammad_draft import body_of, fields_of
from responder.tickets.zammad_examine import examine, mend
from responder.tickets.zammad_names import Names
from responder.tickets.zammad_requests import Requests
from responder.tickets.zammad_rest import WHAT, Rest, UnsearchableError
from responder.tickets.zammad_rows import ITSELF, TicketRow
from responder.tickets.zammad_settings import ZammadTickets

log = structlog.get_logger(__name__)

_NEWEST: Final = timedelta(hours=1)  # a create that was lost is looked for within this time
_OVER: Final = (TicketState.SOLVED, TicketState.CLOSED)


class Zammad:
    """A TicketSystem that also lists changes, assigns, moves, sweeps and examines itself.

    Zammad has no key against doubles, drops attributes that it does not know, puts an owner back
    who may not work in the group, and refuses a merge with a 200: what counts is the ticket read
    back. From its documents and its source, not tried on a real one. Raises OutsideError.
    """

    name = SYSTEM
    capabilities: Final = Capabilities(
        requests=True,
        key="attribute and title",
        history=True,
        webhook=True,
        merges=True,
        levels=3,
    )

    def __init__(self, settings: ZammadTickets, session: aiohttp.ClientSession) -> None:
        self._settings = settings
        self._rest = Rest(settings, session)
        self._names = Names(self._rest)
        self._poller = Poller(self._rest, self._names, settings)
        self._requests = Requests(self._rest, self._names, self._poller, settings)
        self._opening: WeakValueDictionary[str, asyncio.Lock] = WeakValueDictionary()

    @property
    def quiet_seconds(self) -> float:
        """How long an unsure create must rest, once we gave up, before find() is sure."""
        return self._settings.quiet_seconds

    async def find(self, key: str) -> TicketRef | None:
        """The ticket that holds this key, or the one that it was merged into."""
        for row in await self._rows(key):
            if found := await self._survivor(row):
                return _ref(found)
        return None

    async def open(self, draft: Draft) -> TicketRef:
        """The one ticket of this key: look, create, look again, and merge ours if not the first."""
        lock = self._opening.setdefault(draft.key, asyncio.Lock())
        async with lock:
            if found := await self.find(draft.key):
                return found
            row = await self._rest.create(body_of(draft, await self._customer(), self._settings))
            with unsure_from_here():
                return await self._settle(row, draft)

    async def note(self, ticket: TicketRef, note: Note) -> None:
        """Add words: for the staff as an internal note, else as `replies` says."""
        await self._say(await self._alive(ticket), note)

    async def noted(self, ticket: TicketRef, key: str) -> bool:
        """Was the note of this key written already, here or in a ticket merged into this?"""
        row = await self._alive(ticket)
        sign = mark(key)
        return any(sign in article.text for article in await self._rest.articles(str(row.id)))

    async def solve(self, ticket: TicketRef, note: Note) -> None:
        """Add the words, once for their key, and close the ticket."""
        await self._turn(ticket, note, TicketState.SOLVED)

    async def reopen(self, ticket: TicketRef, note: Note) -> None:
        """Add the words, once for their key, and open the ticket unless it is not over."""
        await self._turn(ticket, note, TicketState.OPEN)

    async def read(self, ticket: TicketRef) -> Ticket:
        """The ticket as it stands; of a merged one the survivor, under the survivor's id."""
        row = await self._alive(ticket)
        queue = self._settings.queue_here(row.group)
        return Ticket(
            ref=_ref(row),
            key=row.attribute(self._settings.key_field),
            subject=untailed(row.title),
            queue=queue,
            owner=None if row.owner_id == ITSELF else row.owner,
            state=self._settings.state_here(row.state),
            priority=self._settings.priority_here(row.priority, queue),
            url=f"{self._settings.url}/#ticket/zoom/{row.id}",
        )

    async def changes(self, cursor: str) -> tuple[Sequence[Change], str]:
        """What happened to our tickets since the cursor; "" begins now with nothing."""
        return await self._poller.poll(cursor)

    async def requests(self, cursor: str) -> tuple[Sequence[Brought], str]:
        """Tickets that others have opened since the cursor; "" begins now with nothing."""
        return await self._requests.poll(cursor)

    async def adopt(self, ticket: TicketRef, key: str) -> Sequence[Change]:
        """Put our key on it; what has happened to it by then."""
        return await self._requests.adopt(await self._alive(ticket), key)

    async def assign(self, ticket: TicketRef, owner: str) -> None:
        """Give the ticket to a user by his login, whoever had it."""
        row = await self._alive(ticket)
        await self._rest.change(str(row.id), {"owner": owner})
        now = await self._rest.ticket(str(row.id))
        if now.owner != owner:
            raise _refused(ticket, f"owner {owner} (may he work in {now.group}?)")

    async def move(self, ticket: TicketRef, queue: str) -> None:
        """Move the ticket to the group that stands for this queue of ours."""
        theirs = self._settings.queue_there(queue)
        row = await self._alive(ticket)
        await self._rest.change(str(row.id), {"group": theirs})
        if (await self._rest.ticket(str(row.id))).group != theirs:
            raise _refused(ticket, f"group {theirs}")

    async def holders(self, key: str) -> Sequence[TicketRef]:
        """Every ticket that was opened with this key and is not deleted or merged away, the oldest
        first; none of a customer who has taken over its title.
        """
        rows = [row for row in await self._rows(key, newest=True) if not row.merged]
        held = self._settings.key_field
        return [
            _ref(row)
            for row in rows
            if row.attribute(held) == stored(key) or alike(row.title, rows[0].title)
        ]

    async def fold(self, loser: TicketRef, into: TicketRef) -> None:
        """Merge the loser; where Zammad refuses, close it with a note that names the other."""
        source, target = await self._rest.ticket(loser.id), await self._alive(into)
        if source.merged or source.id == target.id:
            return
        said = await self._rest.merge(loser.id, target)
        if (await self._rest.ticket(loser.id)).merged:
            return
        log.warning("ticket_not_merged", ticket=loser.id, into=into.id, said=said)
        text = f"The same as ticket {target.number}, which goes on."
        await self.solve(loser, Note(f"{loser.id}/fold/{into.id}", text))

    async def examine(self) -> Sequence[Lack]:
        """What is missing: access, groups, states, priorities, attributes."""
        return await examine(self._rest, self._settings)

    async def mend(self, lack: Lack) -> str:
        """Create a group or an attribute, where our user may."""
        return await mend(self._rest, lack)

    async def knows(self, account: str) -> bool:
        """Is there an active user of this login?"""
        found = await self._rest.users(account)
        return any(user.login.lower() == account.lower() and user.active for user in found)

    async def _customer(self) -> str | int:
        mail = self._settings.customer
        return f"guess:{mail}" if mail else (await self._names.me()).id

    async def _rows(self, key: str, *, newest: bool = False) -> Sequence[TicketRow]:
        """The tickets that carry this key, oldest first, merged ones too. When the search says
        nothing, and for `newest`, also what was made lately is looked through.
        """
        found = {row.id: row for row in await self._searched(key)}
        if newest or not found:
            found |= {row.id: row for row in await self._lately() if self._carries(row, key)}
        return [found[number] for number in sorted(found)]

    async def _searched(self, key: str) -> Sequence[TicketRow]:
        """By the title, and by the attribute where there is one: people rewrite titles."""
        field = self._settings.key_field
        held = list(await self._rest.search({"title": ("contains", tail(key))}))
        try:
            held += await self._rest.search({field: ("is", stored(key))})
        except UnsearchableError:
            log.warning("ticket_key_unsearchable", field=field)
        return [row for row in held if self._carries(row, key)]

    async def _lately(self) -> Sequence[TicketRow]:
        since = (await self._rest.now() - _NEWEST).isoformat()
        condition = {"created_at": ("after (absolute)", since)}
        return await self._rest.search(condition, by="created_at", order="desc")

    def _carries(self, row: TicketRow, key: str) -> bool:
        """Searches know no case: only the very key counts."""
        return stored(key) == row.attribute(self._settings.key_field) or (
            tail_of(row.title) == tail(key)
        )

    async def _settle(self, row: TicketRow, draft: Draft) -> TicketRef:
        """The ticket that shall be the only one; ours unless somebody was there before us."""
        for earlier in await self._rows(draft.key, newest=True):
            if earlier.id < row.id and (survivor := await self._survivor(earlier)):
                await self.fold(_ref(row), _ref(survivor))
                return _ref(survivor)
        self._tell_dropped(row, draft)
        return _ref(row)

    def _tell_dropped(self, row: TicketRow, draft: Draft) -> None:
        """The ticket stands all the same: its key is in the title too."""
        number, field = str(row.id), self._settings.key_field
        if row.attribute(field) != stored(draft.key):
            log.error("ticket_key_refused", ticket=number, field=field, key=draft.key)
        told = fields_of(draft, self._settings).items()
        if dropped := [name for name, value in told if row.attribute(name) != value]:
            log.warning("ticket_fields_dropped", ticket=number, fields=dropped)

    async def _survivor(self, row: TicketRow) -> TicketRow | None:
        """Where a ticket has gone by merges; None when it was deleted there."""
        try:
            return await self._alive(_ref(row), row)
        except GoneError:
            return None

    async def _alive(self, ticket: TicketRef, row: TicketRow | None = None) -> TicketRow:
        row = row or await self._rest.ticket(ticket.id)
        seen = {row.id}
        while row.merged and (into := await self._poller.merged_into(row)) not in seen:
            if into is None:
                break
            seen.add(into)
            row = await self._rest.ticket(str(into))
        return row

    async def _say(self, row: TicketRow, note: Note) -> None:
        to = await self._address(row) if note.public and self._settings.replies == "email" else ""
        kind = "email" if to else "note"
        await self._rest.say(str(row.id), marked(note), internal=not note.public, kind=kind, to=to)

    async def _address(self, row: TicketRow) -> str:
        """The customer's; none when the ticket is our own user's, who has no use for our mail."""
        if row.customer_id == (await self._names.me()).id:
            return ""
        return (await self._names.user(row.customer_id)).email

    async def _turn(self, ticket: TicketRef, note: Note, state: TicketState) -> None:
        row = await self._alive(ticket)
        ref = _ref(row)
        if not await self.noted(ref, note.key):
            await self._say(row, note)
        if not await self._stands(row, state):
            theirs = self._settings.state_there(state)
            await self._rest.change(ref.id, {"state": theirs})
            if not await self._stands(row, state):
                raise _refused(ticket, f"state {theirs}")

    async def _stands(self, row: TicketRow, state: TicketState) -> bool:
        now = self._settings.state_here((await self._rest.ticket(str(row.id))).state)
        return now is state if state is TicketState.SOLVED else now not in _OVER


def _ref(row: TicketRow) -> TicketRef:
    return TicketRef(SYSTEM, str(row.id))


def _refused(ticket: TicketRef, wish: str) -> OutsideError:
    return OutsideError(f"{WHAT} did not give ticket {ticket.id} the {wish}", transient=False)
