"""Which servers are in critical trouble now, whoever told of it."""

from sqlalchemy import Connection, and_, select, union

from alerts.model import Category
from responder.store.tables import alert, incident
from responder.values import NOT_WELL


def servers(tx: Connection) -> frozenset[str]:
    """Servers that a critical incident is about, or one of the alerts that fire for it: the parts
    of a broken whole among them, planned work too. Drills are no trouble.
    """
    bad = and_(
        incident.c.category == Category.CRITICAL,
        incident.c.state.in_(NOT_WELL),
        incident.c.drill.is_(False),
    )
    about = select(incident.c.server).where(bad, incident.c.server.is_not(None))
    parts = (
        select(alert.c.server)
        .select_from(alert.join(incident, alert.c.incident == incident.c.id))
        .where(bad, alert.c.ends_at.is_(None), alert.c.server.is_not(None))
    )
    return frozenset(tx.execute(union(about, parts)).scalars())
