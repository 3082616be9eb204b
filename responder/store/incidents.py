"""Incidents as rows: found by what they are about, saved many at once."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import fields
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, and_, bindparam, func, or_, select, update

from alerts.model import Category, Priority
from responder.store.bulk import inserting, updating
from responder.store.pieces import pieces
from responder.store.tables import incident as table
from responder.store.tables import incident_event
from responder.values import ACTIVE, NOT_WELL, Incident, IncidentState

_NAMES = tuple(field.name for field in fields(Incident))
_COLUMNS = [table.c[name] for name in _NAMES]
_ADD = inserting(table)
_UPDATE = updating(
    update(table)
    .where(table.c.id == bindparam("key_id"))
    .values({name: bindparam(name) for name in _NAMES if name not in ("id", "ref")})
)


def by_keys(tx: Connection, keys: Collection[str]) -> list[Incident]:
    """The incident of each key that is not closed."""
    open_ones = select(*_COLUMNS).where(table.c.state != "closed")
    return [
        _read(row)
        for piece in pieces(keys)
        for row in tx.execute(open_ones.where(table.c.key.in_(piece)))
    ]


def by_ids(tx: Connection, ids: Collection[int]) -> list[Incident]:
    """These incidents, whatever their state."""
    return [
        _read(row)
        for piece in pieces(ids)
        for row in tx.execute(select(*_COLUMNS).where(table.c.id.in_(piece)))
    ]


def by_ref(tx: Connection, ref: str) -> Incident | None:
    """The incident of this name in the outside world."""
    row = tx.execute(select(*_COLUMNS).where(table.c.ref == ref)).first()
    return _read(row) if row else None


def parts_of(tx: Connection, whole: int) -> list[Incident]:
    """The active incidents that joined this greater one."""
    parts = select(*_COLUMNS).where(table.c.parent == whole, table.c.state.in_(ACTIVE))
    return [_read(row) for row in tx.execute(parts)]


def below(tx: Connection, servers: Collection[str]) -> list[Incident]:
    """Active incidents about these servers or what lives on them."""
    found = select(*_COLUMNS).where(table.c.state.in_(ACTIVE))
    return [
        _read(row)
        for piece in pieces(servers)
        for row in tx.execute(found.where(table.c.server.in_(piece)))
    ]


def last_id(tx: Connection) -> int:
    """The highest number given so far, 0 when there is none."""
    return int(tx.execute(select(func.coalesce(func.max(table.c.id), 0))).scalar_one())


_DOWN = and_(
    table.c.state.in_(NOT_WELL),
    table.c.changed_at >= bindparam("since"),
    table.c.category == Category.CRITICAL,
    table.c.key.like("server:%"),
    table.c.drill.is_(False),
    or_(table.c.muted_by == [], table.c.parent.is_not(None)),
)
_BEGAN = and_(
    incident_event.c.incident == table.c.id,
    incident_event.c.kind.in_(("opened", "reopened", "raised")),
    incident_event.c.at >= bindparam("since"),
)
_NEWLY_DOWN = (
    select(table.c.server, func.max(incident_event.c.at).label("at"))
    .select_from(table.join(incident_event, _BEGAN))
    .where(_DOWN, table.c.server.is_not(None))
    .group_by(table.c.server)
)


def newly_down(tx: Connection, *, since: datetime) -> dict[str, datetime]:
    """Servers that went down since then, and when: with an outage of their own that began, came
    back or grew out of something less, is not over, and was not expected (muted).
    """
    return {row.server: row.at for row in tx.execute(_NEWLY_DOWN, {"since": since})}


def due_to_page(tx: Connection, *, now: datetime, limit: int) -> list[int]:
    """Incidents whose next round of pages is due (only open ones have any)."""
    due = (
        select(table.c.id)
        .where(table.c.page_at <= now, table.c.muted_by == [])
        .order_by(table.c.page_at)
    )
    return list(tx.execute(due.limit(limit)).scalars())


def due_to_tick(
    tx: Connection, *, recovered_before: datetime, resolved_before: datetime, limit: int = 500
) -> list[int]:
    """Incidents that time alone may change: the watch is over, the wait is over, or flapping may
    have ended.
    """
    due = select(table.c.id).where(
        or_(
            and_(table.c.state == "mitigated", table.c.recovered_at <= recovered_before),
            and_(
                table.c.state == "resolved",
                table.c.resolved_at <= resolved_before,
                table.c.firing == 0,
            ),
            and_(table.c.unstable.is_(True), table.c.state.in_(ACTIVE)),
        )
    )
    return list(tx.execute(due.limit(limit)).scalars())


def quiet_ones(tx: Connection) -> list[int]:
    """Active incidents that are muted now, or belong to a greater one."""
    muted = select(table.c.id).where(
        table.c.state.in_(ACTIVE), or_(table.c.muted_by != [], table.c.parent.is_not(None))
    )
    return list(tx.execute(muted).scalars())


def active(tx: Connection) -> list[int]:
    """All incidents that are not over."""
    return list(tx.execute(select(table.c.id).where(table.c.state.in_(ACTIVE))).scalars())


def held_by(tx: Connection, held: str) -> list[int]:
    """Active incidents that this truncated group keeps open."""
    return list(
        tx.execute(
            select(table.c.id).where(table.c.held == held, table.c.state.in_(ACTIVE))
        ).scalars()
    )


def listed(
    tx: Connection,
    *,
    states: Sequence[str] = (),
    server: str | None = None,
    below_id: int | None = None,
    limit: int = 100,
) -> list[Incident]:
    """Newest first; `below_id` continues a list."""
    query = select(*_COLUMNS).order_by(table.c.id.desc()).limit(limit)
    if states:
        query = query.where(table.c.state.in_(states))
    if server is not None:
        query = query.where(table.c.server == server)
    if below_id is not None:
        query = query.where(table.c.id < below_id)
    return [_read(row) for row in tx.execute(query)]


def counts(tx: Connection) -> dict[tuple[str, str], int]:
    """(category, priority) -> how many active incidents."""
    counted = (
        select(table.c.category, table.c.priority, func.count())
        .where(table.c.state.in_(ACTIVE))
        .group_by(table.c.category, table.c.priority)
    )
    return {(category, priority): count for category, priority, count in tx.execute(counted)}


def firing(tx: Connection) -> int:
    """How many alerts fire in all active incidents."""
    total = select(func.coalesce(func.sum(table.c.firing), 0)).where(table.c.state.in_(ACTIVE))
    return int(tx.execute(total).scalar_one())


def add(tx: Connection, incidents: Iterable[Incident]) -> None:
    """New incidents, all at once."""
    if rows := [_row(one) for one in incidents]:
        _ADD.run(tx, rows)


def change(tx: Connection, incidents: Iterable[Incident]) -> None:
    """Known incidents as they are now, all at once."""
    if rows := [{**_row(one), "key_id": one.id} for one in incidents]:
        _UPDATE.run(tx, rows)


def _row(one: Incident) -> dict[str, Any]:
    row = {name: getattr(one, name) for name in _NAMES}
    row["muted_by"] = list(one.muted_by)
    row["changes"] = list(one.changes)
    return row


def _read(row: Any) -> Incident:
    told: Mapping[str, Any] = row._mapping
    return Incident(
        **{
            **told,
            "category": Category(told["category"]),
            "priority": Priority(told["priority"]),
            "state": IncidentState(told["state"]),
            "muted_by": tuple(told["muted_by"]),
            "changes": tuple(told["changes"]),
        }
    )
