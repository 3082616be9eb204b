"""What happened in a span of time: to incidents, in runs, and who was woken."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, and_, or_, select

from responder.store.pieces import pieces
from responder.store.run_tables import run as run_table
from responder.store.tables import incident as incident_table
from responder.store.tables import incident_event, written
from responder.store.tables import page_delivery as page_table
from responder.values import ACTIVE, IncidentState

_ASKING = ("opened", "repeated", "escalated", "lapsed", "needed", "handed-over", "lead")
_KINDS = ("opened", "reopened", "acknowledged", "resolved", "note", "handed_over", "escalated")
_MANY = 1000


@dataclass(frozen=True, slots=True)
class Happening:
    """One line of an incident's log that whoever comes wants to know of."""

    incident: int
    at: datetime
    kind: str
    actor: str
    words: str


@dataclass(frozen=True, slots=True)
class Ring:
    """A page that went out to somebody and asked for something."""

    person: str
    incident: int
    at: datetime


def concerned(tx: Connection, *, since: datetime) -> list[int]:
    """Incidents that are not over, or were changed since then; the newest thousand."""
    states = [str(state) for state in IncidentState]
    changed = and_(incident_table.c.state.in_(states), incident_table.c.changed_at >= since)
    found = select(incident_table.c.id).where(or_(incident_table.c.state.in_(ACTIVE), changed))
    return list(tx.execute(found.order_by(incident_table.c.id.desc()).limit(_MANY)).scalars())


def happenings(
    tx: Connection, incidents: list[int], *, since: datetime, until: datetime
) -> list[Happening]:
    """What people did and what began and ended, in order."""
    line, told = incident_event.c, written.c
    words = and_(told.log == "incident", told.owner == line.incident, told.seq == line.seq)
    query = select(line.incident, line.at, line.kind, line.actor, told.text).select_from(
        incident_event.outerjoin(written, words)
    )
    found = [
        Happening(row.incident, row.at, row.kind, row.actor, row.text or "")
        for piece in pieces(incidents)
        for row in tx.execute(
            query.where(
                line.incident.in_(piece), line.kind.in_(_KINDS), line.at > since, line.at <= until
            )
        )
    ]
    return sorted(found, key=lambda one: (one.at, one.incident))


def rings(tx: Connection, *, since: datetime, until: datetime) -> list[Ring]:
    """Pages that were delivered and asked for something, in order."""
    page = page_table.c
    query = select(page.person, page.incident, page.at).where(
        page.at > since, page.at <= until, page.state == "delivered", page.event.in_(_ASKING)
    )
    return [Ring(*row) for row in tx.execute(query.order_by(page.at, page.id))]


def runs(tx: Connection, *, since: datetime) -> list[int]:
    """Runs that began, changed or ended since then, or are not over; the newest thousand."""
    run = run_table.c
    query = select(run.id).where(or_(run.ended_at.is_(None), run.changed_at > since))
    return list(tx.execute(query.order_by(run.id.desc()).limit(_MANY)).scalars())
