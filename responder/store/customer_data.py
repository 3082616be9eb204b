"""What we hold about one customer, told and taken away; the logs stay provable without it."""

from collections.abc import Collection, Iterator, Mapping
from datetime import datetime
from typing import Any, Final

from sqlalchemy import (
    ColumnElement,
    Connection,
    Table,
    and_,
    delete,
    func,
    or_,
    select,
    text,
    update,
)

from responder.store.customer_traces import ERASED, wipe
from responder.store.desk_tables import attachment, pin, ticket_case
from responder.store.pieces import pieces
from responder.store.tables import outbox, satisfaction, ticket, ticket_event, written
from responder.store.voice_tables import customer_message

_LETTERS: Final = ("desk.mail", "staff.tell", "customer.tell")
# A ticket's own columns that say who the customer is, or what he wrote.
_CASE: Final = {"requester": "", "requester_name": "", "on_behalf_of": "", "facts": {}}


def tickets_of(
    tx: Connection, *, requester: str = "", account: str = "", brand: str | None = None
) -> list[int]:
    """The tickets that this person wrote, or that are of this account; of all brands, or of one."""
    whose: list[ColumnElement[bool]] = []
    if requester:
        said = requester.casefold()
        case = (ticket_case.c.requester, ticket_case.c.on_behalf_of)
        whose = [func.lower(column) == said for column in case]
    if account:
        whose.append(ticket.c.account == account)
    joined = ticket.outerjoin(ticket_case, ticket_case.c.ticket == ticket.c.id)
    if not whose:
        return []
    found = select(ticket.c.id).select_from(joined).where(or_(*whose), *_within(ticket, brand))
    return list(tx.execute(found.order_by(ticket.c.id)).scalars())


def requesters(tx: Connection, tickets: Collection[int]) -> set[str]:
    """Who wrote these."""
    said = select(ticket_case.c.requester).where(ticket_case.c.requester != "")
    return {
        one
        for piece in pieces(tickets)
        for one in tx.execute(said.where(ticket_case.c.ticket.in_(piece))).scalars()
    }


def forgotten(tx: Connection, *, before: datetime, limit: int) -> list[int]:
    """Tickets of people that were over before then, and still hold their words."""
    over = text("ticket.solved_at IS NOT NULL")  # word for word as in the partial index
    old = (over, ticket.c.solved_at < before, ticket.c.subject != ERASED)
    found = select(ticket.c.id).where(*old, ticket.c.channel != "monitoring")
    return list(tx.execute(found.order_by(ticket.c.solved_at).limit(limit)).scalars())


def told(
    tx: Connection, tickets: Collection[int], *, account: str = "", brand: str | None = None
) -> Iterator[Mapping[str, Any]]:
    """Everything, one thing after the other; pictures by their address."""
    for id_ in sorted(tickets):
        yield from _of_ticket(tx, id_)
    if account:
        kept = [column for column in pin.c if column.name not in ("digest", "salt")]
        mine = (pin.c.account == account, *_within(pin, brand))
        yield from _all(tx, "pin", select(*kept).where(*mine))
        sent = select(customer_message).where(*_sent(account, brand))
        yield from _all(tx, "message", sent)


def erase(tx: Connection, tickets: Collection[int], *, by: str, now: datetime) -> int:
    """Take the words, the names and the letters of these tickets away; how many lines had words.
    Pictures are taken away in store/attachments.py.
    """
    if not tickets:
        return 0
    wipe(tx, tickets, by=by, now=now)
    _letters(tx, set(tickets))
    return sum(_emptied(tx, piece, by=by, now=now) for piece in pieces(tickets))


def _emptied(tx: Connection, tickets: Collection[int], *, by: str, now: datetime) -> int:
    mine = (written.c.log == "ticket", written.c.owner.in_(tickets), written.c.erased_at.is_(None))
    gone = update(written).where(*mine).values(text="", erased_at=now, erased_by=by)
    lines = tx.execute(gone).rowcount
    tx.execute(update(ticket_case).where(ticket_case.c.ticket.in_(tickets)).values(_CASE))
    tx.execute(update(ticket).where(ticket.c.id.in_(tickets)).values(subject=ERASED))
    tx.execute(update(satisfaction).where(satisfaction.c.ticket.in_(tickets)).values(comment=""))
    return lines


def erase_account(
    tx: Connection, tickets: Collection[int], account: str, *, brand: str | None = None
) -> None:
    """The same for what belongs to the account itself: its PIN, letters to it, its name."""
    tx.execute(delete(pin).where(pin.c.account == account, *_within(pin, brand)))
    sent = update(customer_message).where(*_sent(account, brand))
    tx.execute(sent.values(subject="", words="", reference=""))
    for piece in pieces(tickets):
        tx.execute(update(ticket).where(ticket.c.id.in_(piece)).values(account=None))


def _sent(account: str, brand: str | None) -> list[ColumnElement[bool]]:
    mine = customer_message.c.customer == f"reseller:{account}"
    return [mine, *_within(customer_message, brand)]


def _within(table: Table, brand: str | None) -> list[ColumnElement[bool]]:
    return [] if brand is None else [table.c.brand == brand]


def _letters(tx: Connection, tickets: Collection[int]) -> None:
    """What has gone out leaves no copy; what has not, goes out no more."""
    waiting = (outbox.c.kind.in_(_LETTERS), outbox.c.state != "claimed")
    rows = tx.execute(select(outbox.c.id, outbox.c.payload, outbox.c.state).where(*waiting))
    mine = {row.id: row.state for row in rows if row.payload.get("ticket") in tickets}
    for id_, state in mine.items():
        ended = state if state in ("done", "dropped") else "dropped"
        gone: dict[str, Any] = {"payload": {}, "result": {}, "lane": "", "state": ended}
        tx.execute(update(outbox).where(outbox.c.id == id_).values(gone))


def _of_ticket(tx: Connection, id_: int) -> Iterator[Mapping[str, Any]]:
    yield from _all(tx, "ticket", select(ticket).where(ticket.c.id == id_))
    yield from _all(tx, "case", select(ticket_case).where(ticket_case.c.ticket == id_))
    said = and_(
        written.c.log == "ticket", written.c.owner == id_, written.c.seq == ticket_event.c.seq
    )
    lines = select(ticket_event, written.c.text).select_from(ticket_event.outerjoin(written, said))
    mine = lines.where(ticket_event.c.ticket == id_).order_by(ticket_event.c.seq)
    yield from _all(tx, "event", mine)
    yield from _all(tx, "vote", select(satisfaction).where(satisfaction.c.ticket == id_))
    files = [column for column in attachment.c if column.name != "data"]
    for one in _all(tx, "file", select(*files).where(attachment.c.ticket == id_)):
        yield {**one, "path": f"/api/v1/tickets/{id_}/files/{one['id']}"}


def _all(tx: Connection, record: str, query: Any) -> Iterator[Mapping[str, Any]]:
    for row in tx.execute(query):
        yield {"record": record, **row._mapping}
