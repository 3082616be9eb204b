"""Does a machine answer a ping?"""

import time
from functools import lru_cache
from typing import Literal

from pydantic import Field

from probes.model import Finding, Phase, Target, down, up
from probes.ping_socket import Manner, Reply
from probes.ping_wire import LONGEST
from probes.pinger import pinger_of
from probes.settings import Settings
from probes.sight import Sight
from probes.source import SourceAddress, source_for


class PingProbe(Settings):
    """The keys of blackbox_exporter's icmp prober, and `packets`: one reply to any is enough."""

    kind: Literal["ping"] = "ping"
    preferred_ip_protocol: str = "ip4"
    ip_protocol_fallback: bool = True
    source_ip_address: SourceAddress = ""
    payload_size: int = Field(0, ge=0, le=LONGEST)
    dont_fragment: bool = False
    ttl: int = Field(64, ge=0, le=255)
    packets: int = Field(1, ge=1, le=20)

    def aim(self, address: str) -> str:
        """The server itself."""
        return address

    async def look(self, target: Target, sight: Sight) -> Finding:
        """Up as soon as one reply comes."""
        seconds = [0.0, 0.0, 0.0]
        try:
            reply = await self._ask(target.address.strip("[]"), sight, seconds)
        finally:  # when the deadline cuts us off as well
            resolve, setup, rtt = seconds
            sight.samples += (
                ("probe_icmp_duration_seconds", 'phase="resolve"', resolve),
                ("probe_icmp_duration_seconds", 'phase="setup"', setup),
                ("probe_icmp_duration_seconds", 'phase="rtt"', rtt),
            )
        if reply.trouble:
            return down(Phase.COMMAND, f"ping: {reply.trouble}")
        sight.samples.append(("probe_icmp_reply_hop_limit", "", float(reply.hop_limit)))
        return up()

    async def _ask(self, host: str, sight: Sight, seconds: list[float]) -> Reply:
        began = time.monotonic()
        prefer = 6 if self.preferred_ip_protocol in ("", "ip6") else 4
        address = await sight.net.resolve(
            host, sight, prefer=prefer, fallback=self.ip_protocol_fallback
        )
        resolved = time.monotonic()
        seconds[0] = resolved - began
        manner = _manner(address.family, self.source_ip_address, self.ttl, self.dont_fragment)
        pinger = pinger_of(sight.net)
        sight.phase = Phase.COMMAND
        sight.awaited = f"reply from {address.text} to the ping"
        sight.say("Writing out packet", mode=pinger.way.mode, ip=address.text)
        seconds[1] = time.monotonic() - resolved
        reply = await pinger.ask(
            address, manner, size=self.payload_size, packets=self.packets, until=sight.until
        )
        seconds[2] = reply.seconds
        sight.say("Found matching reply packet", seconds=reply.seconds, trouble=reply.trouble)
        sight.span("rtt", resolved)
        return reply


@lru_cache(maxsize=256)
def _manner(family: int, source: str, ttl: int, dont_fragment: bool) -> Manner:
    return Manner(family, source_for(source, family), ttl, dont_fragment and family == 4)
