"""What people did in Request Tracker: its transactions read into our changes."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, timedelta
from typing import Final

from alerts.model import Actor, ActorKind
from playbooks.ports import Change, ChangeKind, TicketRef
from responder.tickets.rt_names import NOBODY, Names
from responder.tickets.rt_rest import Rest
from responder.tickets.rt_rows import TicketRow, TransactionRow
from responder.tickets.rt_settings import RtTickets
from responder.tickets.together import portions, together

SYSTEM: Final = "rt"
MOST_PAGES: Final = 10  # in one poll; what is left comes with the next
_AT_ONCE: Final = 40  # tickets in one search: an address has its limits
_RT_ITSELF: Final = "RT_System"
_SPOKEN: Final = {"Comment": ChangeKind.NOTE, "Correspond": ChangeKind.REPLY}
_SET: Final = {
    "Owner": ChangeKind.OWNER,
    "Queue": ChangeKind.QUEUE,
    "Priority": ChangeKind.PRIORITY,
}
# `SetWatcher` says an owner's change a second time; `EmailRecord` and dates are noise.
OF_INTEREST: Final = " OR ".join(
    (
        *(f"Type = '{told}'" for told in ("Create", "Status", "CustomField", *_SPOKEN)),
        *(f"(Type = 'Set' AND Field = '{field}')" for field in _SET),
        "(Type = 'AddLink' AND Field = 'MergedInto')",
    )
)


@dataclass(frozen=True, slots=True)
class Known:
    """All that must be looked up before transactions can be read.

    `customers`: for each ticket of ours, by the number that it had then, who asked for it.
    """

    bot: str
    customers: Mapping[str, frozenset[str]]
    queues: Mapping[str, str]
    users: Mapping[str, str]
    votes: frozenset[str] = frozenset()
    words: Mapping[int, str] = field(default_factory=dict)
    useful: Mapping[int, str] = field(default_factory=dict)


async def poll(
    rest: Rest, names: Names, settings: RtTickets, cursor: str
) -> tuple[Sequence[Change], str]:
    """What happened to tickets that carry our key, in RT's order, and the next cursor.

    A cursor is the number of the last transaction that was looked at. An empty one means now.
    """
    if not cursor:
        rows, _ = await rest.transactions("ObjectType = 'RT::Ticket'", newest_first=True)
        return (), str(rows[0].id if rows else 0)
    read_on, last = list[TransactionRow](), int(cursor)
    for _ in range(MOST_PAGES):
        page = await settled(rest, settings, last, of=OF_INTEREST)
        if not page:
            break
        read_on += page
        last = page[-1].id
    known = await _look_up(rest, names, settings, read_on)
    return [change for row in read_on if (change := read(row, known, settings))], str(last)


async def past(rest: Rest, names: Names, settings: RtTickets, number: str) -> Sequence[Change]:
    """All that has happened to one ticket, under the same ids."""
    rows, last = list[TransactionRow](), 0
    while True:
        query = f"ObjectType = 'RT::Ticket' AND ObjectId = {int(number)} AND id > {last}"
        page, _ = await rest.transactions(f"{query} AND ({OF_INTEREST})")
        if not page:
            break
        rows += page
        last = page[-1].id
    known = await _look_up(rest, names, settings, rows)
    return [change for row in rows if (change := read(row, known, settings))]


def read(row: TransactionRow, known: Known, settings: RtTickets) -> Change | None:
    """One transaction as a change; None for one that says nothing, or of a ticket not ours.

    The change names the ticket by the number of then: who follows the changes in their order knows
    it by that number, until a merge tells him the next.
    """
    customers = known.customers.get(row.ticket)
    if customers is None or (told := _meaning(row, known, settings)) is None:
        return None
    kind, data = told
    actor = _actor(row, customers, known, settings)
    if kind is ChangeKind.REPLY and actor.kind is ActorKind.CUSTOMER:
        kind, data = ChangeKind.CUSTOMER, {}
    return Change(
        id=str(row.id),
        ticket=TicketRef(SYSTEM, row.ticket),
        at=row.created.astimezone(UTC),
        kind=kind,
        actor=actor,
        text=known.words.get(row.id, ""),
        data=data,
    )


def _meaning(
    row: TransactionRow, known: Known, settings: RtTickets
) -> tuple[ChangeKind, Mapping[str, str | None]] | None:
    match row.type, row.field:
        case "Create", _:
            return ChangeKind.OPENED, {}
        case (("Comment" | "Correspond"), _):
            useful = known.useful.get(row.id)
            return _SPOKEN[row.type], {"useful": useful.lower()} if useful else {}
        case "Status", _:
            was, now = settings.state_here(row.old), settings.state_here(row.new)
            return ChangeKind.STATE, {"state": now, "was": was}
        case "Set", what if what in _SET:
            return _set(row, known, settings)
        case "CustomField", number if number in known.votes and row.new:
            return ChangeKind.VOTE, {"score": row.new}
        case "AddLink", "MergedInto" if (into := row.new.rpartition("/")[2]) != row.ticket:
            return ChangeKind.MERGED, {"into": into}
    return None


def _set(
    row: TransactionRow, known: Known, settings: RtTickets
) -> tuple[ChangeKind, Mapping[str, str | None]]:
    kind = _SET[row.field]
    if kind is ChangeKind.OWNER:
        name = known.users.get(row.new, row.new)
        return kind, {"owner": None if name == NOBODY else name}
    if kind is ChangeKind.QUEUE:
        return kind, {"queue": settings.queue_here(known.queues.get(row.new, row.new))}
    number = int(row.new) if row.new.isdecimal() else 0
    return kind, {"priority": settings.priority_here(number)}


def _actor(
    row: TransactionRow, customers: Collection[str], known: Known, settings: RtTickets
) -> Actor:
    """Who did it. RT calls a customer's answer and ours by one type, so the creator decides."""
    if row.creator == known.bot:
        return Actor(ActorKind.DAEMON, row.creator)
    if row.creator == _RT_ITSELF:
        return Actor(ActorKind.SYSTEM, row.creator)
    stranger = settings.technicians and row.creator not in settings.technicians
    if stranger or row.creator in customers:
        return Actor(ActorKind.CUSTOMER, row.creator)
    return Actor(ActorKind.PERSON, row.creator)


async def settled(
    rest: Rest, settings: RtTickets, last: int, *, of: str
) -> Sequence[TransactionRow]:
    """The next page of these, up to the first so young that an earlier one may yet appear."""
    query = f"ObjectType = 'RT::Ticket' AND id > {last} AND ({of})"
    rows, now = await rest.transactions(query)
    if now is None:
        return rows
    limit = now - timedelta(seconds=settings.settle_seconds)
    young = next((place for place, row in enumerate(rows) if row.created > limit), len(rows))
    return rows[:young]


async def _look_up(
    rest: Rest, names: Names, settings: RtTickets, rows: Sequence[TransactionRow]
) -> Known:
    bot = await names.me()
    customers = await _customers(rest, settings, {row.ticket for row in rows})
    ours = [row for row in rows if row.ticket in customers]
    spoken = [
        row.id for row in ours if row.type in _SPOKEN and row.creator not in {bot, _RT_ITSELF}
    ]
    replied = [row.id for row in ours if row.type == "Correspond" and row.id in spoken]
    owners = {row.new for row in ours if row.type == "Set" and row.field == "Owner"}
    queues = {row.new for row in ours if row.type == "Set" and row.field == "Queue"}
    voted = any(row.type == "CustomField" for row in ours)
    users = {number: await names.user(number) for number in owners}
    words, useful = await together(rest.words(spoken), rest.chosen(settings.useful_field, replied))
    return Known(
        bot=bot,
        customers=customers,
        queues=await names.queues(queues),
        users=users,
        votes=await names.votes() if voted else frozenset(),
        words=words,
        useful=useful,
    )


async def _customers(
    rest: Rest, settings: RtTickets, tickets: Collection[str]
) -> Mapping[str, frozenset[str]]:
    """The requestors of those tickets that carry a key or took in one that does.

    Naming EffectiveId makes RT show merged tickets too, which otherwise vanish from its searches.
    """
    numbers = portions(map(int, tickets), _AT_ONCE)
    found = await together(*(_customers_of(rest, settings, one) for one in numbers))
    return {ticket: customers for portion in found for ticket, customers in portion.items()}


async def _customers_of(
    rest: Rest, settings: RtTickets, numbers: Sequence[int]
) -> Mapping[str, frozenset[str]]:
    asked = [str(number) for number in numbers]
    family = " OR ".join(f"id = {number} OR EffectiveId = {number}" for number in asked)
    query = f"'CF.{{{settings.key_field}}}' IS NOT NULL AND ({family})"
    keyed = await rest.tickets(query, fields="Requestor")
    rows = {row.id: row for row in keyed}
    if strangers := {row.survivor for row in keyed} - rows.keys():
        query = " OR ".join(f"id = {number}" for number in strangers)
        rows |= {row.id: row for row in await rest.tickets(query, fields="Requestor")}
    return {number: _requestors(rows, number) for number in asked if number in rows}


def _requestors(rows: Mapping[str, TicketRow], number: str) -> frozenset[str]:
    """A merge gives the survivor all of them; it may stand in a queue that our user can't see."""
    row = rows[number]
    return frozenset(rows.get(row.survivor, row).requestors)
