"""When tickets came and of which kinds, counted by the database (R90, R91)."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, Final

from sqlalchemy import BigInteger, Connection, and_, case, exists, func, select, type_coerce

from responder.store.desk_tables import ticket_case
from responder.store.run_tables import run
from responder.store.tables import ticket

_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_QUARTER: Final = 900_000_000  # microseconds
_COUNTS: Final = (ticket.c.gone == "", ticket.c.drill.is_(False))


@dataclass(frozen=True, slots=True)
class Kind:
    """Tickets of one fingerprint. `newest` is the number of the last of them, `handling` in
    seconds; `runs` counts those whose incident had a playbook at work.
    """

    fingerprint: str
    task: str
    example: str
    count: int
    before: int
    handling: int
    runs: int


def quarters(tx: Connection, *, since: datetime, until: datetime) -> dict[datetime, int]:
    """How many tickets were opened in each quarter of an hour; `until` is not in it."""
    quarter = _number(ticket.c.opened_at) // _QUARTER
    found = select(quarter, func.count()).where(*_within(since, until)).group_by(quarter)
    return {
        _EPOCH + int(number) * timedelta(microseconds=_QUARTER): count
        for number, count in tx.execute(found)
    }


def kinds(
    tx: Connection, *, since: datetime, until: datetime, limit: int | None = None
) -> list[Kind]:
    """The kinds of tickets of this span, the most frequent first. What nobody has classified is of
    the kind of its category and channel.
    """
    before = _counts_before(tx, since=since - (until - since), until=since)
    name = _name()
    at_work = exists().where(run.c.incident == ticket.c.incident, run.c.drill.is_(False))
    counted = (
        select(
            name.label("name"),
            func.max(func.coalesce(ticket_case.c.task, "")).label("task"),
            func.count().label("number"),
            func.coalesce(func.sum(_in_hand()), 0).label("handling"),
            func.sum(case((at_work, 1), else_=0)).label("runs"),
            func.max(ticket.c.id).label("newest"),
        )
        .select_from(_joined())
        .where(*_within(since, until))
        .group_by(name)
        .order_by(func.count().desc(), name)
        .limit(limit)
    ).subquery()
    subject = select(counted, ticket.c.subject).join(ticket, ticket.c.id == counted.c.newest)
    rows = tx.execute(subject.order_by(counted.c.number.desc(), counted.c.name))
    return [
        Kind(
            fingerprint=row.name,
            task=row.task,
            example=f"ticket {row.newest}: {row.subject}",
            count=row.number,
            before=before.get(row.name, 0),
            handling=int(row.handling) // 1_000_000,
            runs=row.runs,
        )
        for row in rows
    ]


def total(tx: Connection, *, since: datetime, until: datetime) -> int:
    """How many tickets were opened in this span."""
    found = select(func.count()).select_from(ticket).where(*_within(since, until))
    return tx.execute(found).scalar_one()


def _counts_before(tx: Connection, *, since: datetime, until: datetime) -> dict[str, int]:
    name = _name()
    found = select(name, func.count()).select_from(_joined()).where(*_within(since, until))
    return {told: count for told, count in tx.execute(found.group_by(name))}  # noqa: C416 rows


def _within(since: datetime, until: datetime) -> tuple[Any, ...]:
    return (ticket.c.opened_at >= since, ticket.c.opened_at < until, *_COUNTS)


def _name() -> Any:
    unclassified = ticket.c.category + "/" + ticket.c.channel
    return func.coalesce(func.nullif(ticket_case.c.fingerprint, ""), unclassified)


def _in_hand() -> Any:
    """From the first act of a person to the solving, in microseconds."""
    taken = func.coalesce(_number(ticket.c.reacted_at), _number(ticket.c.opened_at))
    done = and_(ticket.c.solved_at.is_not(None), ticket.c.solved_by != "automation")
    return case((done, _number(ticket.c.solved_at) - taken), else_=0)


def _joined() -> Any:
    return ticket.outerjoin(ticket_case, ticket_case.c.ticket == ticket.c.id)


def _number(moment: Any) -> Any:
    return type_coerce(moment, BigInteger)
