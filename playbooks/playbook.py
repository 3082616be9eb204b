"""What a playbook is: when it begins, how careful it must be, and its steps in order."""

from collections.abc import Mapping
from datetime import timedelta
from enum import StrEnum
from typing import Annotated, Any

from pydantic import AfterValidator, BeforeValidator, Field, StringConstraints

from alerts.model import Category
from probes.durations import Duration
from probes.settings import Piece

StepId = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9_]{0,39}$")]
PlaybookName = Annotated[str, StringConstraints(pattern=r"^[a-z0-9][a-z0-9-]{0,63}$")]
STOP, CONTINUE = "stop", "continue"
MOST_STEPS = 50
LONGEST = timedelta(days=30)  # of one step


class Mode(StrEnum):
    """What a playbook may do without asking."""

    OFF = "off"  # it is not begun
    DRY_RUN = "dry_run"  # it is walked through, and nothing irreversible is done
    ASK = "ask"  # a person approves each irreversible step
    AUTO = "auto"  # the gate alone decides


def _several(written: Any) -> Any:
    return (written,) if isinstance(written, str | int | float) else written


Several = Annotated[
    tuple[str, ...], BeforeValidator(_several, json_schema_input_type=str | tuple[str, ...])
]
"""One word, or a list of them."""

Categories = Annotated[
    tuple[Category, ...],
    BeforeValidator(_several, json_schema_input_type=Category | tuple[Category, ...]),
]


class When(Piece):
    """Which trouble begins it: all that is named must fit, of a list one; nothing named = by hand
    only.
    """

    category: Categories = ()
    kind: Several = Field((), description="server, reseller, rack, dc, brand, or an alert's name")
    labels: Mapping[str, Several] = Field(
        {}, description="Labels of the alert, each with one value or several; * is anything"
    )
    brand: Several = ()
    tags: Several = Field((), description="The server has one of these")


class Share(Piece):
    """How much may be unhealthy at once: this share, and always this many."""

    percent: float = Field(10.0, ge=0, le=100)
    at_least: int = Field(3, ge=0)


class Concurrency(Piece):
    """How many irreversible steps at a time; 0 means never."""

    rack: int = Field(1, ge=0)
    hypervisor: int = Field(1, ge=0)
    datacentre: int = Field(2, ge=0)


class Cooldown(Piece):
    """How often one machine may be acted upon."""

    between: Duration = timedelta(minutes=60)
    by_itself: int = Field(1, ge=0, description="Without a person, in `by_itself_within`")
    by_itself_within: Duration = timedelta(hours=6)
    in_all: int = Field(2, ge=0, description="Persons' acts among them, in `in_all_within`")
    in_all_within: Duration = timedelta(hours=24)
    after_boot: Duration = timedelta(minutes=15)


class Brake(Piece):
    """So many machines newly down at once, and no power action at all goes out."""

    servers: int = Field(3, ge=1)
    percent: float = Field(2.0, ge=0, le=100)
    within: Duration = timedelta(minutes=5)


class FleetRate(Piece):
    """How many power actions the whole fleet may see."""

    actions: int = Field(3, ge=0)
    within: Duration = timedelta(hours=1)
    brake: Brake = Brake()


class SecondOpinion(Piece):
    """How many independent kinds of look must agree that it is down, and for how long."""

    kinds: int = Field(2, ge=1)
    lasting: Duration = Field(timedelta(0), alias="for")
    vantages: int = Field(1, ge=1, description="Where other vantage points are configured")


class Safety(Piece):
    """How careful a playbook must be (DESIGN 9). 0 means never, not "no limit"."""

    mode: Mode = Mode.ASK
    approvals: int = Field(1, ge=1, le=10)
    expires: Duration = Field(timedelta(minutes=10), description="How long an approval holds")
    second_opinion: SecondOpinion = SecondOpinion()
    unhealthy_share: Share = Share()
    concurrency: Concurrency = Concurrency()
    cooldown: Cooldown = Cooldown()
    fleet_rate: FleetRate = FleetRate()
    protected_tags: Several = ("never_reboot", "database_master")


def _bounded(span: timedelta) -> timedelta:
    if not timedelta(0) < span <= LONGEST:
        raise ValueError(f"must be more than nothing, and {LONGEST.days} days at most")
    return span


class Step(Piece):
    """One step. What stands under `with` belongs to the action that `uses` names."""

    id: StepId
    uses: str = Field(description="The action: power.cycle, ticket.note ...")
    with_: Mapping[str, Any] = Field({}, alias="with", description="The action's own settings")
    if_: str = Field("", alias="if", description="steps.ID.NAME == WORD and ... Else it is skipped")
    timeout: Annotated[Duration, AfterValidator(_bounded)] | None = Field(
        None, description="By default the action's own"
    )
    on_fail: str = Field(STOP, description="stop, continue, or a later step's id")


def _some(steps: tuple[Step, ...]) -> tuple[Step, ...]:
    if not 1 <= len(steps) <= MOST_STEPS:
        raise ValueError(f"a playbook has 1 to {MOST_STEPS} steps")
    return steps


class Playbook(Piece):
    """One file. `safety` must be written, even if only as {}."""

    playbook: PlaybookName
    version: int = Field(1, ge=1, description="Counts its editions, for those who read old runs")
    about: str = Field("", description="What it is for, in a line")
    when: When = When()
    safety: Safety
    steps: Annotated[tuple[Step, ...], AfterValidator(_some)] = Field(
        json_schema_extra={"minItems": 1, "maxItems": MOST_STEPS}
    )
