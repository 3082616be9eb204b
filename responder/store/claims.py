"""Who works on which run: claims with lease and fence, seats on servers, and wakings."""

from collections.abc import Collection, Iterable, Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, Connection, and_, select, update

from responder.run_values import Run, RunState
from responder.store import records
from responder.store.pieces import pieces
from responder.store.run_tables import run as table
from responder.store.runs import LEASE, by_ids

_CLAIMABLE = (RunState.DUE, RunState.RUNNING, RunState.WAITING)
_SITTING = (RunState.RUNNING, RunState.WAITING, RunState.PAUSED, RunState.UNKNOWN)
BEFORE = "the run before it on this server"
TURN = timedelta(seconds=2)
"""How often a run asks whether its server is free."""


def claim(tx: Connection, *, owner: str, now: datetime, limit: int) -> list[Run]:
    """Take what is due. A run that is found running has lost its member: whoever takes it finds its
    intent as it stands. One run at a time sits on a server: others of it wait for their turn.
    """
    is_due = and_(table.c.wake_at <= now, table.c.state.in_(_CLAIMABLE))
    if tx.execute(select(table.c.id).where(is_due).limit(1)).first() is None:
        return []
    records.one_at_a_time(tx)  # two members must not seat two runs on one server
    due = (
        select(table.c.id, table.c.target, table.c.state, table.c.drill)
        .where(is_due)
        .order_by(table.c.wake_at, table.c.id)
        .limit(limit)
        .with_for_update(skip_locked=True)
    )
    rows = tx.execute(due).all()
    taken = _seated(tx, rows)
    others = [row.id for row in rows if row.id not in taken]
    later = {"wake_at": now + TURN, "waits_for": BEFORE}
    tx.execute(update(table).where(table.c.id.in_(others)).values(later))
    claimed = {
        "state": RunState.RUNNING,
        "owner": owner,
        "fence": table.c.fence + 1,
        "wake_at": now + LEASE,
    }
    tx.execute(update(table).where(table.c.id.in_(taken)).values(claimed))
    return by_ids(tx, taken)


def _seated(tx: Connection, rows: Sequence[Any]) -> set[int]:
    """Of the runs that would begin, those whose server is free. Drills touch nothing, and keep
    nobody waiting.
    """
    fresh = {row.id: row.target for row in rows if _needs_seat(row)}
    busy = {
        row.target
        for piece in pieces(fresh.values())
        for row in tx.execute(
            select(table.c.target).where(
                table.c.target.in_(piece), table.c.state.in_(_SITTING), table.c.drill.is_(False)
            )
        )
    }
    taken = {row.id for row in rows if row.id not in fresh}
    for id_, target in fresh.items():
        if target not in busy:
            busy.add(target)
            taken.add(id_)
    return taken


def _needs_seat(row: Any) -> bool:
    return row.state == RunState.DUE and bool(row.target) and not row.drill


def wake(tx: Connection, ids: Iterable[int], *, now: datetime) -> int:
    """Runs that wait are taken up again at once: what they wait for may have come. One that is just
    about to rest does not (marks.resting sees that it was changed).
    """
    return sum(_woken(tx, table.c.id.in_(piece), now=now) for piece in pieces(ids))


def wake_of(tx: Connection, incidents: Collection[int], *, now: datetime) -> int:
    """The same for the runs of these incidents."""
    return sum(_woken(tx, table.c.incident.in_(piece), now=now) for piece in pieces(incidents))


def _woken(tx: Connection, which: ColumnElement[bool], *, now: datetime) -> int:
    working = update(table).where(which, table.c.state == RunState.RUNNING)
    tx.execute(working.values(changed_at=now))
    waiting = update(table).where(
        which, table.c.state == RunState.WAITING, table.c.wake_at.is_not(None)
    )
    return tx.execute(waiting.values(wake_at=now)).rowcount


def wake_waiters(tx: Connection, what: str, *, now: datetime) -> int:
    """The same for all that wait for this: a place may be free now."""
    waiting = update(table).where(
        table.c.wake_at.is_not(None),
        table.c.state == RunState.WAITING,
        table.c.waits_for.startswith(what, autoescape=True),
    )
    return tx.execute(waiting.values(wake_at=now)).rowcount


def release(tx: Connection, *, owners: Collection[str], now: datetime) -> int:
    """The claims of members that are gone: their runs are taken up again at once."""
    orphans = update(table).where(
        table.c.state == RunState.RUNNING, table.c.owner.in_(list(owners))
    )
    freed = orphans.values(wake_at=now, fence=table.c.fence + 1)
    return tx.execute(freed).rowcount


def give_back(tx: Connection, run: Run, *, at: datetime) -> bool:
    """Our claim on it is over, and it is taken up again then. False where it was ours no more."""
    mine = update(table).where(
        table.c.id == run.id, table.c.fence == run.fence, table.c.state == RunState.RUNNING
    )
    return tx.execute(mine.values(wake_at=at, fence=table.c.fence + 1)).rowcount == 1
