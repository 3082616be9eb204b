"""Major incidents as rows: who leads each, and when its customers hear next (R71)."""

from collections.abc import Collection
from dataclasses import asdict
from datetime import datetime

from sqlalchemy import Connection, and_, exists, func, insert, or_, select, update

from responder.desk_values import Major
from responder.store.desk_tables import major as table
from responder.store.pieces import pieces
from responder.store.tables import incident, incident_event
from responder.values import ACTIVE


def of_incidents(tx: Connection, ids: Collection[int]) -> dict[int, Major]:
    """Those of these incidents that are major, or were."""
    found = (
        row
        for piece in pieces(ids)
        for row in tx.execute(select(table).where(table.c.incident.in_(piece))).mappings()
    )
    return {row["incident"]: Major(**{**row, "causes": tuple(row["causes"])}) for row in found}


def of(tx: Connection, id_: int) -> Major | None:
    """This one, None where the incident never was major."""
    return of_incidents(tx, [id_]).get(id_)


def save(tx: Connection, one: Major) -> None:
    """As it is now, whatever it was."""
    row = {**asdict(one), "causes": list(one.causes)}
    if tx.execute(update(table).where(table.c.incident == one.incident).values(row)).rowcount == 0:
        tx.execute(insert(table).values(row))


def active(tx: Connection) -> list[int]:
    """Incidents that are major now, the oldest first."""
    found = select(table.c.incident).where(table.c.ended_at.is_(None))
    return list(tx.execute(found.order_by(table.c.declared_at, table.c.incident)).scalars())


def count(tx: Connection) -> int:
    """How many there are now, for the gauge."""
    found = select(func.count()).select_from(table).where(table.c.ended_at.is_(None))
    return tx.execute(found).scalar_one()


def undeclared(tx: Connection, *, rule: str) -> list[int]:
    """Incidents of this rule that nobody has declared major in this episode: not over, not muted,
    no drill, no part of a greater one.
    """
    came_back = exists().where(
        incident_event.c.incident == incident.c.id,
        incident_event.c.kind == "reopened",
        incident_event.c.at >= table.c.ended_at,
    )
    unknown = or_(table.c.incident.is_(None), and_(table.c.ended_at.is_not(None), came_back))
    found = (
        select(incident.c.id)
        .select_from(incident.outerjoin(table, table.c.incident == incident.c.id))
        .where(
            incident.c.rule == rule,
            incident.c.state.in_(ACTIVE),
            incident.c.parent.is_(None),
            incident.c.drill.is_(False),
            incident.c.muted_by == [],
            unknown,
        )
    )
    return list(tx.execute(found.order_by(incident.c.id)).scalars())


def declared(tx: Connection, *, since: datetime, until: datetime) -> list[Major]:
    """Those that were declared in this span, the oldest first; `until` is not in it."""
    found = select(table.c.incident).where(
        table.c.declared_at >= since, table.c.declared_at < until
    )
    ids = list(tx.execute(found).scalars())
    return sorted(of_incidents(tx, ids).values(), key=lambda one: (one.declared_at, one.incident))
