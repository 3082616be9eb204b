"""What customers open in WHMCS themselves: its new tickets, and our key on them."""

from collections.abc import Sequence
from datetime import UTC, datetime

from playbooks.brought import Brought, own_key
from playbooks.outside import OutsideError
from playbooks.ports import Change, TicketRef, TicketState
from responder.desk.levels import QUEUES
from responder.tickets.arrivals import Listed, arrived, read_each
from responder.tickets.keys import tail, tail_of, tailed, untailed
from responder.tickets.whmcs_api import PAGE, WHAT, Api
from responder.tickets.whmcs_names import Names
from responder.tickets.whmcs_read import SYSTEM, utc
from responder.tickets.whmcs_rows import ListedRow, ReplyRow, TicketRow
from responder.tickets.whmcs_settings import WhmcsTickets

_SUBJECT = 200
_LONG_AGO = datetime(1970, 1, 1, tzinfo=UTC)


class Requests:
    """Reads on from the highest number that was seen."""

    def __init__(self, api: Api, names: Names, settings: WhmcsTickets) -> None:
        self._api = api
        self._names = names
        self._settings = settings

    async def poll(self, cursor: str) -> tuple[Sequence[Brought], str]:
        """Tickets in our departments that customers have opened since, as they stand now."""
        new = await arrived(self._page, cursor, now=self._now, full=PAGE)
        return await read_each(new.rows, self._read), new.cursor

    async def adopt(self, row: TicketRow, key: str) -> Sequence[Change]:
        """A digest of our key ends the subject: WHMCS has no other place that its lists search.

        Nothing is told here: what happens to a ticket, the poll tells from its beginning.
        """
        if tail_of(row.subject) != tail(key):
            subject = tailed(row.subject, key, longest=_SUBJECT)
            await self._api.update(row.id, {"subject": subject})
            if tail_of((await self._api.ticket(row.id))[0].subject) != tail(key):
                words = f"{WHAT} did not give ticket {row.id} our key"
                raise OutsideError(words, transient=False)
        return ()

    async def _page(self, _: datetime, number: int) -> Sequence[Listed[ListedRow]]:
        # Nothing is asked by time here.
        return [Listed(int(row.id), _LONG_AGO, row) for row in await self._api.latest(number)]

    async def _now(self) -> datetime:
        return (await self._api.me())[1]

    async def _read(self, new: Listed[ListedRow]) -> Brought | None:
        """Of the list only what a look at the ticket confirms: it tells who opened it."""
        own = own_key(TicketRef(SYSTEM, new.row.id))
        if tail_of(new.row.subject) not in {"", tail(own)}:
            return None
        row, _ = await self._api.ticket(new.row.id)
        settings = self._settings
        departments = await self._names.departments({row.deptid})
        queue = settings.queue_here(departments.get(row.deptid, row.deptid))
        state = settings.state_here(row.status)
        if queue not in {*QUEUES, *settings.queues} or state is TicketState.CLOSED:
            return None
        first = next((one for one in row.replies if one.id == 0), None)
        if first is None or first.admin or first.email == settings.email:
            return None
        staff = await self._names.staff(numbers={row.owner} - {""})
        owners = {one.id: one.username for one in staff}
        return Brought(
            id=row.id,
            ticket=TicketRef(SYSTEM, row.id),
            at=utc(first.date, settings) or datetime.now(UTC),
            subject=untailed(row.subject),
            text=first.message,
            sender=_sender(first),
            queue=queue,
            state=state,
            sender_name=first.name,
            owner=owners.get(row.owner),
            priority=settings.priority_here(row.priority, queue),
        )


def _sender(first: ReplyRow) -> str:
    return first.email or first.requestor or first.name
