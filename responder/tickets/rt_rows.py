"""What Request Tracker's REST2 answers, as types."""

from collections.abc import Mapping
from datetime import datetime
from typing import Annotated, Generic, TypeVar

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, RootModel
from typing_extensions import override

Row = TypeVar("Row", bound=BaseModel)


def _id(told: object) -> object:
    """REST2 gives an id as a number, as a string, or inside a reference to the thing."""
    named = told.get("id") if isinstance(told, Mapping) else told
    return str(named) if isinstance(named, int) else named


def _texts(told: object) -> object:
    """The values of a custom field less images and files, which are objects."""
    return [value for value in told if isinstance(value, str)] if isinstance(told, list) else told


Id = Annotated[str, BeforeValidator(_id)]
Text = Annotated[str, BeforeValidator(lambda told: told or "")]
Number = Annotated[int, BeforeValidator(lambda told: told or 0)]


class Told(BaseModel):
    """Something that RT tells; what we do not need of it is left out."""

    model_config = ConfigDict(frozen=True, extra="ignore")


class CustomField(Told):
    """A custom field as a ticket or a transaction shows it; no values when it is empty."""

    id: Id
    name: str
    values: Annotated[tuple[str, ...], BeforeValidator(_texts)] = ()


class _WithFields(Told):
    fields: tuple[CustomField, ...] = Field(default=(), alias="CustomFields")

    def values(self, name: str) -> tuple[str, ...]:
        """The values of one custom field; none when it is empty or not there."""
        return next((field.values for field in self.fields if field.name == name), ())


class TicketRow(_WithFields):
    """A ticket. `survivor` is the ticket that it was merged into, else its own id."""

    id: Id
    survivor: Id = Field(alias="EffectiveId")
    subject: Text = Field(default="", alias="Subject")
    status: Text = Field(default="", alias="Status")
    queue: Id = Field(default="", alias="Queue")
    owner: Id = Field(default="", alias="Owner")
    priority: Number = Field(default=0, alias="Priority")
    requestors: tuple[Id, ...] = Field(default=(), alias="Requestor")


class TransactionRow(Told):
    """One thing that happened to a ticket, under the id that the ticket had then."""

    id: int
    ticket: Id = Field(alias="ObjectId")
    type: str = Field(alias="Type")
    field: Text = Field(default="", alias="Field")
    old: Text = Field(default="", alias="OldValue")
    new: Text = Field(default="", alias="NewValue")
    creator: Id = Field(alias="Creator")
    created: datetime = Field(alias="Created")


class FieldsRow(_WithFields):
    """The custom fields of a transaction, which RT is slow to tell: asked where it matters."""

    id: int


class AttachmentRow(Told):
    """A part of what was written with a transaction; `file` is empty for the words themselves."""

    transaction: int = Field(alias="TransactionId")
    type: Text = Field(default="", alias="ContentType")
    file: Text = Field(default="", alias="Filename")
    content: Text = Field(default="", alias="Content")


class Named(Told):
    """A queue or a user by name, or a new ticket by its number alone. `address`: to which a queue's
    customers write.
    """

    id: Id = ""
    name: Text = Field(default="", alias="Name")
    address: Text = Field(default="", alias="CorrespondAddress")


class Sentences(RootModel[tuple[str | None, ...]]):
    """What RT says to a change, in the language of its user: for people, never for a decision."""

    @override
    def __str__(self) -> str:
        return "; ".join(filter(None, self.root))


class Page(Told, Generic[Row]):
    """One page of a search."""

    items: tuple[Row, ...]
