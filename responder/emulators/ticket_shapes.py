"""What the ticket emulator answers, in the shapes that Request Tracker's REST2 was seen to have."""

from collections.abc import Callable, Iterable, Mapping
from itertools import islice
from typing import Any

from aiohttp import web

from responder.emulators.ticket_book import (
    CHOICES,
    FIELDS,
    KEY_FIELD,
    QUEUES,
    EmulatedTicket,
    Transaction,
)

USEFUL = "Useful"
USEFUL_ID = 10


def wanted(limits: list[Mapping[str, Any]]) -> Callable[[Transaction], bool]:
    """REST2's search by JSON: some of these transactions, or some words in the text."""
    numbers = {limit["value"] for limit in limits if limit["field"] == "TransactionId"}
    words = [limit["value"] for limit in limits if limit["field"] == "Content"]
    return lambda line: (
        (not numbers or line.id in numbers) and all(word in line.text for word in words)
    )


def columns(ticket: EmulatedTicket) -> Mapping[str, str | None]:
    """What TicketSQL can ask of a ticket."""
    fields = {f"CF.{{{name}}}": value for name, value in ticket.fields.items()}
    told = {"id": str(ticket.id), "EffectiveId": str(ticket.survivor), "Queue": ticket.queue}
    return {**told, "Creator": ticket.creator, "Subject": ticket.subject, **fields}


def transaction_columns(line: Transaction) -> Mapping[str, str | None]:
    """What TransactionSQL can ask of a transaction."""
    told = {"id": str(line.id), "Type": line.type, "Field": line.what}
    told["ObjectId"] = str(line.ticket)
    return {"ObjectType": "RT::Ticket", f"CF.{{{USEFUL}}}": line.useful or None, **told}


def ticket_shape(ticket: EmulatedTicket) -> dict[str, Any]:
    """A ticket; an unset field has no values."""
    return {
        "id": str(ticket.id),
        "EffectiveId": {"id": str(ticket.survivor), "type": "ticket"},
        "Subject": ticket.subject,
        "Status": ticket.status,
        "Queue": {"id": str(QUEUES[ticket.queue]), "type": "queue"},
        "Owner": {"id": ticket.owner, "type": "user"},
        "Priority": str(ticket.priority),
        "Requestor": [{"id": name, "type": "user"} for name in ticket.requestors],
        "CustomFields": [
            {
                "id": str(number),
                "name": name,
                "values": [ticket.fields[name]] if name in ticket.fields else [],
            }
            for name, number in FIELDS.items()
        ],
    }


def transaction_shape(line: Transaction) -> dict[str, Any]:
    """A transaction; times are whole seconds."""
    return {
        "id": str(line.id),
        "ObjectId": str(line.ticket),
        "Type": line.type,
        "Field": line.what,
        "OldValue": line.old,
        "NewValue": line.new,
        "Creator": {"id": line.who, "type": "user"},
        "Created": line.at.strftime("%Y-%m-%dT%H:%M:%SZ"),
        "CustomFields": [
            {"id": str(USEFUL_ID), "name": USEFUL, "values": [line.useful] if line.useful else []}
        ],
    }


def queue_shape(name: str) -> dict[str, Any]:
    """A queue, to which every custom field is applied."""
    return {
        "id": QUEUES[name],
        "Name": name,
        "TicketCustomFields": [{"ref": "customfield", "name": field} for field in FIELDS],
        "TicketTransactionCustomFields": [{"ref": "customfield", "name": USEFUL}],
        "_hyperlinks": [{"ref": "self"}, {"ref": "create"}],
    }


def field_shape(number: int) -> dict[str, Any]:
    """A custom field of one value. Raises KeyError."""
    name = {USEFUL_ID: USEFUL, **{known: name for name, known in FIELDS.items()}}[number]
    values = {USEFUL: ("yes", "no"), **CHOICES}.get(name)
    told = {
        "id": number,
        "Name": name,
        "MaxValues": "1",
        "UniqueValues": str(int(name == KEY_FIELD)),
    }
    return {
        **told,
        "Type": "Select" if values else "Freeform",
        **({"Values": values} if values else {}),
    }


def page(items: Iterable[Mapping[str, Any]], request: web.Request | None = None) -> web.Response:
    """The first page; Debian's 5.0.3 counts no total where rights decide who sees what."""
    size = int(request.query.get("per_page", "20")) if request else 100
    shown = list(islice(items, size))
    return web.json_response({"items": shown, "count": len(shown), "total": None, "page": 1})
