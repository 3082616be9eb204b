"""Alerts as rows: one from its first firing to its end, saved many at once."""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import fields
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, bindparam, func, insert, select, update

from responder.store.tables import alert as table
from responder.values import AlertEnd, Episode

_NAMES = tuple(field.name for field in fields(Episode))
_COLUMNS = [table.c[name] for name in _NAMES]
_CHANGING = (
    *("fingerprints", "labels", "annotations", "generator_url", "group_key"),
    *("seen_at", "expires_at", "ends_at", "ended"),
)
_UPDATE = (
    update(table)
    .where(table.c.id == bindparam("key_id"))
    .values({name: bindparam(name) for name in _CHANGING})
)
_TOUCH = (
    update(table)
    .where(table.c.id == bindparam("key_id"))
    .values(seen_at=bindparam("seen_at"), expires_at=bindparam("expires_at"))
)


def firing(tx: Connection, identities: Collection[str]) -> list[Episode]:
    """The open episodes of these identities, of every source."""
    if not identities:
        return []
    found = select(*_COLUMNS).where(table.c.identity.in_(identities), table.c.ends_at.is_(None))
    return [_read(row) for row in tx.execute(found)]


def firing_of(tx: Connection, incidents: Collection[int]) -> list[Episode]:
    """What fires now in these incidents."""
    if not incidents:
        return []
    found = select(*_COLUMNS).where(table.c.incident.in_(incidents), table.c.ends_at.is_(None))
    return [_read(row) for row in tx.execute(found)]


def all_firing(tx: Connection, *, source: str | None = None) -> list[Episode]:
    """Everything that fires now, or what one source says."""
    found = select(*_COLUMNS).where(table.c.ends_at.is_(None)).order_by(table.c.id)
    if source is not None:
        found = found.where(table.c.source == source)
    return [_read(row) for row in tx.execute(found)]


def expired(tx: Connection, *, now: datetime, limit: int = 1000) -> list[Episode]:
    """Open episodes whose source has not told them again in time."""
    found = (
        select(*_COLUMNS).where(table.c.ends_at.is_(None), table.c.expires_at <= now).limit(limit)
    )
    return [_read(row) for row in tx.execute(found)]


def of_incidents(
    tx: Connection, incidents: Collection[int], *, each: int | None = None
) -> dict[int, list[Episode]]:
    """All episodes of these incidents, newest first; `each` at most per incident."""
    grouped: dict[int, list[Episode]] = {one: [] for one in incidents}
    if not incidents:
        return grouped
    found = select(*_COLUMNS).where(table.c.incident.in_(incidents)).order_by(table.c.id.desc())
    if each is not None:
        place = (
            func.row_number()
            .over(partition_by=table.c.incident, order_by=table.c.id.desc())
            .label("place")
        )
        ranked = select(table.c.id, place).where(table.c.incident.in_(incidents)).subquery()
        found = found.where(table.c.id.in_(select(ranked.c.id).where(ranked.c.place <= each)))
    for row in tx.execute(found):
        grouped[row.incident].append(_read(row))
    return grouped


def counts(tx: Connection, incidents: Collection[int]) -> dict[int, int]:
    """How many alerts each incident has had."""
    if not incidents:
        return {}
    counted = (
        select(table.c.incident, func.count().label("alerts"))
        .where(table.c.incident.in_(incidents))
        .group_by(table.c.incident)
    )
    return {row.incident: row.alerts for row in tx.execute(counted)}


def last_id(tx: Connection) -> int:
    """The highest number given so far, 0 when there is none."""
    return int(tx.execute(select(func.coalesce(func.max(table.c.id), 0))).scalar_one())


def add(tx: Connection, episodes: Iterable[Episode]) -> None:
    """New episodes, all at once."""
    if rows := [_row(one) for one in episodes]:
        tx.execute(insert(table), rows)


def change(tx: Connection, episodes: Iterable[Episode]) -> None:
    """Known episodes as they are now, all at once."""
    if rows := [{**_row(one), "key_id": one.id} for one in episodes]:
        kept = (*_CHANGING, "key_id")
        tx.execute(_UPDATE, [{name: row[name] for name in kept} for row in rows])


def touch(tx: Connection, seen: Mapping[int, tuple[datetime, datetime | None]]) -> None:
    """Told again without news: when, and until when they are believed (the hot path of repeats)."""
    if seen:
        tx.execute(
            _TOUCH,
            [
                {"key_id": one, "seen_at": at, "expires_at": until}
                for one, (at, until) in seen.items()
            ],
        )


def _row(one: Episode) -> dict[str, Any]:
    row = {name: getattr(one, name) for name in _NAMES}
    row["fingerprints"] = list(one.fingerprints)
    row["labels"] = dict(one.labels)
    row["annotations"] = dict(one.annotations)
    return row


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
