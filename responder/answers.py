"""Whoever takes a ticket or writes to it has answered its incident."""

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Final

from alerts.model import Category
from responder import incidents
from responder.board import Board, Saved
from responder.desk.taking import Answer
from responder.plan import Plan
from responder.steps import worked
from responder.store import Tx, logs
from responder.values import IncidentState

# By so much the clock of a ticket system may be behind ours.
SKEW: Final = timedelta(minutes=2)
_ASKED_ANEW = ("reopened", "lapsed", "escalated", "playbook_needs")


def acknowledge(tx: Tx, answers: Iterable[Answer], *, plan: Plan, now: datetime) -> Saved:
    """Acknowledge the incidents, each at the time of the act (but never before it was opened). An
    act that comes home late, from before people were asked anew, answers nothing.
    """
    board = Board(tx, plan, now=now)
    for answer in answers:
        incident = board.incident(answer.incident)
        if _is_old(tx, answer):
            continue
        at = min(max(answer.at, incident.opened_at), now)
        if incident.state is IncidentState.ACKNOWLEDGED:
            board.put(worked(incident))
        else:
            board.put(incidents.acknowledged(incident, answer.actor, via="ticket", now=at))
    return board.save()


def _is_old(tx: Tx, answer: Answer) -> bool:
    """Was it given before the incident came back, lapsed, or was escalated or made critical?"""
    lines = logs.read(tx, "incident", answer.incident)
    asked = [line.at for line in lines if line.kind in _ASKED_ANEW or _made_critical(line)]
    return bool(asked) and answer.at < max(asked) - SKEW


def _made_critical(line: logs.Line) -> bool:
    return line.kind == "raised" and line.data.get("category") == Category.CRITICAL
