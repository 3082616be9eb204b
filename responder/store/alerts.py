"""Alerts as rows: one from its first firing to its end, saved many at once."""

from collections.abc import Collection, Mapping
from dataclasses import fields
from datetime import datetime
from itertools import chain
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Connection,
    FromClause,
    Select,
    bindparam,
    delete,
    func,
    select,
    update,
)

from responder.store.bulk import inserting, updating
from responder.store.columns import Moment
from responder.store.pieces import pieces
from responder.store.tables import alert as table
from responder.store.tables import sighting
from responder.values import AlertEnd, Episode

_NAMES = tuple(field.name for field in fields(Episode))
_SIGHTED = ("seen_at", "expires_at", "told")
_STORED = tuple(name for name in _NAMES if name not in ("expires_at", "told"))
_ALL = table.outerjoin(sighting, sighting.c.alert == table.c.id)
_OPEN = table.join(sighting, sighting.c.alert == table.c.id)
_COLUMNS = [
    *(table.c[name] for name in _STORED if name != "seen_at"),
    func.coalesce(sighting.c.seen_at, table.c.seen_at, type_=Moment).label("seen_at"),
    sighting.c.expires_at,
    func.coalesce(sighting.c.told, "").label("told"),
]
_CHANGING = (
    *("fingerprints", "labels", "annotations", "generator_url", "group_key"),
    *("starts_at", "seen_at", "ends_at", "ended"),
)
_ADD, _SIGHT_FIRST = inserting(table), inserting(sighting)
_UPDATE = updating(
    update(table)
    .where(table.c.id == bindparam("key_id"))
    .values({name: bindparam(name) for name in _CHANGING})
)
_SIGHT = updating(
    update(sighting)
    .where(sighting.c.alert == bindparam("key_id"))
    .values({name: bindparam(name) for name in _SIGHTED})
)
_TOUCH = updating(
    update(sighting)
    .where(sighting.c.alert == bindparam("key_id"))
    .values(seen_at=bindparam("seen_at"), expires_at=bindparam("expires_at"))
)


def sighted(tx: Connection, identities: Collection[str]) -> dict[tuple[str, str], tuple[int, str]]:
    """(source, identity) -> number and `told` of each that fires: enough to know a repeat."""
    found = select(sighting.c.source, sighting.c.identity, sighting.c.alert, sighting.c.told)
    return {
        (source, identity): (one, told)
        for piece in pieces(identities)
        for source, identity, one, told in tx.execute(found.where(sighting.c.identity.in_(piece)))
    }


def firing(tx: Connection, identities: Collection[str]) -> list[Episode]:
    """The open episodes of these identities, of every source (none else has a sighting)."""
    return [
        one
        for piece in pieces(identities)
        for one in _episodes(tx, sighting.c.identity.in_(piece), of=_OPEN)
    ]


def firing_of(tx: Connection, incidents: Collection[int]) -> list[Episode]:
    """What fires now in these incidents."""
    firing = table.c.ends_at.is_(None)
    found = (_episodes(tx, table.c.incident.in_(piece), firing) for piece in pieces(incidents))
    return sorted(chain.from_iterable(found), key=lambda one: one.id)


def all_firing(
    tx: Connection, *, source: str | None = None, server: str | None = None
) -> list[Episode]:
    """Everything that fires now, or what one source says, or what is about one server."""
    wanted = {table.c.source: source, table.c.server: server}
    where = [column == value for column, value in wanted.items() if value is not None]
    return _episodes(tx, table.c.ends_at.is_(None), *where)


def expired(tx: Connection, *, now: datetime) -> list[Episode]:
    """Open episodes whose source has not told them again in time."""
    return _episodes(tx, sighting.c.expires_at <= now, of=_OPEN)


def _episodes(tx: Connection, *where: ColumnElement[bool], of: FromClause = _ALL) -> list[Episode]:
    found = select(*_COLUMNS).select_from(of).where(*where).order_by(table.c.id)
    return [_read(row) for row in tx.execute(found)]


def of_incidents(
    tx: Connection, incidents: Collection[int], *, each: int | None = None
) -> dict[int, list[Episode]]:
    """All episodes of these incidents, newest first; `each` at most per incident."""
    grouped: dict[int, list[Episode]] = {one: [] for one in incidents}
    for piece in pieces(incidents):
        for row in tx.execute(_newest(table.c.incident.in_(piece), each)):
            grouped[row.incident].append(_read(row))
    return grouped


def _newest(which: ColumnElement[bool], each: int | None) -> Select[Any]:
    found = select(*_COLUMNS).select_from(_ALL).where(which).order_by(table.c.id.desc())
    if each is None:
        return found
    place = func.row_number().over(partition_by=table.c.incident, order_by=table.c.id.desc())
    ranked = select(table.c.id, place.label("place")).where(which).subquery()
    return found.where(table.c.id.in_(select(ranked.c.id).where(ranked.c.place <= each)))


def counts(tx: Connection, incidents: Collection[int]) -> dict[int, int]:
    """How many alerts each incident has had."""
    counted = select(table.c.incident, func.count().label("alerts")).group_by(table.c.incident)
    return {
        row.incident: row.alerts
        for piece in pieces(incidents)
        for row in tx.execute(counted.where(table.c.incident.in_(piece)))
    }


def last_id(tx: Connection) -> int:
    """The highest number given so far, 0 when there is none."""
    return int(tx.execute(select(func.coalesce(func.max(table.c.id), 0))).scalar_one())


def add(tx: Connection, episodes: Collection[Episode]) -> None:
    """New episodes, all at once."""
    if episodes:
        _ADD.run(tx, [_row(one) for one in episodes])
    if firing := [_sighting(one) for one in episodes if one.firing]:
        _SIGHT_FIRST.run(tx, firing)


def change(tx: Connection, episodes: Collection[Episode]) -> None:
    """Known episodes as they are now, all at once; what has ended is sighted no more."""
    if not episodes:
        return
    _UPDATE.run(tx, [{**_row(one), "key_id": one.id} for one in episodes])
    for ended in pieces(one.id for one in episodes if not one.firing):
        tx.execute(delete(sighting).where(sighting.c.alert.in_(ended)))
    if still := [one for one in episodes if one.firing]:
        _SIGHT.run(tx, [{**_sighting(one), "key_id": one.id} for one in still])


def touch(tx: Connection, seen: Mapping[int, datetime | None], *, now: datetime) -> None:
    """Told again without news, and until when each is believed (the hot path of repeats)."""
    if seen:
        rows = [{"key_id": one, "seen_at": now, "expires_at": until} for one, until in seen.items()]
        _TOUCH.run(tx, rows)


def _row(one: Episode) -> dict[str, Any]:
    row = {name: getattr(one, name) for name in _STORED}
    row["fingerprints"] = list(one.fingerprints)
    row["labels"] = dict(one.labels)
    row["annotations"] = dict(one.annotations)
    return row


def _sighting(one: Episode) -> dict[str, Any]:
    return {
        "alert": one.id,
        "source": one.source,
        "identity": one.identity,
        "told": one.told,
        "seen_at": one.seen_at,
        "expires_at": one.expires_at,
    }


def _read(row: Any) -> Episode:
    told: Mapping[str, Any] = row._mapping
    how = told["ended"]
    return Episode(
        **{
            **told,
            "fingerprints": tuple(told["fingerprints"]),
            "ended": AlertEnd(how) if how else None,
        }
    )
