"""What agents and forms send as requests, and what they are answered."""

from typing import Any, Literal

from pydantic import Field

from alerts.model import Category, Priority
from responder.desk_values import Case, Confirmed
from responder.values import TicketRecord
from responder.web.answers import Answer, Moment
from responder.web.orders import Name, Order, Words
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

    text: Words = ""


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


class CaseAnswer(Answer):
    """What the support procedure knows of a ticket."""

    ticket: str
    requester: str
    requester_name: str
    submitted_by: str = Field(description="Who typed it in; empty: the customer himself")
    on_behalf_of: str
    language: str
    task: str
    rule: str = Field(description="By which it was classified")
    rules_version: str
    brand_rule: str = Field(description="By which its brand was found")
    fingerprint: str = Field(description="Requests of one kind have the same")
    confirmed: Confirmed = Field(description="What the probes say of an outage that he told")
    look_at: Moment | None = Field(description="Until then they look")
    facts: dict[str, Any] = Field(description="What was known at the opening; flags first")


def case_answer(case: Case) -> CaseAnswer:
    """The case as the API shows it."""
    return CaseAnswer(
        ticket=str(case.ticket),
        requester=case.requester,
        requester_name=case.requester_name,
        submitted_by=case.submitted_by,
        on_behalf_of=case.on_behalf_of,
        language=case.language,
        task=case.task,
        rule=case.rule,
        rules_version=case.rules_version,
        brand_rule=case.brand_rule,
        fingerprint=case.fingerprint,
        confirmed=case.confirmed,
        look_at=case.look_at,
        facts=dict(case.facts),
    )


def request_answer(ticket: TicketRecord, *, seconds: int, chat: bool) -> RequestAnswer:
    """What the agent is told."""
    return RequestAnswer(
        reference=str(ticket.id),
        chat="closed" if chat else None,
        expected_seconds=seconds,
        ticket=answer(ticket),
    )
