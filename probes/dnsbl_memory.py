"""What lists have answered, so that none is asked the same twice in an hour."""

import asyncio
from dataclasses import dataclass, field

from probes.dnsbl_lists import Meaning
from probes.net import Net

SECONDS = 3600.0  # the least that an answer is kept; longer if its TTL says so
_LONGEST = 86400.0
_MOST = 200_000  # answers


@dataclass(slots=True)
class DnsblMemory:
    """Times are seconds on any scale that only goes forward."""

    _kept: dict[tuple[str, str], tuple[float, Meaning]] = field(default_factory=dict)
    _locks: dict[str, asyncio.Lock] = field(default_factory=dict)

    def recall(self, zone: str, name: str, *, now: float) -> Meaning | None:
        """What the list said of this name, unless that is too old."""
        until, meaning = self._kept.get((zone, name), (now, None))
        return meaning if until > now else None

    def keep(self, zone: str, name: str, meaning: Meaning, *, ttl: float, now: float) -> None:
        """Keep it for its TTL (seconds), but at least an hour and at most a day."""
        if len(self._kept) >= _MOST:
            self._kept = {key: one for key, one in self._kept.items() if one[0] > now}
        if len(self._kept) < _MOST:
            until = now + min(max(ttl, SECONDS), _LONGEST)
            self._kept[zone, name] = (until, meaning)

    def alone(self, zone: str) -> asyncio.Lock:
        """Held by whoever tests a list, so that a thousand looks test it once."""
        return self._locks.setdefault(zone, asyncio.Lock())


def memory_of(net: Net) -> DnsblMemory:
    """The memory that all looks share."""
    return net.shared(DnsblMemory, DnsblMemory)
