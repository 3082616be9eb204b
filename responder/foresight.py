"""What would be done about an alert, and why: the same rules decide, nothing is done (pure)."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from alerts.classify import Verdict, classify
from alerts.correlate import key_of
from alerts.inventory import Place
from alerts.model import Alert
from alerts.quiet import Subject, muted_by
from playbooks.frozen import Book
from responder import incidents
from responder.desk.alert_tasks import wished
from responder.desk.levels import queue_of
from responder.paging.escalation import climbed
from responder.plan import Plan
from responder.plays import chosen_books, subject_of
from responder.steps import Opening
from responder.values import Incident

ROUNDS = 3


@dataclass(frozen=True, slots=True)
class Turn:
    """One page to one person. `step` counts the rounds from 1."""

    at: datetime
    step: int
    person: str
    method: str
    event: str


@dataclass(frozen=True, slots=True)
class Foresight:
    """What becomes of one alert, were it the only one in the world.

    `queue` is None where no ticket is opened. `muted_until` is when messages go out after all, if
    the trouble lasts that long; None while nothing mutes it. `books` are the playbooks that begin.
    """

    alert: Alert
    place: Place
    key: str
    verdict: Verdict
    queue: str | None
    muted_by: tuple[str, ...]
    muted_until: datetime | None
    turns: tuple[Turn, ...]
    books: tuple[Book, ...] = ()


def foresee(alert: Alert, *, plan: Plan, now: datetime, rounds: int = ROUNDS) -> Foresight:
    """The first rounds of pages, the ticket's queue, and what would hold both back."""
    place = plan.inventory.find(alert.labels, server_labels=plan.alerts.server_labels)
    verdict = classify(alert, place, inventory=plan.inventory, settings=plan.alerts)
    reasons = _reasons(alert, place, plan, now)
    until = _quiet_until(alert, place, plan, now) if reasons else None
    opening = Opening(
        0, "", key_of(place, alert.identity), alert.summary, verdict, place.server, place.brand
    )
    opened = incidents.opened(opening, rules=plan.rules, muted_by=(), now=until or now).incident
    return Foresight(
        alert=alert,
        place=place,
        key=opening.key,
        verdict=verdict,
        queue=queue_of(verdict.category, wished([alert.labels], plan.desk))
        if opened.ticketed and alert.firing
        else None,
        muted_by=reasons,
        muted_until=until,
        turns=tuple(_turns(opened, plan, rounds)) if alert.firing else (),
        books=_begun(opened, alert, plan) if alert.firing else (),
    )


def _begun(incident: Incident, alert: Alert, plan: Plan) -> tuple[Book, ...]:
    """Where something mutes it they begin when that is over, if it lasts so long."""
    return tuple(chosen_books(plan.books, subject_of(incident, alert.labels, plan)))


def _turns(incident: Incident, plan: Plan, rounds: int) -> Iterator[Turn]:
    for _ in range(rounds):
        at = incident.page_at
        if at is None:
            return
        step = incident.step + 1
        incident, pages = climbed(incident, escalations=plan.escalations.at(at), now=at)
        for page in pages:
            told = page.payload
            yield Turn(at, step, told["person"], told["method"], told["event"])


def _reasons(alert: Alert, place: Place, plan: Plan, now: datetime) -> tuple[str, ...]:
    return muted_by(
        (Subject(alert.labels, place.server),),
        key=key_of(place, alert.identity),
        silences=(),
        works=plan.works,
        inventory=plan.inventory,
        now=now,
    )


def _quiet_until(alert: Alert, place: Place, plan: Plan, now: datetime) -> datetime:
    """The end of the planned work that ends last without a gap."""
    ends = sorted(work.ends_at for work in plan.works if work.ends_at > now)
    return next(end for end in ends if not _reasons(alert, place, plan, end))
