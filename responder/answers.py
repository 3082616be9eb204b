"""Whoever takes a ticket or writes to it has answered its incident."""

from collections.abc import Iterable
from datetime import datetime

from responder import incidents
from responder.board import Board, Saved
from responder.desk.taking import Answer
from responder.plan import Plan
from responder.steps import worked
from responder.store import Tx
from responder.values import IncidentState


def acknowledge(tx: Tx, answers: Iterable[Answer], *, plan: Plan, now: datetime) -> Saved:
    """Acknowledge the incidents, each at the time of the act (but never before it was opened)."""
    board = Board(tx, plan, now=now)
    for answer in answers:
        incident = board.incident(answer.incident)
        at = min(max(answer.at, incident.opened_at), now)
        if incident.state is IncidentState.ACKNOWLEDGED:
            board.put(worked(incident))
        else:
            board.put(incidents.acknowledged(incident, answer.actor, via="ticket", now=at))
    return board.save()
