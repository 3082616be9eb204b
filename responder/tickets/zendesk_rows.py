"""What Zendesk answers, as types (developer.zendesk.com/api-reference/ticketing)."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Annotated, Any, Final

from pydantic import AwareDatetime, BaseModel, BeforeValidator, ConfigDict, Field, model_validator

MERGED_TAG: Final = "closed_by_merge"
OURS_TAG: Final = "rapid_responder"
OURS: Final = "rr:"  # begins the external_id of every ticket of ours

Id = Annotated[str, BeforeValidator(str)]


class _Told(BaseModel):
    """What is told as null is not told."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    @model_validator(mode="before")
    @classmethod
    def _said(cls, told: object) -> object:
        if not isinstance(told, Mapping):
            return told
        return {name: value for name, value in told.items() if value is not None}


class FieldValue(_Told):
    """A custom field of a ticket."""

    id: int
    value: Any = None


class TicketRow(_Told):
    """A ticket. A closed one can't be changed any more; a merged one is closed and says so by a
    tag.
    """

    id: Id
    subject: str = ""
    status: str = ""
    priority: str = ""
    group: Id = Field(default="", alias="group_id")
    owner: Id = Field(default="", alias="assignee_id")
    external: str = Field(default="", alias="external_id")
    tags: tuple[str, ...] = ()
    custom: tuple[FieldValue, ...] = Field(default=(), alias="custom_fields")
    requester: Id = Field(default="", alias="requester_id")
    recipient: str = ""
    description: str = ""
    created_at: AwareDatetime | None = None
    updated_at: AwareDatetime

    @property
    def ours(self) -> bool:
        return self.external.startswith(OURS)

    @property
    def merged(self) -> bool:
        return MERGED_TAG in self.tags


class Source(_Told):
    """Where an audit came from."""

    rel: str = ""
    to: Mapping[str, Any] = {}


class Via(_Told):
    channel: str = ""
    source: Source = Source()


class Event(_Told):
    """A part of an audit. A trigger's event says so by a `via` of its own."""

    id: int
    type: str = ""
    author: Id = Field(default="", alias="author_id")
    field: str = Field(default="", alias="field_name")
    value: Any = None
    was: Any = Field(default=None, alias="previous_value")
    body: str = ""
    plain: str = Field(default="", alias="plain_body")
    public: bool = False
    score: str = ""
    via: Via | None = None

    @property
    def words(self) -> str:
        """What was written, without its HTML."""
        return self.plain or self.body


class Audit(_Told):
    """All that one update did."""

    id: int
    ticket: Id = Field(alias="ticket_id")
    created_at: AwareDatetime
    author: Id = Field(alias="author_id")
    via: Via = Via()
    events: tuple[Event, ...] = ()

    @property
    def merges(self) -> bool:
        """Is this the end of a ticket that goes on in another?"""
        tags = (event for event in self.events if event.field == "tags")
        return any(MERGED_TAG in (event.value or ()) for event in tags if event.type == "Change")

    @property
    def took_in(self) -> bool:
        """Is this the arrival of another ticket?"""
        return self.via.source.rel == "merge" and not self.merges


class UserRow(_Told):
    """Somebody. `role`: end-user, agent or admin."""

    id: Id
    name: str = ""
    email: str = ""
    role: str = ""


class Named(_Told):
    """A group or a ticket field."""

    id: Id
    name: str = ""
    title: str = ""


class Job(_Told):
    """Work that Zendesk does behind our back."""

    id: Id
    status: str = ""

    @property
    def over(self) -> bool:
        return self.status in {"completed", "failed", "killed"}


class Meta(_Told):
    has_more: bool = False
    after: str = Field(default="", alias="after_cursor")


class Answered(_Told):
    """One page, whatever it lists; `ticket`, `user` and `job` where one thing was asked for."""

    ticket: TicketRow | None = None
    user: UserRow | None = None
    job: Job | None = Field(default=None, alias="job_status")
    tickets: Sequence[TicketRow] = ()
    results: Sequence[TicketRow] = ()
    audits: Sequence[Audit] = ()
    comments: Sequence[Event] = ()
    users: Sequence[UserRow] = ()
    groups: Sequence[Named] = ()
    fields: Sequence[Named] = Field(default=(), alias="ticket_fields")
    meta: Meta = Meta()
    after_cursor: str = ""
    end_of_stream: bool = True


def moment(told: datetime) -> int:
    """Seconds since 1970, as the export wants its beginning."""
    return int(told.timestamp())
