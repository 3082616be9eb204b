"""What a new ticket is to Zammad."""

from collections.abc import Mapping
from typing import Final

from playbooks.ports import Draft, TicketState
from responder.tickets.keys import stored, tailed
from responder.tickets.zammad_rows import Body
from responder.tickets.zammad_settings import ZammadTickets

_TITLE: Final = 250  # Zammad's column


def body_of(draft: Draft, customer: str | int, settings: ZammadTickets) -> Body:
    """The ticket with an internal note, so that nobody is mailed. `customer` is a user's number, or
    `guess:` and an address.
    """
    article = {
        "body": draft.text or draft.subject,
        "content_type": "text/plain",
        "type": "note",
        "internal": True,
        "sender": "Agent",
    }
    return {
        "title": tailed(draft.subject, draft.key, longest=_TITLE),
        "group": settings.queue_there(draft.queue),
        "customer_id": customer,
        "priority": settings.priorities[draft.priority],
        "state": settings.state_there(TicketState.NEW),
        "article": article,
        settings.key_field: stored(draft.key),
        **fields_of(draft, settings),
    }


def fields_of(draft: Draft, settings: ZammadTickets) -> Mapping[str, str]:
    """The attributes to fill, by their names there."""
    told = {
        "brand": draft.brand,
        "server": draft.server,
        "account": draft.account,
        "severity": draft.priority.value,
    }
    return {name: value for word, name in settings.fields.items() if (value := told[word])}
