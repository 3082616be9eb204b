"""Runs as rows: begun once, claimed with lease and fence, written only by who holds them.

`now` is the clock of the members, which is kept in step with the database's (members.py).
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import fields, replace
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, bindparam, func, insert, or_, select, update

from responder.run_values import Intent, Run, RunState, Wish
from responder.store import logs
from responder.store.bulk import inserting, updating
from responder.store.pieces import pieces
from responder.store.run_tables import playbook_copy
from responder.store.run_tables import run as table
from responder.values import Entry

LEASE = timedelta(seconds=45)
"""How long a member may be silent before another takes his runs over."""

_NAMES = tuple(field.name for field in fields(Run))
_COLUMNS = [table.c[name] for name in _NAMES]

# Prepared once: a run is written several times in each of its steps.
_ADDED = inserting(table)
_SAVED = updating(
    update(table)
    .where(table.c.id == bindparam("mine", type_=table.c.id.type))
    .values(
        {
            name: bindparam(name, type_=table.c[name].type)
            for name in _NAMES
            if name not in ("id", "key")
        }
    )
)
# Locked, as a person may wish something just now.
_MINE = (
    select(table.c.wish, table.c.seq, table.c.head)
    .where(table.c.id == bindparam("mine"), table.c.fence == bindparam("held"))
    .with_for_update()
)
# A claim that has ended may be another's any time.
_HELD = _MINE.where(table.c.wake_at > bindparam("now", type_=table.c.wake_at.type))


class LostRun(Exception):
    """Somebody else holds this run by now: stop at once."""


def keep_copy(tx: Connection, hash_: str, text: str, *, now: datetime) -> None:
    """The text of a playbook, once for each hash."""
    known = select(playbook_copy.c.hash).where(playbook_copy.c.hash == hash_)
    if tx.execute(known).first() is None:
        tx.execute(insert(playbook_copy).values(hash=hash_, text=text, first_at=now))


def copies(tx: Connection, hashes: Collection[str]) -> dict[str, str]:
    """The texts behind these hashes."""
    kept = select(playbook_copy.c.hash, playbook_copy.c.text)
    return {
        row.hash: row.text
        for piece in pieces(hashes)
        for row in tx.execute(kept.where(playbook_copy.c.hash.in_(piece)))
    }


def known_keys(tx: Connection, keys: Collection[str]) -> set[str]:
    """Which of these runs were begun already, whatever became of them."""
    return {
        row.key
        for piece in pieces(keys)
        for row in tx.execute(select(table.c.key).where(table.c.key.in_(piece)))
    }


def last_id(tx: Connection) -> int:
    """The highest number that a run has; 0 where there is none."""
    return tx.execute(select(func.max(table.c.id))).scalar() or 0


def add(tx: Connection, run: Run, entries: Sequence[Entry]) -> Run:
    """A new run, with the first lines of its journal."""
    return _logged(tx, run, entries, at=run.began_at, first=True)


def by_ids(tx: Connection, ids: Collection[int]) -> list[Run]:
    """These runs."""
    return [
        _read(row)
        for piece in pieces(ids)
        for row in tx.execute(select(*_COLUMNS).where(table.c.id.in_(piece)))
    ]


def hold(tx: Connection, id_: int) -> Run | None:
    """This run, for somebody who is about to change it: nobody else does until the commit."""
    found = select(*_COLUMNS).where(table.c.id == id_).with_for_update()
    row = tx.execute(found).one_or_none()
    return None if row is None else _read(row)


def of_incidents(tx: Connection, ids: Collection[int]) -> dict[int, list[Run]]:
    """The runs of these incidents, oldest first."""
    found: dict[int, list[Run]] = {id_: [] for id_ in ids}
    for piece in pieces(ids):
        wanted = select(*_COLUMNS).where(table.c.incident.in_(piece)).order_by(table.c.id)
        for row in tx.execute(wanted):
            found[row.incident].append(_read(row))
    return found


def listed(
    tx: Connection,
    *,
    states: Collection[RunState] = (),
    server: str | None = None,
    incident: int | None = None,
    before: int | None = None,
    limit: int = 100,
) -> list[Run]:
    """Runs, the newest first."""
    query = select(*_COLUMNS).order_by(table.c.id.desc()).limit(limit)
    if states:
        query = query.where(table.c.state.in_(states))
    if server is not None:
        query = query.where(table.c.target == server)
    if incident is not None:
        query = query.where(table.c.incident == incident)
    if before is not None:
        query = query.where(table.c.id < before)
    return [_read(row) for row in tx.execute(query)]


def counts(tx: Connection) -> dict[RunState, int]:
    """How many runs stand where, of those that are not over."""
    counted = (
        select(table.c.state, func.count())
        .where(table.c.ended_at.is_(None))
        .group_by(table.c.state)
    )
    return {RunState(state): number for state, number in tx.execute(counted)}


def save(
    tx: Connection, run: Run, entries: Sequence[Entry], *, now: datetime, hold: bool = True
) -> Run:
    """Write what its holder made of it, and the journal's new lines. `hold` renews the claim, else
    it is given up. Raises LostRun when somebody else holds it, and then nothing is written.
    """
    mine = {"mine": run.id, "held": run.fence, "now": now}
    row = tx.execute(_HELD if hold else _MINE, mine).one_or_none()
    if hold:
        run = replace(run, wake_at=now + LEASE)
    if row is None:
        raise LostRun(f"run {run.id} was taken over")
    run = replace(run, wish=Wish(row.wish), changed_at=now, seq=row.seq, head=row.head)
    if not hold:
        run = replace(run, owner="", fence=run.fence + 1)
    return _logged(tx, run, entries, at=now)


def change(tx: Connection, run: Run, entries: Sequence[Entry], *, now: datetime) -> Run:
    """What a person makes of a run that nobody works on. Its holder, if there is one after all, is
    out by it.
    """
    return _logged(tx, replace(run, fence=run.fence + 1, changed_at=now), entries, at=now)


def wish(tx: Connection, run: Run, wanted: Wish, entries: Sequence[Entry], *, now: datetime) -> Run:
    """What a person wants of a run that a member works on: it is seen before the next sub-step."""
    tx.execute(update(table).where(table.c.id == run.id).values(wish=wanted))
    return note(tx, run.id, entries, now=now)


def note(tx: Connection, id_: int, entries: Sequence[Entry], *, now: datetime) -> Run:
    """Lines for the journal alone, whoever holds the run."""
    run = hold(tx, id_)
    if run is None:
        raise LookupError(f"there is no run {id_}")
    tail, rows, texts = logs.chained("run", id_, logs.Tail(run.seq, run.head), entries, at=now)
    logs.add(tx, "run", rows, texts)
    tx.execute(update(table).where(table.c.id == id_).values(seq=tail.seq, head=tail.head))
    return replace(run, seq=tail.seq, head=tail.head)


def live_on(tx: Connection, target: str) -> list[Run]:
    """What is not over on this server, oldest first."""
    found = select(*_COLUMNS).where(table.c.target == target, table.c.ended_at.is_(None))
    return [_read(row) for row in tx.execute(found.order_by(table.c.id))]


def heads(tx: Connection) -> list[tuple[int, int, str]]:
    """(id, length, last hash) of every journal, for `log verify`."""
    found = tx.execute(select(table.c.id, table.c.seq, table.c.head).order_by(table.c.id))
    return [(row.id, row.seq, row.head) for row in found]


def stale(tx: Connection, *, before: datetime) -> list[Run]:
    """Runs that should have been taken up long ago, and were not."""
    late = select(*_COLUMNS).where(
        table.c.ended_at.is_(None), or_(table.c.wake_at.is_(None), table.c.wake_at < before)
    )
    return [_read(row) for row in tx.execute(late)]


def _logged(
    tx: Connection, run: Run, entries: Sequence[Entry], *, at: datetime, first: bool = False
) -> Run:
    tail, rows, texts = logs.chained("run", run.id, logs.Tail(run.seq, run.head), entries, at=at)
    run = replace(run, seq=tail.seq, head=tail.head)
    (_ADDED if first else _SAVED).run(tx, [{"mine": run.id, **_row(run)}])
    logs.add(tx, "run", rows, texts)
    return run


def _row(run: Run) -> dict[str, Any]:
    row = {name: getattr(run, name) for name in _NAMES}
    intent = run.intent
    row["intent"] = (
        {"verb": intent.verb, "at": intent.at.isoformat(), "step": intent.step} if intent else None
    )
    for name in ("overrules", "checks"):
        row[name] = list(row[name])
    for name in ("memory", "results", "asked", "labels"):
        row[name] = dict(row[name])
    return row


def _read(row: Any) -> Run:
    told: dict[str, Any] = dict(row._mapping)
    intent: Mapping[str, str] | None = told["intent"]
    if intent:
        at = datetime.fromisoformat(intent["at"])
        told["intent"] = Intent(intent["verb"], at, intent["step"])
    told["state"] = RunState(told["state"])
    told["wish"] = Wish(told["wish"])
    told["overrules"] = tuple(told["overrules"])
    told["checks"] = tuple(told["checks"])
    return Run(**told)
