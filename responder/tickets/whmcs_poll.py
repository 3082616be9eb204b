"""Looks for news in WHMCS, which lists tickets by their last reply and is silent about the rest."""

from collections.abc import Mapping, Sequence
from typing import Final

from playbooks.outside import GoneError
from playbooks.ports import Change, TicketState
from responder.tickets.whmcs_api import PAGE, Api
from responder.tickets.whmcs_marks import OURS, is_ours
from responder.tickets.whmcs_names import Names
from responder.tickets.whmcs_read import Known, Read, first, since
from responder.tickets.whmcs_rows import ListedRow, TicketRow, WordRow
from responder.tickets.whmcs_seen import Cursor, Seen, read, written
from responder.tickets.whmcs_settings import WhmcsTickets

_ACTIVE: Final = "All Active Tickets"
_OVER: Final = (TicketState.SOLVED, TicketState.CLOSED)


class Poll:
    """One look after another; which quiet tickets come next is remembered in memory alone."""

    def __init__(self, api: Api, names: Names, settings: WhmcsTickets) -> None:
        self._api = api
        self._names = names
        self._settings = settings
        self._place = 0

    async def turn(self, cursor: str) -> tuple[Sequence[Change], str]:
        """What happened to our tickets since the cursor, per ticket in order, and the next one.

        An empty cursor begins now, with nothing. The same cursor gives the same changes under the
        same ids, with what came since.
        """
        if not cursor:
            return (), written(await self._begin())
        before = read(cursor)
        # The first also tells what was opened and closed meanwhile.
        listed = {**await self._listed(most=PAGE), **await self._listed(status=_ACTIVE)}
        seen, changes = dict(before.tickets), list[Change]()
        for number in self._due(before, listed):
            news = await self._look(number, before)
            seen.pop(number, None)
            if news is not None:
                seen[number] = news.seen
                changes += news.changes
        over = {word for word, means in self._settings.statuses.items() if means in _OVER}
        return changes, written(Cursor(before.born, seen).kept(over))

    async def _begin(self) -> Cursor:
        rows = {**await self._listed(most=PAGE), **await self._listed(status=_ACTIVE)}
        seen = dict[str, Seen]()
        for number in rows:
            news = await self._look(number, Cursor(int(number), {}))
            if news is not None:
                seen[number] = news.seen
        return Cursor(max(map(int, rows), default=0), seen)

    async def _listed(self, *, status: str = "", most: int = 0) -> Mapping[str, ListedRow]:
        rows = await self._api.tickets(subject=OURS, status=status, most=most)
        return {row.id: row for row in rows if is_ours(row.subject)}

    def _due(self, cursor: Cursor, listed: Mapping[str, ListedRow]) -> Sequence[str]:
        """Whom to read: new ones, those that the list shows otherwise or no more, and some others.

        Notes move nothing in the list.
        """
        over = {
            number
            for number, seen in cursor.tickets.items()
            if self._settings.state_here(seen.status) in _OVER
        }
        told = {
            number
            for number, row in listed.items()
            if number not in cursor.tickets or not cursor.tickets[number].same(row)
        }
        told |= cursor.tickets.keys() - listed.keys() - over
        quiet = sorted(cursor.tickets.keys() - told, key=int)
        return sorted({*told, *self._next(quiet)}, key=int)

    def _next(self, quiet: Sequence[str]) -> Sequence[str]:
        """The next few of them, in turn."""
        most = self._settings.unseen_at_once
        if len(quiet) <= most:
            return quiet
        start = self._place % len(quiet)
        self._place = start + most
        return [*quiet, *quiet][start : start + most]

    async def _look(self, number: str, cursor: Cursor) -> Read | None:
        """None for a ticket that is gone or no more ours."""
        try:
            row, at = await self._api.ticket(number)
        except GoneError:
            return None
        if not is_ours(row.subject):
            return None
        known = await self._known(row)
        seen = cursor.tickets.get(number)
        if seen is not None:
            return since(seen, row, known, at=at)
        news = first(row, known, at=at)
        return Read((), news.seen) if int(number) <= cursor.born else news

    async def _known(self, row: TicketRow) -> Known:
        words: tuple[WordRow, ...] = (*row.replies, *row.notes)
        said = {one.admin for one in words if one.admin}
        staff = await self._names.staff(names=said, numbers={row.owner} - {""})
        return Known(
            me=(await self._names.me()).name,
            users={one.id: one.username for one in staff},
            names={one.name: one.username for one in staff},
            departments=await self._names.departments({row.deptid}),
            settings=self._settings,
        )
