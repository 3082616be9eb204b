"""What FreeScout's API answers, as types."""

from datetime import datetime
from typing import Annotated, Final, Generic, Literal, TypeVar

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field

from responder.tickets.markup import plain

NO_CHANGE: Final = "nochange"
STATUS: Final = "changed-ticket-status"
ASSIGNEE: Final = "changed-ticket-assignee"
MOVED: Final = "moved-from-mailbox"
MERGED: Final = "merged"

Text = Annotated[str, BeforeValidator(lambda told: told or "")]


class _Told(BaseModel):
    model_config = ConfigDict(frozen=True, extra="ignore", populate_by_name=True)


class Someone(_Told):
    """A user or a customer."""

    id: int
    type: Text = "user"
    email: Text = ""
    first_name: Text = Field(default="", alias="firstName")
    last_name: Text = Field(default="", alias="lastName")

    @property
    def name(self) -> str:
        """How he calls himself, "" where nobody knows."""
        return f"{self.first_name} {self.last_name}".strip()


class Action(_Told):
    """What a line of the history says; `text` is in the language of FreeScout."""

    type: Text = ""
    text: Text = ""


class Thread(_Told):
    """Words, or a line of the history. `status` is the one that it sets, if it does."""

    id: int
    type: Text = ""
    status: Text = NO_CHANGE
    state: Text = "published"
    action: Action | None = None
    body: Text = ""
    by: Someone | None = Field(default=None, alias="createdBy")
    assignee: Someone | None = Field(default=None, alias="assignedTo")
    created_at: datetime = Field(alias="createdAt")

    @property
    def line(self) -> str:
        """What sort of line of the history it is, "" for words."""
        return self.action.type if self.type == "lineitem" and self.action else ""

    @property
    def text(self) -> str:
        """The words alone."""
        return plain(self.body)


class _Threads(_Told):
    threads: tuple[Thread, ...] = ()


class Conversation(_Told):
    """A conversation, which is FreeScout's word for a ticket."""

    id: int
    number: int
    subject: Text = ""
    status: Text = "active"
    state: Text = "published"
    mailbox_id: int = Field(alias="mailboxId")
    assignee: Someone | None = None
    customer: Someone | None = None
    created_at: datetime = Field(alias="createdAt")
    updated_at: datetime = Field(alias="updatedAt")
    embedded: _Threads = Field(default=_Threads(), alias="_embedded")

    @property
    def threads(self) -> tuple[Thread, ...]:
        """Words and lines, oldest first, without drafts."""
        shown = (one for one in self.embedded.threads if one.state != "draft")
        return tuple(sorted(shown, key=lambda one: one.id))

    @property
    def deleted(self) -> bool:
        """Does it lie in the folder of the deleted, by hand or by a merge?"""
        return self.state == "deleted"


class Mailbox(_Told):
    """A mailbox."""

    id: int
    name: str
    email: Text = ""


class Webhook(_Told):
    """An address that is called when something happens."""

    id: int
    url: Text = ""
    last_error: Text = Field(default="", alias="lastRunError")


Item = TypeVar("Item", bound=_Told)


class _Embedded(_Told, Generic[Item]):
    conversations: tuple[Item, ...] = ()
    mailboxes: tuple[Item, ...] = ()
    users: tuple[Item, ...] = ()
    webhooks: tuple[Item, ...] = ()


class Page(_Told, Generic[Item]):
    """One page of a list."""

    embedded: _Embedded[Item] = Field(alias="_embedded")

    def rows(self, what: Literal["conversations", "mailboxes", "users", "webhooks"]) -> list[Item]:
        """What the page lists."""
        found: tuple[Item, ...] = getattr(self.embedded, what)
        return list(found)
