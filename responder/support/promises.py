"""Watches the promises about tickets: warns at 50, 80 and 100 %, counts what was broken, once."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

import structlog

from alerts.model import DAEMON
from playbooks.ports import Change, ChangeKind, TicketRef, TicketState
from responder.clock import Clock
from responder.desk import sla, taking
from responder.desk.abroad import told_there
from responder.desk.holding import is_holding
from responder.desk.levels import LEVELS, responsible
from responder.desk.sla import SUPERVISOR, Course, Mark, Passed
from responder.desk.tiers import above
from responder.desk_values import SlaClock, Target
from responder.duty import on_duty
from responder.judge import replies
from responder.kpi.figures import PERSON, Name, counts
from responder.plan import Plan
from responder.store import Store, Tx, clocks, kpis, logs, outbox, records
from responder.store import tickets as rows
from responder.store.logs import Line
from responder.store.tickets import Happening
from responder.support import crew
from responder.tickets.desk import SYSTEM
from responder.values import Counted, Effect, Entry, Figure, TicketRecord, uncounted

log = structlog.get_logger(__name__)

AT_ONCE: Final = 200
_TELLS, _ALL = 80, 100  # percent
BUDGETS: Final = (Target.LEVEL_2, Target.LEVEL_3)
WORDS: Final = {
    Target.REACTION: "to react",
    Target.USEFUL: "for a useful answer",
    Target.RESOLUTION: "to solve it",
    Target.LEVEL_2: "until level-2 must have it",
    Target.LEVEL_3: "until level-3 must have it",
    Target.SUPERVISOR: "of the supervisor",
}


@dataclass(frozen=True, slots=True)
class Watched:
    """New figures, and how many effects are due."""

    figures: tuple[Figure, ...] = ()
    effects: int = 0


class Promises:
    """The duty `sla`: looks at each clock when a warning is due, or when something has happened."""

    def __init__(
        self,
        store: Store,
        *,
        plan: Callable[[], Plan],
        clock: Clock,
        counted: Counted = uncounted,
        due: Callable[[], None] = lambda: None,
    ) -> None:
        self._store, self._plan, self._clock = store, plan, clock
        self._counted, self._due = counted, due

    async def turn(self) -> None:
        """Reckon every clock that is due."""
        now = self._clock.now()
        while waiting := await self._store.read(clocks.due, now=now, limit=AT_ONCE):
            done = await self._store.write(watch, plan=self._plan(), now=now)
            self._counted(done.figures)
            if done.effects:
                self._due()
            if len(waiting) < AT_ONCE // len(Target):
                return


def watch(tx: Tx, *, plan: Plan, now: datetime) -> Watched:
    """Reckon the clocks of the tickets whose turn it is."""
    records.one_at_a_time(tx)
    measured, effects = list[Figure](), list[Effect]()
    for number in clocks.due(tx, now=now, limit=AT_ONCE):
        ticket = rows.by_id(tx, number)
        if ticket is None:
            continue
        ticket, news, waiting = _reckon(tx, ticket, plan=plan, now=now)
        if counts(ticket):
            measured += [_breach(ticket, one) for one in news if one.percent == _ALL]
        effects += _told(tx, ticket, waiting, plan=plan, now=now)
        if to := _higher(ticket, waiting, plan):
            risen, wishes = _risen(tx, ticket, to, now=now)
            measured += risen
            effects += wishes
    outbox.add(tx, effects, now=now)
    return Watched(kpis.count(tx, measured), len(effects))


def _reckon(
    tx: Tx, ticket: TicketRecord, *, plan: Plan, now: datetime
) -> tuple[TicketRecord, list[Passed], list[Passed]]:
    """The ticket with its warnings in its log, all of them, and those that still matter."""
    course = course_of(ticket, logs.read(tx, "ticket", ticket.id))
    brand = plan.clientele.brands.get(ticket.brand or "")
    known = {one.target: one for one in clocks.of_tickets(tx, [ticket.id])[ticket.id]}
    if ticket.queue == SUPERVISOR and Target.SUPERVISOR not in known:
        clocks.begin(tx, ticket.id, [Target.SUPERVISOR], at=now)
        known[Target.SUPERVISOR] = SlaClock(ticket.id, Target.SUPERVISOR, 0)
    found = [
        sla.reckoned(clock, course, sla.terms(plan.desk, brand, ticket, target), now=now)
        for target, clock in known.items()
    ]
    news = [one for each in found for one in each.news]
    if news:
        ticket = rows.write_down(tx, ticket, [_line(ticket, one, now) for one in news])
        rows.change(tx, ticket)
    clocks.save(tx, [each.clock for each in found])
    waiting = [each.news[-1] for each in found if each.news and each.clock.ended_at is None]
    return ticket, news, waiting


def course_of(ticket: TicketRecord, lines: Sequence[Line]) -> Course:
    """What of a ticket's log matters to its clocks."""
    return Course(ticket, [mark for line in lines for mark in _mark(line)], _helped(lines))


def _mark(line: Line) -> list[Mark]:
    state, queue = line.data.get("state"), line.data.get("queue")
    match line.kind:
        case ChangeKind.STATE if state:
            return [Mark(line.at, state=TicketState(state))]
        case ChangeKind.OPENED | ChangeKind.QUEUE if queue:
            return [Mark(line.at, queue=str(queue))]
    return []


def _helped(lines: Sequence[Line]) -> datetime | None:
    """The first reply that helps as far as is known now: its clock rests until that is judged."""
    said = replies(lines)
    helped = (
        one for one in said if one.useful == "yes" or not (one.useful or is_holding(one.text))
    )
    return min((one.at for one in helped), default=None)


def _line(ticket: TicketRecord, passed: Passed, now: datetime) -> Happening:
    told = {"target": passed.target, "percent": passed.percent, "passed_at": passed.at.isoformat()}
    return Happening(Entry("sla", DAEMON, told), now, _name(ticket, passed))


def _name(ticket: TicketRecord, passed: Passed) -> str:
    """By which the system that keeps the ticket gets it once."""
    return f"{ticket.key}/sla/{passed.target}/{passed.percent}/{int(passed.at.timestamp())}"


def _breach(ticket: TicketRecord, passed: Passed) -> Figure:
    return Figure(
        about=f"ticket:{ticket.id}",
        figure=f"{Name.SLA_BREACH}/{passed.target}",
        seconds=max(0, int((passed.at - ticket.detected_at).total_seconds())),
        priority=ticket.priority,
        level=responsible(ticket.level, ticket.queue),
        by=PERSON,
        at=passed.at,
        brand=ticket.brand or "",
        channel=ticket.channel,
    )


def _told(
    tx: Tx, ticket: TicketRecord, news: Sequence[Passed], *, plan: Plan, now: datetime
) -> list[Effect]:
    """At 80 % whoever works on it, at 100 % whoever leads the desk as well. Whether somebody reacts
    to an incident is asked by its pages, and needs no second voice.
    """
    rings = crew.rings(ticket)
    serious = [
        one
        for one in news
        if one.percent >= _TELLS and not (rings and one.target is Target.REACTION)
    ]
    if not serious:
        return []
    called = on_duty(tx, plan, now=now)
    effects = list[Effect]()
    for one in serious:
        lead = crew.leads(called, plan.desk) if one.percent == _ALL else ()
        about = f"sla/{one.target}/{one.percent}"
        subject = f"Ticket {ticket.id}: {one.percent} % of its time {WORDS[one.target]} is used up"
        people = (*crew.working_on(called, ticket), *lead)
        effects += told_there(ticket, _name(ticket, one))
        effects += crew.told(
            tx, ticket, people, about=about, subject=subject, text=crew.described(ticket)
        )
        if not people:
            log.warning("promise_without_people", ticket=ticket.id, target=one.target)
    return effects


def _higher(ticket: TicketRecord, news: Sequence[Passed], plan: Plan) -> str:
    """Where it goes what a level did not solve in its time, if the desk wants it so (R25)."""
    used = any(one.target in BUDGETS and one.percent == _ALL for one in news)
    if not (used and plan.desk.escalate and ticket.queue in LEVELS):
        return ""
    to = above(ticket.queue, plan.clientele.brands.get(ticket.brand or ""))
    return "" if to == ticket.queue else to


def _risen(
    tx: Tx, ticket: TicketRecord, to: str, *, now: datetime
) -> tuple[tuple[Figure, ...], list[Effect]]:
    """Moved here; in another system it is moved there, and comes home as all that happens to it."""
    why, ref = (
        f"{ticket.queue} has not solved it within its time",
        TicketRef(ticket.system, ticket.ref),
    )
    told = {"queue": to, "reason": "budget"}
    moved = Change("", ref, now, ChangeKind.QUEUE, DAEMON, why, told)
    if ticket.system != SYSTEM:
        name = f"{ticket.key}/budget/{to}"
        moved = Change(name, ref, now, ChangeKind.NOTE, DAEMON, f"{why}: it goes to {to}.")
        return taking.take_in(tx, ticket, [moved]).figures, told_there(ticket, name, queue=to)
    return taking.take_in(tx, ticket, [moved]).figures, []
