"""What follows from a new request in the same transaction: notes, owner, letters, its incident."""

from dataclasses import replace

from alerts.model import DAEMON, Category
from playbooks.ports import Change, ChangeKind, TicketRef
from responder import incidents
from responder.board import Board, Saved
from responder.customers.replies import Reply
from responder.desk import background as words
from responder.desk import taking
from responder.desk.whose import Whose
from responder.deskwork import Acted, Hand
from responder.own_person import on_shift
from responder.rota.contact import assignee
from responder.store import Tx, cases, outbox
from responder.store import tickets as rows
from responder.support import thanks
from responder.support.background import broken
from responder.support.mailing import solved_by_us
from responder.support.thanks import Occasion
from responder.values import NOT_WELL, Figure, Incident


def follow(tx: Tx, occasion: Occasion, by: Hand, *, quiet: bool) -> Acted:
    """What a new ticket asks for: its first note, an incident that it joins, its owner, letters."""
    joined = _join(tx, occasion, by)
    ticket = rows.by_id(tx, occasion.ticket.id) or occasion.ticket
    changes = [*_first_words(occasion, by), *_owned(tx, occasion, by), *_passed_on(occasion, by)]
    done = taking.take_in(tx, ticket, changes)
    letters = list(thanks.letters(occasion, by.plan))
    wanted = by.plan.desk.acknowledge and not quiet and not ticket.over
    effects = letters if wanted else []
    outbox.add(tx, effects, now=by.now)
    figures: tuple[Figure, ...] = (*done.figures, *joined.figures)
    return Acted(done.ticket, figures, len(effects) + joined.effects)


def _first_words(occasion: Occasion, by: Hand) -> list[Change]:
    """What is known of him, for whoever takes the ticket (R13)."""
    facts = dict(occasion.case.facts)
    brand = by.plan.clientele.brands.get(occasion.ticket.brand or "")
    if brand is not None and occasion.ticket.category is Category.SALES:  # R27
        facts["suggestion"] = thanks.composed(occasion, Reply.SALES, by.plan).text
    ref = TicketRef(occasion.ticket.system, occasion.ticket.ref)
    key = f"{occasion.ticket.key}/known"
    return [Change(key, ref, by.now, ChangeKind.NOTE, DAEMON, words.told(facts))]


def _owned(tx: Tx, occasion: Occasion, by: Hand) -> list[Change]:
    """The person whom this customer knows gets it while on shift, else that one's deputy (R96)."""
    client = by.plan.clientele.clients.get(occasion.whose.reseller or "")
    critical = occasion.ticket.category is Category.CRITICAL
    if client is None or client.own is None or occasion.ticket.owner or occasion.ticket.over:
        return []
    on_call = on_shift(tx, by.plan, now=by.now)
    owner = assignee(client.own, on_call=on_call, critical=critical)
    ref = TicketRef(occasion.ticket.system, occasion.ticket.ref)
    told = {"owner": owner}
    return [Change("", ref, by.now, ChangeKind.OWNER, DAEMON, "", told)] if owner else []


def _passed_on(occasion: Occasion, by: Hand) -> list[Change]:
    """A reseller's own customer, whose reseller answers: nothing is left for us, unless it is an
    outage (R80).
    """
    ticket = occasion.ticket
    reseller = thanks.passes_on(occasion.whose, by.plan)
    if not reseller or ticket.category is Category.CRITICAL or ticket.over:
        return []
    why = f"Passed on to the reseller {occasion.whose.reseller}, whose customer this is."
    return [solved_by_us(ticket, why=why, at=by.now)]


def _join(tx: Tx, occasion: Occasion, by: Hand) -> Saved:
    """A customer's outage belongs to the one that is known already: nobody is paged again."""
    ticket, case = occasion.ticket, occasion.case
    if case.look_at is None:
        return Saved((), 0)
    found = known_outage(tx, occasion.whose, by=by)
    if found is None:
        return Saved((), 0)
    rows.change(tx, replace(ticket, incident=found.id))
    cases.change(tx, replace(case, look_at=None))
    board = Board(tx, by.plan, now=by.now)
    said = f"A customer wrote (ticket {ticket.id}): {ticket.subject}"
    board.put(incidents.noted(board.incident(found.id), DAEMON, words=said, now=by.now))
    return board.save()


def known_outage(tx: Tx, whose: Whose, *, by: Hand) -> Incident | None:
    """The critical incident that he feels, the nearest one that is not well."""
    found = broken(tx, whose, plan=by.plan)
    urgent = (one for one in found if one.state in NOT_WELL and one.category is Category.CRITICAL)
    return next(urgent, None)
