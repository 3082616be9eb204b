"""Does a TCP port accept a connection, and does it say what it must?"""

import ssl
import time
from typing import Literal, Self

from pydantic import model_validator

from probes import handshake
from probes.certificates import tls_samples
from probes.dialogue import Dialogue, Step
from probes.handshake import TlsConfig
from probes.model import UP, Finding, Phase, Target
from probes.net import split
from probes.settings import Settings
from probes.sight import Sight
from probes.source import SourceAddress, source_for
from probes.trust import refused
from probes.wire import Wire, connect


class TcpProbe(Settings):
    """The keys of blackbox_exporter's tcp prober."""

    kind: Literal["tcp"] = "tcp"
    preferred_ip_protocol: str = "ip4"
    ip_protocol_fallback: bool = True
    source_ip_address: SourceAddress = ""
    query_response: tuple[Step, ...] = ()
    tls: bool = False
    tls_config: TlsConfig | None = None

    @model_validator(mode="after")
    def _once_each(self) -> Self:
        """What blackbox_exporter loads and then panics at is refused."""
        if sum(bool(step.labels) for step in self.query_response) > 1:
            raise ValueError("only one step of query_response may have labels")
        if self.tls + sum(step.starttls for step in self.query_response) > 1:
            raise ValueError("TLS can begin only once: either tls or one step with starttls")
        return self

    def aim(self, address: str) -> str:
        """Raises ValueError: there is no usual port."""
        raise ValueError(f"a tcp look has no usual port: name the target, such as {address}:PORT")

    async def look(self, target: Target, sight: Sight) -> Finding:
        """Up when the connection stands and every step went well."""
        talk = _Talk(self, target, sight)
        try:
            await talk.hold()
        finally:  # when the deadline cuts us off as well
            dialogue = talk.dialogue
            by_regex = dialogue is not None and dialogue.by_regex
            sight.gauge("probe_failed_due_to_regex", float(by_regex))
            if dialogue is not None and any(step.expect_bytes for step in self.query_response):
                sight.gauge("probe_failed_due_to_bytes", float(dialogue.by_bytes))
        return UP


class _Talk:
    """One connection with what is said on it."""

    __slots__ = ("_host", "_probe", "_sight", "_target", "_wire", "dialogue")
    _wire: Wire

    def __init__(self, probe: TcpProbe, target: Target, sight: Sight) -> None:
        self._probe = probe
        self._target = target
        self._sight = sight
        self.dialogue: Dialogue | None = None

    async def hold(self) -> None:
        self._wire = await self._connected()
        try:
            if self._probe.tls:
                await self._secure()
            if self._probe.query_response:
                self.dialogue = Dialogue(self._wire, self._sight, self._secure)
                await self.dialogue.run(self._probe.query_response)
        finally:
            self._wire.close()

    async def _connected(self) -> Wire:
        probe, sight = self._probe, self._sight
        self._host, port = split(self._target.address)
        prefer = 6 if probe.preferred_ip_protocol in ("", "ip6") else 4
        address = await sight.net.resolve(
            self._host, sight, prefer=prefer, fallback=probe.ip_protocol_fallback
        )
        sight.phase = Phase.CONNECT
        sight.say("Dialing TCP with TLS" if probe.tls else "Dialing TCP without TLS")
        began = time.monotonic()
        try:
            source = source_for(probe.source_ip_address, address.family)
            wire = await connect(address, port, source=source)
        except OSError as error:
            sight.say("Error dialing TCP", err=str(error))
            raise
        sight.span("connect", began)
        sight.say("Successfully dialed")
        return wire

    async def _secure(self) -> None:
        probe, sight = self._probe, self._sight
        sight.phase, sight.awaited = Phase.TLS, "end of the TLS handshake"
        context = handshake.context(probe.tls_config)
        name = handshake.server_name(probe.tls_config, self._target.hostname, self._host)
        began = time.monotonic()
        connection = self._wire.wrap(context, name)
        try:
            await self._wire.shake(connection)
        except (OSError, ssl.SSLError) as error:
            sight.say("TLS Handshake (client) failed", err=str(error))
            if isinstance(error, ssl.SSLCertVerificationError):
                raise refused(error, connection, sight, name=name, cipher=False) from None
            raise
        sight.span("tls", began)
        sight.say("TLS Handshake (client) succeeded.")
        sight.samples += tls_samples(connection, cipher=False)
