"""A conversation in lines: phases, reasons in the server's words, and TLS at once or later on."""

import ssl
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from typing import Literal, Self

from pydantic import model_validator
from typing_extensions import override

from probes.certificates import expiry_issue, tls_samples
from probes.handshake import TlsConfig, context, server_name
from probes.model import Finding, Issue, Phase, Severity, Target
from probes.net import split
from probes.reasons import Failed
from probes.settings import Settings
from probes.sight import Sight
from probes.steps import Steps
from probes.trust import refused
from probes.wire import Wire, connect
from probes.words import clean

_OTHER_ADDRESS = 64  # X509_V_ERR_IP_ADDRESS_MISMATCH: an IP address was all that we had to compare


@dataclass(frozen=True, slots=True)
class Security:
    """What a conversation does about TLS. `at_once`: from the first byte on; `strict`: a
    certificate that is not trusted is an outage.
    """

    config: TlsConfig
    at_once: bool = False
    strict: bool = True
    trusting: bool = True

    def without_trust(self) -> "Security":
        """The same for a certificate that is known to be bad."""
        config = self.config.model_copy(update={"insecure_skip_verify": True})
        return replace(self, config=config, trusting=False)


class LineSettings(Settings):
    """Keys of every kind that speaks in lines."""

    kind: str
    preferred_ip_protocol: Literal["ip4", "ip6"] = "ip4"

    @property
    def security(self) -> Security:
        return Security(TlsConfig())


class SecureSettings(LineSettings):
    """Keys of the kinds that may speak TLS: from the first byte (`tls`), or once they have asked
    for it (`starttls`). With `try` a certificate that is not trusted is an issue and no outage,
    since clients of such servers go on as well.
    """

    tls: bool = False
    starttls: Literal["require", "try", "off"] = "try"
    tls_config: TlsConfig = TlsConfig()

    @model_validator(mode="after")
    def _one_way_to_tls(self) -> Self:
        if self.tls and "starttls" in self.model_fields_set and self.starttls != "off":
            raise ValueError("tls: true speaks TLS from the first byte, so leave starttls out")
        return self

    @property
    @override
    def security(self) -> Security:
        strict = self.tls or self.starttls == "require"
        return Security(self.tls_config, at_once=self.tls, strict=strict)


class Call:
    """One conversation. Whatever is not said within the bounds ends it with a plain reason.

    `secrets` are struck out of whatever is told of it; `issues` gather what is wrong with a server
    that answers. `secured`: is it TLS by now? `trusted`: with somebody whom we trust?
    """

    def __init__(self, wire: Wire, steps: Steps, security: Security, target: Target) -> None:
        self.steps = steps
        self.sight = steps.sight
        self.target = target
        self.secrets: tuple[str, ...] = ()
        self.issues: list[Issue] = []
        self._wire = wire
        self._security = security
        self.secured = self.trusted = False

    async def hear(self, what: str) -> str:
        """The next line without its end; `what` names it in reasons (SMTP banner)."""
        self.sight.awaited = what
        line = await self._wire.line()
        if line is None:
            raise self.failed(f"the server hung up instead of the {what}")
        text = line.decode(errors="replace")
        self.sight.say("Read line", line=self._hushed(text))
        return text

    async def take(self, count: int, what: str) -> bytes:
        """The next so many bytes, for what is no line after all."""
        self.sight.awaited = what
        return await self._wire.exactly(count)

    def say(self, line: str) -> None:
        """Send a line; its end is put behind it."""
        self.sight.say("Sending line", line=self._hushed(line))
        self.send(f"{line}\r\n".encode())

    def send(self, data: bytes) -> None:
        """Send bytes as they are."""
        self._wire.send(data)

    async def secure(self) -> None:
        """Shake hands, and write down what certificate was shown, good or bad."""
        phase, config = self.sight.phase, self._security.config
        self.steps.enter(Phase.TLS)
        self.sight.awaited = "end of the TLS handshake"
        name = server_name(config, self.target.hostname, split(self.target.address, port=1)[0])
        connection = self._wire.wrap(context(config), name)
        try:
            await self._wire.shake(connection)
        except ssl.SSLCertVerificationError as error:
            trouble = refused(error, connection, self.sight, name=name, cipher=False)
            raise self._distrust(error.verify_code, trouble.reason) from None
        self.secured, self.trusted = True, self._security.trusting
        self.sight.samples += tls_samples(connection, cipher=False)
        if issue := expiry_issue(connection, time.time()):
            self.issues.append(issue)
        self.steps.enter(phase)

    def failed(self, reason: str, *, verdict_unknown: bool = False) -> Failed:
        """The look ends here."""
        return Failed(self.sight.phase, reason, verdict_unknown=verdict_unknown)

    def quoted(self, text: str) -> str:
        """What the server said, for a reason."""
        return f'"{self._hushed(text)}"'

    def _distrust(self, code: int, reason: str) -> Exception:
        """Where nobody told us the server's name, another one in its certificate is our matter."""
        nameless = code == _OTHER_ADDRESS
        if not self._security.strict:
            return _Distrusted("" if nameless else reason)
        hint = "; say its name in tls_config.server_name" if nameless else ""
        return self.failed(f"{reason}{hint}", verdict_unknown=nameless)

    def _hushed(self, text: str) -> str:
        for secret in self.secrets:
            text = text.replace(secret, "<secret>")
        return clean(text)


class _Distrusted(Exception):
    """A certificate is bad, and that is no outage; or not even bad, and then nothing is told."""


Talk = Callable[[Call], Awaitable[Finding]]


async def converse(
    settings: LineSettings, target: Target, sight: Sight, *, port: int, talk: Talk
) -> Finding:
    """Call the target (`port`, unless it names one) and hold this conversation.

    Where a certificate that is not trusted is no outage the target is called once more, and what
    is wrong with the certificate is an issue.
    """
    mark, security = len(sight.samples), settings.security
    caller = _Caller(settings, target, sight, port, talk)
    try:
        return await caller.hold(security)
    except _Distrusted as distrusted:
        told = str(distrusted)
    sight.say("Calling again without trust", reason=told)
    del sight.samples[mark:]
    finding = await caller.hold(security.without_trust())
    if not told or told.startswith("certificate expired"):  # then that is an issue already
        return finding
    issue = Issue("CERTIFICATE_NOT_TRUSTED", Severity.WARNING, told)
    return replace(finding, issues=(issue, *finding.issues))


@dataclass(frozen=True, slots=True)
class _Caller:
    settings: LineSettings
    target: Target
    sight: Sight
    port: int
    talk: Talk

    async def hold(self, security: Security) -> Finding:
        async with self._open(security) as call:
            finding = await self.talk(call)
            return replace(finding, issues=(*call.issues, *finding.issues))

    @asynccontextmanager
    async def _open(self, security: Security) -> AsyncIterator[Call]:
        """The open call, its handshake done where TLS comes at once."""
        steps, wire = Steps(self.sight, self.settings.kind), None
        try:
            wire = await self._connect(steps)
            call = Call(wire, steps, security, self.target)
            if security.at_once:
                await call.secure()
            yield call
        finally:
            if wire is not None:
                wire.close()
            steps.end()

    async def _connect(self, steps: Steps) -> Wire:
        self.sight.awaited = ""
        host, port = split(self.target.address, port=self.port)
        prefer = 6 if self.settings.preferred_ip_protocol == "ip6" else 4
        address = await self.sight.net.resolve(host, self.sight, prefer=prefer)
        steps.enter(Phase.CONNECT)
        return await connect(address, port)
