"""A person begins a playbook on a server, for its incident or a new one; or practises it."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from alerts.classify import Verdict
from alerts.inventory import Place
from alerts.model import Actor, Category, Priority
from playbooks.frozen import Book
from playbooks.playbook import Mode
from responder.acts import Refusal, Unknown
from responder.board import Board, Saved
from responder.plan import Plan
from responder.run_values import Run
from responder.runs import telling
from responder.runs.acts import overruled
from responder.steps import Opening
from responder.store import Tx
from responder.store import alerts as alert_rows
from responder.store import incidents as incident_rows
from responder.store import runs as rows
from responder.values import ACTIVE, Incident


@dataclass(frozen=True, slots=True)
class Wanted:
    """What a person asks for. `typed` is the server's name, written by hand."""

    playbook: str
    server: str
    incident: int | None = None
    typed: str = ""
    overrules: tuple[str, ...] = ()
    reason: str = ""
    dry: bool = False
    drill: bool = False


def begin(tx: Tx, wanted: Wanted, *, actor: Actor, plan: Plan, now: datetime) -> tuple[Run, Saved]:
    """The new run, and what else has changed. Raises Unknown for a name that is none, Refusal."""
    book, place = book_named(plan, wanted.playbook), _place(plan, wanted.server)
    overrules = overruled(wanted.overrules, wanted.reason)
    dry = wanted.dry or wanted.drill
    if not dry and wanted.typed != wanted.server:
        raise Refusal(f'type the name "{wanted.server}" to say that you mean it')
    if not dry and book.playbook.safety.mode is Mode.OFF:
        raise Refusal(f"{book.name} is switched off (safety.mode)")
    board = Board(tx, plan, now=now)
    _must_be_free(tx, wanted.server)
    incident = _incident(board, wanted, place, actor)
    told: dict[str, Any] = {
        "target": wanted.server,
        "requested_by": actor.name,
        "confirmed": not dry,
        "overrules": overrules,
        "reason": wanted.reason,
        "drill": incident.drill,
        "dry": dry or book.playbook.safety.mode is Mode.DRY_RUN,
    }
    labels = _labels(tx, incident)
    key = _key(tx, incident, book, dry=told["dry"])
    run = board.plays.begin(incident, book, key=key, labels=labels, actor=actor, told=told)
    saved = board.save()
    return rows.by_ids(tx, [run.id])[0], saved


def book_named(plan: Plan, name: str) -> Book:
    """Raises Unknown."""
    for book in plan.books:
        if book.name == name:
            return book
    raise Unknown(f'no playbook is called "{name}"')


def _place(plan: Plan, server: str) -> Place:
    if server not in plan.inventory.servers:
        raise Unknown(f'no server is called "{server}"')
    return plan.inventory.find({"server": server}, server_labels=("server",))


def _must_be_free(tx: Tx, server: str) -> None:
    """One run at a time: a second one would wait unseen, and act when nobody expects it."""
    for run in rows.live_on(tx, server):
        raise Refusal(
            f"run {run.id} of {run.playbook} is on {server} already ({run.state}):"
            " take it over, or abort it"
        )


def _incident(board: Board, wanted: Wanted, place: Place, actor: Actor) -> Incident:
    if wanted.drill:
        return _opened(board, wanted, place, actor)
    if wanted.incident is not None:
        return _named(board, wanted)
    active = incident_rows.listed(board.tx, states=ACTIVE, server=wanted.server, limit=20)
    real = [one for one in active if not one.drill]
    own = [one for one in real if one.key == place.own]
    for one in own or real:
        return board.incident(one.id)
    return _opened(board, wanted, place, actor)


def _named(board: Board, wanted: Wanted) -> Incident:
    try:
        incident = board.incident(wanted.incident or 0)
    except KeyError:
        raise Unknown(f"there is no incident {wanted.incident}") from None
    if incident.server not in (None, wanted.server):
        raise Refusal(f"incident {incident.id} is about {incident.server}, not {wanted.server}")
    if not incident.active:
        raise Refusal(f"incident {incident.id} is {incident.state}")
    return incident


def _opened(board: Board, wanted: Wanted, place: Place, actor: Actor) -> Incident:
    """For a run by hand a quiet one, that pages nobody; for a drill one as bad as it gets."""
    number = board.next_id()
    title, priority, category = f"{wanted.playbook} by hand", Priority.LOW, Category.HOSTING
    key = place.own
    if wanted.drill:
        title, priority, category = f"DRILL: {title}", Priority.CRITICAL, Category.CRITICAL
    if key is None or wanted.drill or board.at(key) is not None:
        key = f"hand:{board.ref(number)}"
    verdict = Verdict(category, priority, telling.BY_HAND)
    opening = Opening(
        number, board.ref(number), key, f"{title} on {wanted.server}", verdict, place.server,
        place.brand, wanted.drill,
    )  # fmt: skip
    incident = board.open(opening, [], actor=actor, words=wanted.reason)
    board.plays.leave(incident.id)
    return incident


def _labels(tx: Tx, incident: Incident) -> dict[str, str]:
    """Those of the alert that came first, of all that fire."""
    firing = alert_rows.firing_of(tx, [incident.id]) if incident.firing else []
    return dict(min(firing, key=lambda one: one.id).labels) if firing else {}


def _key(tx: Tx, incident: Incident, book: Book, *, dry: bool) -> str:
    """The first run in earnest takes the place of the one that would begin by itself."""
    plain = f"{incident.ref}/{incident.episode}/{book.name}"
    number, key = 1, f"{plain}/1" if dry else plain
    while rows.known_keys(tx, [key]):
        number += 1
        key = f"{plain}/{number}"
    return key
