"""What the support procedure knows of tickets, as rows."""

from collections.abc import Collection
from dataclasses import asdict, fields
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, func, insert, or_, select, update

from responder.desk_values import Case, Confirmed, Outcome
from responder.store.desk_tables import ticket_case as table
from responder.store.tables import incident, ticket_event
from responder.store.tables import ticket as record

_COLUMNS = [table.c[field.name] for field in fields(Case)]


def add(tx: Connection, case: Case) -> None:
    """The case of a new ticket."""
    tx.execute(insert(table).values(_row(case)))


def change(tx: Connection, case: Case) -> None:
    """A known case as it is now."""
    tx.execute(update(table).where(table.c.ticket == case.ticket).values(_row(case)))


def handled(tx: Connection, ticket: int, handler: str | None) -> None:
    """Whose work it is at this level."""
    tx.execute(update(table).where(table.c.ticket == ticket).values(handler=handler))


def entered(tx: Connection, ticket: int, *, at: datetime) -> None:
    """It came to another desk: nobody there has read it or works on it yet."""
    fresh = {"entered_at": at, "handler": None, "reviewed_at": None, "nudged_at": None}
    if not tx.execute(update(table).where(table.c.ticket == ticket).values(fresh)).rowcount:
        add(tx, Case(ticket, entered_at=at))


def by_ticket(tx: Connection, ticket: int) -> Case | None:
    """The case of this ticket; None for one of a time before there were cases."""
    row = tx.execute(select(*_COLUMNS).where(table.c.ticket == ticket)).one_or_none()
    return None if row is None else _read(row)


def candidates(
    tx: Connection, *, brand: str | None = None, limit: int = 200
) -> list[tuple[int, str, str]]:
    """Tickets that are worth an article: number, subject, and the article if there is one by now;
    the newest first; of all brands, or of one.
    """
    found = select(record.c.id, record.c.subject, table.c.article)
    found = found.join(table, table.c.ticket == record.c.id)
    found = found.where(table.c.candidate.is_(True), record.c.gone == "")
    if brand is not None:
        found = found.where(record.c.brand == brand)
    rows = tx.execute(found.order_by(record.c.id.desc()).limit(limit))
    return [(row.id, row.subject, row.article) for row in rows]


def latest(
    tx: Connection,
    *,
    account: str | None,
    requester: str,
    brand: str | None,
    before: int,
    limit: int,
) -> list[int]:
    """His newest tickets of this brand before this one, by his account or else by his address."""
    if not account and not requester:
        return []
    mine = record.c.account == account if account else table.c.requester == requester
    found = select(record.c.id).outerjoin(table, table.c.ticket == record.c.id)
    own = (mine, record.c.brand.is_not_distinct_from(brand))
    found = found.where(*own, record.c.id < before, record.c.gone == "")
    return list(tx.execute(found.order_by(record.c.id.desc()).limit(limit)).scalars())


def where_said(tx: Connection, requester: str, *, outside: Collection[str]) -> list[int]:
    """His tickets in whose logs these happenings stand."""
    said = (table.c.requester == requester, ticket_event.c.outside.in_(outside))
    found = select(table.c.ticket).join(ticket_event, ticket_event.c.ticket == table.c.ticket)
    return list(tx.execute(found.where(*said).order_by(table.c.ticket)).scalars())


def count_of(tx: Connection, requester: str, *, since: datetime) -> int:
    """How many requests this address has sent since then."""
    mine = (table.c.requester == requester, table.c.entered_at >= since)
    found = select(func.count()).select_from(table).where(*mine)
    return int(tx.execute(found).scalar_one()) if requester else 0


def strangers(tx: Connection, *, since: datetime) -> list[int]:
    """Tickets of people whom nobody knows, whose outage nobody could check and whose incident was
    begun since then, whatever their mails say of when they were written; the oldest first.
    """
    nobody = (record.c.server.is_(None), record.c.account.is_(None))
    found = select(record.c.id).join(table, table.c.ticket == record.c.id)
    found = found.where(*nobody, table.c.confirmed == Confirmed.UNCHECKABLE)
    found = found.join(incident, incident.c.id == record.c.incident)
    found = found.where(incident.c.opened_at >= since)
    return list(tx.execute(found.order_by(incident.c.opened_at, record.c.id)).scalars())


def words_about(
    tx: Connection, *, server: str | None, account: str | None, since: datetime, but: int
) -> list[int]:
    """Tickets in which others told lately of an outage of the same thing, and nobody was paged for
    it: seen well, or still looked at.
    """
    same = record.c.server == server if server else record.c.account == account
    if not server and not account:
        return []
    quiet = or_(table.c.confirmed == Confirmed.SEEN_WELL, table.c.look_at.is_not(None))
    found = select(record.c.id).join(table, table.c.ticket == record.c.id)
    found = found.where(same, quiet, record.c.opened_at >= since, record.c.id != but)
    return list(tx.execute(found.order_by(record.c.opened_at, record.c.id)).scalars())


def to_confirm(tx: Connection, *, now: datetime, limit: int = 50) -> list[Case]:
    """Cases whose outage the probes had time to look at."""
    due = select(*_COLUMNS).where(table.c.look_at <= now).order_by(table.c.look_at).limit(limit)
    return [_read(row) for row in tx.execute(due)]


def _row(case: Case) -> dict[str, Any]:
    return {**asdict(case), "facts": dict(case.facts)}


def _read(row: Any) -> Case:
    told = dict(row._mapping)
    told["confirmed"], told["outcome"] = Confirmed(told["confirmed"]), Outcome(told["outcome"])
    return Case(**told)
