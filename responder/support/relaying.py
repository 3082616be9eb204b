"""What staff answers in another ticket system reaches a customer whom only we know, by mail."""

from collections.abc import Sequence

from alerts.model import ActorKind
from playbooks.ports import Change, ChangeKind
from responder.desk.abroad import is_filed
from responder.desk.tracking import speech
from responder.plan import Plan
from responder.store import Tx, cases
from responder.store import tickets as rows
from responder.support.mailing import letter_to_customer
from responder.values import Effect, TicketRecord


def relayed(
    tx: Tx, family: Sequence[TicketRecord], changes: Sequence[Change], *, plan: Plan
) -> list[Effect]:
    """A letter for each public answer that is new to us. What customers of this brand must not read
    is kept back as every letter is, and stands in the log. `family`: the ticket, and those that
    were merged into it, whose customers are answered in it when it is nobody's whom we write to.
    """
    living = family[0]
    said = [one for one in changes if _is_answer(one)]
    known = rows.known(tx, living.id, {one.id for one in said})
    fresh = [one for one in said if one.id not in known]
    readers = [living] if is_filed(living) else [one for one in family if is_filed(one)]
    return [letter for one in readers for letter in _letters(tx, one, fresh, plan=plan)]


def _letters(tx: Tx, ticket: TicketRecord, said: Sequence[Change], *, plan: Plan) -> list[Effect]:
    case = cases.by_ticket(tx, ticket.id)
    if case is None:
        return []
    subject = f"Re: {speech(plan.clientele, ticket.brand).discreet(ticket.subject)}"
    letters = (
        letter_to_customer(
            ticket,
            case,
            key=f"desk/{ticket.id}/there/{one.id}",  # their number is none of ours
            subject=subject,
            text=one.text,
            plan=plan,
            written=True,
        )
        for one in said
    )
    return [one for one in letters if one is not None]


def _is_answer(change: Change) -> bool:
    return change.kind is ChangeKind.REPLY and change.actor.kind is ActorKind.PERSON
