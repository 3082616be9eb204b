"""The running instances as rows: each renews its lease, on the database's own clock."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import Connection, insert, literal_column, or_, select, update

from responder.store.own_tables import lease, member

TTL = timedelta(seconds=15)


@dataclass(frozen=True, slots=True)
class Membership:
    """Our own row after a renewal: the database's time, and who else is or was here."""

    epoch: int
    now: datetime
    alive: tuple[str, ...]
    gone: tuple[str, ...]


class Taken(Exception):
    """Another process has this name: which one, and `until` when its lease ends."""

    def __init__(self, name: str, token: str, until: datetime) -> None:
        super().__init__(f'another instance is called "{name}": give each its own daemon.member')
        self.token = token
        self.until = until


def renew(tx: Connection, name: str, *, token: str, version: str, host_now: datetime) -> Membership:
    """Say that we live. A name whose holder is gone is ours with a higher epoch.

    Raises Taken while another token holds the name. On SQLite there is only one instance (the
    file is locked), so that the name is ours at once.
    """
    now = clock(tx, host_now)
    row = tx.execute(select(member).where(member.c.id == name)).one_or_none()
    alone = tx.dialect.name == "sqlite"
    if row is not None and row.token != token and row.expires_at > now and not alone:
        raise Taken(name, row.token, row.expires_at)
    fresh = row is None or row.token != token
    values = {"seen_at": now, "expires_at": now + TTL, "version": version, "token": token}
    epoch = (row.epoch if row is not None else 0) + int(fresh)
    if row is None:
        tx.execute(insert(member).values(id=name, epoch=epoch, started_at=now, **values))
    else:
        begun = {"epoch": epoch, "started_at": now} if fresh else {}
        tx.execute(update(member).where(member.c.id == name).values(**values, **begun))
    others = tx.execute(select(member.c.id, member.c.expires_at).where(member.c.id != name)).all()
    return Membership(
        epoch,
        now,
        tuple(one.id for one in others if one.expires_at > now),
        tuple(one.id for one in others if one.expires_at <= now),
    )


def leave(tx: Connection, name: str, *, token: str, host_now: datetime) -> None:
    """We stop: the others need not wait for our lease to end."""
    ours = update(member).where(member.c.id == name, member.c.token == token)
    tx.execute(ours.values(expires_at=clock(tx, host_now)))
    tx.execute(lease.delete().where(lease.c.owner == name))


def hold(tx: Connection, duty: str, *, owner: str, span: timedelta, now: datetime) -> bool:
    """True when this duty is ours for the coming span: one member at a time does it."""
    free = or_(lease.c.owner == owner, lease.c.expires_at <= now)
    again = update(lease).where(lease.c.name == duty, free)
    values = {"owner": owner, "expires_at": now + span, "fence": lease.c.fence + 1}
    if tx.execute(again.values(values)).rowcount == 1:
        return True
    known = select(lease.c.name).where(lease.c.name == duty)
    if tx.execute(known).scalar() is not None:
        return False
    tx.execute(insert(lease).values(name=duty, owner=owner, fence=1, expires_at=now + span))
    return True


def clock(tx: Connection, host_now: datetime) -> datetime:
    """The time by which leases are judged: the database's on PostgreSQL, else the host's."""
    if tx.dialect.name == "postgresql":
        told: datetime = tx.execute(select(literal_column("clock_timestamp()"))).scalar_one()
        return told
    return host_now
