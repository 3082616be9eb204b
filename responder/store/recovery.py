"""What a store must know about itself once it was put back from a copy."""

from datetime import UTC, datetime

from sqlalchemy import Connection, update

from responder.store import records
from responder.store.tables import outbox

RECOVERED_AT = "recovered_at"


def begin_anew(tx: Connection, *, now: datetime) -> int:
    """Mark a copy as restored; returns how many effects have an outcome that nobody knows (F99).

    What happened after the copy was made has happened outside all the same. So whatever was not
    done then is looked up before it is done; and incidents get names of a new installation, since
    their numbers were given once already.
    """
    records.forget(tx, "installation")
    records.installation(tx)
    records.state(tx, RECOVERED_AT, now.astimezone(UTC).isoformat())
    undone = (
        update(outbox)
        .where(outbox.c.state.in_(("due", "claimed")))
        .values(state="due", owner="", ambiguous=outbox.c.ambiguous + 1)
    )
    return tx.execute(undone).rowcount
