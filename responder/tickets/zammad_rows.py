"""What Zammad's API answers, as types."""

from collections.abc import Mapping
from datetime import datetime
from typing import Annotated, Any, Final

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field

from responder.tickets.markup import plain

ITSELF: Final = 1  # the user "-": Zammad itself, and the owner of what nobody owns

Text = Annotated[str, BeforeValidator(lambda told: told or "")]
Number = Annotated[int, BeforeValidator(lambda told: told or 0)]


class _Told(BaseModel):
    model_config = ConfigDict(frozen=True, extra="ignore")


class TicketRow(_Told):
    """A ticket with `expand=true`: names beside the numbers, and attributes of one's own."""

    model_config = ConfigDict(frozen=True, extra="allow")

    id: int
    number: str
    title: Text = ""
    group: Text = ""
    state: Text = ""
    priority: Text = ""
    owner: Text = ""
    owner_id: Number = ITSELF
    customer_id: Number = 0
    created_at: datetime
    updated_at: datetime

    def attribute(self, name: str) -> str:
        """An attribute of one's own; "" when it is empty or not there."""
        return str((self.model_extra or {}).get(name) or "")

    def has(self, name: str) -> bool:
        """Does Zammad know this attribute?"""
        return name in (self.model_extra or {})

    @property
    def merged(self) -> bool:
        """Was it merged into another one?"""
        return self.state == "merged"


class ArticleRow(_Told):
    """Words in a ticket."""

    id: int
    body: Text = ""
    content_type: Text = "text/plain"
    internal: bool = False
    sender: Text = ""
    to: Text = ""

    @property
    def text(self) -> str:
        """The words alone."""
        return plain(self.body) if "html" in self.content_type else self.body


class UserRow(_Told):
    """A user or a customer."""

    id: int
    login: Text = ""
    email: Text = ""
    firstname: Text = ""
    lastname: Text = ""
    active: bool = True


class Named(_Told):
    """A group, a state or a priority."""

    id: int
    name: str
    active: bool = True


class Entry(_Told):
    """One line of a ticket's history."""

    id: int
    object: str
    type: str
    attribute: Text = ""
    number: int = Field(alias="o_id")
    value_from: Text = ""
    value_to: Text = ""
    id_from: Number = 0
    id_to: Number = 0
    created_by_id: int
    created_at: datetime


class History(_Told):
    """All that happened to a ticket, oldest first."""

    history: tuple[Entry, ...]


class Merge(_Told):
    """What became of a merge; a refusal is a 200 too."""

    result: str
    message: Text = ""


class AttributeRow(_Told):
    """An attribute of one's own, as the object manager shows it."""

    name: str
    object: Text = ""


Body = Mapping[str, Any]
