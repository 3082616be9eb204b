"""Ends tickets, and answers customers with what another level has solved; each one act."""

from collections.abc import Iterator
from dataclasses import replace

from playbooks.ports import Change, ChangeKind, TicketState
from responder import deskwork
from responder.desk import taking
from responder.desk.casework import case_of
from responder.desk.closing_rules import (
    NO_ARTICLE,
    Closing,
    accused,
    asked_for,
    lacks,
    red,
    unreviewed,
    untold,
)
from responder.desk.levels import responsible
from responder.desk.tracking import speech
from responder.desk_values import Case, Outcome
from responder.deskwork import (
    Acted,
    Forbidden,
    Hand,
    Missing,
    Refused,
    acted,
    alone,
    change_of,
    done,
    ours,
    worded,
)
from responder.kpi.figures import PERSON, Name, counts
from responder.store import Tx, cases, kpis, logs, outbox, questions
from responder.store import incidents as incident_rows
from responder.support import crew
from responder.support.mailing import leaks, letter_to_customer
from responder.values import Entry, Figure, TicketRecord

_SOLVED = {"state": TicketState.SOLVED}


@alone
def solve(tx: Tx, number: int, closing: Closing, *, by: Hand) -> Acted:
    """End a ticket. Raises Missing for what must be said first, Forbidden for whom it is about,
    Refused while it does not look well.
    """
    ticket = ours(tx, number)
    if ticket.over:
        return Acted(ticket)
    case, level = case_of(tx, ticket), crew.acts_as(by.plan, by.actor.name, ticket.queue)
    _allowed(tx, ticket, case, closing, level=level, by=by)
    if ticket.state is TicketState.ANSWERING and asked_for(ticket) and not closing.advised:
        raise Refused("the customer waits to hear the solution: answer him, and it is solved")
    return _end(tx, ticket, case, closing, level=level, by=by)


@alone
def turn(tx: Tx, number: int, state: TicketState, *, by: Hand) -> Acted:
    """Set where a ticket stands; whom a complaint is about does not close it (R86)."""
    ticket = ours(tx, number)
    if state is TicketState.CLOSED and accused(case_of(tx, ticket), by.actor.name):
        raise Forbidden("whom a complaint is about does not end it")
    return deskwork.turn(tx, number, state, by=by)


@alone
def answer(tx: Tx, number: int, text: str, closing: Closing, *, by: Hand) -> Acted:
    """Tell the customer what was solved at another level; with that it is solved (R35)."""
    ticket = ours(tx, number)
    if ticket.state is not TicketState.ANSWERING:
        raise Refused("no solution waits to be told: write a reply, or solve it")
    case, level = case_of(tx, ticket), crew.acts_as(by.plan, by.actor.name, ticket.queue)
    if level == "level-3":
        raise Forbidden("level-3 does not write to customers")
    _allowed(tx, ticket, case, closing, level=level, by=by)
    said = speak(tx, ticket, text, by=by)
    ended = _end(tx, said.ticket, case, replace(closing, text="answered"), level=level, by=by)
    return _both(said, ended)


@alone
def reply(tx: Tx, number: int, text: str, *, by: Hand) -> Acted:
    """Write to the customer: level 1 does, level 2 may and level 1 hears of it (R52), level 3 does
    not (R54).
    """
    ticket = ours(tx, number)
    level = crew.acts_as(by.plan, by.actor.name, ticket.queue)
    if level == "level-3":
        raise Forbidden("level-3 does not write to customers: ask for a clarification")
    said = speak(tx, ticket, text, by=by)
    if level != "level-2":
        return said
    heard = Entry("note", by.actor, {"via": "desk"}, "For level-1: level-2 has answered directly.")
    taken = taking.write(tx, said.ticket, [heard], by.now)
    return replace(said, ticket=taken.ticket)


@alone
def nominate(tx: Tx, number: int, *, candidate: bool, by: Hand) -> Acted:
    """It is worth an article of the knowledge base, or is none any more (R84)."""
    ticket = ours(tx, number)
    case = case_of(tx, ticket)
    if case.candidate == candidate:
        return Acted(ticket)
    cases.change(tx, replace(case, candidate=candidate))
    told = Entry("candidate", by.actor, {"candidate": "yes" if candidate else "no"})
    return acted(tx, taking.write(tx, ticket, [told], by.now), by)


def speak(tx: Tx, ticket: TicketRecord, text: str, *, by: Hand) -> Acted:
    """Public words of a person, and the letter with them if the customer wrote by mail. Raises
    Refused for what customers of his brand must not read.
    """
    said = done(tx, ticket, by, ChangeKind.REPLY, worded(text), {})
    case = case_of(tx, said.ticket)
    key = f"desk/{said.ticket.id}/reply/{said.ticket.seq}"
    subject = f"Re: {speech(by.plan.clientele, ticket.brand).discreet(ticket.subject)}"
    letter = letter_to_customer(
        said.ticket, case, key=key, subject=subject, text=text, plan=by.plan, written=True
    )
    if letter is None:
        return said
    if found := leaks(by.plan, text, brand=ticket.brand or ""):
        raise Refused(f"the customer must not read this: {found}")
    outbox.add(tx, [letter], now=by.now)
    return replace(said, effects=said.effects + 1)


def _allowed(
    tx: Tx, ticket: TicketRecord, case: Case, closing: Closing, *, level: str, by: Hand
) -> None:
    if accused(case, by.actor.name):
        raise Forbidden("whom a complaint is about does not end it")
    if missing := list(lacks(closing, ticket, level=level)):
        raise Missing("; ".join(missing))
    if why := untold(ticket, logs.read(tx, "ticket", ticket.id), closing, level=level):
        raise Refused(why)
    if closing.override.strip():
        return
    known = [] if ticket.incident is None else incident_rows.by_ids(tx, [ticket.incident])
    if why := red(known, watch=by.plan.alerts.watch, now=by.now):
        raise Refused(f"{why}; to end it nevertheless say why, in `override`")


def _end(
    tx: Tx, ticket: TicketRecord, case: Case, closing: Closing, *, level: str, by: Hand
) -> Acted:
    said = Acted(ticket)
    if closing.outcome is Outcome.NOT_OUR_FAULT:
        said = speak(tx, ticket, closing.advised, by=by)
    lines = list(_lines(case, ticket, closing, by))
    ticket = taking.write(tx, said.ticket, lines, by.now).ticket if lines else said.ticket
    solved: Change = change_of(ticket, ChangeKind.STATE, by, worded(closing.text), _SOLVED)
    ended = acted(tx, taking.take_in(tx, ticket, [solved]), by)
    questions.answered(tx, ticket.id, at=by.now)
    cases.change(tx, _closed(case_of(tx, ended.ticket), closing))
    linked = kpis.count(tx, _linked(ended.ticket, closing, level, by))
    return _both(said, replace(ended, figures=(*ended.figures, *linked)))


def _lines(case: Case, ticket: TicketRecord, closing: Closing, by: Hand) -> Iterator[Entry]:
    """What the audit wants to know of this ending."""
    if unreviewed(case, ticket):
        yield Entry("warning", by.actor, {"about": "unreviewed", "level": ticket.queue})
    if closing.override.strip():
        yield Entry("override", by.actor, {}, worded(closing.override))
    if closing.prevention:
        yield Entry("prevention", by.actor, {"kind": closing.prevention}, worded(closing.why))


def _closed(case: Case, closing: Closing) -> Case:
    return replace(
        case,
        outcome=closing.outcome,
        article=closing.article.strip()[:500] or case.article,
        prevention=closing.prevention or case.prevention,
        candidate=case.candidate or closing.candidate,
        handed_from="",
    )


def _linked(ticket: TicketRecord, closing: Closing, level: str, by: Hand) -> list[Figure]:
    if level != "level-1" or not asked_for(ticket) or not counts(ticket):
        return []
    linked = "no" if closing.article.strip().casefold() == NO_ARTICLE else "yes"
    return [
        Figure(
            about=f"ticket:{ticket.id}",
            figure=f"{Name.KB_LINKED}/{linked}",
            seconds=0,
            priority=ticket.priority,
            level=responsible(ticket.level, ticket.queue),
            by=PERSON,
            at=by.now,
            brand=ticket.brand or "",
            channel=ticket.channel,
        )
    ]


def _both(first: Acted, then: Acted) -> Acted:
    return replace(
        then,
        figures=(*first.figures, *then.figures),
        effects=first.effects + then.effects,
    )
