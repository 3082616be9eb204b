"""What the probes saw, as rows: how each look stands, its changes, its hours."""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, bindparam, delete, func, insert, select

from responder.store import inserts
from responder.store.probe_tables import panel_map, probe_change, probe_hour, probe_state

MOST = 1000  # rows of one answer
SEEN = "eyes"  # the cursor that says until when somebody looked
SEEN_EVERY = timedelta(minutes=5)
EYES = "@eyes"  # whether we could see at all: blind or sighted


@dataclass(frozen=True, slots=True)
class StateRow:
    """How one look stands; `standing` is all of it in plain values, `about` whose it is."""

    key: str
    state: str
    since: datetime
    standing: Mapping[str, Any]
    about: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Change:
    """From `at` on it stood so, until the next change of the same key."""

    key: str
    at: datetime
    state: str
    phase: str = ""
    reason: str = ""
    server: str | None = None
    reseller: str | None = None
    brand: str | None = None


@dataclass(frozen=True, slots=True)
class Hour:
    """The looks of one hour: how many, how many failed or could not tell, and how long they took
    (seconds).
    """

    key: str
    hour: datetime
    looks: int
    failed: int
    unknown: int
    seconds: float
    longest: float


@dataclass(frozen=True, slots=True)
class MapRow:
    """What a panel last said, and why it could not be asked since ("" = it could)."""

    server: str
    taken_at: datetime
    body: Mapping[str, Any]
    trouble: str


def states(tx: Connection, keys: Collection[str] | None = None) -> dict[str, StateRow]:
    """How looks stand, as of their last change; None = all of them."""
    found = select(probe_state)
    if keys is not None and len(keys) <= MOST:
        found = found.where(probe_state.c.key.in_(keys))
    return {row["key"]: StateRow(**row) for row in tx.execute(found).mappings()}


def states_at(tx: Connection, server: str) -> list[StateRow]:
    """How the looks at this server stand, as of their last change."""
    own = probe_state.c.key.startswith(f"{server}/", autoescape=True)
    found = tx.execute(select(probe_state).where(own).order_by(probe_state.c.key))
    return [StateRow(**row) for row in found.mappings()]


def keys_that_stand(tx: Connection, states: Collection[str]) -> list[str]:
    """The looks whose last change made them stand so."""
    found = select(probe_state.c.key).where(probe_state.c.state.in_(states))
    return list(tx.execute(found).scalars())


def keep(tx: Connection, *, states: Iterable[StateRow], changes: Iterable[Change]) -> None:
    """Looks whose standing has changed, and the changes for their history."""
    _upsert(tx, probe_state, [_values(one) for one in states], key=("key",))
    if told := [_values(one) for one in changes]:
        tx.execute(insert(probe_change), told)


def forget_others(tx: Connection, keys: Collection[str]) -> None:
    """Nobody looks at anything but these: what was believed of the rest must not be believed when
    it comes back one day. Its history stays until it is pruned.
    """
    known = tx.execute(select(probe_state.c.key)).scalars().all()
    if gone := [{"gone": key} for key in known if key not in keys]:
        tx.execute(delete(probe_state).where(probe_state.c.key == bindparam("gone")), gone)


def changes(tx: Connection, key: str, *, limit: int = 100) -> list[Change]:
    """The changes of one look, the newest first."""
    found = select(probe_change).where(probe_change.c.key == key)
    newest = found.order_by(probe_change.c.at.desc(), probe_change.c.id.desc()).limit(limit)
    return [_change(row) for row in tx.execute(newest).mappings()]


def sight(tx: Connection, *, blind: bool, now: datetime) -> None:
    """From now on we are blind, or see again."""
    change = Change(EYES, now, "blind" if blind else "sighted")
    tx.execute(insert(probe_change), [_values(change)])


def was_away(tx: Connection, *, since: datetime, now: datetime) -> None:
    """Nobody looked in this span: it counts as blind time."""
    span = ((since, "blind", "nobody looked"), (now, "sighted", ""))
    rows = [Change(EYES, at, state, reason=reason) for at, state, reason in span]
    tx.execute(insert(probe_change), [_values(one) for one in rows])


def last_states(tx: Connection, *, prefix: str) -> dict[str, str]:
    """The newest state of each key with this prefix."""
    like = probe_change.c.key.startswith(prefix, autoescape=True)
    newest = select(func.max(probe_change.c.id)).where(like).group_by(probe_change.c.key)
    found = select(probe_change.c.key, probe_change.c.state).where(probe_change.c.id.in_(newest))
    return {row.key: row.state for row in tx.execute(found)}


def course(
    tx: Connection, *, prefix: str, since: datetime, until: datetime
) -> dict[str, list[Change]]:
    """All changes of the keys with this prefix in a span, the oldest first; the one that held when
    the span began leads.
    """
    like = probe_change.c.key.startswith(prefix, autoescape=True)
    before = (
        select(func.max(probe_change.c.id))
        .where(like, probe_change.c.at <= since)
        .group_by(probe_change.c.key)
    )
    inside = (probe_change.c.at > since) & (probe_change.c.at < until)
    found = select(probe_change).where(like, inside | probe_change.c.id.in_(before))
    told: dict[str, list[Change]] = {}
    for row in tx.execute(found.order_by(probe_change.c.at, probe_change.c.id)).mappings():
        told.setdefault(row["key"], []).append(_change(row))
    return told


def add_hours(tx: Connection, hours: Iterable[Hour]) -> None:
    """Figures of looks since the last time, added to those of their hour."""
    rows = [_values(one) for one in hours]
    if not rows:
        return
    names = [column.name for column in probe_hour.columns]
    new = inserts.insert(probe_hour, tx.dialect).values({name: bindparam(name) for name in names})
    known, told = probe_hour.c, new.excluded
    sums = {name: known[name] + told[name] for name in ("looks", "failed", "unknown", "seconds")}
    sums["longest"] = _greater(tx, known.longest, told.longest)
    tx.execute(new.on_conflict_do_update(index_elements=["key", "hour"], set_=sums), rows)


def hours(tx: Connection, key: str, *, since: datetime) -> list[Hour]:
    """The hourly figures of one look, the oldest first."""
    found = select(probe_hour).where(probe_hour.c.key == key, probe_hour.c.hour >= since)
    rows = tx.execute(found.order_by(probe_hour.c.hour).limit(MOST)).mappings()
    return [Hour(**row) for row in rows]


def maps(tx: Connection) -> dict[str, MapRow]:
    """What every panel last said, by server."""
    return {row["server"]: MapRow(**row) for row in tx.execute(select(panel_map)).mappings()}


def keep_map(tx: Connection, one: MapRow) -> None:
    """A panel has spoken, or could not be asked."""
    _upsert(tx, panel_map, [_values(one)], key=("server",))


def _upsert(
    tx: Connection, table: Any, rows: list[dict[str, Any]], *, key: tuple[str, ...]
) -> None:
    if not rows:
        return
    names = [column.name for column in table.columns]
    new = inserts.insert(table, tx.dialect).values({name: bindparam(name) for name in names})
    changed = {name: new.excluded[name] for name in names if name not in key}
    tx.execute(new.on_conflict_do_update(index_elements=list(key), set_=changed), rows)


def _greater(tx: Connection, one: Any, other: Any) -> Any:
    return (func.greatest if tx.dialect.name == "postgresql" else func.max)(one, other)


def _change(row: Any) -> Change:
    return Change(**{name: value for name, value in row.items() if name != "id"})


def _values(one: Any) -> dict[str, Any]:
    return {name: getattr(one, name) for name in one.__slots__}
