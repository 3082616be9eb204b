"""The append-only logs of incidents, tickets and runs: chained, provable, the words kept apart."""

import hashlib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

from sqlalchemy import Connection, Table, and_, select, update

from alerts.model import Actor, ActorKind, clean
from responder.store.bulk import inserting
from responder.store.chain import link
from responder.store.run_tables import run_event
from responder.store.tables import incident_event, ticket_event, written
from responder.values import Entry

Log = Literal["incident", "ticket", "run"]

_TABLES: Mapping[Log, Table] = {
    "incident": incident_event,
    "ticket": ticket_event,
    "run": run_event,
}


_ADD = {log: inserting(table) for log, table in _TABLES.items()}
_ADD_WORDS = inserting(written)


@dataclass(frozen=True, slots=True)
class Tail:
    """The end of one log: how long it is, and the hash of its last line."""

    seq: int = 0
    head: str = ""


@dataclass(frozen=True, slots=True)
class Line:
    """One line as it is read back."""

    owner: int
    seq: int
    at: datetime
    kind: str
    actor: Actor
    data: Mapping[str, Any]
    words: str
    outside: str | None = None


def chained(
    log: Log, owner: int, tail: Tail, entries: Sequence[Entry], *, at: datetime
) -> tuple[Tail, list[dict[str, Any]], list[dict[str, Any]]]:
    """The new end of a log, its new rows, and the words that go with them (pure; `add` writes
    them).
    """
    rows: list[dict[str, Any]] = []
    texts: list[dict[str, Any]] = []
    for entry in entries:
        said = clean(entry.words)
        row = {
            log: owner,
            "seq": tail.seq + 1,
            "at": at,
            "kind": entry.kind,
            "actor_kind": str(entry.actor.kind),
            "actor": entry.actor.name,
            "data": dict(entry.data),
            "words": digest(said),
        }
        tail = Tail(tail.seq + 1, link(tail.head, _covered(log, row)))
        rows.append({**row, "hash": tail.head})
        if said:
            texts.append({"log": log, "owner": owner, "seq": tail.seq, "text": said})
    return tail, rows, texts


def add(
    tx: Connection, log: Log, rows: Sequence[Mapping[str, Any]], texts: Sequence[Mapping[str, Any]]
) -> None:
    """Write chained lines, of many logs at once."""
    if rows:
        _ADD[log].run(tx, rows)
    if texts:
        _ADD_WORDS.run(tx, texts)


def read(tx: Connection, log: Log, owner: int) -> list[Line]:
    """One whole log in order; erased words read as a mark."""
    table = _TABLES[log]
    said = and_(written.c.log == log, written.c.owner == table.c[log], written.c.seq == table.c.seq)
    query = (
        select(table, written.c.text, written.c.erased_at, written.c.erased_by)
        .select_from(table.outerjoin(written, said))
        .where(table.c[log] == owner)
        .order_by(table.c.seq)
    )
    return [_line(log, row._mapping) for row in tx.execute(query)]


def erase(tx: Connection, log: Log, owner: int, *, seq: int, by: str, now: datetime) -> bool:
    """Take the words of one line away; the chain stays provable. False when there are none."""
    gone = (
        update(written)
        .where(
            written.c.log == log,
            written.c.owner == owner,
            written.c.seq == seq,
            written.c.erased_at.is_(None),
        )
        .values(text="", erased_at=now, erased_by=by)
    )
    return tx.execute(gone).rowcount == 1


def broken(tx: Connection, log: Log, heads: Iterable[tuple[int, int, str]]) -> Iterator[str]:
    """Each log that does not prove itself, as one plain line. `heads` are (owner, length, last
    hash) as the owner has them.
    """
    for owner, length, head in heads:
        table = _TABLES[log]
        rows = [
            row._mapping
            for row in tx.execute(select(table).where(table.c[log] == owner).order_by(table.c.seq))
        ]
        if fault := _fault(log, rows, length=length, head=head):
            yield f"{log} {owner}: {fault}"
        yield from _altered_words(tx, log, owner, rows)


def _fault(log: Log, rows: Sequence[Mapping[Any, Any]], *, length: int, head: str) -> str | None:
    previous = ""
    for place, row in enumerate(rows, start=1):
        if row["seq"] != place:
            return f"line {place} is missing"
        if link(previous, _covered(log, row)) != row["hash"]:
            return f"line {place} was changed"
        previous = row["hash"]
    if len(rows) != length or previous != head:
        return f"it ends at line {len(rows)}, but line {length} was written"
    return None


def _altered_words(
    tx: Connection, log: Log, owner: int, rows: Sequence[Mapping[Any, Any]]
) -> Iterator[str]:
    kept = select(written).where(written.c.log == log, written.c.owner == owner)
    texts = {row.seq: row for row in tx.execute(kept)}
    digests = {row["seq"]: row["words"] for row in rows}
    for seq in sorted(texts.keys() | {seq for seq, digest in digests.items() if digest}):
        text = texts.get(seq)
        if text is None:
            yield f"{log} {owner}: the words of line {seq} are missing"
        elif digest(text.text) != ("" if text.erased_at else digests.get(seq)):
            yield f"{log} {owner}: the words of line {seq} were changed"


def _covered(log: Log, row: Mapping[Any, Any]) -> dict[str, Any]:
    """What the hash of a line covers: all of it but the hash itself and where another system keeps
    it.
    """
    return {
        "log": log,
        "owner": row[log],
        "seq": row["seq"],
        "at": row["at"].isoformat(),
        "kind": row["kind"],
        "actor_kind": row["actor_kind"],
        "actor": row["actor"],
        "data": row["data"],
        "words": row["words"],
    }


def _line(log: Log, row: Mapping[Any, Any]) -> Line:
    words = row["text"] or ""
    if row["erased_at"] is not None:
        words = f"[text erased on {row['erased_at']:%Y-%m-%d} by {row['erased_by']}]"
    return Line(
        owner=row[log],
        seq=row["seq"],
        at=row["at"],
        kind=row["kind"],
        actor=Actor(ActorKind(row["actor_kind"]), row["actor"]),
        data=row["data"],
        words=words,
        outside=row.get("outside"),
    )


def digest(words: str) -> str:
    """By which words are known, also once they are erased; "" for none."""
    return hashlib.blake2b(words.encode(), digest_size=16).hexdigest() if words else ""
