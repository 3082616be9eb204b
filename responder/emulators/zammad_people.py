"""Who works in the Zammad emulator, and how its tickets look to them and to us."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from responder.emulators.zammad_book import VOTE_FIELD, Article, EmulatedTicket, ZammadBook, now


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody who works in the ticket system, or a customer who writes to it."""

    book: ZammadBook
    name: str

    def change(self, ticket: int | str, **told: str) -> None:
        """Set title, group, state, priority, owner or an attribute."""
        self.book.change(self.name, int(ticket), told)

    def reply(self, ticket: int | str, text: str) -> None:
        """Write to the customer, as the web page does it: in HTML."""
        html = f"<div>{text}</div>"
        self.book.say(self.name, int(ticket), html, type="email", content_type="text/html")

    def note(self, ticket: int | str, text: str) -> None:
        """Write to the staff."""
        self.book.say(self.name, int(ticket), text, internal=True)

    def vote(self, ticket: int | str, score: int) -> None:
        """Fill the attribute of the customer's vote."""
        self.change(ticket, **{VOTE_FIELD: str(score)})

    def merge(self, ticket: int | str, into: int | str) -> None:
        """Merge one ticket into another."""
        self.book.merge(self.name, int(ticket), self.book.tickets[int(into)])

    def write(self, ticket: int | str, text: str) -> None:
        """A customer's mail: it opens a closed ticket in his name, then it is written down."""
        if self.book.tickets[int(ticket)].state != "new":
            self.change(ticket, state="open")
        self.book.say(self.name, int(ticket), text, type="email", sender="Customer")


def row_shape(book: ZammadBook, ticket: EmulatedTicket) -> Mapping[str, Any]:
    """A ticket with names, as `expand=true` asks."""
    return {
        "id": ticket.id,
        "number": ticket.number,
        "title": ticket.title,
        "group": ticket.group,
        "state": ticket.state,
        "priority": ticket.priority,
        "owner": ticket.owner,
        "owner_id": book.number_of(ticket.owner),
        "customer": ticket.customer,
        "customer_id": book.number_of(ticket.customer),
        "created_at": ticket.created_at.isoformat(timespec="milliseconds"),
        "updated_at": ticket.updated_at.isoformat(timespec="milliseconds"),
        **{name: ticket.own.get(name) for name in book.attributes},
    }


def article_shape(article: Article) -> Mapping[str, Any]:
    """An article."""
    return {
        "id": article.id,
        "ticket_id": article.ticket,
        "body": article.body,
        "type": article.type,
        "internal": article.internal,
        "sender": article.sender,
        "content_type": article.content_type,
        "to": article.to,
        "created_at": now().isoformat(timespec="milliseconds"),
    }
