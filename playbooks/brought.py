"""Tickets that others opened in the ticket system, as we are told of them."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol, runtime_checkable

from alerts.model import Priority
from playbooks.ports import Change, TicketRef, TicketState


@dataclass(frozen=True, slots=True)
class Brought:
    """A ticket that somebody opened in the ticket system himself, as it stands there now. `sender`
    and `to` are mail addresses where the system knows them, else names; `id` orders them. `key` is
    ours where the ticket's name is made of it, else ""; `message_id` that of the mail that it is.
    """

    id: str
    ticket: TicketRef
    at: datetime
    subject: str
    text: str
    sender: str
    queue: str
    state: TicketState
    sender_name: str = ""
    to: str = ""
    owner: str | None = None
    priority: Priority | None = None
    key: str = ""
    message_id: str = ""


def key_of(brought: Brought) -> str:
    """The name of a ticket that others opened, the same whoever sees it."""
    return brought.key or _named(brought.ticket)


def own_key(ticket: TicketRef) -> str:
    """What stands on it as our key once it is adopted: its name, with the channel that it took."""
    return f"ticket/{_named(ticket)}"


def _named(ticket: TicketRef) -> str:
    return f"{ticket.system}/{ticket.id}/brought"


@runtime_checkable
class ListsRequests(Protocol):
    """Can tell which tickets others have opened since a cursor; "" is the beginning of our interest
    (now). What bears a key of ours is none of them, unless it is its own: an older store, put back
    after a loss, knows nothing of it.
    """

    async def requests(self, cursor: str) -> tuple[Sequence[Brought], str]: ...
    async def adopt(self, ticket: TicketRef, key: str) -> Sequence[Change]:
        """Put our key on it: from now on `changes` tells what happens to it. Twice does no harm.

        What has happened to it by then, under the ids of `changes`, which may have passed it by.
        GoneError where somebody has deleted it.
        """
        ...
