"""Who is called now, with all that people have changed about the rotas: read once a transaction."""

from datetime import datetime

from responder.paging.escalation import Escalations
from responder.plan import Plan
from responder.rota_values import UNCHANGED
from responder.store import Tx, rotas


def on_duty(tx: Tx, plan: Plan, *, now: datetime) -> Escalations:
    """The escalations of this moment."""
    told = plan.escalations
    return told.at(now, rotas.changes(tx, now=now) if told.changeable else UNCHANGED)
