"""What agents and forms send as requests, and what they are answered."""

from typing import Annotated, Literal

from pydantic import Field

from alerts.model import Category, Priority
from responder.values import TicketRecord
from responder.web.answers import Answer
from responder.web.orders import Name, Order, Single, Words
from responder.web.ticket_orders import FullTicketAnswer
from responder.web.ticket_views import answer

Channel = Literal["ticket", "email", "phone", "chat", "form", "api"]


class NewRequestOrder(Order):
    """A customer's request, over any channel (R2, R3, R6, R7). What is not said is found out."""

    subject: Name
    text: Words = Field(min_length=1)
    channel: Channel = "api"
    caller: Name | None = Field(None, description="His mail address or telephone number")
    caller_name: Name | None = None
    to: Name | None = Field(None, description="The address or number that he wrote to or called")
    on_behalf_of: Name | None = Field(None, description="For whom an agent writes")
    brand: Name | None = None
    account: Name | None = None
    server: Name | None = None
    category: Category | None = Field(None, description="By default the rules decide")
    priority: Priority | None = None
    language: Name | None = None
    complex: bool = Field(
        True, description="Of a chat: more than a small matter, so a ticket; else nothing is kept"
    )
    key: Name | None = Field(None, description="The same key never gives two tickets")


class RequestAnswer(Answer):
    """What became of a request. `reference` is what the customer is told."""

    reference: str | None
    chat: Literal["closed", "goes-on"] | None = Field(description="Of a chat: what is to be done")
    expected_seconds: int | None = Field(description="So soon he hears from us")
    ticket: FullTicketAnswer | None


class FormAnswer(Answer):
    """What whoever filled in a form reads."""

    reference: str
    expected_seconds: int = Field(description="So soon he hears from us")


class ArticleQuery(Order):
    """What to look for."""

    text: Annotated[Words, Single] = ""


class ArticleAnswer(Answer):
    """One article of the knowledge base, and how it was found."""

    id: str
    title: str
    url: str
    tags: tuple[str, ...]
    helpful: int
    unhelpful: int


class ArticlesAnswer(Answer):
    """Those that fit best, the best first."""

    articles: tuple[ArticleAnswer, ...]


class ArticleVoteOrder(Order):
    """Did it help?"""

    article: Name
    helpful: bool


def request_answer(ticket: TicketRecord, *, seconds: int, chat: bool) -> RequestAnswer:
    """What the agent is told."""
    return RequestAnswer(
        reference=str(ticket.id),
        chat="closed" if chat else None,
        expected_seconds=seconds,
        ticket=answer(ticket),
    )
