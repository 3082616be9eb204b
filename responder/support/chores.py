"""What time makes of tickets: nobody has one, a vendor is silent, a question is not answered."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import datetime

from alerts.model import DAEMON
from playbooks.ports import Change, ChangeKind, TicketRef, TicketState
from responder.clock import Clock
from responder.desk import taking
from responder.desk.casework import case_of
from responder.duty import on_duty
from responder.plan import Plan
from responder.store import Store, Tx, cases, outbox, questions, records, unowned, vendors
from responder.store import tickets as rows
from responder.support import crew
from responder.values import Effect, Entry, TicketRecord


@dataclass(frozen=True, slots=True)
class Reminder:
    """What is written into a ticket, and who hears of it."""

    entry: Entry
    about: str
    says: str
    people: tuple[str, ...]


class Chores:
    """The duty `chores`: nudges and reminders, each once at its time."""

    def __init__(
        self,
        store: Store,
        *,
        plan: Callable[[], Plan],
        clock: Clock,
        due: Callable[[], None] = lambda: None,
    ) -> None:
        self._store, self._plan, self._clock, self._due = store, plan, clock, due

    async def turn(self) -> None:
        """Remind of everything that is due."""
        plan, now = self._plan(), self._clock.now()
        if not await self._store.read(_anything, plan=plan, now=now):
            return
        if await self._store.write(remind, plan=plan, now=now):
            self._due()


def remind(tx: Tx, *, plan: Plan, now: datetime) -> int:
    """All reminders of this moment; how many effects are due by them."""
    records.one_at_a_time(tx)
    effects = list[Effect]()
    for ticket, reminder in (*_unowned(tx, plan, now), *_silent(tx, plan, now)):
        taking.write(tx, ticket, [reminder.entry], now)
        effects += crew.told(
            tx,
            ticket,
            reminder.people,
            about=reminder.about,
            subject=f"Ticket {ticket.id} {reminder.says}",
            text=crew.described(ticket),
        )
    _give_up_asking(tx, now=now)
    outbox.add(tx, effects, now=now)
    return len(effects)


def _anything(tx: Tx, *, plan: Plan, now: datetime) -> bool:
    return bool(
        unowned.since(tx, nudge=plan.desk.nudge, alarm=plan.desk.alarm, now=now, limit=1)
        or vendors.to_chase(tx, now=now, limit=1)
        or questions.expired(tx, now=now, limit=1)
    )


def _unowned(tx: Tx, plan: Plan, now: datetime) -> Iterator[tuple[TicketRecord, Reminder]]:
    """First its desk is told, then whoever leads (R33)."""
    desk, called = plan.desk, on_duty(tx, plan, now=now)
    for number in unowned.since(tx, nudge=desk.nudge, alarm=desk.alarm, now=now):
        ticket = rows.by_id(tx, number)
        if ticket is None:
            continue
        case = case_of(tx, ticket)
        late = now - case.entered_at >= desk.alarm
        cases.change(tx, replace(case, nudged_at=now))
        told = "lead" if late else "desk"
        people = () if late and case.nudged_at else crew.people_of(called, ticket.queue)
        people += crew.leads(called, desk) if late else ()
        about = f"unowned/{told}/{case.entered_at:%Y%m%dT%H%M%S}"
        entry = Entry("unowned", DAEMON, {"told": told})
        yield ticket, Reminder(entry, about, f"in {ticket.queue}: nobody has taken it", people)


def _silent(tx: Tx, plan: Plan, now: datetime) -> Iterator[tuple[TicketRecord, Reminder]]:
    """Whoever works on it asks the vendor again (R59)."""
    called = on_duty(tx, plan, now=now)
    for case in vendors.to_chase(tx, now=now):
        vendors.chased(tx, case, now=now)
        ticket = rows.by_id(tx, case.ticket)
        if ticket is None or ticket.over:
            continue
        told = {"case": case.id, "vendor": case.vendor}
        about = f"vendor/{case.id}/{now:%Y%m%dT%H%M%S}"
        people = crew.working_on(called, ticket)
        entry = Entry("vendor_chase", DAEMON, told)
        yield ticket, Reminder(entry, about, f"waits for {case.vendor}: ask again", people)


def _give_up_asking(tx: Tx, *, now: datetime) -> None:
    """A question whose time is over ends the wait; level 3 may ask another one (R55)."""
    for number in questions.expired(tx, now=now):
        questions.answered(tx, number, at=now)
        ticket = rows.by_id(tx, number)
        if ticket is None:
            continue
        ticket = taking.write(tx, ticket, [Entry("unanswered", DAEMON)], now).ticket
        if ticket.state is TicketState.WAITING_CUSTOMER:
            ref, told = TicketRef(ticket.system, ticket.ref), {"state": TicketState.OPEN}
            opened = Change("", ref, now, ChangeKind.STATE, DAEMON, "", told)
            taking.take_in(tx, ticket, [opened])
