"""Proves every log of a store against the end that its owner remembers, a part at a time."""

from collections.abc import Iterator
from dataclasses import dataclass

from sqlalchemy import Connection, Engine, select

from responder.store import logs
from responder.store.run_tables import run
from responder.store.tables import incident, ticket

PART = 200  # logs of one look: a long one would keep SQLite's WAL from shrinking

_OWNERS = {"incident": incident, "ticket": ticket, "run": run}


@dataclass(frozen=True, slots=True)
class Part:
    """What a look at some logs has shown. `faults` are plain lines, none when all is proved."""

    logs: int
    lines: int
    faults: tuple[str, ...]


def prove(engine: Engine) -> Iterator[Part]:
    """All logs of incidents, tickets and runs, while a daemon may go on writing."""
    for log in _OWNERS:
        last: int | None = 0
        while last is not None:
            with engine.connect() as tx:
                part, last = _look(tx, log, after=last)  # type: ignore[arg-type]
            yield part


def _look(tx: Connection, log: logs.Log, *, after: int) -> tuple[Part, int | None]:
    """The next part, and where the one after it begins; None when there is no more."""
    table = _OWNERS[log]
    query = select(table.c.id, table.c.seq, table.c.head).where(table.c.id > after)
    ends = [
        (row.id, row.seq, row.head) for row in tx.execute(query.order_by(table.c.id).limit(PART))
    ]
    part = Part(len(ends), sum(seq for _, seq, _ in ends), tuple(logs.broken(tx, log, ends)))
    return part, ends[-1][0] if len(ends) == PART else None
