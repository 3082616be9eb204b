"""What the gate let through: acts that count against the limits, and locks on devices."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, bindparam, insert, or_, select, update

from responder.run_values import Act
from responder.store import records
from responder.store.run_tables import act, device_lock, provider_pause

HOLD = timedelta(minutes=30)
"""How long a device stays locked at most: its run unlocks it long before."""


def begin_act(tx: Connection, one: Act, *, now: datetime) -> bool:
    """A gated step begins: it counts, and its device is ours. False while another run has the
    device.
    """
    if one.device and not lock(tx, one.device, run=one.run, now=now):
        return False
    known = select(act.c.id).where(act.c.run == one.run, act.c.step == one.step)
    if tx.execute(known).first() is None:
        tx.execute(insert(act).values(**_row(one)))
    return True


def end_act(tx: Connection, run: int, step: str, outcome: str, *, now: datetime) -> bool:
    """It is over (done | failed | unknown), and its device is free. False when there was none."""
    over = update(act).where(act.c.run == run, act.c.step == step, act.c.ended_at.is_(None))
    tx.execute(device_lock.delete().where(device_lock.c.run == run))
    return tx.execute(over.values(ended_at=now, outcome=outcome)).rowcount > 0


def end_acts(tx: Connection, run: int, outcome: str, *, now: datetime) -> None:
    """The same for whatever is still open of a run that ends."""
    over = update(act).where(act.c.run == run, act.c.ended_at.is_(None))
    tx.execute(over.values(ended_at=now, outcome=outcome))
    tx.execute(device_lock.delete().where(device_lock.c.run == run))


def lock(tx: Connection, device: str, *, run: int, now: datetime) -> bool:
    """Is this device ours from now on?"""
    free = or_(device_lock.c.run == run, device_lock.c.until <= now)
    again = update(device_lock).where(device_lock.c.device == device, free)
    if tx.execute(again.values(run=run, until=now + HOLD)).rowcount == 1:
        return True
    if tx.execute(select(device_lock.c.run).where(device_lock.c.device == device)).first():
        return False
    tx.execute(insert(device_lock).values(device=device, run=run, until=now + HOLD))
    return True


_RECENT = (
    select(act)
    .where(
        or_(
            act.c.at >= bindparam("since"),
            act.c.ended_at.is_(None),
            act.c.run == bindparam("own"),
        )
    )
    .order_by(act.c.at)
)


def recent(tx: Connection, run: int, *, since: datetime) -> list[Act]:
    """What was let through since then, or is not over, and all that this run was let through to,
    oldest first; drills among them.
    """
    return [_read(row) for row in tx.execute(_RECENT, {"since": since, "own": run})]


def since(tx: Connection, moment: datetime) -> list[Act]:
    """What was let through since then, drills left out, oldest first."""
    found = select(act).where(act.c.at >= moment, act.c.drill.is_(False)).order_by(act.c.at)
    return [_read(row) for row in tx.execute(found)]


def under_way(tx: Connection) -> list[Act]:
    """What was let through and is not over."""
    return [_read(row) for row in tx.execute(select(act).where(act.c.ended_at.is_(None)))]


def of_run(tx: Connection, run: int) -> Sequence[Act]:
    """What this run was let through to."""
    return [_read(row) for row in tx.execute(select(act).where(act.c.run == run))]


def pause(tx: Connection, account: str, *, until: datetime, reason: str) -> None:
    """Nobody may use this account for a while."""
    records.one_at_a_time(tx)  # two who were refused at once must not both insert
    tx.execute(provider_pause.delete().where(provider_pause.c.account == account))
    tx.execute(insert(provider_pause).values(account=account, until=until, reason=reason))


def paused(tx: Connection, account: str, *, now: datetime) -> str:
    """Why nobody may use this account now; "" when everybody may."""
    wanted = select(provider_pause).where(
        provider_pause.c.account == account, provider_pause.c.until > now
    )
    row = tx.execute(wanted).one_or_none()
    return f"{row.reason} (until {row.until:%H:%M:%S} UTC)" if row is not None else ""


def _row(one: Act) -> dict[str, Any]:
    return {name: getattr(one, name) for name in _NAMES}


def _read(row: Any) -> Act:
    return Act(**{name: row._mapping[name] for name in _NAMES})


_NAMES = tuple(Act.__dataclass_fields__)
