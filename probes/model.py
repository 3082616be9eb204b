"""What is asked of whom, what came of it, and what a probe is."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from enum import StrEnum
from types import MappingProxyType
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from probes.panel import Panel
    from probes.sight import Sight


class Verdict(StrEnum):
    """What a look says of its target. UNKNOWN: the probe could not tell; never an outage."""

    UP = "up"
    DOWN = "down"
    UNKNOWN = "unknown"


class Phase(StrEnum):
    """How far a look came."""

    RESOLVE = "resolve"
    CONNECT = "connect"
    TLS = "tls"
    BANNER = "banner"
    AUTH = "auth"
    COMMAND = "command"  # a request was sent and is waited for
    CONTENT = "content"  # an answer came and is judged


class Severity(StrEnum):
    """How bad, in the words of the label `severity` (DESIGN 14)."""

    CRITICAL = "critical"
    ERROR = "error"
    WARNING = "warning"
    INFO = "info"


@dataclass(frozen=True, slots=True)
class Issue:
    """Something wrong with a target that answers: a full disk, a certificate near its end.

    `code` names it for ever (`CERTIFICATE_EXPIRES`, `RS_DISK`); `about` tells apart two of one code
    (a mount point, a service, a list); `labels` join those of the alert.
    """

    code: str
    severity: Severity
    text: str
    about: str = ""
    labels: Mapping[str, str] = field(default_factory=dict)  # a plain one: it is stored


@dataclass(frozen=True, slots=True)
class Finding:
    """What a look found: the verdict, the phase that it reached when it failed, and one plain line.

    A sick server is an answer, not an exception.
    """

    verdict: Verdict
    phase: Phase | None = None
    reason: str = ""
    issues: tuple[Issue, ...] = ()


UP = Finding(Verdict.UP)


def up(*issues: Issue) -> Finding:
    """It answers; whatever is wrong all the same stands in the issues."""
    return Finding(Verdict.UP, issues=issues) if issues else UP


def down(phase: Phase, reason: str) -> Finding:
    """It does not do what it must. `reason` is one plain line without a full stop."""
    return Finding(Verdict.DOWN, phase, reason)


def unknown(phase: Phase, reason: str) -> Finding:
    """We could not tell: a bad credential, a missing right, a refusal that is about us."""
    return Finding(Verdict.UNKNOWN, phase, reason)


@dataclass(frozen=True, slots=True)
class Target:
    """Whom to ask. `address` is as people write it: a URL, HOST, HOST:PORT, [IPv6]:PORT.

    `hostname` is the name to ask for (Host header, TLS name) where it is not that of the address.
    `labels` say whose it is (server, reseller, brand ...); `panel` is that of its server.
    """

    address: str
    hostname: str = ""
    labels: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))
    panel: "Panel | None" = None


Sample = tuple[str, str, float]
"""One series: metric name, its own labels as they are written between the braces, value."""

Span = tuple[str, float, float]
"""One bar of the waterfall: what, from when to when (seconds since the look began)."""


@dataclass(frozen=True, slots=True)
class Observation:
    """All that one look brought home. `seconds` is how long it took, `within` how long it might
    take; `lines` are what a debugging user wants to read, empty unless asked for.
    """

    finding: Finding
    seconds: float
    within: float
    samples: tuple[Sample, ...] = ()
    spans: tuple[Span, ...] = ()
    lines: tuple[str, ...] = ()

    @property
    def verdict(self) -> Verdict:
        return self.finding.verdict


class Probe(Protocol):
    """One kind of look, with its settings: a frozen model whose fields are the keys of the file.

    `look` never raises for a sick server; what it lets out (OSError, ssl.SSLError, asyncio.
    IncompleteReadError, the deadline) becomes a finding in probes/look.py.
    """

    @property
    def kind(self) -> str: ...
    @property
    def timeout(self) -> timedelta | None: ...
    def aim(self, address: str) -> str:
        """The target of this kind on a server with this address. ValueError where there is none."""
        ...

    async def look(self, target: Target, sight: "Sight") -> Finding: ...


@dataclass(frozen=True, slots=True)
class Patience:
    """How often to look, and how trouble is confirmed; all spans in seconds.

    `attempts` failing looks in a row, `retry` apart, make trouble hard; `recover` good ones end it.
    """

    interval: float = 60.0
    retry: float = 20.0
    attempts: int = 3
    recover: int = 2


FAST = Patience(interval=30.0)


@dataclass(frozen=True, slots=True)
class Look:
    """One thing that is looked at again and again. `key` is its name for ever (web1/http); `module`
    names the settings of its probe; `host` is the machine, or whatever stands for it.
    """

    key: str
    module: str
    probe: Probe
    target: Target
    host: str
    patience: Patience = Patience()

    @property
    def small(self) -> bool:
        """Is it about less than the machine: one domain, account or reseller of many on it?"""
        return not _SMALL.isdisjoint(self.target.labels)

    @property
    def crowd(self) -> str:
        """What the limit of looks at a time counts: hundreds of sites, or of accounts whose look
        takes seconds, must not keep those waiting that tell of the machine itself.
        """
        if self.probe.kind in _PANELS:
            return f"{self.host} panel"
        return f"{self.host} sites" if self.small else self.host


_SMALL = frozenset({"account", "domain", "reseller"})
_PANELS = frozenset({"whm", "plesk", "directadmin", "reseller"})
