"""The values of runs that the store and the rooms above it both speak of."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any


class RunState(StrEnum):
    """Where a run stands."""

    DUE = "due"  # it begins, or goes on, as soon as a member takes it
    RUNNING = "running"  # a member works on it
    WAITING = "waiting"  # for a person, a reply or a time: costs nothing
    PAUSED = "paused"  # a person has taken it over; it goes on when he says so
    UNKNOWN = "unknown"  # nobody knows what became of something: a person must look
    DONE = "done"
    FAILED = "failed"
    ABORTED = "aborted"


LIVE = (RunState.DUE, RunState.RUNNING, RunState.WAITING, RunState.PAUSED, RunState.UNKNOWN)


class Wish(StrEnum):
    """What a person wants of a run that somebody works on."""

    NONE = ""
    ABORT = "abort"
    PAUSE = "pause"


@dataclass(frozen=True, slots=True)
class Intent:
    """Something that can't be taken back and was about to be done. While one stands open nobody
    knows whether it was.
    """

    verb: str
    at: datetime
    step: str


@dataclass(frozen=True, slots=True)
class Run:
    """One playbook at work for one incident; the fields are the columns of `run`.

    `hash` names the frozen copy of its playbook. `step` is the step that it is at, `memory` what
    that step keeps, `results` what the steps before it came to: {id: {outcome, text, values}}.
    `wake_at` is when it is taken up again; while a member works on it, when his claim ends; None
    when only a person can go on. `fence` grows with each claim: who holds an older one is out.
    `labels` are those of the alert that began it. `asked` is what waits for approval: {digest,
    since, until, action, would}.
    """

    id: int
    key: str
    playbook: str
    version: int
    hash: str
    incident: int
    incident_ref: str
    target: str
    state: RunState
    mode: str
    step: str
    began_at: datetime
    changed_at: datetime
    step_at: datetime | None = None
    wake_at: datetime | None = None
    ended_at: datetime | None = None
    owner: str = ""
    fence: int = 0
    wish: Wish = Wish.NONE
    requested_by: str = ""
    confirmed: bool = False
    overrules: tuple[str, ...] = ()
    reason: str = ""
    drill: bool = False
    dry: bool = False
    labels: Mapping[str, str] = field(default_factory=dict)
    memory: Mapping[str, Any] = field(default_factory=dict)
    results: Mapping[str, Any] = field(default_factory=dict)
    intent: Intent | None = None
    asked: Mapping[str, Any] = field(default_factory=dict)
    checks: Sequence[Mapping[str, Any]] = ()
    waits_for: str = ""
    outcome: str = ""
    seq: int = 0
    head: str = ""

    @property
    def live(self) -> bool:
        return self.state in LIVE


@dataclass(frozen=True, slots=True)
class Act:
    """One gated step that was let through: a whole cycle counts once. `outcome` is "" while it is
    under way, then done | failed | unknown.
    """

    run: int
    step: str
    target: str
    action: str
    at: datetime
    by_person: bool
    device: str = ""
    driver: str = ""
    datacentre: str = ""
    rack: str = ""
    hypervisor: str = ""
    drill: bool = False
    ended_at: datetime | None = None
    outcome: str = ""


@dataclass(frozen=True, slots=True)
class Consent:
    """A person's yes to one step of one run, bound to `digest`."""

    run: int
    step: str
    digest: str
    person: str
    at: datetime
    overrules: tuple[str, ...] = ()
    reason: str = ""
    via: str = ""
