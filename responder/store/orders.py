"""Orders to data centres as rows: each is written once, and moved only by who saw it last."""

from collections.abc import Mapping
from dataclasses import asdict, fields
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Text, or_, select, type_coerce, update

from playbooks.datacentre.message import Letter
from playbooks.datacentre.order import OPEN, Order, OrderState
from playbooks.datacentre.tasks import Task
from responder.store.bulk import inserting
from responder.store.run_tables import contact_order as table

_ADD = inserting(table, known="key")

_TIMES = ("sent_at", "ack_by", "done_by", "acked_at", "done_at", "stopped_at", "due_at")
_OWN = ("key", "incident", "run", "site", "task", "state", "channel", "changed_at", *_TIMES)
_INSIDE = tuple(
    one.name for one in fields(Order) if one.name not in (*_OWN, "ticket", "letter", "stop", "seen")
)


def add(tx: Connection, order: Order) -> Order:
    """Keep it, unless there is one with this key: that one counts, for ever."""
    _ADD.run(tx, [_row(order)])
    return by_key(tx, order.key) or order


def by_key(tx: Connection, key: str) -> Order | None:
    """The order of this incident, site and task."""
    row = tx.execute(select(table).where(table.c.key == key)).mappings().one_or_none()
    return None if row is None else _read(row)


def by_reference(tx: Connection, reference: str) -> Order | None:
    """The order that bears this name of ours, which stands in its letter."""
    named = type_coerce(table.c.data, Text).contains(reference, autoescape=True)
    orders = [_read(row) for row in tx.execute(select(table).where(named)).mappings()]
    return next((one for one in orders if one.letter.reference == reference), None)


def move(tx: Connection, before: Order, after: Order) -> bool:
    """Write what became of it. False, and nothing is written, where it is not `before` any more."""
    found = select(table).where(table.c.key == before.key).with_for_update()
    row = tx.execute(found).mappings().one_or_none()
    if row is None or _read(row) != before:
        return False
    tx.execute(update(table).where(table.c.key == before.key).values(**_row(after)))
    return True


def of_incident(tx: Connection, incident: int) -> list[Order]:
    """All orders about an incident, oldest first."""
    found = select(table).where(table.c.incident == incident)
    orders = [_read(row) for row in tx.execute(found).mappings()]
    return sorted(orders, key=lambda one: one.letter.written_at)


def answerable(tx: Connection, *, since: datetime) -> list[Order]:
    """Orders that a reply may be about: those that are open, and what has ended since."""
    lively = or_(table.c.state.in_(OPEN), table.c.changed_at >= since)
    return [_read(row) for row in tx.execute(select(table).where(lively)).mappings()]


def due(tx: Connection, *, now: datetime) -> list[Order]:
    """Those of which time alone makes something by now."""
    found = select(table).where(table.c.due_at <= now).order_by(table.c.due_at)
    return [_read(row) for row in tx.execute(found).mappings()]


def open_ones(tx: Connection) -> list[Order]:
    """Those that are not over."""
    return [
        _read(row) for row in tx.execute(select(table).where(table.c.state.in_(OPEN))).mappings()
    ]


def _row(order: Order) -> dict[str, Any]:
    inside: dict[str, Any] = {name: getattr(order, name) for name in _INSIDE}
    inside["letter"] = _written(order.letter)
    inside["stop"] = _written(order.stop) if order.stop else None
    inside["seen"] = list(order.seen)
    columns = {name: getattr(order, name) for name in _OWN}
    return {**columns, "reference": order.ticket, "data": inside}


def _read(row: Mapping[Any, Any]) -> Order:
    inside: dict[str, Any] = dict(row["data"])
    told: dict[str, Any] = {name: row[name] for name in _OWN}
    told |= {name: inside[name] for name in _INSIDE}
    told |= {
        "task": Task(row["task"]),
        "state": OrderState(row["state"]),
        "ticket": row["reference"],
        "letter": _letter(inside["letter"]),
        "stop": _letter(inside["stop"]) if inside["stop"] else None,
        "seen": tuple(inside["seen"]),
    }
    return Order(**told)


def _written(letter: Letter) -> dict[str, Any]:
    return {**asdict(letter), "written_at": letter.written_at.isoformat()}


def _letter(told: Mapping[str, Any]) -> Letter:
    at = datetime.fromisoformat(told["written_at"])
    return Letter(**{**told, "task": Task(told["task"]), "written_at": at})
