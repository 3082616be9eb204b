"""What time alone changes: rounds of pages, the end of watches, of mutes and of alerts."""

from collections.abc import Collection
from datetime import datetime

from responder import incidents
from responder.board import Board, Saved
from responder.intake import end_expired
from responder.plan import Plan
from responder.store import Tx
from responder.store import incidents as rows


def page_due(tx: Tx, *, plan: Plan, now: datetime) -> Saved:
    """The next round of pages for every incident that waits for one; what is muted by now is not
    paged.
    """
    return _requieted(tx, rows.due_to_page(tx, now=now), plan, now)


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
