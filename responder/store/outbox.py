"""The outbox as rows: claimed in one statement, recorded under a fence."""

from collections.abc import Collection, Iterable, Mapping
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Connection,
    and_,
    case,
    exists,
    func,
    literal_column,
    select,
    text,
    update,
)

from responder.store.bulk import inserting
from responder.store.pieces import pieces
from responder.store.tables import outbox as table
from responder.values import Effect, EffectKind, Job, OutboxState

_ADD = inserting(table, known="key")

# As literals, word for word as in the partial indexes: else SQLite would look at every row.
_DUE: ColumnElement[str] = literal_column("'due'")
_CLAIMED: ColumnElement[str] = literal_column("'claimed'")
_DEAD: ColumnElement[str] = literal_column("'dead'")
_WAITING = (_DUE, _CLAIMED)
_UNFINISHED = (_DUE, _CLAIMED, _DEAD)


def add(tx: Connection, effects: Iterable[Effect], *, now: datetime) -> None:
    """Effects to be done; one that is known already (same key) is left as it is."""
    rows = [_row(effect, now=now) for effect in effects]
    _ADD.run(tx, rows)


def claim(
    tx: Connection,
    *,
    owner: str,
    kinds: Collection[EffectKind],
    now: datetime,
    lease: timedelta,
    limit: int,
) -> list[Job]:
    """Take what is due, in ONE statement; a row found claimed counts as a try whose outcome nobody
    knows.

    The first of a lane goes alone: whatever follows in the lane waits until it is done, dropped or
    dead.
    """
    earlier = table.alias("earlier")
    waits = exists(
        select(literal_column("1"))
        .select_from(earlier)
        .where(
            earlier.c.lane == table.c.lane, earlier.c.id < table.c.id, earlier.c.state.in_(_WAITING)
        )
    )
    due = (
        select(table.c.id)
        .where(table.c.state.in_(_UNFINISHED), table.c.due_at <= now, table.c.kind.in_(kinds))
        .where(table.c.state != _DEAD)
        .where((table.c.lane == "") | ~waits)
        .order_by(table.c.due_at, table.c.id)
        .limit(limit)
        .with_for_update(skip_locked=True)
    )
    taken = (
        update(table)
        .where(table.c.id.in_(due.scalar_subquery()), table.c.state.in_(_WAITING))
        .values(
            state="claimed",
            owner=owner,
            fence=table.c.fence + 1,
            attempts=table.c.attempts + 1,
            ambiguous=table.c.ambiguous + case((table.c.state == "claimed", 1), else_=0),
            due_at=now + lease,
        )
        .returning(
            table.c.id, table.c.key, table.c.kind, table.c.incident, table.c.payload,
            table.c.attempts, table.c.ambiguous, table.c.fence, table.c.created_at,
        )
    )  # fmt: skip
    rows = tx.execute(taken).mappings()
    return sorted((_job(row) for row in rows), key=lambda job: job.id)


def finish(
    tx: Connection,
    job: Job,
    *,
    state: OutboxState,
    result: Mapping[str, Any],
    error: str,
    now: datetime,
) -> bool:
    """Record the end of a claimed job. False when somebody else has it by now: then do nothing
    more.
    """
    ended = _mine(job).values(state=str(state), result=dict(result), error=error, done_at=now)
    return tx.execute(ended).rowcount == 1


def give_back(tx: Connection, job: Job, *, due_at: datetime, ambiguous: bool, error: str) -> bool:
    """Try again at `due_at`. False when somebody else has it by now."""
    again = _mine(job).values(
        state="due", due_at=due_at, ambiguous=table.c.ambiguous + int(ambiguous), error=error
    )
    return tx.execute(again).rowcount == 1


def release(
    tx: Connection,
    *,
    owners: Collection[str],
    due_at: Mapping[EffectKind, datetime],
    but: Collection[int] = (),
) -> int:
    """Take the claims of dead members back, `but` these: each is a try whose outcome nobody knows.
    Returns how many.
    """
    freed = 0
    for kind, at in due_at.items():
        orphans = (
            update(table)
            .where(table.c.state.in_(_UNFINISHED), table.c.state == _CLAIMED)
            .where(table.c.owner.in_(owners), table.c.kind == kind)
            .where(table.c.id.not_in(but))
            .values(state="due", due_at=at, ambiguous=table.c.ambiguous + 1)
        )
        freed += tx.execute(orphans).rowcount
    return freed


def revive(tx: Connection, *, ids: Collection[int] | None, now: datetime) -> int:
    """Dead letters that a person wants tried again (None = all of them). Returns how many."""
    again = (
        update(table)
        .where(table.c.state.in_(_UNFINISHED), table.c.state == _DEAD)
        .values(state="due", due_at=now, created_at=now, attempts=0)
    )
    if ids is None:
        return tx.execute(again).rowcount
    return sum(tx.execute(again.where(table.c.id.in_(piece))).rowcount for piece in pieces(ids))


def depths(tx: Connection) -> dict[tuple[str, str], tuple[int, datetime]]:
    """(kind, state) -> how many rows wait or are dead, and since when the oldest."""
    counted = (
        select(table.c.kind, table.c.state, func.count(), func.min(table.c.created_at))
        .where(table.c.state.in_(_UNFINISHED))
        .group_by(table.c.kind, table.c.state)
    )
    return {(kind, state): (count, since) for kind, state, count, since in tx.execute(counted)}


def dead(tx: Connection, *, limit: int = 100) -> list[Mapping[str, Any]]:
    """Dead letters, the latest first."""
    letters = select(table).where(table.c.state.in_(_UNFINISHED), table.c.state == _DEAD)
    latest = letters.order_by(table.c.due_at.desc(), table.c.id.desc()).limit(limit)
    return [dict(row) for row in tx.execute(latest).mappings()]


def state_of(tx: Connection, key: str) -> OutboxState | None:
    """What has become of the effect of this key; None when it was never asked for."""
    found = tx.execute(select(table.c.state).where(table.c.key == key)).scalar_one_or_none()
    return None if found is None else OutboxState(found)


def effect_of(tx: Connection, key: str) -> Effect | None:
    """What was asked for under this key; None when nothing was, or long ago."""
    row = tx.execute(select(table).where(table.c.key == key)).mappings().one_or_none()
    if row is None:
        return None
    kind = EffectKind(row["kind"])
    return Effect(row["key"], kind, row["incident"] or 0, row["payload"], row["lane"])


def under_way(tx: Connection, kind: EffectKind) -> bool:
    """Does any effect of this kind still wait to be done?"""
    waiting = select(table.c.id).where(table.c.kind == kind, table.c.state.in_(_WAITING))
    return tx.execute(waiting.limit(1)).first() is not None


def told_since(tx: Connection, since: datetime) -> list[dict[str, Any]]:
    """What staff was told since then (written so that the index over just these rows serves)."""
    told = text("kind = 'staff.tell' AND state = 'done'")
    found = select(table.c.payload).where(told, table.c.done_at >= since)
    return list(tx.execute(found).scalars())


def _mine(job: Job) -> Any:
    return update(table).where(
        and_(table.c.id == job.id, table.c.fence == job.fence, table.c.state == "claimed")
    )


def _job(row: Any) -> Job:
    told = {"kind": EffectKind(row["kind"]), "incident": row["incident"] or 0}
    return Job(**{**row, **told})


def _row(effect: Effect, *, now: datetime) -> dict[str, Any]:
    return {
        "key": effect.key,
        "kind": str(effect.kind),
        "lane": effect.lane,
        "incident": effect.incident or None,
        "payload": dict(effect.payload),
        "state": "due",
        "attempts": 0,
        "ambiguous": 0,
        "due_at": now,
        "created_at": now,
        "owner": "",
        "fence": 0,
        "result": {},
        "error": "",
    }
