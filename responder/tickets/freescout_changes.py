"""What people did in FreeScout: the threads of its conversations read into our changes."""

import re
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta
from typing import Final

from alerts.model import Actor, ActorKind
from playbooks.ports import Change, ChangeKind, TicketRef, TicketState
from responder.tickets.freescout_names import Names
from responder.tickets.freescout_rest import PAGE, Rest
from responder.tickets.freescout_rows import (
    ASSIGNEE,
    MERGED,
    MOVED,
    NO_CHANGE,
    Conversation,
    Someone,
    Thread,
)
from responder.tickets.freescout_settings import FreeScoutTickets
from responder.tickets.keys import tail_of
from responder.tickets.polled import Polled, seen_of, stamp, updated

SYSTEM: Final = "freescout"
_GRAIN: Final = timedelta(seconds=1)
_WORDS: Final = {
    "note": ChangeKind.NOTE,
    "message": ChangeKind.REPLY,
    "customer": ChangeKind.CUSTOMER,
}


def standing(row: Conversation, settings: FreeScoutTickets) -> TicketState:
    """Where a conversation stands. FreeScout has no "new": it is one that nobody has touched."""
    state = settings.state_here(row.status)
    touched = row.assignee or any(thread.type != "note" for thread in row.threads[1:])
    return TicketState.NEW if state is TicketState.OPEN and not touched else state


class Poller:
    """Reads on from a cursor. Lists come with all threads, so that a poll is a call or two."""

    def __init__(self, rest: Rest, names: Names, settings: FreeScoutTickets) -> None:
        self._rest = rest
        self._names = names
        self._settings = settings
        self._overlap = timedelta(seconds=settings.overlap_seconds)

    async def poll(self, cursor: str) -> tuple[Sequence[Change], str]:
        """What happened to our conversations, in order, and the next cursor. "" means now: what has
        happened by then is only noted as known.
        """
        overlap = self._overlap
        polled = Polled.read(cursor) if cursor else await self._begin()
        lists = [
            await updated(search, polled, overlap=overlap, full=PAGE, grain=_GRAIN)
            for search in (self._shown, self._deleted)
        ]
        me = await self._names.me()
        told = [one for found in lists for row in found.rows for one in await self._of(row, me)]
        fresh = sorted(polled.fresh(told), key=_place)
        seen, whole = seen_of(lists)
        after = polled.after(fresh, seen=seen, whole=whole, overlap=overlap)
        return (fresh if cursor else ()), str(after)

    async def past(self, row: Conversation) -> Sequence[Change]:
        """All that has happened to one conversation of ours, under the same ids."""
        return await self._of(row, await self._names.me())

    async def merged_into(self, row: Conversation) -> str | None:
        """The id of the conversation that this deleted one was merged into. Its line names the
        other by number, in the language of FreeScout.
        """
        line = next((one for one in reversed(row.threads) if one.line == MERGED), None)
        number = re.search(r"#(\d+)", line.action.text) if line and line.action else None
        if number is None:
            return None
        found = await self._rest.conversations({"number": number[1]})
        return next((str(one.id) for one in found if one.number == int(number[1])), None)

    async def _begin(self) -> Polled:
        return Polled.begin(await self._rest.now(), overlap=self._overlap)

    async def _shown(self, since: datetime, page: int) -> Sequence[Conversation]:
        asked = {"updatedSince": stamp(since, to="seconds"), "embed": "threads"}
        return await self._rest.conversations(asked, by="updatedAt", page=page)

    async def _deleted(self, since: datetime, page: int) -> Sequence[Conversation]:
        asked = {"updatedSince": stamp(since, to="seconds"), "embed": "threads", "state": "deleted"}
        return await self._rest.conversations(asked, by="updatedAt", page=page)

    async def _of(self, row: Conversation, me: int) -> Sequence[Change]:
        """All that we know of one conversation, if it is ours or took in one of ours."""
        if not _is_ours(row):
            return ()
        if row.deleted:
            return await self._merged(row, me)
        queue = await self._names.queue(row.mailbox_id)
        changes = list(_read(row, me, queue, self._settings))
        came = min((one.id for one in row.threads if one.line == MERGED), default=0)
        if tail_of(row.subject) or not came:
            return changes
        # What happened before one of ours came in was none of our business.
        return [one for one in changes if _place(one)[0] > came]

    async def _merged(self, row: Conversation, me: int) -> Sequence[Change]:
        """A merge leaves nothing behind but its own line."""
        into = await self.merged_into(row)
        lines = [one for one in row.threads if one.line == MERGED]
        if into is None or not lines:
            return ()
        return (_change(row, lines[-1], ChangeKind.MERGED, me, into=into),)


def _is_ours(row: Conversation) -> bool:
    """By the subject, or by the words that opened it, which a merge takes along."""
    return bool(tail_of(row.subject)) or any(tail_of(one.text) for one in row.threads)


def _read(row: Conversation, me: int, queue: str, settings: FreeScoutTickets) -> Iterator[Change]:
    """Every thread as changes. A reply may also set the status and the owner: what counts is
    whether that differs from before.
    """
    if not row.threads:
        return
    first, *rest = row.threads
    yield _change(row, first, ChangeKind.OPENED, me)
    status, owner = "active", first.assignee.id if first.assignee else None
    for thread in rest:
        if kind := _WORDS.get(thread.type):
            yield _change(row, thread, kind, me)
        if thread.line == MOVED:
            yield _change(row, thread, ChangeKind.QUEUE, me, queue=queue)
        now = thread.assignee.id if thread.assignee else None
        if now != owner and (thread.line == ASSIGNEE or (now and thread.type in _WORDS)):
            owner, name = now, thread.assignee.email if thread.assignee else None
            yield _change(row, thread, ChangeKind.OWNER, me, owner=name)
        if thread.status not in {NO_CHANGE, status}:
            was, status = settings.state_here(status), thread.status
            now_here = settings.state_here(status)
            yield _change(row, thread, ChangeKind.STATE, me, state=now_here, was=was)


def _change(
    row: Conversation, thread: Thread, kind: ChangeKind, me: int, **data: str | None
) -> Change:
    words = kind in _WORDS.values()
    return Change(
        id=str(thread.id) if words or kind is ChangeKind.OPENED else f"{thread.id}/{kind}",
        ticket=TicketRef(SYSTEM, str(row.id)),
        at=thread.created_at.astimezone(UTC),
        kind=kind,
        actor=_actor(thread.by, me),
        text=thread.text if words else "",
        data=data,
    )


def _actor(by: Someone | None, me: int) -> Actor:
    if by is None:
        return Actor(ActorKind.SYSTEM, "freescout")
    if by.type == "customer":
        return Actor(ActorKind.CUSTOMER, by.email)
    return Actor(ActorKind.DAEMON if by.id == me else ActorKind.PERSON, by.email)


def _place(change: Change) -> tuple[int, str]:
    """By thread, its words before what they did beside."""
    number, _, beside = change.id.partition("/")
    return int(number), beside
