"""What customers open in Zendesk themselves: its new tickets, and our key on them."""

from collections.abc import Sequence
from datetime import UTC, datetime

from playbooks.brought import Brought, own_key
from playbooks.outside import OutsideError
from playbooks.ports import Change, TicketRef, TicketState
from responder.desk.levels import QUEUES
from responder.tickets.arrivals import Listed, arrived, read_each
from responder.tickets.keys import stored
from responder.tickets.zendesk_names import Names
from responder.tickets.zendesk_poll import Poll
from responder.tickets.zendesk_read import SYSTEM
from responder.tickets.zendesk_rest import PAGE, WHAT, Rest
from responder.tickets.zendesk_rows import OURS, OURS_TAG, TicketRow
from responder.tickets.zendesk_settings import ZendeskTickets


class Requests:
    """Reads on from the highest number that was seen."""

    def __init__(self, rest: Rest, names: Names, poll: Poll, settings: ZendeskTickets) -> None:
        self._rest = rest
        self._names = names
        self._poll = poll
        self._settings = settings

    async def poll(self, cursor: str) -> tuple[Sequence[Brought], str]:
        """Tickets in our groups that end users have opened since, as they stand now. One with an
        external_id of somebody else's is left alone: there is no room for our key.
        """
        new = await arrived(self._page, cursor, now=self._now, full=PAGE)
        return await read_each(new.rows, self._read), new.cursor

    async def adopt(self, row: TicketRow, key: str) -> Sequence[Change]:
        """Our key becomes its external_id, and a tag says so to people."""
        wanted = f"{OURS}{stored(key)}"
        if row.external != wanted:
            if row.external:
                raise _refused(row, f"it has another external_id, {row.external}")
            tags = [*row.tags, OURS_TAG]
            row = await self._rest.update(row.id, {"external_id": wanted, "tags": tags})
            if row.external != wanted:
                raise _refused(row, "it said yes all the same")
        return await self._poll.past(row)

    async def _page(self, _: datetime, number: int) -> Sequence[Listed[TicketRow]]:
        return [
            Listed(int(row.id), row.created_at or row.updated_at, row)
            for row in await self._rest.newest(number)
        ]

    async def _now(self) -> datetime:
        return (await self._rest.latest())[1]

    async def _read(self, new: Listed[TicketRow]) -> Brought | None:
        row, settings = new.row, self._settings
        groups = await self._names.groups({row.group} - {""})
        queue = settings.queue_here(groups.get(row.group, row.group))
        state = settings.state_here(row.status)
        ours = queue in {*QUEUES, *settings.queues} and state is not TicketState.CLOSED
        own = f"{OURS}{stored(own_key(TicketRef(SYSTEM, row.id)))}"
        if row.external not in {"", own} or row.merged or row.status == "deleted" or not ours:
            return None
        users = await self._names.users({row.requester, row.owner} - {""})
        customer, owner = users.get(row.requester), users.get(row.owner)
        if customer is None or customer.role != "end-user":
            return None
        return Brought(
            id=row.id,
            ticket=TicketRef(SYSTEM, row.id),
            at=new.created_at.astimezone(UTC),
            subject=row.subject,
            text=row.description,
            sender=customer.email or customer.name,
            queue=queue,
            state=state,
            sender_name=customer.name,
            to=row.recipient,
            owner=settings.agent(owner.email) if owner else None,
            priority=settings.priority_here(row.priority) if row.priority else None,
        )


def _refused(row: TicketRow, why: str) -> OutsideError:
    return OutsideError(f"{WHAT} did not give ticket {row.id} our key: {why}", transient=False)
