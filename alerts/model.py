"""What an alert is: its labels, who it is, and the words for how bad it is and whose desk."""

import hashlib
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum


class Category(StrEnum):
    """What sort of trouble it is; fixed words of the contract (DESIGN 14)."""

    CRITICAL = "critical"
    HOSTING = "hosting"
    SALES = "sales"
    BILLING = "billing"
    ABUSE = "abuse"
    OUT_OF_SCOPE = "out_of_scope"
    ONBOARDING = "onboarding"
    FEATURE_REQUEST = "feature_request"


class Priority(StrEnum):
    """How urgent it is (R19-R22)."""

    CRITICAL = "critical"
    HIGH = "high"
    MEDIUM = "medium"
    LOW = "low"

    @property
    def rank(self) -> int:
        """0 for low, 3 for critical: bigger is worse."""
        return _RANKS[self]


_RANKS = {Priority.LOW: 0, Priority.MEDIUM: 1, Priority.HIGH: 2, Priority.CRITICAL: 3}


class ActorKind(StrEnum):
    """Who acted: KPIs count only persons as technicians."""

    PERSON = "person"
    DAEMON = "daemon"
    SYSTEM = "system"
    CUSTOMER = "customer"


@dataclass(frozen=True, slots=True)
class Actor:
    """Somebody or something that did a thing; recorded with every event."""

    kind: ActorKind
    name: str


DAEMON = Actor(ActorKind.DAEMON, "responder")


def person(name: str) -> Actor:
    """The actor for a human being known by this name."""
    return Actor(ActorKind.PERSON, name)


@dataclass(frozen=True, slots=True)
class Alert:
    """One alert as a source told it, cleaned; hostile text in every value.

    `starts_at` and `ends_at` are UTC or None when the source gave none (year 1 counts as none).
    `fingerprint` is a hash of all labels, `identity` one of the labels less the ignored ones, and
    `news` one of the annotations: a repeat whose news is the same tells nothing new.
    """

    labels: Mapping[str, str]
    annotations: Mapping[str, str]
    firing: bool
    starts_at: datetime | None
    ends_at: datetime | None
    generator_url: str
    fingerprint: str
    identity: str
    news: str = ""

    @property
    def name(self) -> str:
        """The rule that fired; a fallback where a source gives none (F9)."""
        return self.labels.get("alertname") or "unnamed alert"

    @property
    def summary(self) -> str:
        """One line for people."""
        notes = self.annotations
        return notes.get("summary") or notes.get("title") or notes.get("description") or self.name


def digest_labels(labels: Mapping[str, str], *, ignore: Iterable[str] = ()) -> str:
    """16 hex characters that stand for these labels, whatever their order.

    Never built from `groupKey`, the sender's fingerprint or the summary: those change while the
    trouble stays.
    """
    dropped = frozenset(ignore)
    told = hashlib.blake2b(digest_size=8)
    for name in sorted(labels):
        if name not in dropped:
            # NUL parts them: clean() leaves none, so no crafted label can look like two (F20).
            told.update(f"{name}\0{labels[name]}\0".encode("utf-8", "replace"))
    return told.hexdigest()


_BROKEN = re.compile("[\x00\ud800-\udfff]")


def clean(text: str) -> str:
    """Text that databases and channels can carry: NUL and lone surrogates become U+FFFD."""
    return _BROKEN.sub("\ufffd", text)
