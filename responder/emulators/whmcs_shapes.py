"""What the WHMCS emulator answers, in the shapes of its documents: numbers are strings."""

from typing import Any

from responder.emulators.whmcs_book import STAFF, WhmcsTicket, Word

_FULL = {name: f"{first} {last}" for name, first, last in STAFF.values()}
_FULL["ghost"] = "Gone Ghost"  # an account that was deleted


def listed_shape(ticket: WhmcsTicket) -> dict[str, Any]:
    """A ticket in GetTickets."""
    return {"id": str(ticket.id), **_columns(ticket)}


def ticket_shape(ticket: WhmcsTicket) -> dict[str, Any]:
    """A ticket in GetTicket; an empty list is an empty string."""
    shown = [word for word in ticket.words if not word.hidden]
    replies = [_reply(word) for word in shown if word.public]
    notes = [_note(word) for word in shown if not word.public]
    return {
        "ticketid": str(ticket.id),
        **_columns(ticket),
        "replies": {"reply": replies} if replies else "",
        "notes": {"note": notes} if notes else "",
    }


def _columns(ticket: WhmcsTicket) -> dict[str, Any]:
    return {
        "tid": ticket.tid,
        "c": "KPqH7yG3",
        "deptid": ticket.department,
        "userid": "0",
        "name": ticket.name,
        "email": ticket.email,
        "date": ticket.at,
        "subject": ticket.subject,
        "status": ticket.status,
        "priority": ticket.urgency,
        "lastreply": ticket.lastreply,
        "flag": ticket.flag,
    }


def _reply(word: Word) -> dict[str, Any]:
    return {
        "replyid": str(word.id),
        "name": "",
        "email": word.email,
        "date": word.at,
        "message": word.text,
        "admin": _FULL.get(word.by, ""),
        "rating": str(word.rating),
    }


def _note(word: Word) -> dict[str, Any]:
    return {
        "noteid": str(word.id),
        "date": word.at,
        "message": word.text,
        "admin": _FULL.get(word.by, ""),
    }
