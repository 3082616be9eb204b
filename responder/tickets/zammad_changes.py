"""What people did in Zammad: the histories of its tickets read into our changes."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Final

from alerts.model import Actor, ActorKind
from playbooks.outside import GoneError
from playbooks.ports import Change, ChangeKind, TicketRef
from responder.tickets.keys import tail_of
from responder.tickets.polled import Polled, stamp, updated
from responder.tickets.zammad_names import Names
from responder.tickets.zammad_rest import PAGE, Rest
from responder.tickets.zammad_rows import ITSELF, ArticleRow, Entry, TicketRow, UserRow
from responder.tickets.zammad_settings import ZammadTickets

SYSTEM: Final = "zammad"
_MERGES_OF: Final = timedelta(days=30)  # so long the survivor of a merge is followed over a restart
_GRAIN: Final = timedelta(milliseconds=1)
Told = tuple[ChangeKind, Mapping[str, str | None]]


class Poller:
    """Reads on from a cursor. It remembers which tickets were merged into which."""

    def __init__(self, rest: Rest, names: Names, settings: ZammadTickets) -> None:
        self._rest = rest
        self._names = names
        self._settings = settings
        self._merged: dict[int, int] | None = None  # a ticket of ours -> what it was merged into
        self._overlap = timedelta(seconds=settings.overlap_seconds)

    async def poll(self, cursor: str) -> tuple[Sequence[Change], str]:
        """What happened to our tickets, in Zammad's order, and the next cursor. "" means now: what
        has happened by then is only noted as known.
        """
        overlap = self._overlap
        polled = Polled.read(cursor) if cursor else await self._begin()
        found = await updated(self._updated, polled, overlap=overlap, full=PAGE, grain=_GRAIN)
        changes = [change for row in found.rows for change in await self._of(row, polled)]
        changes.sort(key=lambda change: int(change.id))
        after = polled.after(changes, seen=found.seen, whole=found.whole, overlap=overlap)
        return (changes if cursor else ()), str(after)

    async def past(self, row: TicketRow) -> Sequence[Change]:
        """All that has happened to one ticket, under the same ids."""
        lines = _of_interest(await self._rest.history(str(row.id)))
        return [change for entry in lines if (change := await self._read(row, entry))]

    async def merged_into(self, row: TicketRow) -> int | None:
        """The number of the ticket that this one was merged into."""
        into = _into(await self._rest.history(str(row.id)))
        if into is not None and self._merged is not None:
            self._merged[row.id] = into
        return into

    async def _begin(self) -> Polled:
        return Polled.begin(await self._rest.now(), overlap=self._overlap)

    async def _updated(self, since: datetime, page: int) -> Sequence[TicketRow]:
        condition = {"updated_at": ("after (absolute)", stamp(since))}
        return await self._rest.search(condition, by="updated_at", page=page)

    async def _of(self, row: TicketRow, polled: Polled) -> Sequence[Change]:
        """What is new of one ticket, if it is ours or took in one of ours."""
        ours = self._is_ours(row)
        merged = await self._merges()
        if not ours and row.id not in merged.values():
            return ()
        try:
            whole = await self._rest.history(str(row.id))
        except GoneError:
            return ()
        entries = whole if ours else _since_merge(whole, merged)
        if row.merged and (into := _into(entries)) is not None:
            merged[row.id] = into
        told = [_change(row, entry) for entry in _of_interest(entries)]
        fresh = {change.id for change in polled.fresh(told)}
        lines = [entry for entry in _of_interest(entries) if str(entry.id) in fresh]
        return [change for entry in lines if (change := await self._read(row, entry))]

    def _is_ours(self, row: TicketRow) -> bool:
        return bool(row.attribute(self._settings.key_field) or tail_of(row.title))

    async def _merges(self) -> dict[int, int]:
        """Our tickets that were merged into others, asked once and then watched."""
        if self._merged is None:
            states = {one.name: str(one.id) for one in await self._rest.named("ticket_states")}
            condition = {
                "state_id": ("is", states.get("merged", "0")),
                "updated_at": ("after (absolute)", stamp(await self._rest.now() - _MERGES_OF)),
            }
            rows = await self._rest.search(condition, by="updated_at", order="desc")
            ours = [
                row for row in rows if row.attribute(self._settings.key_field) or tail_of(row.title)
            ]
            found = {row.id: _into(await self._rest.history(str(row.id))) for row in ours}
            self._merged = {source: into for source, into in found.items() if into is not None}
        return self._merged

    async def _read(self, row: TicketRow, entry: Entry) -> Change | None:
        article = await self._article(entry)
        told = _spoken(article) if article else self._meaning(row, entry)
        if told is None:
            return None
        if told[0] is ChangeKind.OWNER and entry.id_to != ITSELF:
            told = ChangeKind.OWNER, {"owner": (await self._names.user(entry.id_to)).login}
        by_customer = article is not None and article.sender == "Customer"
        return Change(
            id=str(entry.id),
            ticket=TicketRef(SYSTEM, str(row.id)),
            at=entry.created_at.astimezone(UTC),
            kind=told[0],
            actor=await self._actor(row, entry, by_customer=by_customer),
            text=article.text if article else "",
            data=told[1],
        )

    async def _article(self, entry: Entry) -> ArticleRow | None:
        if entry.object != "Ticket::Article":
            return None
        try:
            return await self._rest.article(entry.number)
        except GoneError:
            return ArticleRow(id=entry.number, internal=True)

    def _meaning(self, row: TicketRow, entry: Entry) -> Told | None:
        settings = self._settings
        match entry.type, entry.attribute:
            case "created", _:
                return ChangeKind.OPENED, {}
            case "merged_into", _:
                return ChangeKind.MERGED, {"into": str(entry.id_to)}
            case "updated", "state":
                now, was = (
                    settings.state_here(entry.value_to),
                    settings.state_here(entry.value_from),
                )
                return ChangeKind.STATE, {"state": now, "was": was}
            case "updated", "owner":
                return ChangeKind.OWNER, {"owner": None}
            case "updated", "group":
                return ChangeKind.QUEUE, {"queue": settings.queue_here(entry.value_to)}
            case "updated", "priority":
                here = settings.priority_here(entry.value_to, settings.queue_here(row.group))
                return ChangeKind.PRIORITY, {"priority": here}
            case "updated", field if field == settings.vote_field and entry.value_to:
                return ChangeKind.VOTE, {"score": entry.value_to}
        return None

    async def _actor(self, row: TicketRow, entry: Entry, *, by_customer: bool) -> Actor:
        """Who did it. A customer's ticket is changed in his name when he answers."""
        number, me = entry.created_by_id, await self._names.me()
        if number == me.id:
            return Actor(ActorKind.DAEMON, me.login)
        if number == ITSELF:
            return Actor(ActorKind.SYSTEM, "zammad")
        user = await self._names.user(number)
        if by_customer or number == row.customer_id:
            return Actor(ActorKind.CUSTOMER, _called(user))
        return Actor(ActorKind.PERSON, user.login)


def _change(row: TicketRow, entry: Entry) -> Change:
    """As much of a change as its cursor needs."""
    nobody = Actor(ActorKind.SYSTEM, "")
    at = entry.created_at.astimezone(UTC)
    return Change(str(entry.id), TicketRef(SYSTEM, str(row.id)), at, ChangeKind.NOTE, nobody)


def _of_interest(entries: Sequence[Entry]) -> Sequence[Entry]:
    """Without the first words, which are the ticket's own; after a merge nothing is news here."""
    articles = [one.number for one in entries if one.object == "Ticket::Article"]
    begun = any(one.type == "created" and one.object == "Ticket" for one in entries)
    first = min(articles, default=0) if begun else 0
    gone = next((one.id for one in entries if one.type == "merged_into"), None)
    return [
        entry
        for entry in entries
        if (entry.object == "Ticket" and entry.type in {"created", "updated", "merged_into"})
        or (entry.object == "Ticket::Article" and entry.type == "created" and entry.number != first)
        if gone is None or entry.id <= gone
    ]


def _since_merge(entries: Sequence[Entry], merged: Mapping[int, int]) -> Sequence[Entry]:
    """What happened before one of ours came in was none of our business."""
    came = (one.id for one in entries if one.type == "received_merge" and one.id_from in merged)
    first = min(came, default=None)
    return [one for one in entries if first is not None and one.id > first]


def _into(entries: Iterable[Entry]) -> int | None:
    return next((one.id_to for one in entries if one.type == "merged_into"), None)


def _spoken(article: ArticleRow) -> Told:
    if article.sender == "Customer":
        return ChangeKind.CUSTOMER, {}
    return (ChangeKind.NOTE if article.internal else ChangeKind.REPLY), {}


def _called(user: UserRow) -> str:
    return user.email or user.login
