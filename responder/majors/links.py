"""Incidents are tied together, and untied, by people: related, or one caused the other (R73)."""

from datetime import datetime
from typing import Final

from alerts.model import Actor
from responder.acts import Done, Refusal, Unknown
from responder.board import Board
from responder.plan import Plan
from responder.steps import Step
from responder.store import Tx
from responder.store import incident_links as rows
from responder.store.incident_links import Link, Relation
from responder.values import Entry

_MOST: Final = 200  # links of one incident


def link(
    tx: Tx,
    *,
    id_: int,
    other: int,
    kind: Relation,
    actor: Actor,
    words: str = "",
    plan: Plan,
    now: datetime,
) -> Done:
    """`id_` is related to `other`, or was caused by it. A second time changes nothing. Raises
    Unknown and Refusal.
    """
    board = _pair(tx, id_, other, plan=plan, now=now)
    known = rows.between(tx, id_, other)
    new = Link(id_, other, kind, actor.name, now)
    if any(_same(one, new) for one in known):
        return Done(board.incident(id_), board.save())
    if kind is Relation.CAUSED_BY and id_ in _causes_of(tx, other):
        raise Refusal(f"incident {other} was caused by incident {id_} already")
    if len(rows.of(tx, [id_])) >= _MOST:
        raise Refusal(f"an incident has {_MOST} links at most")
    rows.add(tx, new)
    entry = Entry("linked", actor, {"other": other, "kind": str(kind)}, words)
    back = Entry("linked", actor, {"other": id_, "kind": _seen_from_there(kind)}, words)
    board.put(Step(board.incident(id_), (entry,)))
    board.put(Step(board.incident(other), (back,)))
    saved = board.save()
    return Done(board.incident(id_), saved)


def unlink(
    tx: Tx, *, id_: int, other: int, kind: Relation, actor: Actor, plan: Plan, now: datetime
) -> Done:
    """They have nothing to do with each other in this way. Raises Unknown where they never had."""
    board = _pair(tx, id_, other, plan=plan, now=now)
    wanted = Link(id_, other, kind, "", now)
    found = [one for one in rows.between(tx, id_, other) if _same(one, wanted)]
    if not found:
        raise Unknown(f"incident {id_} is not {kind.replace('_', ' ')} incident {other}")
    for one in found:
        rows.remove(tx, one)
    entry = Entry("unlinked", actor, {"other": other, "kind": str(kind)})
    back = Entry("unlinked", actor, {"other": id_, "kind": _seen_from_there(kind)})
    board.put(Step(board.incident(id_), (entry,)))
    board.put(Step(board.incident(other), (back,)))
    saved = board.save()
    return Done(board.incident(id_), saved)


def _pair(tx: Tx, id_: int, other: int, *, plan: Plan, now: datetime) -> Board:
    if id_ == other:
        raise Refusal("an incident has nothing to do with itself")
    board = Board(tx, plan, now=now)
    for one in (id_, other):
        try:
            board.incident(one)
        except KeyError:
            raise Unknown(f"there is no incident {one}") from None
    return board


def _same(one: Link, other: Link) -> bool:
    """To be related goes both ways."""
    if one.kind is not other.kind:
        return False
    ends = (one.incident, one.other)
    turned = (other.other, other.incident)
    either = one.kind is Relation.RELATED and ends == turned
    return either or ends == (other.incident, other.other)


def _seen_from_there(kind: Relation) -> str:
    return "causes" if kind is Relation.CAUSED_BY else str(kind)


def _causes_of(tx: Tx, id_: int) -> set[int]:
    """What it was caused by, what caused that, and so on."""
    known, fresh = set[int](), {id_}
    while fresh:
        known |= fresh
        found = (one for one in rows.of(tx, fresh) if one.kind is Relation.CAUSED_BY)
        fresh = {one.other for one in found if one.incident in known} - known
    return known - {id_}
