"""What was promised about a ticket, and how much of its time is used up, out of its log (pure).

A clock begins with the ticket, stands still while the customer has the ball, goes on afterwards and
ends when the promise is kept. Nothing of it is kept but what was warned of: it is reckoned anew
whenever something has happened, so that late news from a ticket system and changed promises count.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Final

from alerts.model import Priority
from playbooks.ports import TicketState
from responder.desk.levels import LEVELS
from responder.desk.section import BrandDesk, Desk, Hours, seconds
from responder.desk.working import passed, worked
from responder.desk_values import SlaClock, Target
from responder.values import TicketRecord

PERCENTS: Final = (50, 80, 100)
SUPERVISOR: Final = "supervisor"
_HOUR: Final = timedelta(hours=1)
_OVER: Final = (TicketState.WAITING_CUSTOMER, TicketState.SOLVED, TicketState.CLOSED)
ALWAYS: Final = tuple(target for target in Target if target is not Target.SUPERVISOR)
_HEIGHTS: Final = {Target.LEVEL_2: "level-2", Target.LEVEL_3: "level-3"}


@dataclass(frozen=True, slots=True)
class Mark:
    """A line of a ticket's log that clocks care about: it came to stand so, or to lie there."""

    at: datetime
    state: TicketState | None = None
    queue: str | None = None


@dataclass(frozen=True, slots=True)
class Course:
    """The ticket as it is, how it came there, and when a reply helped (perhaps)."""

    ticket: TicketRecord
    marks: Sequence[Mark] = ()
    helped_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Terms:
    """What holds for one clock: its time, when that runs, and which states stop it."""

    budget: timedelta
    hours: Hours | None = None
    stops: tuple[TicketState, ...] = _OVER


@dataclass(frozen=True, slots=True)
class Passed:
    """So much of a promise's time was used up at this moment."""

    target: Target
    percent: int
    at: datetime


@dataclass(frozen=True, slots=True)
class Reckoned:
    """A clock as it stands now, and what has passed since it was looked at last."""

    clock: SlaClock
    news: tuple[Passed, ...] = ()


Stretch = tuple[datetime, datetime | None]  # None: it runs on


def terms(
    desk: Desk, brand: BrandDesk | None, ticket: TicketRecord, target: Target
) -> Terms | None:
    """Promises keep their calendar; a level's budget is an age, and ages day and night. None for a
    level that the brand does not offer (R28).
    """
    if brand and target in _HEIGHTS and target not in brand.levels:
        return None
    stops = (*_OVER, TicketState.WAITING_VENDOR) if desk.vendor_stops else _OVER
    match target:
        case Target.LEVEL_2:
            return Terms(desk.budgets.get("level-2", 24 * _HOUR), None, stops)
        case Target.LEVEL_3 if brand and "level-2" not in brand.levels:  # it comes next
            return Terms(desk.budgets.get("level-2", 24 * _HOUR), None, stops)
        case Target.LEVEL_3:
            return Terms(desk.budgets.get("level-3", 48 * _HOUR), None, stops)
        case Target.SUPERVISOR:
            return Terms(_HOUR, None, stops)  # R86
    priority = Priority(ticket.priority)
    budget = timedelta(seconds=seconds(desk.promise(brand, priority), target))
    return Terms(budget, desk.calendar(brand, priority), stops)


def reckoned(clock: SlaClock, course: Course, terms: Terms | None, *, now: datetime) -> Reckoned:
    """The clock at this moment. Each of 50, 80 and 100 % is news once in its life."""
    if terms is None:
        return Reckoned(replace(clock, since=None, next_at=None, ended_at=course.ticket.opened_at))
    kept = _kept(clock.target, course)
    counts = _counts(clock.target, course)
    runs = tuple(_stretches(clock.target, course, terms, end=kept))
    until = now if kept is None else min(kept, now)
    spent = sum((worked(a, min(b or until, until), terms.hours) for a, b in runs), timedelta())
    moments = {p: _moment(runs, terms.budget * p / 100, terms.hours) for p in PERCENTS}
    due = {p: at for p, at in moments.items() if at is not None and p > clock.warned}
    news = (
        tuple(Passed(clock.target, p, at) for p, at in due.items() if at <= until) if counts else ()
    )
    runs_on = kept is None and counts and bool(runs) and runs[-1][1] is None
    after = replace(
        clock,
        budget=int(terms.budget.total_seconds()),
        spent=int(spent.total_seconds()),
        since=now if runs_on else None,
        next_at=min((at for at in due.values() if at > now), default=None) if runs_on else None,
        warned=max((clock.warned, *(one.percent for one in news))),
        ended_at=kept,
    )
    return Reckoned(after, news)


def _moment(runs: Sequence[Stretch], need: timedelta, hours: Hours | None) -> datetime | None:
    """When so much was used up, or will be if nothing happens; None: not so."""
    left = need
    for begin, end in runs:
        at = passed(begin, left, hours)
        if end is None or at <= end:
            return at
        left -= worked(begin, end, hours)
    return None


def _kept(target: Target, course: Course) -> datetime | None:
    """When the promise was kept, or became void."""
    ticket = course.ticket
    if ticket.gone:
        return ticket.opened_at
    match target:
        case Target.REACTION:
            return ticket.reacted_at or ticket.solved_at
        case Target.USEFUL:
            return ticket.useful_at or course.helped_at or ticket.solved_at
        case Target.SUPERVISOR:
            return ticket.solved_at or _left(course, SUPERVISOR)
        case Target.LEVEL_2 | Target.LEVEL_3:
            return _climbed(course, _HEIGHTS[target]) or ticket.solved_at
    return ticket.solved_at


def _counts(target: Target, course: Course) -> bool:
    """A level's budget is of no use while the ticket lies at a desk that is no level."""
    return target not in _HEIGHTS or course.ticket.queue in LEVELS


def _climbed(course: Course, level: str) -> datetime | None:
    high = LEVELS[LEVELS.index(level) :]
    return min((mark.at for mark in course.marks if mark.queue in high), default=None)


def _left(course: Course, queue: str) -> datetime | None:
    if course.ticket.queue == queue:
        return None
    moves = sorted((mark for mark in course.marks if mark.queue), key=lambda mark: mark.at)
    been = [place for place, mark in enumerate(moves) if mark.queue == queue]
    after = moves[been[-1] + 1 :] if been else moves
    return after[0].at if after else course.ticket.opened_at


def _stretches(
    target: Target, course: Course, terms: Terms, *, end: datetime | None
) -> Iterator[Stretch]:
    """The times in which it ran, from its beginning to its end; the last one may be open."""
    since: datetime | None = _begun(target, course)
    for mark in sorted((one for one in course.marks if one.state), key=lambda one: one.at):
        at = max(mark.at, _begun(target, course))
        stands = mark.state in terms.stops
        if stands and since is not None:
            yield from _until(since, at, end)
            since = None
        elif not stands and since is None:
            since = at
    if since is not None:
        yield from _until(since, end, end)


def _until(since: datetime, at: datetime | None, end: datetime | None) -> Iterator[Stretch]:
    close = at if end is None or (at is not None and at < end) else end
    if close is None or close > since:
        yield since, close


def _begun(target: Target, course: Course) -> datetime:
    """A monitored one is known before it is a ticket; a complaint counts since it is one."""
    came = [mark.at for mark in course.marks if mark.queue == SUPERVISOR]
    if target is Target.SUPERVISOR and came:
        return max(came)
    return course.ticket.detected_at
