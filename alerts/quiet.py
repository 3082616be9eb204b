"""What must not be sent now, and why: silences and maintenance. Never changes what is true."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from alerts.inventory import Inventory
from alerts.silences import Silence, silenced


@dataclass(frozen=True, slots=True)
class Maintenance:
    """Planned work. `scope`: server:web1, rack:fra1/r1, dc:fra1, brand:acme or all."""

    id: int
    scope: str
    starts_at: datetime
    ends_at: datetime
    reason: str = ""
    created_by: str = ""

    def active(self, now: datetime) -> bool:
        return self.starts_at <= now < self.ends_at


@dataclass(frozen=True, slots=True)
class Subject:
    """One firing alert of an incident, as far as mutes look at it; `server` as the inventory knows
    it.
    """

    labels: Mapping[str, str]
    server: str | None


def muted_by(
    subjects: Sequence[Subject],
    *,
    key: str,
    silences: Sequence[Silence],
    works: Sequence[Maintenance],
    inventory: Inventory,
    now: datetime,
) -> tuple[str, ...]:
    """Why messages about these alerts must wait: () when even one of them is not muted.

    `key` is what the incident is about: planned work there mutes an alert that names no server, and
    an incident without alerts (opened by hand, a site in a storm), which no silence fits.
    """
    reasons: list[str] = []
    for subject in subjects or (Subject({}, None),):
        about = f"server:{subject.server}" if subject.server else key
        found = [
            f"maintenance:{work.id}"
            for work in works
            if work.active(now) and inventory.within(about, work.scope)
        ]
        if silences and subject.labels:
            found += [f"silence:{name}" for name in silenced(subject.labels, silences, now)]
        if not found:
            return ()
        reasons.extend(reason for reason in found if reason not in reasons)
    return tuple(reasons)
