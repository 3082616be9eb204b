"""What time alone changes: rounds of pages, the end of watches, of mutes and of alerts."""

from datetime import datetime

from responder import incidents
from responder.board import Board, Saved
from responder.intake import end_expired
from responder.plan import Plan
from responder.steps import Step
from responder.store import Tx
from responder.store import incidents as rows


def page_due(tx: Tx, *, plan: Plan, now: datetime) -> Saved:
    """The next round of pages for every incident that waits for one; what is muted by now is not
    paged.
    """
    board = Board(tx, plan, now=now)
    due = rows.due_to_page(tx, now=now)
    board.load_ids(due)
    for id_ in due:
        incident = board.requiet(id_)
        if not incident.muted_by:
            board.put(Step(incident))
    return board.save()


def tick(tx: Tx, *, plan: Plan, now: datetime) -> Saved:
    """What is over by now: watches, waits, flapping, mutes, and alerts that nobody repeated."""
    end_expired(tx, plan=plan, now=now)
    board = Board(tx, plan, now=now)
    alerts = plan.alerts
    for id_ in rows.due_to_tick(
        tx, recovered_before=now - alerts.watch, resolved_before=now - alerts.reopen
    ):
        step = incidents.ticked(
            board.incident(id_), rules=plan.rules, now=now, parts_down=board.wholes.parts_down(id_)
        )
        board.put(step)
    for id_ in rows.quiet_ones(tx):
        board.requiet(id_)
    return board.save()


def mute_anew(tx: Tx, *, plan: Plan, now: datetime) -> Saved:
    """A silence or maintenance began or ended: judge every active incident anew."""
    board = Board(tx, plan, now=now)
    for id_ in rows.active(tx):
        board.requiet(id_)
    return board.save()
