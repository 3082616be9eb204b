"""Whom the desk asks outside: one question to a customer, a vendor, and what a customer resents."""

from dataclasses import dataclass, replace
from datetime import timedelta

from playbooks.ports import ChangeKind, TicketState
from responder.desk import taking
from responder.desk.casework import case_of
from responder.desk.tiers import SUPERVISOR
from responder.deskwork import (
    Acted,
    Forbidden,
    Hand,
    Refused,
    acted,
    alone,
    change_of,
    done,
    ours,
    worded,
)
from responder.store import Tx, cases, questions, vendors
from responder.support import crew
from responder.support.closing import speak
from responder.support.tierwork import tell
from responder.values import Entry

LONGEST = timedelta(days=30)
_ABOVE = ("level-2", "level-3")


@dataclass(frozen=True, slots=True)
class Vendor:
    """Whom outside was asked, under which reference, and how often he is reminded."""

    vendor: str
    reference: str = ""
    contact: str = ""
    chase_every: timedelta = timedelta(hours=24)


@alone
def clarify(tx: Tx, number: int, question: str, within: timedelta, *, by: Hand) -> Acted:
    """One question of level 3 to the customer, in the brand's name; until it is answered or its
    time is over there is no second one (R55).
    """
    ticket = ours(tx, number)
    if crew.acts_as(by.plan, by.actor.name, ticket.queue) != "level-3":
        raise Refused("who may write to customers just replies")
    if questions.open_until(tx, number, now=by.now) is not None:
        raise Forbidden("a question is open already: one at a time")
    until = by.now + min(max(within, timedelta(minutes=1)), LONGEST)
    asked = Entry("clarification", by.actor, {"until": until.isoformat()})
    ticket = taking.write(tx, ticket, [asked], by.now).ticket
    said = speak(tx, ticket, question, by=by)
    questions.ask(tx, number, by=by.actor.name, at=by.now, until=until, seq=said.ticket.seq)
    waits = {"state": TicketState.WAITING_CUSTOMER}
    turned = change_of(said.ticket, ChangeKind.STATE, by, "", waits)
    waiting = acted(tx, taking.take_in(tx, said.ticket, [turned]), by)
    return replace(
        waiting,
        figures=(*said.figures, *waiting.figures),
        effects=said.effects + waiting.effects,
    )


@alone
def ask_vendor(tx: Tx, number: int, wish: Vendor, *, by: Hand) -> Acted:
    """A vendor is asked: the business of levels 2 and 3; somebody is reminded to ask again."""
    ticket = ours(tx, number)
    if crew.acts_as(by.plan, by.actor.name, ticket.queue) not in _ABOVE:
        raise Forbidden("vendors are asked by level-2 and level-3")
    case = vendors.ask(
        tx,
        number,
        wish.vendor,
        reference=wish.reference,
        contact=wish.contact,
        by=by.actor.name,
        at=by.now,
        every=max(wish.chase_every, timedelta(minutes=1)),
    )
    told = {"case": case, "vendor": wish.vendor, "reference": wish.reference}
    ticket = taking.write(tx, ticket, [Entry("vendor", by.actor, told)], by.now).ticket
    return done(tx, ticket, by, ChangeKind.STATE, "", {"state": TicketState.WAITING_VENDOR})


@alone
def end_vendor(tx: Tx, number: int, case: int, text: str, *, by: Hand) -> Acted:
    """What the vendor said; when no other is asked, the ticket is open again."""
    ticket, words = ours(tx, number), worded(text)
    known = vendors.of_ticket(tx, number)
    mine = next((one for one in known if one.id == case), None)
    if mine is None or mine.closed_at is not None:
        raise Refused(f"ticket {number} has no open case {case}")
    vendors.close(tx, case, by=by.actor.name, at=by.now)
    told = {"case": case, "vendor": mine.vendor}
    ended = Entry("vendor_closed", by.actor, told, words)
    ticket = taking.write(tx, ticket, [ended], by.now).ticket
    others = any(one.closed_at is None for one in known if one.id != case)
    if others or ticket.state is not TicketState.WAITING_VENDOR:
        return acted(tx, taking.TakenIn(ticket), by)
    return done(tx, ticket, by, ChangeKind.STATE, "", {"state": TicketState.OPEN})


@alone
def complain(tx: Tx, number: int, text: str, about: str | None, *, by: Hand) -> Acted:
    """The customer is not content: to the supervisor, who has an hour (R86)."""
    ticket = ours(tx, number)
    case = case_of(tx, ticket)
    whom = about or case.handler or ticket.owner or ""
    if ticket.over:
        ticket = done(tx, ticket, by, ChangeKind.STATE, "", {"state": TicketState.OPEN}).ticket
    told = Entry("complaint", by.actor, {"about": whom}, worded(text))
    ticket = taking.write(tx, ticket, [told], by.now).ticket
    moved = Acted(ticket)
    if ticket.queue != SUPERVISOR:
        to = {"queue": SUPERVISOR, "reason": "complaint"}
        moved = done(tx, ticket, by, ChangeKind.QUEUE, "", to)
    cases.change(tx, replace(case_of(tx, moved.ticket), complaint_about=whom))
    return tell(tx, moved, f"complaint-{moved.ticket.seq}", "is a complaint", by=by)
