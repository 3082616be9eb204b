"""How many looks there may be at a time: overall, at one host, over TLS, of programs (pure)."""

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from probes.model import Look

# Kinds that always speak TLS; others do where their settings or their target say so.
_ALWAYS_TLS = frozenset({"tls", "whm", "reseller", "plesk", "directadmin"})


class Lane(StrEnum):
    """What a look costs while it runs: a handshake is memory and CPU, a program is a process."""

    PLAIN = "plain"
    TLS = "tls"
    COMMAND = "command"


@dataclass(frozen=True, slots=True)
class Limits:
    """The most looks at a time. Those over TLS and programs count overall too."""

    overall: int = 500
    host: int = 2
    tls: int = 50
    command: int = 10


def lane_of(look: Look) -> Lane:
    """Which limit besides that of its host holds for this look."""
    kind = look.probe.kind
    if kind == "command":
        return Lane.COMMAND
    told = getattr(look.probe, "tls", False) or look.target.address.startswith("https:")
    return Lane.TLS if told or kind in _ALWAYS_TLS else Lane.PLAIN


class Places:
    """Who is in. Ask `room` for the lane, `enter` for the look; `leave` when it is over."""

    def __init__(self, limits: Limits) -> None:
        self.allow(limits)
        self._in = dict.fromkeys(Lane, 0)
        self._hosts: defaultdict[str, int] = defaultdict(int)
        self.taken = 0

    def allow(self, limits: Limits) -> None:
        """Other limits from now on; whoever is in may stay."""
        self._limits = limits
        self._lanes: Mapping[Lane, int] = {
            Lane.PLAIN: limits.overall, Lane.TLS: limits.tls, Lane.COMMAND: limits.command
        }  # fmt: skip

    def room(self, lane: Lane) -> bool:
        """Is there room for another one, whatever its host?"""
        return self.taken < self._limits.overall and self._in[lane] < self._lanes[lane]

    def free(self, host: str) -> bool:
        """Is there a place at this host?"""
        return self._hosts.get(host, 0) < self._limits.host

    def enter(self, lane: Lane, host: str) -> bool:
        """True when it may look now, and is counted."""
        if not self.room(lane) or not self.free(host):
            return False
        self.taken += 1
        self._in[lane] += 1
        self._hosts[host] += 1
        return True

    def leave(self, lane: Lane, host: str) -> None:
        """It is over."""
        self.taken -= 1
        self._in[lane] -= 1
        self._hosts[host] -= 1
        if not self._hosts[host]:
            del self._hosts[host]
