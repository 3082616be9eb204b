"""Requests of customers, over whatever channel they come: each becomes one ticket and its case."""

from dataclasses import dataclass
from datetime import datetime

from alerts.model import Category, Priority
from playbooks.ports import TicketState
from responder.deskwork import Acted, Hand
from responder.store import Tx
from responder.tickets.desk import SYSTEM


@dataclass(frozen=True, slots=True)
class Request:
    """What somebody wants, as it reached us; hostile text in every field.

    `key` is its name where it comes from: the same key never gives two tickets. `sender` and `to`
    are mail addresses, else names or telephone numbers. `submitted_by` typed it in for
    `on_behalf_of` (R6). `system` and `ref`: the ticket exists there already; "" = it is to be
    kept at our own desk. `category`, `priority` and `queue` are an agent's, and count more than
    what the rules find.
    """

    subject: str
    text: str
    channel: str
    key: str | None = None
    system: str = SYSTEM
    ref: str = ""
    opened_at: datetime | None = None
    sender: str = ""
    sender_name: str = ""
    to: str = ""
    brand: str | None = None
    account: str | None = None
    server: str | None = None
    incident: int | None = None
    category: Category | None = None
    priority: Priority | None = None
    queue: str | None = None
    state: TicketState = TicketState.NEW
    owner: str | None = None
    submitted_by: str = ""
    on_behalf_of: str = ""
    language: str = ""


def take(tx: Tx, request: Request, *, by: Hand) -> Acted:
    """Open the ticket of a request, once for each key; all that follows from it is queued in the
    same transaction. Raises Refused for words that mean nothing here.
    """
    raise NotImplementedError
