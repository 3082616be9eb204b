"""What the gate judges by, and the words in which its checks answer."""

from collections.abc import Iterable, Sequence
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
    """One check's verdict, in one plain line.

    `overruled_by`: the person who took it on himself, and `because`: his reason. `never`: the
    playbook itself says 0, and nobody overrules that.
    """

    name: str
    ruling: Ruling
    reason: str
    overruled_by: str = ""
    because: str = ""
    never: bool = False

    @property
    def passes(self) -> bool:
        return self.ruling is Ruling.PASS or bool(self.overruled_by)


@dataclass(frozen=True, slots=True)
class Acted:
    """One power action of the past, a whole cycle counted once: on whom, when, and whether a person
    had asked for it or agreed to it. `run` and `step` say whose it was.
    """

    target: str
    at: datetime
    by_person: bool
    run: int = 0
    step: str = ""


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
    """What one kind of look says of the target now; `since` it fails. `down` means silent: a
    machine that answers anything at all, be it an error, is not down.
    """

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
    target: str  # the server's name; "" = it is about no server
    step: str = ""
    touches_power: bool = True  # by a device: identity and provider_budget count
    interrupts: bool = True  # takes the machine away from those who use it
    begun: bool = False  # this very step was let through before: it goes on
    completing: bool = False  # this run has switched it off, and only "on" is missing
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
    unasked: int = 0  # how many of them could not be asked yet: we have only just begun
    opinions: Sequence[Opinion] = ()
    vantages: int = 0  # how many are configured
    datacentre: str = ""
    rack: str = ""
    hypervisor: str = ""
    site_size: int = 0
    site_unhealthy: int = 0
    fleet_size: int = 0
    fleet_unhealthy: int = 0
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
    overrule_reason: str = ""  # and why: without a reason it does not count

    @property
    def asks_people(self) -> bool:
        """Is it the data centre's people who are asked, and no device of ours?"""
        return self.action.startswith("datacentre.")

    @property
    def asks_nicely(self) -> bool:
        """Is the machine's own panel asked to restart it: a machine that answers?"""
        return self.action == "panel.reboot"

    @property
    def switches_on(self) -> bool:
        """Does it only give power to a machine that is off?"""
        return self.action == "power.on"


def permit(name: str, reason: str) -> Check:
    """Nothing speaks against it."""
    return Check(name, Ruling.PASS, reason)


def wait(name: str, reason: str) -> Check:
    """Not now."""
    return Check(name, Ruling.WAIT, reason)


def deny(name: str, reason: str) -> Check:
    """No."""
    return Check(name, Ruling.DENY, reason)


def never(name: str, reason: str) -> Check:
    """No, as the playbook itself says it with a 0: nobody overrules that."""
    return Check(name, Ruling.DENY, f"{reason}: 0 means never", never=True)


def some(names: Iterable[str], *, most: int = 5) -> str:
    """The first of them, and how many more there are."""
    every = list(names)
    more = [f"{len(every) - most} more"] if len(every) > most else []
    return ", ".join([*every[:most], *more])
