"""What people send about tickets: the bodies of acts, the query of the list, and the answers."""

from typing import Annotated, Literal

from pydantic import Field

from alerts.model import Category, Priority
from playbooks.ports import TicketState
from responder.web.answers import Answer, Moment
from responder.web.case_answer import CaseAnswer
from responder.web.orders import Name, Order, Single, Words
from responder.web.route import HIGHEST

Channel = Literal["ticket", "email", "phone", "chat", "form", "api", "monitoring"]


class TicketQuery(Order):
    """Which tickets a list shows."""

    state: tuple[TicketState, ...] = Field((), description="Repeatable")
    queue: Annotated[Name | None, Single] = None
    owner: Annotated[Name | None, Single] = None
    limit: Annotated[int, Single] = Field(100, ge=1, le=1000)
    after: Annotated[str | None, Single] = Field(None, description="`next` of the part before")


class NewTicketOrder(Order):
    """Somebody's trouble, written down by hand (R1, R2, R6)."""

    subject: Name
    text: Words = Field(min_length=1)
    channel: Channel = "api"
    brand: Name | None = None
    account: Name | None = None
    on_behalf_of: Name | None = Field(None, description="The customer, as he calls himself")
    category: Category = Category.HOSTING
    priority: Priority | None = None
    server: Name | None = None
    key: Name | None = Field(None, description="The same key never gives two tickets")


class TextOrder(Order):
    """Words."""

    text: Words = Field(min_length=1)


class OwnerOrder(Order):
    """Whose it is from now on; null: nobody's."""

    owner: Name | None


class QueueOrder(Order):
    """Where it belongs."""

    queue: Name
    text: Words = ""


class StateOrder(Order):
    """Where it stands."""

    state: TicketState


class VoteOrder(Order):
    """What the customer thinks of the help (R85)."""

    score: int = Field(ge=1, le=5)
    comment: Words = ""


class UsefulOrder(Order):
    """Did this reply help? `reply` is the number behind the dash of its event's id."""

    reply: int = Field(ge=1, le=HIGHEST)
    useful: bool


class FullTicketAnswer(Answer):
    """One ticket, whatever system keeps it."""

    id: str
    ref: str = Field(description="Its id in its own system")
    key: str = Field(description="Ours, searchable there")
    system: str
    subject: str
    queue: str
    level: str = Field(description="The highest level that owned it")
    owner: str | None
    state: TicketState
    priority: Priority
    category: Category
    brand: str | None
    account: str | None
    server: str | None
    channel: str
    incident: str | None
    opened_at: Moment
    reacted_at: Moment | None = Field(description="First act of a person")
    replied_at: Moment | None = Field(description="First public words of staff")
    useful_at: Moment | None = Field(description="First reply that helped")
    solved_at: Moment | None
    solved_by: str = Field(description="A level, or automation")
    drill: bool
    case: CaseAnswer | None = Field(
        None, description="What is known of the customer; of one ticket alone, not in lists"
    )


class TicketsAnswer(Answer):
    """A part of the list, newest first. `next` goes into `after=`; null at the end."""

    tickets: tuple[FullTicketAnswer, ...]
    next: str | None
