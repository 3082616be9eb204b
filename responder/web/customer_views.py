"""What the API says and takes about customers: who they are, what they were told, what to tell."""

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Annotated

from pydantic import AwareDatetime, Field, model_validator

from probes.durations import Duration
from responder.customers.audience import Audience, Customer, Untold
from responder.notices import Printed, Words
from responder.store.customers import Told
from responder.web.answers import Answer, Moment
from responder.web.orders import Name, Order, Single
from responder.web.orders import Words as Text

LATEST = timedelta(days=7)
"""A next message further away than this is no promise that helps anybody."""


class TellOrder(Order):
    """Words for the customers of an incident. `preview`: show them, and send nothing."""

    text: Text = Field(min_length=1)
    next_update: Duration | None = Field(None, description="When the next message comes: 30m")
    next_update_at: AwareDatetime | None = Field(None, description="The same as a moment")
    brands: tuple[Name, ...] = Field((), description="To customers of these alone")
    preview: bool = False

    @model_validator(mode="after")
    def _makes_sense(self) -> "TellOrder":
        if not self.text.strip():
            raise ValueError("a text is needed")
        if self.next_update is not None and self.next_update_at is not None:
            raise ValueError("give next_update or next_update_at, not both")
        return self

    def words(self, now: datetime) -> Words:
        """What was said. Raises ValueError for a promise that is over already, or too far away."""
        due = self.next_update_at
        if self.next_update is not None:
            due = now + min(self.next_update, 2 * LATEST)
        if due is not None and not now < due <= now + LATEST:
            raise ValueError("the next message must come within 7 days")
        return Words(self.text.strip(), due, self.brands)


class CustomersQuery(Order):
    """Which customers a list shows."""

    brand: Annotated[Name | None, Single] = Field(None, description="Of this one alone")
    limit: Annotated[int, Single] = Field(1000, ge=1, le=10_000)


class PreviewQuery(Order):
    """`preview`: with what they would read, were they told now."""

    preview: Annotated[bool, Single] = False


class CustomerAnswer(Answer):
    """Somebody who can be told."""

    customer: str = Field(description="reseller:NAME | brand:NAME:ADDRESS | ticket:NUMBER")
    brand: str
    language: str
    way: str = Field(description="mail | ticket")
    to: str = Field(description="The address, or our number of the ticket")


class UntoldAnswer(Answer):
    """Somebody who can not be told, and why."""

    customer: str
    why: str


class CustomersAnswer(Answer):
    """Everybody whom trouble may concern."""

    customers: tuple[CustomerAnswer, ...]
    untold: tuple[UntoldAnswer, ...]
    total: int


class LetterAnswer(Answer):
    """One letter, and who reads it."""

    brand: str
    language: str
    subject: str
    text: str
    customers: tuple[str, ...]


class ToldAnswer(Answer):
    """One message to one customer."""

    customer: str
    brand: str | None
    change: str = Field(description="open | update | recovery")
    way: str
    state: str = Field(description="queued | sent | unsure | failed | dropped | covered")
    subject: str
    text: str
    at: Moment = Field(description="Of the last change")


class IncidentCustomersAnswer(Answer):
    """Who was told of an incident, whom it concerns now, and who can't be told."""

    told: tuple[ToldAnswer, ...]
    concerned: tuple[CustomerAnswer, ...]
    untold: tuple[UntoldAnswer, ...]
    letters: tuple[LetterAnswer, ...] = Field((), description="With `preview`")


def customers(found: Iterable[Customer | Untold], query: CustomersQuery) -> CustomersAnswer:
    """The list."""
    everybody = [
        one
        for one in found
        if query.brand is None or (isinstance(one, Customer) and one.brand == query.brand)
    ]
    shown = everybody[: query.limit]
    return CustomersAnswer(
        customers=tuple(customer(one) for one in shown if isinstance(one, Customer)),
        untold=tuple(untold(one) for one in shown if isinstance(one, Untold)),
        total=len(everybody),
    )


def of_incident(
    told: Iterable[Told], heard: Audience, letters: Iterable[Printed] = ()
) -> IncidentCustomersAnswer:
    """What customers were told of one incident, and would be."""
    return IncidentCustomersAnswer(
        told=tuple(_told(one) for one in told),
        concerned=tuple(customer(one) for one in heard.customers),
        untold=tuple(untold(one) for one in heard.untold),
        letters=tuple(_letter(one) for one in letters),
    )


def customer(one: Customer) -> CustomerAnswer:
    """Somebody who can be told."""
    return CustomerAnswer(
        customer=one.name, brand=one.brand, language=one.language, way=one.way, to=one.to
    )


def untold(one: Untold) -> UntoldAnswer:
    """Somebody who can't."""
    return UntoldAnswer(customer=one.name, why=one.why)


def _letter(one: Printed) -> LetterAnswer:
    return LetterAnswer(
        brand=one.brand,
        language=one.language,
        subject=one.letter.subject,
        text=one.letter.text,
        customers=tuple(to.name for to in one.customers),
    )


def _told(one: Told) -> ToldAnswer:
    return ToldAnswer(
        customer=one.customer,
        brand=one.brand,
        change=one.change,
        way=one.way,
        state=one.state,
        subject=one.subject,
        text=one.words,
        at=one.at,
    )
