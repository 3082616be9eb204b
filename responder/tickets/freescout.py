"""FreeScout over its module API & Webhooks: one conversation for a key that it has no field for."""

import asyncio
from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import Final
from weakref import WeakValueDictionary

import aiohttp

from playbooks.brought import Brought
from playbooks.outside import GoneError, OutsideError
from playbooks.ports import Capabilities, Change, Draft, Lack, Note, Ticket, TicketRef, TicketState
from responder.tickets.freescout_changes import SYSTEM, Poller, standing
from responder.tickets.freescout_examine import examine
from responder.tickets.freescout_names import Names
from responder.tickets.freescout_requests import Requests
from responder.tickets.freescout_rest import WHAT, Rest
from responder.tickets.freescout_rows import Conversation
from responder.tickets.freescout_settings import FreeScoutTickets
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
from responder.tickets.markup import marked_up
from responder.tickets.polled import stamp

_SUBJECT: Final = 250
_NEWEST: Final = timedelta(hours=1)  # a create that was lost is looked for within this time
_HOPS: Final = 10  # merges of merges
_OVER: Final = (TicketState.SOLVED, TicketState.CLOSED)


class FreeScout:
    """A TicketSystem that also lists changes, assigns, moves, sweeps and examines itself.

    FreeScout has no key, no priorities and no merge in its API, and answers a change with an empty
    204 whatever came of it: what counts is the conversation read back. From its documents and its
    source, not tried on a real one. Every method raises OutsideError.
    """

    name = SYSTEM
    # No history: a merge takes the lines of a conversation along, and a move does not say where to.
    capabilities: Final = Capabilities(
        requests=True, key="subject", history=False, webhook=True, merges=True, levels=1
    )

    def __init__(self, settings: FreeScoutTickets, session: aiohttp.ClientSession) -> None:
        self._settings = settings
        self._rest = Rest(settings, session)
        self._names = Names(self._rest, settings)
        self._poller = Poller(self._rest, self._names, settings)
        self._requests = Requests(self._rest, self._names, self._poller, settings)
        self._opening: WeakValueDictionary[str, asyncio.Lock] = WeakValueDictionary()

    @property
    def quiet_seconds(self) -> float:
        """How long an unsure create must rest, once we gave up, before find() is sure."""
        return self._settings.quiet_seconds

    async def find(self, key: str) -> TicketRef | None:
        """The conversation whose subject ends with this key, or what it was merged into."""
        for row in await self._rows(key):
            try:
                return _ref(await self._alive(_ref(row)))
            except GoneError:
                continue
        return None

    async def open(self, draft: Draft) -> TicketRef:
        """The one conversation of this key: look, create, look again, and close ours if not the
        first.
        """
        lock = self._opening.setdefault(draft.key, asyncio.Lock())
        async with lock:
            if found := await self.find(draft.key):
                return found
            number = await self._rest.create(await self._body(draft))
            with unsure_from_here():
                return await self._settle(TicketRef(SYSTEM, number), draft)

    async def note(self, ticket: TicketRef, note: Note) -> None:
        """Add words: for the staff as a note, else as a message to the customer."""
        await self._say(await self._alive(ticket), note)

    async def noted(self, ticket: TicketRef, key: str) -> bool:
        """Was the note of this key written already?"""
        return _has(await self._alive(ticket), key)

    async def solve(self, ticket: TicketRef, note: Note) -> None:
        """Add the words, once for their key, and close the conversation."""
        await self._turn(ticket, note, TicketState.SOLVED)

    async def reopen(self, ticket: TicketRef, note: Note) -> None:
        """Add the words, once for their key, and make it active unless it is not over."""
        await self._turn(ticket, note, TicketState.OPEN)

    async def read(self, ticket: TicketRef) -> Ticket:
        """The conversation as it stands; of a merged one the survivor, under the survivor's id.
        Its key is a digest in the subject, and not told.
        """
        row = await self._alive(ticket)
        subject, priority = self._settings.subject_here(untailed(row.subject))
        return Ticket(
            ref=_ref(row),
            key="",
            subject=subject,
            queue=await self._names.queue(row.mailbox_id),
            owner=row.assignee.email if row.assignee else None,
            state=standing(row, self._settings),
            priority=priority,
            url=f"{self._settings.url}/conversation/{row.id}",
        )

    async def changes(self, cursor: str) -> tuple[Sequence[Change], str]:
        """What happened to our conversations since the cursor; "" begins now with nothing."""
        return await self._poller.poll(cursor)

    async def requests(self, cursor: str) -> tuple[Sequence[Brought], str]:
        """What customers have begun since the cursor; "" begins now with nothing."""
        return await self._requests.poll(cursor)

    async def adopt(self, ticket: TicketRef, key: str) -> Sequence[Change]:
        """Put our key on it; what has happened to it by then."""
        return await self._requests.adopt(await self._alive(ticket), key)

    async def assign(self, ticket: TicketRef, owner: str) -> None:
        """Give the conversation to a user by his address, whoever had it."""
        row, user = await self._alive(ticket), await self._names.user(owner)
        now = await self._change(row, assignTo=user)
        if now.assignee is None or now.assignee.id != user:
            raise _refused(ticket, f"owner {owner} (may he see its mailbox?)")

    async def move(self, ticket: TicketRef, queue: str) -> None:
        """Move the conversation to the mailbox that stands for this queue of ours."""
        name = self._settings.mailbox_there(queue)
        box = await self._names.mailbox(name)
        if box is None:
            raise OutsideError(f"{WHAT} has no mailbox {name} for {queue}", transient=False)
        now = await self._change(await self._alive(ticket), mailboxId=box)
        if now.mailbox_id != box:
            raise _refused(ticket, f"mailbox {name}")

    async def holders(self, key: str) -> Sequence[TicketRef]:
        """Every conversation that was opened with this key and is not deleted or merged away, the
        oldest first; none of a customer who has taken over its subject.
        """
        rows = [row for row in await self._rows(key, newest=True) if not row.deleted]
        return [_ref(row) for row in rows if alike(row.subject, rows[0].subject)]

    async def fold(self, loser: TicketRef, into: TicketRef) -> None:
        """Close the loser with a note that names the other, and take its key away: the API can't
        merge.
        """
        source, target = await self._rest.conversation(loser.id), await self._alive(into)
        if source.deleted or source.id == target.id:
            return
        text = f"The same as conversation {target.number}, which goes on."
        await self.solve(loser, Note(f"{loser.id}/fold/{into.id}", text))
        subject = f"{untailed(source.subject)} (see {target.number})"
        if tail_of((await self._change(source, subject=subject)).subject):
            raise _refused(loser, "subject without our key")

    async def examine(self) -> Sequence[Lack]:
        """What is missing: access, our user, mailboxes, the webhook."""
        return await examine(self._rest, self._settings)

    async def mend(self, lack: Lack) -> str:
        """Nothing of it can be created over the API."""
        raise OutsideError(f"{WHAT}: {lack.name} must be mended by hand", transient=False)

    async def knows(self, account: str) -> bool:
        """Is there a user of this address?"""
        return await self._rest.user(account) is not None

    async def _body(self, draft: Draft) -> dict[str, object]:
        """A note opens it: a message would be mailed, and a customer's words answered by a robot.
        The key stands in the note too, by which we know it wherever a merge takes it.
        """
        subject = self._settings.subject_there(draft.subject, draft.priority)
        text = f"{draft.text or draft.subject}\n\n[{tail(draft.key)}]"
        user = await self._names.me()
        return {
            "type": "email",
            "mailboxId": await self._mailbox(draft),
            "subject": tailed(subject, draft.key, longest=_SUBJECT),
            "customer": {"email": self._settings.customer},
            "threads": [{"type": "note", "text": marked_up(text), "user": user}],
            "status": "active",
            "imported": False,
        }

    async def _mailbox(self, draft: Draft) -> int:
        for name in (
            self._settings.mailbox_there(draft.queue),
            self._settings.fallback(draft.brand),
        ):
            if (box := await self._names.mailbox(name)) is not None:
                return box
        raise OutsideError(f"{WHAT} has no mailbox {name} for {draft.queue}", transient=False)

    async def _rows(self, key: str, *, newest: bool = False) -> Sequence[Conversation]:
        """The conversations that carry this key, oldest first, deleted and merged ones too. When
        the search says nothing, and for `newest`, also what was made lately is looked through.
        """
        sign = tail(key)
        found = await self._listed(sign, {"subject": sign})
        if newest or not found:
            since = stamp(await self._rest.now() - _NEWEST, to="seconds")
            found |= await self._listed(sign, {"createdSince": since})
        return [found[number] for number in sorted(found)]

    async def _listed(self, sign: str, asked: Mapping[str, str]) -> dict[int, Conversation]:
        """Deleted ones are listed only when asked for."""
        shown = await self._rest.conversations(asked, order="desc")
        gone = await self._rest.conversations({**asked, "state": "deleted"}, order="desc")
        return {row.id: row for row in (*shown, *gone) if tail_of(row.subject) == sign}

    async def _settle(self, ref: TicketRef, draft: Draft) -> TicketRef:
        """The conversation that shall be the only one; ours unless somebody was there before us."""
        for earlier in await self._rows(draft.key, newest=True):
            if earlier.id < int(ref.id) and not earlier.deleted:
                await self.fold(ref, _ref(earlier))
                return _ref(earlier)
        row = await self._rest.conversation(ref.id)
        if tail_of(row.subject) != tail(draft.key):
            raise _refused(ref, "subject with our key")
        return ref

    async def _alive(self, ticket: TicketRef) -> Conversation:
        """The conversation, or the one that it was merged into, which lies with the deleted and has
        a line that names the other. GoneError for one that a person has deleted.
        """
        row = await self._rest.conversation(ticket.id)
        for _ in range(_HOPS):
            if not row.deleted:
                return row
            into = await self._poller.merged_into(row)
            if into is None:
                break
            row = await self._rest.conversation(into)
        raise GoneError(f"{WHAT}: conversation {ticket.id} was deleted")

    async def _change(self, row: Conversation, **told: object) -> Conversation:
        """Ask for a change, and read what came of it."""
        await self._rest.change(str(row.id), {"byUser": await self._names.me(), **told})
        return await self._rest.conversation(str(row.id))

    async def _say(self, row: Conversation, note: Note) -> None:
        kind = "message" if note.public else "note"
        body = {"type": kind, "text": marked_up(marked(note)), "user": await self._names.me()}
        await self._rest.say(str(row.id), body)

    async def _turn(self, ticket: TicketRef, note: Note, state: TicketState) -> None:
        row = await self._alive(ticket)
        if not _has(row, note.key):
            await self._say(row, note)
            row = await self._rest.conversation(str(row.id))
        if not self._stands(row, state):
            status = self._settings.status_there(state)
            if not self._stands(await self._change(row, status=status), state):
                raise _refused(ticket, f"status {status}")

    def _stands(self, row: Conversation, state: TicketState) -> bool:
        now = self._settings.state_here(row.status)
        return now is state if state is TicketState.SOLVED else now not in _OVER


def _has(row: Conversation, key: str) -> bool:
    return any(mark(key) in thread.text for thread in row.threads)


def _ref(row: Conversation) -> TicketRef:
    return TicketRef(SYSTEM, str(row.id))


def _refused(ticket: TicketRef, wish: str) -> OutsideError:
    return OutsideError(f"{WHAT} did not give conversation {ticket.id} the {wish}", transient=False)
