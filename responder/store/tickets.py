"""Tickets as rows: our record of each, its log, and the votes on it."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, fields, replace
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, bindparam, func, insert, select, update

from alerts.model import Category, Priority, clean
from playbooks.ports import ChangeKind, TicketState
from responder.store import clocks, inserts, logs
from responder.store.pieces import pieces
from responder.store.tables import satisfaction, ticket_event
from responder.store.tables import ticket as table
from responder.values import Entry, TicketRecord

_NAMES = tuple(field.name for field in fields(TicketRecord))
_COLUMNS = [table.c[name] for name in _NAMES]
# Built once: a backlog asks these for every ticket.
_CHANGE = update(table).where(table.c.id == bindparam("changed"))
_BY_REF = (
    select(*_COLUMNS)
    .where(table.c.system == bindparam("kept"), table.c.ref == bindparam("called"))
    .order_by(table.c.gone, table.c.id)
)


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which tickets a list shows; an empty one shows all."""

    states: Sequence[str] = ()
    queue: str | None = None
    owner: str | None = None
    system: str | None = None
    incident: int | None = None
    brand: str | None = None


@dataclass(frozen=True, slots=True)
class Happening:
    """One line for a ticket's log. `outside` is its id in the ticket system, "" for our own."""

    entry: Entry
    at: datetime
    outside: str = ""


@dataclass(frozen=True, slots=True)
class Vote:
    """What a customer thinks of the help: 1 to 5, and perhaps why."""

    score: int
    at: datetime
    comment: str = ""


def next_id(tx: Connection) -> int:
    """The number of the next ticket; sure only while decisions are one at a time (records.py)."""
    last: int = tx.execute(select(func.coalesce(func.max(table.c.id), 0))).scalar_one()
    return last + 1


def add(tx: Connection, ticket: TicketRecord) -> bool:
    """A new ticket. False when its key is known already: then nothing changes."""
    fresh = inserts.insert(table, tx.dialect).values(_row(ticket))
    fresh = fresh.on_conflict_do_nothing(index_elements=["key"])
    return tx.execute(fresh.returning(table.c.id)).first() is not None


def change(tx: Connection, ticket: TicketRecord) -> None:
    """A known ticket as it is now; its clocks are reckoned anew soon."""
    tx.execute(_CHANGE, {"changed": ticket.id, **_row(ticket)})
    clocks.stir(tx, ticket.id, at=ticket.opened_at)


def by_id(tx: Connection, number: int) -> TicketRecord | None:
    """The ticket of this number of ours."""
    return _one(tx, table.c.id == number)


def by_key(tx: Connection, key: str) -> TicketRecord | None:
    """The ticket that was opened for this key."""
    return _one(tx, table.c.key == key)


def by_ref(tx: Connection, system: str, ref: str) -> list[TicketRecord]:
    """Our records of a ticket of that system: the one that lives, then those merged into it."""
    return [_read(row) for row in tx.execute(_BY_REF, {"kept": system, "called": ref})]


def of_incidents(tx: Connection, incidents: Collection[int]) -> dict[int, list[TicketRecord]]:
    """The tickets of these incidents, the newest last; deleted ones are none."""
    grouped: dict[int, list[TicketRecord]] = {one: [] for one in incidents}
    found = select(*_COLUMNS).where(table.c.gone != "deleted").order_by(table.c.id)
    for piece in pieces(incidents):
        for row in tx.execute(found.where(table.c.incident.in_(piece))):
            grouped[row.incident].append(_read(row))
    return grouped


def listed(
    tx: Connection, wanted: Wanted, *, below_id: int | None = None, limit: int = 100
) -> list[TicketRecord]:
    """Newest first; `below_id` continues a list."""
    query = select(*_COLUMNS).order_by(table.c.id.desc()).limit(limit)
    if wanted.states:
        query = query.where(table.c.state.in_(wanted.states))
    for name in ("queue", "owner", "system", "incident", "brand"):
        if (value := getattr(wanted, name)) is not None:
            query = query.where(table.c[name] == value)
    if below_id is not None:
        query = query.where(table.c.id < below_id)
    return [_read(row) for row in tx.execute(query)]


def opened_since(tx: Connection, system: str, since: datetime) -> list[int]:
    """The tickets that we opened in this system and that count, the oldest first."""
    ours = (table.c.system == system, table.c.channel == "monitoring", table.c.gone == "")
    query = select(table.c.id).where(*ours, table.c.opened_at >= since).order_by(table.c.id)
    return list(tx.execute(query).scalars())


def known(tx: Connection, ticket: int, outside: Collection[str]) -> set[str]:
    """Which of these happenings stand in the log already."""
    column = ticket_event.c.outside
    found = select(column).where(ticket_event.c.ticket == ticket)
    return {
        one
        for piece in pieces(outside)
        for one in tx.execute(found.where(column.in_(piece))).scalars()
    }


def was_said(tx: Connection, ticket: int, text: str, *, outside: str = "") -> bool | None:
    """Are these the words of its first line, or of the one with this id? None: there is none. What
    was erased is known again.
    """
    which = ticket_event.c.outside == outside if outside else ticket_event.c.seq == 1
    found = select(ticket_event.c.words).where(ticket_event.c.ticket == ticket, which)
    words = tx.execute(found).scalar_one_or_none()
    return None if words is None else words == logs.digest(clean(text))


def number_of(tx: Connection, ticket: int) -> str:
    """What another system calls this ticket by now, "" while it has not said so."""
    line = (ticket_event.c.ticket == ticket, ticket_event.c.kind == ChangeKind.NUMBERED)
    query = select(ticket_event.c.outside).where(*line).order_by(ticket_event.c.seq.desc())
    return tx.execute(query.limit(1)).scalar_one_or_none() or ""


def numbered(tx: Connection, system: str, numbers: Collection[str]) -> list[tuple[str, str]]:
    """Which tickets another system calls so: number and ref, the oldest ticket first."""
    line = (ticket_event.c.kind == ChangeKind.NUMBERED, table.c.system == system)
    query = select(table.c.id, ticket_event.c.outside, table.c.ref).join(table).where(*line)
    found = [
        tuple(row)
        for piece in pieces(numbers)
        for row in tx.execute(query.where(ticket_event.c.outside.in_(piece)))
    ]
    return [(number, ref) for _, number, ref in sorted(found)]


def is_reply(tx: Connection, ticket: int, seq: int) -> bool:
    """Does this line of the log hold public words of staff?"""
    line = (ticket_event.c.ticket == ticket, ticket_event.c.seq == seq)
    kind = tx.execute(select(ticket_event.c.kind).where(*line)).scalar_one_or_none()
    return kind == ChangeKind.REPLY


def write_down(
    tx: Connection, ticket: TicketRecord, happenings: Iterable[Happening]
) -> TicketRecord:
    """Chain these lines to the ticket's log; the record with the log's new end, to be stored."""
    tail = logs.Tail(ticket.seq, ticket.head)
    rows, texts = list[dict[str, Any]](), list[dict[str, Any]]()
    for one in happenings:
        tail, lines, words = logs.chained("ticket", ticket.id, tail, [one.entry], at=one.at)
        rows += [{**line, "outside": one.outside or None} for line in lines]
        texts += words
    logs.add(tx, "ticket", rows, texts)
    return replace(ticket, seq=tail.seq, head=tail.head)


def to_judge(tx: Connection, *, now: datetime, limit: int = 200) -> list[TicketRecord]:
    """Tickets of which time alone has made something."""
    due = select(*_COLUMNS).where(table.c.judge_at <= now).order_by(table.c.judge_at).limit(limit)
    return [_read(row) for row in tx.execute(due)]


def vote(tx: Connection, ticket: TicketRecord, vote: Vote) -> None:
    """The newest vote on a ticket counts; an older one that comes late changes nothing."""
    row = {"score": vote.score, "comment": vote.comment, "at": vote.at, "brand": ticket.brand}
    mine = satisfaction.c.ticket == ticket.id
    voted_at = tx.execute(select(satisfaction.c.at).where(mine)).scalar_one_or_none()
    if voted_at is None:
        tx.execute(insert(satisfaction).values(ticket=ticket.id, **row))
    elif voted_at <= vote.at:
        tx.execute(update(satisfaction).where(mine).values(row))


def heads(tx: Connection) -> list[tuple[int, int, str]]:
    """Number, length and last hash of every ticket's log (for `log verify`)."""
    return [tuple(row) for row in tx.execute(select(table.c.id, table.c.seq, table.c.head))]


def _one(tx: Connection, where: Any) -> TicketRecord | None:
    row = tx.execute(select(*_COLUMNS).where(where)).one_or_none()
    return None if row is None else _read(row)


def _row(ticket: TicketRecord) -> dict[str, Any]:
    return {name: getattr(ticket, name) for name in _NAMES}


def _read(row: Any) -> TicketRecord:
    told: Mapping[str, Any] = row._mapping
    return TicketRecord(
        **{
            **told,
            "state": TicketState(told["state"]),
            "priority": Priority(told["priority"]),
            "category": Category(told["category"]),
        }
    )
