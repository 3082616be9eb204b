"""Letters of the desk to customers, as effects for the outbox (pure)."""

from playbooks.plain import in_header
from responder.customers.brands import is_address
from responder.desk_values import Case
from responder.plan import Plan
from responder.values import Effect, EffectKind, TicketRecord

_SUBJECT = 150  # characters


def letter_to_customer(
    ticket: TicketRecord, case: Case, *, key: str, subject: str, text: str, plan: Plan
) -> Effect | None:
    """A mail to whoever wrote the request, in his brand's name; None when no mail reaches him. The
    same key never sends two. A ticket of no brand is written in no brand's name.
    """
    if not is_address(case.requester) or mailbox(plan, ticket.brand) is None:
        return None
    payload = {
        "ticket": ticket.id,
        "brand": ticket.brand or "",
        "to": case.requester,
        "subject": in_header(subject, limit=_SUBJECT),
        "text": text,
        "language": case.language,
    }
    return Effect(key, EffectKind.DESK_MAIL, 0, payload, lane=f"desk/{ticket.id}")


def mailbox(plan: Plan, brand: str | None) -> str | None:
    """Who the desk's letters to customers of this brand are from; None while nobody can write."""
    clientele = plan.clientele
    if brand in clientele.brands:
        server = clientele.server(brand)
        return server.sender if server else None
    return clientele.relay.sender if clientele.relay else None
