"""What the Zendesk emulator answers, in the shapes of its documents."""

import base64
import hashlib
import hmac
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from aiohttp import web

from responder.emulators.zendesk_book import User, ZendeskAudit, ZendeskTicket


def stamp(at: datetime) -> str:
    """A time as Zendesk writes it."""
    return at.strftime("%Y-%m-%dT%H:%M:%SZ")


def ticket_shape(ticket: ZendeskTicket) -> dict[str, Any]:
    """A ticket."""
    return {
        "id": ticket.id,
        "subject": ticket.subject,
        "external_id": ticket.external_id,
        "status": "deleted" if ticket.deleted else ticket.status,
        "priority": ticket.priority,
        "group_id": ticket.group,
        "assignee_id": ticket.assignee,
        "requester_id": ticket.requester,
        "recipient": None,
        "description": ticket.description,
        "tags": ticket.tags,
        "custom_fields": [{"id": one, "value": value} for one, value in ticket.custom.items()],
        "created_at": stamp(ticket.created_at),
        "updated_at": stamp(ticket.updated_at),
    }


def audit_shape(audit: ZendeskAudit) -> dict[str, Any]:
    """An audit with its events."""
    return {
        "id": audit.id,
        "ticket_id": audit.ticket,
        "created_at": stamp(audit.at),
        "author_id": audit.author,
        "via": audit.via,
        "events": audit.events,
    }


def user_shape(user: User) -> dict[str, Any]:
    """A user."""
    return {"id": user.id, "name": user.name, "email": user.email, "role": user.role}


def paged(name: str, rows: list[dict[str, Any]], query: Mapping[str, str]) -> web.Response:
    """A page by a cursor, which is the place of the first row here."""
    size, start = int(query.get("page[size]", "100")), int(query.get("page[after]") or "0")
    more = len(rows) > start + size
    meta = {"has_more": more, "after_cursor": str(start + size) if more else None}
    return web.json_response({name: rows[start : start + size], "meta": meta})


def signed(secret: str, body: bytes, *, at: datetime) -> dict[str, str]:
    """The headers of a webhook with this body."""
    told = stamp(at)
    digest = hmac.new(secret.encode(), told.encode() + body, hashlib.sha256).digest()
    return {
        "X-Zendesk-Webhook-Signature": base64.b64encode(digest).decode(),
        "X-Zendesk-Webhook-Signature-Timestamp": told,
    }
