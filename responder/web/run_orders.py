"""What people send to the API about runs, as types."""

from typing import Annotated, Literal

from pydantic import Field

from responder.web.orders import Name, Order, Single, Words

RunStateWord = Literal[
    "due", "running", "waiting", "paused", "unknown", "done", "failed", "aborted", "active"
]


class RunQuery(Order):
    """Which runs a list shows."""

    state: tuple[RunStateWord, ...] = Field((), description="Repeatable; active = not over yet")
    server: Annotated[Name | None, Single] = Field(None, description="Of this server alone")
    incident: Annotated[Name | None, Single] = Field(None, description="Of this incident alone")
    limit: Annotated[int, Single] = Field(100, ge=1, le=1000)
    after: Annotated[str | None, Single] = Field(None, description="`next` of the part before")


class BeginOrder(Order):
    """Begin a playbook by hand."""

    playbook: Name
    server: Name
    incident: Name | None = Field(None, description="The server's own, unless one is named")
    confirm: Annotated[str, Field(max_length=200)] = Field(
        "", description="The server's name, typed by hand; a dry run needs none"
    )
    overrules: tuple[Name, ...] = Field(
        (), max_length=20, description="Checks of the gate that the person takes on himself"
    )
    reason: Words = Field("", description="Why; needed with overrules")
    dry: bool = Field(False, description="Walk through it, do nothing that can't be taken back")
    drill: bool = Field(False, description="Practice, dry: marked DRILL, in no figure")


class ApproveOrder(Order):
    """A yes to exactly what the run asks."""

    digest: Name = Field(description="As the run's `asked` has it")
    server: Name = Field(description="The name in `asked`, typed by hand")
    overrules: tuple[Name, ...] = Field((), max_length=20)
    reason: Words = ""


class ContinueOrder(Order):
    """What became of the step, as a person has seen it."""

    outcome: Literal["done", "failed"]
    note: Words = ""


class PlanOrder(Order):
    """For which server."""

    server: Name
