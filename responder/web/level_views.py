"""A ticket's way through the levels as JSON; made inside the look, beside the loop."""

from datetime import datetime

from responder.desk.stays import Stay, stays
from responder.desk_values import Case, SlaClock
from responder.store import Tx, cases, clocks, logs, passed_on, questions, vendors
from responder.store import tickets as rows
from responder.store.familiar import familiar
from responder.store.vendors import VendorCase
from responder.web import level_answers as answers


def levels(tx: Tx, number: int, *, now: datetime) -> str | None:
    """One ticket, None when there is none."""
    ticket = rows.by_id(tx, number)
    if ticket is None:
        return None
    case = cases.by_ticket(tx, number)
    case = case or Case(number, entered_at=ticket.opened_at, handler=ticket.owner)
    seen = familiar(tx, case.fingerprint, brand=ticket.brand, before=number)
    been = stays(
        logs.read(tx, "ticket", number), queue=ticket.queue, opened_at=ticket.opened_at, now=now
    )
    return answers.LevelsAnswer(
        ticket=str(number),
        queue=ticket.queue,
        owner=ticket.owner,
        handler=case.handler,
        reviewed_at=case.reviewed_at,
        handed_from=case.handed_from,
        outcome=case.outcome,
        article=case.article,
        candidate=case.candidate,
        prevention=case.prevention,
        clocks=tuple(map(_clock, clocks.of_tickets(tx, [number])[number])),
        stays=tuple(map(_stay, been)),
        vendors=tuple(map(_vendor, vendors.of_ticket(tx, number))),
        asked_until=questions.open_until(tx, number, now=now),
        seen_before=answers.SeenAnswer(
            times=seen.times, ticket=str(seen.ticket) if seen.ticket else None, fix=seen.fix
        ),
    ).model_dump_json()


def passed(tx: Tx, *, since: datetime, brand: str | None) -> str:
    """What level 1 passed on, and what came back."""
    found = passed_on.passed_on(tx, since=since, brand=brand)
    return answers.PassedOnListAnswer(
        tickets=tuple(
            answers.PassedOnAnswer(
                person=one.person,
                ticket=str(one.ticket),
                subject=one.subject,
                how=one.how,
                at=one.at,
            )
            for one in found
        )
    ).model_dump_json()


def candidates(tx: Tx, *, brand: str | None) -> str:
    """The tickets that are worth an article."""
    found = [
        answers.CandidateAnswer(ticket=str(number), subject=subject, article=article)
        for number, subject, article in cases.candidates(tx, brand=brand)
    ]
    return answers.CandidatesAnswer(tickets=tuple(found)).model_dump_json()


def _clock(one: SlaClock) -> answers.ClockAnswer:
    return answers.ClockAnswer(
        target=one.target,
        budget=one.budget,
        spent=one.spent,
        warned=one.warned,
        next_at=one.next_at,
        ended_at=one.ended_at,
    )


def _stay(one: Stay) -> answers.StayAnswer:
    return answers.StayAnswer(
        queue=one.queue,
        since=one.since,
        until=one.until,
        held_seconds=int(one.held.total_seconds()),
        touch_seconds=int(one.touched.total_seconds()),
        acts=one.acts,
    )


def _vendor(one: VendorCase) -> answers.VendorAnswer:
    return answers.VendorAnswer(
        case=one.id,
        vendor=one.vendor,
        reference=one.reference,
        contact=one.contact,
        opened_by=one.opened_by,
        opened_at=one.opened_at,
        chase_at=one.chase_at,
        closed_at=one.closed_at,
    )
