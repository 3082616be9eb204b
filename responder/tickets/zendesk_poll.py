"""Reads on in Zendesk: the export tells all, a minute late; the list of the latest tells it now."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Final

from pydantic import AwareDatetime, BaseModel, ConfigDict

from playbooks.outside import GoneError, OutsideError
from playbooks.ports import Change
from responder.tickets.zendesk_names import Names
from responder.tickets.zendesk_read import Known, numbers_in, read, survivor
from responder.tickets.zendesk_rest import Rest
from responder.tickets.zendesk_rows import MERGED_TAG, OURS_TAG, Audit, TicketRow
from responder.tickets.zendesk_settings import ZendeskTickets

MOST_PAGES: Final = 5  # of the export in one poll; what is left comes with the next
_SECOND: Final = timedelta(seconds=3)  # one time stamp may yet get more
_SETTLED: Final = timedelta(seconds=61)  # the export refuses a younger beginning
_MERGES_OF: Final = timedelta(days=30)


class Cursor(BaseModel):
    """`export`: Zendesk's own cursor. `begun`: what was before is none of our business. `since`: so
    far everything is read. `told`: what was told of the time shortly before and after, event ->
    when.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    export: str = ""
    begun: AwareDatetime
    since: AwareDatetime
    told: Mapping[str, AwareDatetime] = {}

    def floor(self, overlap: timedelta) -> datetime:
        """What happened before was told, or is not to be told."""
        return max(self.since - overlap, self.begun)


@dataclass(slots=True)
class Found:
    """Tickets to look at. `sure` were exported; of the others those that we know as they are can be
    left. `export`: where it goes on; `since`: so far nothing is left out.
    """

    asked: datetime
    export: str
    since: datetime
    sure: dict[str, TicketRow] = field(default_factory=dict)
    latest: dict[str, TicketRow] = field(default_factory=dict)


class Poll:
    """Remembers in memory which tickets it has seen as they are, and which were merged."""

    def __init__(self, rest: Rest, names: Names, settings: ZendeskTickets) -> None:
        self._rest = rest
        self._names = names
        self._settings = settings
        self._overlap = timedelta(seconds=settings.overlap_seconds)
        self._seen: dict[str, datetime] = {}
        self._written = ""
        self._merged: dict[str, tuple[str, datetime]] | None = None

    async def turn(self, cursor: str) -> tuple[Sequence[Change], str]:
        """What happened to our tickets since the cursor, in order, and the next one.

        An empty cursor begins now: what has happened by then is only noted as known.
        """
        if cursor != self._written:
            self._seen = {}  # what we told then was not taken in
        found, before = await self._look(cursor)
        changes = {change.id: change for change in await self._read(found, before)}
        fresh = [change for change in changes.values() if change.id not in before.told]
        fresh.sort(key=lambda change: (change.at, int(change.id)))
        self._seen = {
            number: row.updated_at
            for number, row in found.latest.items()
            if row.updated_at <= found.asked - _SECOND
        }
        self._written = self._after(before, found, fresh).model_dump_json()
        return (fresh if cursor else ()), self._written

    async def past(self, row: TicketRow) -> Sequence[Change]:
        """All that has happened to one ticket, under the same ids."""
        audits = await self._rest.audits(row.id)
        known = await self._known(audits)
        return [change for audit in audits for change in read(audit, known)]

    async def survivor(self, row: TicketRow) -> str:
        """The ticket in which this one goes on; its own number where nobody can tell."""
        for audit in reversed(await self._rest.audits(row.id)):
            if into := survivor(audit):
                return into
        return row.id

    async def _look(self, cursor: str) -> tuple[Found, Cursor]:
        rows, now = await self._rest.latest()
        seconds = now.replace(microsecond=0)
        newest = max((row.updated_at for row in rows), default=seconds)  # by Zendesk's clock
        started = Cursor(begun=newest, since=newest)
        before = Cursor.model_validate_json(cursor) if cursor else started
        found = Found(now, before.export, before.since)
        found.latest = {row.id: row for row in rows}
        try:
            ended = await self._export(found, before, now=now)
        except OutsideError as error:
            if not error.transient:
                raise
            ended = False  # ten calls a minute: it goes on from the same place
        through = [*found.sure.values(), *(rows if ended else ())]
        found.since = max([before.since, *(row.updated_at for row in through)])
        return found, before

    async def _export(self, found: Found, before: Cursor, *, now: datetime) -> bool:
        """Is all of it read?"""
        start = min(before.since - self._overlap, now - _SETTLED)
        for _ in range(MOST_PAGES):
            page = await self._rest.exported(found.export, since=start)
            found.sure |= {row.id: row for row in page.tickets}
            found.export = page.after_cursor or found.export
            if page.end_of_stream:
                return True
        return False

    def _due(self, found: Found) -> Iterable[TicketRow]:
        changed = {
            number: row
            for number, row in found.latest.items()
            if self._seen.get(number) != row.updated_at
        }
        return (found.sure | changed).values()

    def _after(self, before: Cursor, found: Found, fresh: Sequence[Change]) -> Cursor:
        since = found.since.astimezone(UTC)
        after = before.model_copy(update={"export": found.export, "since": since})
        told = {**before.told, **{change.id: change.at for change in fresh}}
        floor = after.floor(self._overlap)
        kept = {number: at for number, at in sorted(told.items()) if at >= floor}
        return after.model_copy(update={"told": kept})

    async def _read(self, found: Found, before: Cursor) -> Sequence[Change]:
        """The tickets that may have news, and then those that took in one of them."""
        floor, known = before.floor(self._overlap), set(await self._merges())
        changes = list[Change]()
        for row in self._due(found):
            changes += await self._of(row, floor)
        merged = await self._merges()
        rows = found.latest | found.sure
        for into in {merged[number][0] for number in merged.keys() - known} & rows.keys():
            changes += await self._of(rows[into], floor)
        return changes

    async def _of(self, row: TicketRow, floor: datetime) -> Sequence[Change]:
        """What happened lately to one ticket, if it is ours or took in one of ours."""
        if row.updated_at < floor:
            return ()
        merged = await self._merges()
        began = [at for into, at in merged.values() if into == row.id]
        if not (row.ours or began):
            return ()
        try:
            audits = await self._rest.audits(row.id)
        except GoneError:
            return ()
        theirs = audits if row.ours else _since_merge(audits, min(began))
        young = [audit for audit in theirs if audit.created_at >= floor]
        for audit in young:
            if row.ours and (into := survivor(audit)):
                merged.setdefault(row.id, (into, audit.created_at))
        known = await self._known(young)
        return [change for audit in young for change in read(audit, known)]

    async def _merges(self) -> dict[str, tuple[str, datetime]]:
        """Our tickets that were merged into others, asked once and then watched."""
        if self._merged is None:
            found = dict[str, tuple[str, datetime]]()
            oldest = datetime.now(UTC) - _MERGES_OF
            for row in await self._rest.merged(MERGED_TAG, OURS_TAG):
                if row.ours and row.updated_at >= oldest:
                    into = await self.survivor(row)
                    found[row.id] = (into, row.updated_at)
            self._merged = found
        return self._merged

    async def _known(self, audits: Sequence[Audit]) -> Known:
        numbers = {number for audit in audits for number in numbers_in(audit)}
        return Known(
            me=(await self._names.me()).id,
            users=await self._names.users(numbers - {""}),
            groups=await self._names.groups(_groups(audits)),
            settings=self._settings,
        )


def _since_merge(audits: Sequence[Audit], at: datetime) -> Sequence[Audit]:
    """What was done to a ticket after it has taken in one of ours, at this time."""
    later = [audit for audit in audits if audit.created_at >= at]
    arrivals = [place for place, audit in enumerate(later) if audit.took_in]
    return later[arrivals[0] + 1 :] if arrivals else later


def _groups(audits: Sequence[Audit]) -> set[str]:
    events = (event for audit in audits for event in audit.events)
    return {str(event.value) for event in events if event.field == "group_id" and event.value}
