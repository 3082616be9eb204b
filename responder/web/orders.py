"""What people send to the API, as types: the bodies of acts and the queries of lists."""

from datetime import UTC, datetime, timedelta
from typing import Annotated, Any, Literal, Self

from pydantic import (
    AfterValidator,
    AwareDatetime,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    model_validator,
)

from alerts.model import Priority, clean
from probes.durations import Duration

MUTE_AT_MOST = timedelta(hours=24)
"""How long one act may keep people from being told: who finds a token must not blind us."""

Words = Annotated[str, AfterValidator(clean), Field(max_length=20_000)]
Name = Annotated[str, AfterValidator(clean), Field(min_length=1, max_length=200)]


def _last(told: Any) -> Any:
    """A query names a thing once; of several the last counts, as everywhere."""
    return told[-1] if isinstance(told, list) and told else told


Single = BeforeValidator(_last)
StateWord = Literal["open", "acknowledged", "mitigated", "resolved", "closed", "active"]


class Order(BaseModel):
    """A part of a request: what it does not know it refuses."""

    model_config = ConfigDict(
        extra="forbid",
        frozen=True,
        hide_input_in_errors=True,
        populate_by_name=True,
        defer_build=True,  # built when first asked for
    )


class ListQuery(Order):
    """Which incidents a list shows."""

    state: tuple[StateWord, ...] = Field((), description="Repeatable; active = not over yet")
    server: Annotated[Name | None, Single] = Field(None, description="Of this server alone")
    limit: Annotated[int, Single] = Field(100, ge=1, le=1000)
    after: Annotated[str | None, Single] = Field(None, description="`next` of the part before")


class NoteOrder(Order):
    """Words for the log and the ticket."""

    note: Words = Field(min_length=1)


class MayNoteOrder(Order):
    """An act, and perhaps words to it."""

    note: Words = ""


class Span(Order):
    """Until a moment, or for a while."""

    until: AwareDatetime | None = None
    lasts: Duration | None = Field(None, alias="for", description="Such as 30m")

    @model_validator(mode="after")
    def _one_of_two(self) -> Self:
        if (self.until is None) == (self.lasts is None):
            raise ValueError('give either "until" (a time with its zone) or "for" (such as 30m)')
        if self.lasts is not None and self.lasts <= timedelta(0):
            raise ValueError('"for" must be longer than nothing')
        return self

    def end(self, begin: datetime) -> datetime:
        """When it ends, if it begins then. Raises ValueError for what no calendar holds."""
        try:
            return (self.until or begin + (self.lasts or timedelta(0))).astimezone(UTC)
        except OverflowError:
            raise ValueError("that is too far away") from None


class SnoozeOrder(Span):
    """Pages wait."""

    note: Words = ""


class HandoverOrder(Order):
    """Another person has it from now on."""

    to: Name
    note: Words = ""


class MergeOrder(Order):
    """The incident of which this one is a part."""

    into: Name


class OpenOrder(Order):
    """Trouble that a person saw first."""

    title: Name
    priority: Priority = Priority.CRITICAL
    server: Name | None = None
    text: Words = ""
    drill: bool = False


class WorkOrder(Span):
    """Planned work. `scope`: server:web1, rack:fra1/r1, dc:fra1, brand:acme or all."""

    scope: Name
    starts_at: AwareDatetime | None = Field(None, description="Now, unless said otherwise")
    reason: Words = ""


class RetryOrder(Order):
    """Dead letters to be tried again; without `ids` all of them."""

    ids: tuple[Name, ...] | None = Field(None, max_length=1000)
