"""What customers open in FreeScout themselves: its new conversations, and our key on them."""

from collections.abc import Sequence
from datetime import UTC, datetime

from playbooks.brought import Brought, own_key
from playbooks.ports import Change, TicketRef, TicketState
from responder.desk.levels import QUEUES
from responder.tickets.arrivals import Listed, arrived, read_each
from responder.tickets.freescout_changes import SYSTEM, Poller, standing
from responder.tickets.freescout_names import Names
from responder.tickets.freescout_rest import PAGE, Rest
from responder.tickets.freescout_rows import Conversation
from responder.tickets.freescout_settings import FreeScoutTickets
from responder.tickets.keys import tail, tail_of
from responder.tickets.markup import marked_up
from responder.tickets.polled import stamp


class Requests:
    """Reads on from the highest number that was seen."""

    def __init__(
        self, rest: Rest, names: Names, poller: Poller, settings: FreeScoutTickets
    ) -> None:
        self._rest = rest
        self._names = names
        self._poller = poller
        self._settings = settings

    async def poll(self, cursor: str) -> tuple[Sequence[Brought], str]:
        """Conversations in our mailboxes that customers have begun since, as they stand now."""
        new = await arrived(self._page, cursor, now=self._rest.now, full=PAGE)
        return await read_each(new.rows, self._read), new.cursor

    async def adopt(self, row: Conversation, key: str) -> Sequence[Change]:
        """Our key goes into a note, and not into a subject that its customer reads."""
        if not any(tail_of(thread.text) == tail(key) for thread in row.threads):
            words = marked_up(f"Rapid Responder follows this conversation. [{tail(key)}]")
            body = {"type": "note", "text": words, "user": await self._names.me()}
            await self._rest.say(str(row.id), body)
            row = await self._rest.conversation(str(row.id))
        return await self._poller.past(row)

    async def _page(self, since: datetime, number: int) -> Sequence[Listed[Conversation]]:
        asked = {"createdSince": stamp(since, to="seconds"), "embed": "threads"}
        rows = await self._rest.conversations(asked, order="desc", page=number)
        return [Listed(row.id, row.created_at, row) for row in rows]

    async def _read(self, new: Listed[Conversation]) -> Brought | None:
        row, settings = new.row, self._settings
        first = row.threads[0] if row.threads else None
        if first is None or first.type != "customer" or row.deleted or _is_keyed(row):
            return None
        queue = await self._names.queue(row.mailbox_id)
        state = standing(row, settings)
        if queue not in {*QUEUES, *settings.queues} or state is TicketState.CLOSED:
            return None
        customer = row.customer or first.by
        return Brought(
            id=str(row.id),
            ticket=TicketRef(SYSTEM, str(row.id)),
            at=row.created_at.astimezone(UTC),
            subject=row.subject,
            text=first.text,
            sender=customer.email if customer else "",
            queue=queue,
            state=state,
            sender_name=customer.name if customer else "",
            to=await self._names.address(row.mailbox_id),
            owner=row.assignee.email if row.assignee else None,
        )


def _is_keyed(row: Conversation) -> bool:
    """By the subject, or by a note; a customer may quote our subject. Its own key is none."""
    notes = (tail_of(one.text) for one in row.threads if one.type == "note")
    own = tail(own_key(TicketRef(SYSTEM, str(row.id))))
    return bool({tail_of(row.subject), *notes} - {"", own})
