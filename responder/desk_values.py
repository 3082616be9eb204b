"""The values of the desk that its rooms and the store both speak of."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any


class Target(StrEnum):
    """What a clock of a ticket counts towards (R23, R46, R47)."""

    REACTION = "reaction"
    USEFUL = "useful"
    RESOLUTION = "resolution"
    LEVEL_2 = "level-2"  # its age when it must have come there
    LEVEL_3 = "level-3"
    SUPERVISOR = "supervisor"  # a complaint, since it came to that desk (R86)


class Confirmed(StrEnum):
    """What the probes say of an outage that a customer told (decision 12)."""

    UNASKED = ""
    CONFIRMED = "confirmed"
    SEEN_WELL = "seen-well"
    UNCHECKABLE = "uncheckable"


class Outcome(StrEnum):
    """How a ticket ended, in the words of the desk."""

    NONE = ""
    FIXED = "fixed"
    ADVISED = "advised"
    NOT_OUR_FAULT = "not_our_fault"
    OUT_OF_SCOPE = "out_of_scope"
    DUPLICATE = "duplicate"


@dataclass(frozen=True, slots=True)
class Case:
    """What the support procedure knows of a ticket; the fields are the columns of `ticket_case`."""

    ticket: int
    entered_at: datetime
    requester: str = ""
    requester_name: str = ""
    submitted_by: str = ""
    on_behalf_of: str = ""
    language: str = ""
    task: str = ""
    rule: str = ""
    rules_version: str = ""
    brand_rule: str = ""
    fingerprint: str = ""
    facts: Mapping[str, Any] = field(default_factory=dict)
    look_at: datetime | None = None
    confirmed: Confirmed = Confirmed.UNASKED
    handler: str | None = None
    reviewed_at: datetime | None = None
    handed_from: str = ""
    outcome: Outcome = Outcome.NONE
    article: str = ""
    candidate: bool = False
    prevention: str = ""
    complaint_about: str = ""
    nudged_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class SlaClock:
    """One promise about a ticket; `budget` and `spent` in seconds of its calendar."""

    ticket: int
    target: Target
    budget: int
    spent: int = 0
    since: datetime | None = None
    next_at: datetime | None = None
    warned: int = 0
    ended_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Major:
    """A major incident: the fields are the columns of `major` (R71)."""

    incident: int
    rule: str
    declared_by: str
    declared_at: datetime
    incident_lead: str | None = None
    communication_lead: str | None = None
    every: int = 1800
    next_update_at: datetime | None = None
    overdue: int = 0
    ended_at: datetime | None = None
    causes: tuple[str, ...] = ()
