"""Silences, maintenance and truncated groups as rows."""

from collections.abc import Collection
from datetime import datetime, timedelta

from sqlalchemy import Connection, delete, insert, select, update

from alerts.matchers import Matcher
from alerts.quiet import Maintenance
from alerts.silences import Silence
from responder.store.pieces import pieces
from responder.store.tables import maintenance, silence, truncated

# How long an ended silence can still be looked at, as Alertmanager's --data.retention.
KEPT = timedelta(hours=120)


def silences(tx: Connection, *, now: datetime, ended: bool = False) -> list[Silence]:
    """Silences that are or will be in force; with `ended` those of the last 120 hours as well."""
    horizon = now - KEPT if ended else now
    found = select(silence).where(silence.c.ends_at > horizon).order_by(silence.c.starts_at)
    return [_silence(row._mapping) for row in tx.execute(found)]


def put_silence(tx: Connection, one: Silence) -> None:
    """A new silence, or a known one as it is now."""
    values = {
        "matchers": [[it.name, it.value, it.is_regex, it.is_equal] for it in one.matchers],
        "starts_at": one.starts_at,
        "ends_at": one.ends_at,
        "updated_at": one.updated_at,
        "created_by": one.created_by,
        "comment": one.comment,
    }
    if tx.execute(update(silence).where(silence.c.id == one.id).values(values)).rowcount == 0:
        tx.execute(insert(silence).values(id=one.id, **values))


def works(
    tx: Connection, *, now: datetime, ended_since: datetime | None = None
) -> list[Maintenance]:
    """Planned work that is not over; `ended_since` shows what was over only after then as well."""
    found = select(maintenance).where(maintenance.c.ends_at > (ended_since or now))
    rows = tx.execute(found.order_by(maintenance.c.starts_at)).mappings()
    return [Maintenance(**row) for row in rows]


def add_work(
    tx: Connection, *, scope: str, starts_at: datetime, ends_at: datetime, reason: str, by: str
) -> int:
    """Plan work; gives its number."""
    planned = insert(maintenance).values(
        scope=scope, starts_at=starts_at, ends_at=ends_at, reason=reason, created_by=by
    )
    return int(tx.execute(planned.returning(maintenance.c.id)).scalar_one())


def end_work(tx: Connection, number: int, *, now: datetime) -> bool:
    """End planned work now. False when there is none of this number, or it is over."""
    over = (
        update(maintenance)
        .where(maintenance.c.id == number, maintenance.c.ends_at > now)
        .values(ends_at=now)
    )
    return tx.execute(over).rowcount == 1


def truncated_groups(tx: Connection) -> set[tuple[str, str]]:
    """(source, group) of which we have only a part."""
    return {(row.source, row.group_key) for row in tx.execute(select(truncated))}


def cut(tx: Connection, groups: Collection[tuple[str, str]], *, now: datetime) -> None:
    """Remember groups that came cut off, for the first time."""
    if groups:
        rows = [{"source": source, "group_key": group, "at": now} for source, group in groups]
        tx.execute(insert(truncated), rows)


def whole(tx: Connection, source: str, groups: Collection[str]) -> None:
    """These groups of a source have been told in full."""
    known = delete(truncated).where(truncated.c.source == source)
    for piece in pieces(groups):
        tx.execute(known.where(truncated.c.group_key.in_(piece)))


def _silence(row: object) -> Silence:
    told = dict(row)  # type: ignore[call-overload]
    return Silence(**{**told, "matchers": tuple(Matcher(*parts) for parts in told["matchers"])})
