"""What is known of one reseller account at one moment, and what is remembered of it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum

from probes.units import UNLIMITED
from probes.whm_shapes import Account


@dataclass(frozen=True, slots=True)
class Stats:
    """`resellerstats`, in MB. A limit is UNLIMITED where there is none, None where unknown."""

    disk_used: float | None = None
    disk_limit: float | None = UNLIMITED
    disk_promised: float | None = None
    """What his accounts may use together: more than his own limit where overselling is allowed."""
    traffic_used: float | None = None
    traffic_limit: float | None = UNLIMITED


@dataclass(frozen=True, slots=True)
class Counts:
    """`acctcounts`; `limit` UNLIMITED = none, None = unknown."""

    active: int = 0
    suspended: int = 0
    limit: float | None = UNLIMITED


@dataclass(frozen=True, slots=True)
class SiteCertificate:
    """The certificate installed for a site; `covers` = its names hold the site's."""

    site: str
    ends: datetime
    covers: bool = True


@dataclass(frozen=True, slots=True)
class Restores:
    """`period`: how often a backup should be made. `newest` restore point by user."""

    period: timedelta
    newest: Mapping[str, datetime]


class SiteState(StrEnum):
    """How a site looks from outside."""

    FINE = "fine"
    FAILS = "fails"
    PLACEHOLDER = "placeholder"
    """It answers with a page of suspension, parking, or no page of its own."""


@dataclass(frozen=True, slots=True)
class Site:
    """One sampled site. `again`: it is looked at for its trouble of the last time."""

    domain: str
    state: SiteState
    why: str = ""
    again: bool = False


@dataclass(frozen=True, slots=True)
class NameServer:
    """One white-label name server; `trouble` is empty when it answers with authority."""

    name: str
    address: str
    trouble: str = ""
    serial: int | None = None
    ours: bool = True


@dataclass(frozen=True, slots=True)
class Zone:
    """The reseller's own domain: who serves it by the parent's word and by its own."""

    domain: str
    servers: tuple[NameServer, ...]
    delegated: frozenset[str] = frozenset()
    own: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Listing:
    """An address of the reseller alone that stands on a block list."""

    ip: str
    text: str


@dataclass(frozen=True, slots=True)
class Facts:
    """All of it. What could not be asked is None or empty, and says nothing."""

    reseller: str
    own: Account | None = None
    accounts: tuple[Account, ...] = ()
    """Those that he owns, without his own."""
    stats: Stats = field(default_factory=Stats)
    counts: Counts = field(default_factory=Counts)
    restores: Restores | None = None
    certificates: tuple[SiteCertificate, ...] = ()
    untrusted: Mapping[str, str] = field(default_factory=dict)
    sites: tuple[Site, ...] = ()
    server_answers: bool = True
    """The server's own web answers: what fails is the reseller's."""
    zone: Zone | None = None
    away: Mapping[str, str] = field(default_factory=dict)
    """Domains that point elsewhere, and where to."""
    listings: tuple[Listing, ...] = ()


@dataclass(frozen=True, slots=True)
class Past:
    """What one look leaves to the next; moments are monotonic seconds."""

    suspended: frozenset[str] | None = None
    jump: frozenset[str] = frozenset()
    jumped_at: float = 0.0
    drifts: int = 0
    drifts_since: float = 0.0
    turn: int = 0
    troubled: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Now:
    """When a look is judged: on the wall and on the monotonic clock."""

    at: datetime
    monotonic: float
