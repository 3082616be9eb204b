"""What customers open in Request Tracker themselves: its new tickets, and our key on them."""

from collections.abc import Mapping, Sequence
from datetime import UTC
from typing import Final

from playbooks.brought import Brought, own_key
from playbooks.outside import OutsideError
from playbooks.ports import Change, TicketRef, TicketState
from responder.desk.levels import QUEUES
from responder.tickets.keys import stored
from responder.tickets.rt_changes import MOST_PAGES, SYSTEM, past, settled
from responder.tickets.rt_names import NOBODY, Names
from responder.tickets.rt_rest import WHAT, Rest
from responder.tickets.rt_rows import TicketRow, TransactionRow
from responder.tickets.rt_settings import RtTickets
from responder.tickets.together import portions, together

_AT_ONCE: Final = 40  # tickets in one search: an address has its limits
_FIELDS: Final = "Subject,Queue,Status,Owner,Priority,Requestor,CustomFields"


class Requests:
    """Reads on from the number of the last transaction that was looked at."""

    def __init__(self, rest: Rest, names: Names, settings: RtTickets) -> None:
        self._rest = rest
        self._names = names
        self._settings = settings

    async def poll(self, cursor: str) -> tuple[Sequence[Brought], str]:
        """Tickets in our queues that others have opened since, as they stand now. None that was
        merged away or deleted meanwhile, or that has a key.
        """
        if not cursor:
            rows, _ = await self._rest.transactions("ObjectType = 'RT::Ticket'", newest_first=True)
            return (), str(rows[0].id if rows else 0)
        created, last = list[TransactionRow](), int(cursor)
        for _ in range(MOST_PAGES):
            page = await settled(self._rest, self._settings, last, of="Type = 'Create'")
            if not page:
                break
            created += page
            last = page[-1].id
        return await self._brought(created), str(last)

    async def adopt(self, ticket: TicketRef, key: str) -> Sequence[Change]:
        """RT says yes to a field that it does not take: what counts is the ticket read back."""
        field, value = self._settings.key_field, stored(key)
        if value not in (await self._rest.ticket(ticket.id)).values(field):
            said = await self._rest.change(ticket.id, {"CustomFields": {field: value}})
            if value not in (await self._rest.ticket(ticket.id)).values(field):
                words = (
                    f"{WHAT} did not give ticket {ticket.id} our key: {said or 'no reason given'}"
                )
                raise OutsideError(words, transient=False)
        return await past(self._rest, self._names, self._settings, ticket.id)

    async def _brought(self, created: Sequence[TransactionRow]) -> Sequence[Brought]:
        me = await self._names.me()
        strangers = {row.ticket: row for row in created if row.creator != me}
        tickets = await self._tickets(strangers)
        queues = await self._names.queues({row.queue for row in tickets})
        here = {row.id: self._settings.queue_here(queues.get(row.queue, "")) for row in tickets}
        ours = [row for row in tickets if self._is_ours(row, here[row.id])]
        words = await self._rest.words([strangers[row.id].id for row in ours])
        found = list[Brought]()
        for row in ours:
            begun = strangers[row.id]
            told = words.get(begun.id, ""), await self._names.address(row.queue)
            found.append(self._read(row, begun, here[row.id], *told))
        return found

    async def _tickets(self, numbers: Mapping[str, object]) -> Sequence[TicketRow]:
        """Those without a key but their own; a search does not show merged or deleted ones."""
        wanted = portions(map(int, numbers), _AT_ONCE)
        found = await together(*(self._rest.tickets(_any(one), fields=_FIELDS) for one in wanted))
        return [row for portion in found for row in portion if self._is_free(row)]

    def _is_free(self, row: TicketRow) -> bool:
        own = stored(own_key(TicketRef(SYSTEM, row.id)))
        return set(row.values(self._settings.key_field)) <= {own}

    def _is_ours(self, row: TicketRow, queue: str) -> bool:
        """It waits in a queue of ours and was asked for by somebody who is none of the staff."""
        asked = row.requestors and row.requestors[0] not in self._settings.technicians
        known = queue in {*QUEUES, *self._settings.queues}
        return bool(asked and known and self._state(row) is not TicketState.CLOSED)

    def _state(self, row: TicketRow) -> TicketState:
        return self._settings.state_here(row.status)

    def _read(
        self, row: TicketRow, created: TransactionRow, queue: str, words: str, to: str
    ) -> Brought:
        return Brought(
            id=str(created.id),
            ticket=TicketRef(SYSTEM, row.id),
            at=created.created.astimezone(UTC),
            subject=row.subject,
            text=words,
            sender=row.requestors[0],
            queue=queue,
            state=self._state(row),
            to=to,
            owner=None if row.owner in {"", NOBODY} else row.owner,
            priority=self._settings.priority_here(row.priority) if row.priority else None,
        )


def _any(numbers: Sequence[int]) -> str:
    return " OR ".join(f"id = {number}" for number in numbers)
