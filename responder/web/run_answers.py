"""What the API answers about runs and playbooks, as types."""

from collections.abc import Mapping
from typing import Any, Literal

from pydantic import Field

from playbooks.gate import Ruling
from playbooks.playbook import Mode
from playbooks.power.model import PowerState
from responder.run_values import RunState, Wish
from responder.web.answers import Answer, Moment


class StepAnswer(Answer):
    """One step of a run. `outcome` is "" while it was not reached or is not over."""

    id: str
    uses: str
    on_fail: str
    outcome: Literal["", "ok", "failed", "skipped"]
    text: str
    values: Mapping[str, str]
    by: str = Field(description="The person who said what became of it; mostly nobody")


class CheckAnswer(Answer):
    """One check of the gate."""

    name: str
    ruling: Ruling
    reason: str
    overruled_by: str


class AskedAnswer(Answer):
    """What waits for a person's yes. It goes back with the answer: `digest`, and `name` typed."""

    digest: str
    name: str = Field(description="To be typed by whoever agrees: the server's name")
    action: str
    would: str = Field(description="What will be done")
    since: Moment | None
    until: Moment | None
    rejected_by: str


class ConsentAnswer(Answer):
    """A person's yes."""

    step: str
    person: str
    at: Moment
    overrules: tuple[str, ...]
    reason: str
    via: str


class IntentAnswer(Answer):
    """Something that can't be taken back, begun, and not known to be over."""

    verb: str
    step: str
    at: Moment


class RunLineAnswer(Answer):
    """A playbook at work, or its record."""

    id: str
    playbook: str
    state: RunState
    outcome: str = Field(description="How it ended, in plain words")
    incident: str
    server: str | None
    step: str = Field(description="Where it is")
    waits_for: str
    mode: Mode
    drill: bool
    dry: bool = Field(description="Walked through: nothing was really done")
    requested_by: str = Field(description='"" = it began by itself')
    began_at: Moment
    changed_at: Moment
    ended_at: Moment | None


class RunsAnswer(Answer):
    """A part of the list, newest first. `next` goes into `after=`; null at the end."""

    runs: tuple[RunLineAnswer, ...]
    next: str | None


class FullRunAnswer(RunLineAnswer):
    """All about one run."""

    version: int
    hash: str = Field(description="Of the frozen copy of its playbook")
    steps: tuple[StepAnswer, ...]
    asked: AskedAnswer | None
    approvals: tuple[ConsentAnswer, ...]
    checks: tuple[CheckAnswer, ...] = Field(description="What the gate said last")
    intent: IntentAnswer | None
    wish: Wish = Field(description="What a person wants of it, seen at the next chance")
    taken_by: str = Field(description="Who paused it or took it over, while it rests")
    overrules: tuple[str, ...]
    reason: str
    step_at: Moment | None
    wake_at: Moment | None = Field(description="When it is looked at again; null: never by itself")


class PlaybookLineAnswer(Answer):
    """One playbook that can be run."""

    name: str
    version: int
    hash: str
    about: str
    mode: Mode
    approvals: int
    by_itself: bool = Field(description="Does some trouble begin it?")
    steps: int
    source: str = Field(description="The file that it was read from")


class PlaybooksAnswer(Answer):
    """All of them, by name."""

    playbooks: tuple[PlaybookLineAnswer, ...]


class PlaybookAnswer(PlaybookLineAnswer):
    """One playbook, whole. `text` has every key, with its default where the file says nothing."""

    text: Mapping[str, Any]


class PlannedStepAnswer(Answer):
    """What a step would do, and what the gate would say now; no check where it does not stand."""

    id: str
    uses: str
    if_: str = Field(serialization_alias="if")
    on_fail: str
    irreversible: bool
    would: str
    sends: str = Field(description="What it would write to people outside, word for word")
    checks: tuple[CheckAnswer, ...]
    denied_by: str


class PlanAnswer(Answer):
    """What a run would do now, step by step. Nothing was done, and nothing was written."""

    playbook: str
    version: int
    hash: str
    server: str | None
    mode: Mode
    steps: tuple[PlannedStepAnswer, ...]


class IdentityAnswer(Answer):
    """Who a machine is; "" where it is not known or not told."""

    serial: str
    uuid: str
    name: str


class PowerAnswer(Answer):
    """How a server can be switched, and what its device says now (asked once)."""

    server: str
    driver: str
    device: str
    verbs: tuple[str, ...]
    reads_state: bool
    reads_identity: bool
    vouched: str
    expected: IdentityAnswer
    told: IdentityAnswer | None
    matches: bool
    mismatch: str = Field(description="In what the device differs from the inventory")
    state: PowerState | None
    trouble: str = Field(description="Why the device, or its provider, could not be asked")
