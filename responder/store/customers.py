"""What customers were told, as rows: one a message, from the wish to the mail server's yes."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass, fields
from datetime import datetime

from sqlalchemy import Connection, and_, exists, func, or_, select, update

from alerts.model import Priority
from responder.store.bulk import inserting
from responder.store.pieces import pieces
from responder.store.tables import alert, incident, incident_event
from responder.store.voice_tables import customer_message as table
from responder.values import NOT_WELL

QUEUED, SENT, FAILED, DROPPED = "queued", "sent", "failed", "dropped"
UNSURE = "unsure"
"""It may have gone out: a try had no answer, and no other was made."""
COVERED = "covered"
"""It was told in another message of the same moment."""
REACHED = (SENT, UNSURE)

_ADD = inserting(table, known="key")
# After one of these lines customers have something new to learn, if it lasts.
BEGINNINGS = ("opened", "reopened", "returned", "raised", "escalated", "unmuted", "split")


@dataclass(frozen=True, slots=True)
class Told:
    """One message to one customer; the fields are the columns of `customer_message`."""

    key: str
    incident: int
    episode: int
    customer: str
    change: str
    seq: int
    way: str
    state: str
    at: datetime
    brand: str | None = None
    subject: str = ""
    words: str = ""
    reference: str = ""
    id: int = 0


_NAMES = tuple(field.name for field in fields(Told))


def add(tx: Connection, told: Iterable[Told]) -> None:
    """New messages; one that is known already (same key) is left as it is."""
    _ADD.run(tx, [{name: getattr(one, name) for name in _NAMES if name != "id"} for one in told])


def end(
    tx: Connection,
    key: str,
    *,
    state: str,
    subject: str = "",
    words: str = "",
    reference: str = "",
    now: datetime,
) -> None:
    """What has become of a message, and what it said."""
    ended = {"subject": subject, "words": words, "reference": reference}
    tx.execute(update(table).where(table.c.key == key).values(state=state, at=now, **ended))


def of_incidents(tx: Connection, ids: Collection[int], *, texts: bool = False) -> list[Told]:
    """All that customers were told, or will be, of these incidents, in the order of deciding; with
    what they read only where `texts` asks for it.
    """
    columns = [table.c[name] for name in _NAMES if texts or name not in ("subject", "words")]
    rows = [
        row
        for piece in pieces(ids)
        for row in tx.execute(select(*columns).where(table.c.incident.in_(piece)))
    ]
    return sorted((Told(**row._mapping) for row in rows), key=lambda one: one.id)


def untold(tx: Connection, priorities: Collection[Priority]) -> list[int]:
    """Incidents of these priorities that customers may have to be told of: not well, not muted, no
    drill, no part of a greater one.
    """
    found = select(incident.c.id).where(
        incident.c.state.in_(NOT_WELL),
        incident.c.priority.in_(priorities),
        incident.c.parent.is_(None),
        incident.c.drill.is_(False),
        incident.c.muted_by == [],
    )
    return list(tx.execute(found).scalars())


def unrelieved(tx: Connection, *, closed_after: datetime) -> list[int]:
    """Incidents that are over, of which some customer who was told has not heard so yet."""
    later = table.alias("later")
    relieved = exists().where(
        later.c.incident == table.c.incident,
        later.c.customer == table.c.customer,
        later.c.change == "recovery",
        later.c.id > table.c.id,
        later.c.state != DROPPED,
    )
    over = or_(
        incident.c.state == "resolved",
        and_(incident.c.state == "closed", incident.c.closed_at >= closed_after),
    )
    found = (
        select(incident.c.id)
        .distinct()
        .select_from(incident.join(table, table.c.incident == incident.c.id))
        .where(over, table.c.change != "recovery", table.c.state.in_(REACHED), ~relieved)
    )
    return list(tx.execute(found).scalars())


def parts(tx: Connection, wholes: Collection[int]) -> dict[int, list[int]]:
    """All that has joined each of these incidents, whatever its state, and what has joined that."""
    root = {one: one for one in wholes}
    above = set(wholes)
    while above:
        pairs = select(incident.c.id, incident.c.parent)
        below = {
            id_: parent
            for piece in pieces(above)
            for id_, parent in tx.execute(pairs.where(incident.c.parent.in_(piece)))
            if id_ not in root
        }
        root |= {id_: root[parent] for id_, parent in below.items()}
        above = set(below)
    found: dict[int, list[int]] = {one: [] for one in wholes}
    for one in sorted(root.keys() - set(wholes)):
        found[root[one]].append(one)
    return found


def places(tx: Connection, ids: Collection[int]) -> dict[int, frozenset[str]]:
    """On which servers something of each incident itself still fires."""
    found: dict[int, set[str]] = {one: set() for one in ids}
    firing = select(alert.c.incident, alert.c.server).where(
        alert.c.ends_at.is_(None), alert.c.server.is_not(None)
    )
    for piece in pieces(ids):
        for id_, server in tx.execute(firing.where(alert.c.incident.in_(piece)).distinct()):
            found[id_].add(server)
    return {one: frozenset(servers) for one, servers in found.items()}


def beginnings(tx: Connection, ids: Collection[int]) -> dict[int, dict[str, datetime]]:
    """When each of these incidents last opened, came back, grew worse, was no longer muted."""
    lines = (
        select(incident_event.c.incident, incident_event.c.kind, func.max(incident_event.c.at))
        .where(incident_event.c.kind.in_(BEGINNINGS))
        .group_by(incident_event.c.incident, incident_event.c.kind)
    )
    found: dict[int, dict[str, datetime]] = {one: {} for one in ids}
    for piece in pieces(ids):
        for id_, kind, at in tx.execute(lines.where(incident_event.c.incident.in_(piece))):
            found[id_][kind] = at
    return found
