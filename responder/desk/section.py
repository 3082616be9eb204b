"""The section `desk` of the configuration file: what the support procedure promises, and how."""

from collections.abc import Mapping
from datetime import time, timedelta
from enum import StrEnum
from ipaddress import ip_network
from pathlib import Path
from types import MappingProxyType
from typing import Annotated, Final, Literal

from pydantic import AfterValidator, Field, ValidationInfo, model_validator

from alerts.model import Priority
from playbooks.datacentre.mailbox import Mailbox
from playbooks.mail import Address
from probes.durations import Duration, read_duration
from responder.desk.rules_file import RulesPath
from responder.desk_values import Target
from responder.parts import Clock, Name, Part
from responder.problems import ConfigProblems, loading
from responder.staff import Zone

Level = Literal["level-1", "level-2", "level-3"]
Weekday = Literal["mon", "tue", "wed", "thu", "fri", "sat", "sun"]
WEEKDAYS: Final[tuple[Weekday, ...]] = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
_M, _H = timedelta(minutes=1), timedelta(hours=1)


def _between(least: str, most: str = "") -> AfterValidator:
    """A span that is no slip of a finger: nothing is due, or forgotten, within seconds."""
    low, high = read_duration(least), read_duration(most) if most else timedelta.max

    def check(span: timedelta) -> timedelta:
        if span < low:
            raise ValueError(f"is too short: write {least} or more")
        if span > high:
            raise ValueError(f"is too long: write {most} or less")
        return span

    return AfterValidator(check)


_Minutes = Annotated[Duration, _between("1m")]
_Hours = Annotated[Duration, _between("1h")]
_Days = Annotated[Duration, _between("1d")]


class Promise(Part):
    """How soon somebody reacts, says something useful, has solved it."""

    react: _Minutes
    useful: _Minutes
    solve: _Minutes

    @model_validator(mode="after")
    def _in_order(self) -> "Promise":
        if not self.react <= self.useful <= self.solve:
            raise ValueError("react must not be longer than useful, nor useful than solve")
        return self


TARGETS: Final[Mapping[Priority, Promise]] = MappingProxyType(
    {
        Priority.CRITICAL: Promise(react=5 * _M, useful=30 * _M, solve=4 * _H),
        Priority.HIGH: Promise(react=15 * _M, useful=2 * _H, solve=8 * _H),
        Priority.MEDIUM: Promise(react=1 * _H, useful=8 * _H, solve=24 * _H),
        Priority.LOW: Promise(react=4 * _H, useful=24 * _H, solve=72 * _H),
    }
)
"""REQUIREMENTS decision 5."""


class Hours(Part):
    """When the clocks of a promise run."""

    zone: Zone = "UTC"
    days: tuple[Weekday, ...] = Field(WEEKDAYS[:5], min_length=1)
    begin: Clock = "09:00"
    end: Clock = Field("17:00", description="Not later in the day: until then on the next day")
    priorities: tuple[Priority, ...] = Field(
        (Priority.MEDIUM, Priority.LOW), description="The others run day and night"
    )

    @property
    def span(self) -> tuple[time, time]:
        """Begin and end of a working day."""
        return time.fromisoformat(self.begin), time.fromisoformat(self.end)


class EndCustomers(StrEnum):
    """Whose business a reseller's own customers are (R80)."""

    RESELLER = "reseller_handles"
    WHITE_LABEL = "white_label"


class BrandDesk(Part):
    """What a brand promises its customers; the part of `brands.X` that the desk reads."""

    levels: tuple[Level, ...] = Field(
        ("level-1", "level-2", "level-3"), min_length=1, description="Which it offers (R28)"
    )
    handback: Literal["l1", "l2"] = Field("l1", description="Who answers what was solved (R56)")
    targets: Mapping[Priority, Promise] = Field({}, description="More counts than desk.targets")
    hours: Hours | None = Field(None, description="By default desk.hours; none: day and night")
    end_customers: EndCustomers = EndCustomers.WHITE_LABEL
    addresses: tuple[str, ...] = Field(
        (), description="Mailboxes (help@acme.example) and domains (acme.example) that are its"
    )
    status_url: str | None = Field(
        None, description="How its customers reach status.listen; begins the links they are sent"
    )
    order_url: str | None = None
    prices_url: str | None = None
    documents_url: str | None = None


class Scope(Part):
    """Which level a kind of task needs at least (R60-R62)."""

    level: Literal["level-1", "level-2", "level-3", "accounts", "abuse", "sales-billing"]
    login: bool = Field(False, description="Needs credentials")
    playbook: str | None = None


class Inbox(Mailbox):
    """A mailbox whose mails become tickets (R3)."""

    brand: Name | None = Field(None, description="Whose it is; by default the recipient decides")
    every: Annotated[Duration, _between("5s", "1d")] = timedelta(seconds=30)


def _there(path: Path, info: ValidationInfo) -> Path:
    """Relative to the configuration's folder."""
    load = loading(info)
    if not (load.folder / path).is_dir():
        load.find(str(path), "there is no such folder: no article is suggested")
    return load.folder / path


class Knowledge(Part):
    """Where the articles for customers are (R82)."""

    folder: Annotated[Path, AfterValidator(_there)] | None = Field(
        None, description="Markdown files: title, tags, text"
    )
    urls: Mapping[str, tuple[str, ...]] = Field({}, description="Address -> tags")


class Pins(Part):
    """The support PIN (R11)."""

    digits: int = Field(8, ge=6, le=10)
    valid: _Minutes = timedelta(days=1)


class Keep(Part):
    """How long customers' words stay; the logs keep their digests (decision 9)."""

    words: _Days = timedelta(days=730)
    files: _Days = timedelta(days=90)


class Digest(Part):
    """What team and management read every two weeks (R92)."""

    to: tuple[Address, ...] = ()
    webhook_url: str | None = None
    every: _Days = timedelta(days=14)
    day: Weekday = "mon"
    at: Clock = "08:00"
    zone: Zone = "UTC"


class Desk(Part):
    """The support procedure."""

    targets: Mapping[Priority, Promise] = Field({}, description="More counts than the usual ones")
    hours: Hours | None = None
    budgets: Mapping[Literal["level-2", "level-3"], _Hours] = Field(
        {"level-2": 24 * _H, "level-3": 48 * _H}, description="A ticket's age when it comes there"
    )
    vendor_stops: bool = Field(False, description="Its clocks stand still while a vendor is asked")
    escalate: bool = Field(False, description="Move it by itself when a budget is used up")
    rules_file: RulesPath | None = Field(
        None, description="Rules for requests, before the shipped ones"
    )
    scope: Mapping[str, Scope] = Field({}, description="More tasks, or other levels for known ones")
    skills: Mapping[str, tuple[Name, ...]] = Field(
        {}, description="Task -> the people of a level who are told of its tickets (R44)"
    )
    nudge: _Minutes = Field(timedelta(minutes=15), description="Unowned so long: the desk is told")
    alarm: _Minutes = Field(timedelta(minutes=45), description="Unowned so long: its lead is told")
    lead: Name | None = Field(None, description="Who is told; by default the managers")
    mailboxes: Mapping[Name, Inbox] = {}
    take_foreign: bool = Field(
        True, description="Tickets that customers open in the ticket system are ours as well (R1)"
    )
    file_requests: bool = Field(
        False, description="Requests by form, mail, phone, chat and API go to the ticket system too"
    )
    acknowledge: bool = Field(True, description="Customers get their number at once (R5)")
    knowledge: Knowledge = Knowledge()
    pins: Pins = Pins()
    votes_within: _Hours = Field(timedelta(days=14), description="So long a vote counts (R85)")
    keep: Keep = Keep()
    digest: Digest = Digest()
    update_every: Annotated[Duration, _between("5m", "1d")] = Field(
        timedelta(minutes=30), description="Major incidents: customers hear so often (R71)"
    )

    @model_validator(mode="after")
    def _in_order(self) -> "Desk":
        if self.alarm <= self.nudge:
            raise ValueError("alarm must be longer than nudge")
        if self.budgets.get("level-3", 48 * _H) < self.budgets.get("level-2", 24 * _H):
            told = "is below that of level-2, through which a ticket comes: write as much or more"
            raise ConfigProblems([(("budgets", "level-3"), told)])
        return self

    def promise(self, brand: BrandDesk | None, priority: Priority) -> Promise:
        """What is promised for this priority: the brand's, ours, the usual one."""
        own = brand.targets.get(priority) if brand else None
        return own or self.targets.get(priority) or TARGETS[priority]

    def calendar(self, brand: BrandDesk | None, priority: Priority) -> Hours | None:
        """When the clocks of this priority run; None = day and night."""
        hours = (brand.hours if brand else None) or self.hours
        return hours if hours and priority in hours.priorities else None


def _network(text: str) -> str:
    ip_network(text, strict=False)
    return text


class StatusPart(Part):
    """Where customers' pages answer, and nothing else does."""

    listen: str | None = Field(
        None,
        pattern=r"^(\[[0-9A-Fa-f:.]+\]|[0-9A-Za-z.-]+):\d{1,5}$",
        description="Address and port; without it they answer at daemon.listen",
    )
    proxies: tuple[Annotated[str, AfterValidator(_network)], ...] = Field(
        (), description="Our own proxies in front: their X-Forwarded-For is believed"
    )


def seconds(promise: Promise, target: Target) -> int:
    """The budget of one of the three targets of a promise."""
    spans = {
        Target.REACTION: promise.react,
        Target.USEFUL: promise.useful,
        Target.RESOLUTION: promise.solve,
    }
    return int(spans[target].total_seconds())
