"""What time alone changes: rounds of pages, the end of watches, of mutes and of alerts."""

from collections.abc import Collection
from dataclasses import replace
from datetime import datetime

from alerts.classify import critical_by
from alerts.model import Category
from responder import incidents
from responder.board import Board, Saved
from responder.intake import end_expired
from responder.paging.escalation import DEFAULT_WAIT
from responder.plan import Plan
from responder.steps import Step, lapsed
from responder.store import Tx
from responder.store import alerts as alert_rows
from responder.store import incidents as rows
from responder.values import NOT_WELL, Incident, IncidentState

# Rounds decided in one transaction: others write between two of them.
AT_ONCE = 100


def page_due(tx: Tx, *, plan: Plan, now: datetime) -> Saved:
    """The next round of pages for every incident that waits for one; what is muted by now is not
    paged, nor one whose trouble is over but for what would wake nobody: that waits for another
    round. What somebody has taken and left lying asks again.
    """
    board, due = Board(tx, plan, now=now), rows.due_to_page(tx, now=now, limit=AT_ONCE)
    board.load_ids(due)
    for id_ in due:
        incident = board.incident(id_)
        if incident.state not in NOT_WELL:  # else it would stand in the way of all others for ever
            board.put(Step(replace(incident, page_at=None)))
        elif _is_calm(tx, incident, plan, parts_down=board.wholes.parts_down(id_)):
            board.put(Step(replace(incident, page_at=now + DEFAULT_WAIT)))
        elif incident.state is IncidentState.ACKNOWLEDGED:
            board.put(lapsed(incident, rules=plan.rules, now=now))
        else:
            board.requiet(id_)
    return board.save()


def tick(tx: Tx, *, plan: Plan, now: datetime, blind: bool = False) -> Saved:
    """What is over by now: watches, waits, flapping, mutes, alerts that nobody repeated. While we
    are blind nothing closes, only mutes end.
    """
    if blind:
        return _requieted(tx, rows.quiet_ones(tx), plan, now)
    expired = end_expired(tx, plan=plan, now=now).saved
    return expired + _over(tx, plan, now) + _requieted(tx, rows.quiet_ones(tx), plan, now)


def mute_anew(tx: Tx, *, plan: Plan, now: datetime) -> Saved:
    """A silence or maintenance began or ended: judge every active incident anew."""
    return _requieted(tx, rows.active(tx), plan, now)


def _over(tx: Tx, plan: Plan, now: datetime) -> Saved:
    board, alerts = Board(tx, plan, now=now), plan.alerts
    due = rows.due_to_tick(
        tx, recovered_before=now - alerts.watch, resolved_before=now - alerts.reopen
    )
    board.load_ids(due)
    for id_ in due:
        parts = board.wholes.parts_down(id_)
        board.put(
            incidents.ticked(board.incident(id_), rules=plan.rules, now=now, parts_down=parts)
        )
    return board.save()


def _requieted(tx: Tx, ids: Collection[int], plan: Plan, now: datetime) -> Saved:
    """These incidents, judged anew by what mutes them now."""
    board = Board(tx, plan, now=now)
    board.load_ids(ids)
    for id_ in ids:
        board.requiet(id_)
    return board.save()


def _is_calm(tx: Tx, incident: Incident, plan: Plan, *, parts_down: int) -> bool:
    """Has somebody been paged for alerts of which no critical one fires any more? A warning may
    hold an incident open for weeks; what a person made critical is his to end.
    """
    by_alerts = incident.rule.startswith(("severity ", "label category="))
    critical = incident.category is Category.CRITICAL
    busy = parts_down or incident.unstable or incident.held or not incident.firing
    if not (critical and by_alerts and incident.step) or busy:
        return False
    firing = alert_rows.firing_of(tx, [incident.id])
    return not any(critical_by(one.labels, plan.alerts) for one in firing)
