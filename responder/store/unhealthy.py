"""Which servers are in critical trouble now, whoever told of it, and which storms rage."""

from sqlalchemy import Connection, and_, select, union

from alerts.model import Category
from responder.store.tables import alert, incident
from responder.values import NOT_WELL

_BAD = and_(
    incident.c.category == Category.CRITICAL,
    incident.c.state.in_(NOT_WELL),
    incident.c.drill.is_(False),
)
_SERVERS = union(
    select(incident.c.server).where(_BAD, incident.c.server.is_not(None)),
    select(alert.c.server)
    .select_from(alert.join(incident, alert.c.incident == incident.c.id))
    .where(_BAD, alert.c.ends_at.is_(None), alert.c.server.is_not(None)),
)
_STORMS = select(incident.c.key, incident.c.title).where(
    incident.c.rule == "storm", incident.c.state.in_(NOT_WELL)
)


def servers(tx: Connection) -> frozenset[str]:
    """Servers that a critical incident is about, or one of the alerts that fire for it: the parts
    of a broken whole among them, planned work too. Drills are no trouble.
    """
    return frozenset(tx.execute(_SERVERS).scalars())


def storms(tx: Connection) -> dict[str, str]:
    """Where a storm rages (dc:fra1, rack:fra1/r1, brand:acme), and what its incident is called."""
    return {row.key: row.title for row in tx.execute(_STORMS)}
