"""Is a server's certificate trusted, for the right name, and how long still?"""

import ssl
import time
from typing import Literal

from pydantic import Field

from probes import handshake
from probes.certificates import Notice, issue_of, shown, tls_samples
from probes.handshake import TlsConfig
from probes.model import Finding, Phase, Target, up
from probes.net import bracketed, split
from probes.settings import Settings
from probes.sight import Sight
from probes.starttls import PORTS, Protocol, ask_for_tls
from probes.trust import refused
from probes.wire import Wire, connect

HTTPS = 443


class TlsProbe(Settings):
    """One handshake. The three numbers of days are when the certificate's end becomes an issue."""

    kind: Literal["tls"] = "tls"
    preferred_ip_protocol: str = "ip4"
    ip_protocol_fallback: bool = True
    server_name: str = ""
    starttls: Protocol | None = None
    tls_config: TlsConfig | None = None
    info_days: float = Field(21, ge=0)
    warning_days: float = Field(7, ge=0)
    error_days: float = Field(1, ge=0)

    def aim(self, address: str) -> str:
        """The port of HTTPS, or that of the protocol which is asked for TLS."""
        port = HTTPS if self.starttls is None else PORTS[self.starttls]
        return f"{bracketed(address)}:{port}"

    async def look(self, target: Target, sight: Sight) -> Finding:
        """Down when the certificate is not trusted; its end stands in the series all the same."""
        host, port = split(target.address, port=HTTPS if self.starttls is None else None)
        name = handshake.server_name(self.tls_config, self.server_name or target.hostname, host)
        wire = await self._connected(host, port, sight)
        try:
            if self.starttls is not None:
                await ask_for_tls(self.starttls, wire, sight)
            return await self._judged(wire, name, sight)
        finally:
            wire.close()

    async def _connected(self, host: str, port: int, sight: Sight) -> Wire:
        prefer = 6 if self.preferred_ip_protocol in ("", "ip6") else 4
        address = await sight.net.resolve(
            host, sight, prefer=prefer, fallback=self.ip_protocol_fallback
        )
        sight.phase = Phase.CONNECT
        began = time.monotonic()
        wire = await connect(address, port)
        sight.span("connect", began)
        return wire

    async def _judged(self, wire: Wire, name: str, sight: Sight) -> Finding:
        sight.phase, sight.awaited = Phase.TLS, "end of the TLS handshake"
        began = time.monotonic()
        connection = wire.wrap(handshake.context(self.tls_config), name)
        try:
            await wire.shake(connection)
        except ssl.SSLCertVerificationError as error:
            raise refused(error, connection, sight, name=name, cipher=True) from None
        finally:
            sight.span("tls", began)
        seen = shown(connection)
        sight.samples += tls_samples(connection, cipher=True, seen=seen)
        first = seen.ends_first
        notice = Notice(self.info_days, self.warning_days, self.error_days)
        issue = issue_of(first, time.time(), notice=notice) if first is not None else None
        return up(issue) if issue is not None else up()
