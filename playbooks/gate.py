"""The gate in front of everything that can't be taken back: fourteen checks, the first no wins.

Every check says its verdict every time; all of them are stored and shown (DESIGN 9).
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from playbooks.playbook import Mode, Safety
from playbooks.power.model import Identity

NOBODY = Identity()


class Ruling(StrEnum):
    """What a check says. WAIT: not now, but perhaps soon, without anybody doing anything wrong."""

    PASS = "pass"  # noqa: S105 - a verdict
    WAIT = "wait"
    DENY = "deny"


@dataclass(frozen=True, slots=True)
class Check:
    """One check's verdict, in one plain line. `overruled_by`: the person who took it on himself."""

    name: str
    ruling: Ruling
    reason: str
    overruled_by: str = ""

    @property
    def passes(self) -> bool:
        return self.ruling is Ruling.PASS or bool(self.overruled_by)


@dataclass(frozen=True, slots=True)
class Acted:
    """One irreversible act of the past: on whom, when, and whether a person had asked for it."""

    target: str
    at: datetime
    by_person: bool


@dataclass(frozen=True, slots=True)
class Held:
    """An irreversible step of another run that is under way now."""

    run: int
    target: str
    datacentre: str
    rack: str
    hypervisor: str


@dataclass(frozen=True, slots=True)
class Approval:
    """A person's yes, bound to `digest` (of run, step, target and parameters)."""

    person: str
    digest: str
    at: datetime
    overrules: frozenset[str] = frozenset()
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Opinion:
    """What one kind of look says of the target now; `since` it fails."""

    kind: str
    down: bool
    since: datetime | None = None
    vantage: str = ""  # "" = ours


@dataclass(frozen=True, slots=True)
class Facts:
    """All that the gate judges by, gathered at one moment. What could not be learnt is None, and
    the check that needs it denies: at a loss nothing is done.
    """

    safety: Safety
    now: datetime
    run: int
    digest: str  # what an approval must be bound to
    action: str  # power.off, datacentre.contact ...
    target: str  # the server's name
    touches_power: bool = True  # by a device: identity and provider_budget count
    kill_switch: str = ""  # who threw it and why; "" = not thrown
    mode: Mode = Mode.ASK
    requested_by: str = ""  # the person who began the run; "" = the daemon
    confirmed: bool = False  # he typed the server's name
    mutes: tuple[str, ...] = ()  # silences and maintenance that cover the target
    tags: frozenset[str] = frozenset()
    guests_up: tuple[str, ...] = ()  # servers that it carries and that answer
    blind: bool | None = None
    reference: bool | None = None  # the data centre's own answers; None = none configured
    references: int = 0  # how many of our references answer
    opinions: Sequence[Opinion] = ()
    vantages: int = 0  # how many are configured
    datacentre: str = ""
    rack: str = ""
    hypervisor: str = ""
    site_size: int = 0
    site_unhealthy: int = 0
    fleet_size: int = 0
    newly_down: int = 0  # in the fleet, within safety.fleet_rate.brake.within
    storm: str = ""  # the site incident that rages here; "" = none
    under_way: Sequence[Held] = ()
    acts: Sequence[Acted] = ()  # of the fleet, the last 24 hours at least
    booted_at: datetime | None = None  # of the target, when known
    approvals: Sequence[Approval] = ()
    expected: Identity = NOBODY
    told: Identity | None = None  # what the device says it is; None = it could not be asked
    identity_trouble: str = ""
    reads_identity: bool = True
    vouched: str = ""
    paused: str = ""  # why nobody may speak to this provider's account now; "" = nothing
    overrules: frozenset[str] = frozenset()  # checks that the requester took on himself
