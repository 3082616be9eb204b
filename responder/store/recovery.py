"""What a store must know about itself once it was put back from a copy."""

from datetime import UTC, datetime

from sqlalchemy import Connection, select, update

from responder.store import records
from responder.store.members import clock
from responder.store.own_tables import member
from responder.store.tables import outbox

RECOVERED_AT = "recovered_at"


class Running(Exception):
    """A daemon works on this store."""


def begin_anew(tx: Connection, *, now: datetime) -> int:
    """Mark a copy as restored; returns how many effects have an outcome that nobody knows (F99).

    What happened after the copy was made has happened outside all the same. So whatever was not
    done then is looked up before it is done; and incidents get names of a new installation, since
    their numbers were given once already. Raises Running while a member of a PostgreSQL store
    lives (a SQLite file is locked by whoever uses it).
    """
    _refuse_company(tx, now)
    records.forget(tx, "installation")
    records.installation(tx)
    records.state(tx, RECOVERED_AT, now.astimezone(UTC).isoformat())
    undone = (
        update(outbox)
        .where(outbox.c.state.in_(("due", "claimed")))
        .values(state="due", owner="", ambiguous=outbox.c.ambiguous + 1)
    )
    return tx.execute(undone).rowcount


def _refuse_company(tx: Connection, now: datetime) -> None:
    if tx.dialect.name != "postgresql":
        return
    alive = select(member.c.id).where(member.c.expires_at > clock(tx, now))
    if name := tx.execute(alive.limit(1)).scalar_one_or_none():
        raise Running(f"the instance {name} works on this store: stop it first")
