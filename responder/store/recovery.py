"""What a store must know about itself once it was put back from a copy."""

from datetime import UTC, datetime

from sqlalchemy import Connection, select, update

from responder.store import kill_switch, records
from responder.store.members import clock
from responder.store.own_tables import member
from responder.store.tables import outbox

RECOVERED_AT = "recovered_at"
POWER_IS_OFF = "restored from a backup: power is off until a person says so"


class Running(Exception):
    """A daemon works on this store."""


def begin_anew(tx: Connection, *, now: datetime) -> int:
    """Mark a copy as restored; returns how many effects have an outcome that nobody knows (F99).

    What happened after the copy was made has happened outside all the same. So whatever was not
    done then is looked up before it is done; and incidents get names of a new installation, since
    their numbers were given once already. The kill switch is on: the copy does not know what was
    done to which machine since (DESIGN 15.2). Raises Running while a member of a PostgreSQL store
    lives (a SQLite file is locked by whoever uses it).
    """
    _refuse_company(tx, now)
    records.forget(tx, "installation")
    records.installation(tx)
    records.state(tx, RECOVERED_AT, now.astimezone(UTC).isoformat())
    before = kill_switch.thrown(tx)
    kill_switch.throw(tx, f"{before}; {POWER_IS_OFF}" if before else POWER_IS_OFF)
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
