"""What WHMCS's API answers, as types (developers.whmcs.com/api-reference)."""

import html
from typing import Annotated, Any, TypeVar

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field

Row = TypeVar("Row")


def _text(told: object) -> object:
    """WHMCS tells numbers as strings here and as numbers there, and nothing as null or ""."""
    return "" if told is None else str(told) if isinstance(told, int | float) else told


def _plain(told: object) -> object:
    """It keeps what people write as HTML: `&quot;` is a quote."""
    words = _text(told)
    return html.unescape(words).replace("\r\n", "\n") if isinstance(words, str) else words


def _listed(told: object) -> object:
    """An empty list of things is "", null or [] and not {"thing": []}; one thing may be bare."""
    if isinstance(told, dict):
        (inner,) = told.values() if len(told) == 1 else ([],)
        return inner if isinstance(inner, list) else [inner]
    return told or ()


Text = Annotated[str, BeforeValidator(_text)]
Plain = Annotated[str, BeforeValidator(_plain)]
Number = Annotated[int, BeforeValidator(lambda told: told or 0)]
Rating = Annotated[int, BeforeValidator(lambda told: int(float(told or 0)))]
Many = Annotated[tuple[Row, ...], BeforeValidator(_listed)]


class _Told(BaseModel):
    model_config = ConfigDict(frozen=True, extra="ignore")


class Said(_Told):
    """What begins every answer; HTTP says 200 to a refusal too."""

    result: str
    message: Plain = ""


class Opened(_Told):
    """A new ticket: `id` is the one to call it by, the `tid` beside it is for people's eyes."""

    id: Text


class _Ticket(_Told):
    subject: Plain = ""
    status: Plain = ""
    priority: Text = ""
    deptid: Text = ""
    flag: Text = "0"
    lastreply: Text = ""

    @property
    def owner(self) -> str:
        """The number of the admin whom it is flagged to; "" for nobody."""
        return "" if self.flag == "0" else self.flag


class ListedRow(_Ticket):
    """A ticket in GetTickets."""

    id: Text


class WordRow(_Told):
    """What somebody wrote. `admin` is the full name of one of the staff."""

    id: Number
    date: Text
    message: Plain = ""
    admin: Plain = ""


class ReplyRow(WordRow):
    """Public words; number 0 is what the ticket was opened with."""

    id: Number = Field(alias="replyid")
    name: Plain = ""
    email: Text = ""
    requestor: Text = Field(default="", alias="requestor_email")
    rating: Rating = 0


class NoteRow(WordRow):
    """Words for the staff."""

    id: Number = Field(alias="noteid")


class TicketRow(_Ticket):
    """A ticket in GetTicket, with all that was written."""

    id: Text = Field(alias="ticketid")
    replies: Many[ReplyRow] = ()
    notes: Many[NoteRow] = ()


class Listed(_Told):
    """One page of GetTickets."""

    total: Number = Field(default=0, alias="totalresults")
    tickets: Many[ListedRow] = ()


class Department(_Told):
    """A support department, which we call a queue."""

    id: Text
    name: Plain


class Departments(_Told):
    departments: Many[Department] = ()


class Status(_Told):
    title: Plain


class Statuses(_Told):
    statuses: Many[Status] = ()


class Admin(_Told):
    """Somebody of the staff: flags name the number, words the full name, people the user name."""

    id: Text
    username: Text
    firstname: Plain = ""
    lastname: Plain = ""
    off: bool = Field(default=False, alias="isDisabled")

    @property
    def name(self) -> str:
        """The name that stands under words."""
        return f"{self.firstname} {self.lastname}".strip()


class Admins(_Told):
    people: tuple[Admin, ...] = Field(default=(), alias="admin_users")


class Me(_Told):
    """Who we are there. `now`: WHMCS's own clock, in its own zone; "" in old versions."""

    id: Text = Field(alias="adminid")
    name: Plain = ""
    rights: Plain = Field(default="", alias="allowedpermissions")
    now: Text = Field(default="", alias="requesttime")
    version: Any = Field(default=None, alias="whmcs")
