"""What customers open in Zammad themselves: its new tickets, and our key on them."""

from collections.abc import Sequence
from datetime import UTC, datetime
from email.utils import parseaddr

from playbooks.brought import Brought, own_key
from playbooks.outside import OutsideError
from playbooks.ports import Change, TicketRef, TicketState
from responder.desk.levels import QUEUES
from responder.tickets.arrivals import Listed, arrived, read_each
from responder.tickets.keys import stored, tail, tail_of, tailed, untailed
from responder.tickets.polled import stamp
from responder.tickets.zammad_changes import SYSTEM, Poller
from responder.tickets.zammad_names import Names
from responder.tickets.zammad_rest import PAGE, WHAT, Rest
from responder.tickets.zammad_rows import ITSELF, ArticleRow, TicketRow
from responder.tickets.zammad_settings import ZammadTickets

_TITLE = 250


class Requests:
    """Reads on from the highest number that was seen."""

    def __init__(self, rest: Rest, names: Names, poller: Poller, settings: ZammadTickets) -> None:
        self._rest = rest
        self._names = names
        self._poller = poller
        self._settings = settings

    async def poll(self, cursor: str) -> tuple[Sequence[Brought], str]:
        """Tickets in our groups that others have opened since, as they stand now."""
        new = await arrived(self._page, cursor, now=self._rest.now, full=PAGE)
        return await read_each(new.rows, self._read), new.cursor

    async def adopt(self, row: TicketRow, key: str) -> Sequence[Change]:
        """Our key goes into its attribute; where Zammad has none, to the end of the title."""
        if not self._carries(row, key):
            field, number = self._settings.key_field, str(row.id)
            known = row.has(field)
            titled = {"title": tailed(row.title, key, longest=_TITLE)}
            await self._rest.change(number, {field: stored(key)} if known else titled)
            if not self._carries(await self._rest.ticket(number), key):
                words = f"{WHAT} did not give ticket {number} our key"
                raise OutsideError(words, transient=False)
        return await self._poller.past(row)

    def _carries(self, row: TicketRow, key: str) -> bool:
        held = row.attribute(self._settings.key_field)
        return held == stored(key) or tail_of(row.title) == tail(key)

    def _is_free(self, row: TicketRow) -> bool:
        """No key is on it but its own."""
        own = own_key(TicketRef(SYSTEM, str(row.id)))
        keyed = row.attribute(self._settings.key_field) not in {"", stored(own)}
        return not keyed and tail_of(row.title) in {"", tail(own)}

    async def _page(self, since: datetime, number: int) -> Sequence[Listed[TicketRow]]:
        condition = {"created_at": ("after (absolute)", stamp(since))}
        rows = await self._rest.search(condition, by="created_at", order="desc", page=number)
        return [Listed(row.id, row.created_at, row) for row in rows]

    async def _read(self, new: Listed[TicketRow]) -> Brought | None:
        row, settings = new.row, self._settings
        queue, state = settings.queue_here(row.group), settings.state_here(row.state)
        ours = queue in {*QUEUES, *settings.queues} and state is not TicketState.CLOSED
        if not (ours and self._is_free(row)) or row.customer_id == (await self._names.me()).id:
            return None
        customer = await self._names.user(row.customer_id)
        articles = await self._rest.articles(str(row.id))
        first = articles[0] if articles else ArticleRow(id=0)
        return Brought(
            id=str(row.id),
            ticket=TicketRef(SYSTEM, str(row.id)),
            at=row.created_at.astimezone(UTC),
            subject=untailed(row.title),
            text=first.text,
            sender=customer.email or customer.login,
            queue=queue,
            state=state,
            sender_name=f"{customer.firstname} {customer.lastname}".strip(),
            to=parseaddr(first.to)[1],
            owner=None if row.owner_id == ITSELF else row.owner,
            priority=settings.priority_here(row.priority, queue),
        )
