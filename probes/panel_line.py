"""The one HTTP session to all control panels: verified or pinned, bounded, never redirected."""

import ssl
import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from types import SimpleNamespace
from typing import TYPE_CHECKING

from probes.model import Phase
from probes.panel import Panel
from probes.panel_trouble import Outcome, PanelTrouble
from probes.reasons import Failed, of_error
from probes.sight import Sight

if TYPE_CHECKING:
    import aiohttp

LIMIT = 16 << 20  # bytes of one unpacked answer
_CHUNK = 1 << 16


@dataclass(frozen=True, slots=True)
class Reply:
    """What came back, whatever its status: the status is not the outcome of a panel's call."""

    status: int
    kind: str
    """Its content type, in lower case and without parameters."""
    body: bytes


class PanelLine:
    """Made at the first look at a panel; `close` ends it with the net."""

    def __init__(self) -> None:
        import aiohttp  # 15 MB, for those who look at panels

        trace = aiohttp.TraceConfig()
        trace.on_connection_create_end.append(_connected)
        trace.on_connection_reuseconn.append(_connected)
        self._session = aiohttp.ClientSession(
            connector=aiohttp.TCPConnector(limit=0, limit_per_host=4, keepalive_timeout=15),
            cookie_jar=aiohttp.DummyCookieJar(),
            timeout=aiohttp.ClientTimeout(total=None),  # the look has the deadline
            headers={"User-Agent": "rapid-responder"},
            trace_configs=[trace],
        )
        self._roots: dict[str, tuple[int, ssl.SSLContext]] = {}

    async def close(self) -> None:
        await self._session.close()

    async def ask(
        self,
        panel: Panel,
        path: str,
        sight: Sight,
        *,
        what: str,
        headers: Mapping[str, str],
        query: Mapping[str, str] | None = None,
        data: bytes | None = None,
    ) -> Reply:
        """One request, GET or with `data` POST; `what` is awaited. Raises PanelTrouble."""
        import aiohttp

        began = time.monotonic()
        sight.phase, sight.awaited = Phase.CONNECT, ""
        trust = self._trust(panel)
        try:
            async with self._session.request(
                "GET" if data is None else "POST",
                panel.url.rstrip("/") + path,
                params=query,
                headers=headers,
                data=data,
                ssl=trust,
                allow_redirects=False,
                trace_request_ctx=(sight, what),
            ) as response:
                body = await _bounded(response)
                sight.awaited = ""
                sight.span(what, began)
                return Reply(response.status, response.content_type.lower(), body)
        except (aiohttp.ClientError, OSError, ValueError) as error:
            raise _trouble(error, panel, sight) from error

    def _trust(self, panel: Panel) -> "ssl.SSLContext | aiohttp.Fingerprint | bool":
        """Verify as usual, or against the panel's own root, or pin the leaf."""
        import aiohttp

        if panel.fingerprint:
            return aiohttp.Fingerprint(_digest(panel.fingerprint))
        return self._root(panel.ca_file) if panel.ca_file else True

    def _root(self, file: str) -> ssl.SSLContext:
        try:
            changed = Path(file).stat().st_mtime_ns
            held = self._roots.get(file)
            if held is None or held[0] != changed:
                held = self._roots[file] = (changed, ssl.create_default_context(cafile=file))
        except (OSError, ssl.SSLError) as error:
            reason = f"the root certificate {file} can't be used: {error.strerror or error}"
            raise Failed(Phase.TLS, reason, verdict_unknown=True) from None
        return held[1]


def line_of(sight: Sight) -> PanelLine:
    """The session that all looks of this net share."""

    def make() -> PanelLine:
        line = PanelLine()
        sight.net.at_end(line.close)
        return line

    return sight.net.shared(PanelLine, make)


async def _connected(_session: object, context: SimpleNamespace, _params: object) -> None:
    sight, what = context.trace_request_ctx
    sight.phase, sight.awaited = Phase.COMMAND, what


async def _bounded(response: "aiohttp.ClientResponse") -> bytes:
    """Counted as it is unpacked: 300 KiB of gzip can be 300 MiB."""
    body = bytearray()
    async for chunk in response.content.iter_chunked(_CHUNK):
        body += chunk
        if len(body) > LIMIT:
            reason = f"the panel answered more than {LIMIT >> 20} MiB"
            raise PanelTrouble(Outcome.SHAPE_UNEXPECTED, reason)
    return bytes(body)


def _digest(fingerprint: str) -> bytes:
    try:
        digest = bytes.fromhex(fingerprint.replace(":", ""))
    except ValueError:
        digest = b""
    if len(digest) != 32:
        reason = "the fingerprint of the panel is no SHA-256 (64 hexadecimal digits)"
        raise Failed(Phase.TLS, reason, verdict_unknown=True)
    return digest


def _trouble(error: Exception, panel: Panel, sight: Sight) -> Failed:
    """aiohttp's many errors in our few; what our own machine lacks is not the panel's fault."""
    import aiohttp

    match error:
        case aiohttp.ServerFingerprintMismatch():
            got = error.got.hex()
            reason = f"the panel's certificate is not the pinned one: its SHA-256 is {got}"
            return PanelTrouble(Outcome.TLS_BAD, reason)
        case aiohttp.ClientConnectorCertificateError():
            return _of_tls(error.certificate_error)
        case aiohttp.ClientConnectorDNSError():
            reason = f"the name {error.host} does not resolve"
            return PanelTrouble(Outcome.UNREACHABLE, reason, phase=Phase.RESOLVE)
        case aiohttp.ClientConnectorError():  # the one of TLS among them
            return _of_system(error.os_error, Phase.CONNECT)
        case OSError():
            return _of_system(error, sight.phase)
        case aiohttp.ClientError():
            return _of_talk(error, panel, sight)
    reason = "the user or the token of the panel can't be sent as HTTP"
    return Failed(Phase.AUTH, reason, verdict_unknown=True)


def _of_talk(error: "aiohttp.ClientError", panel: Panel, sight: Sight) -> Failed:
    import aiohttp

    if isinstance(error, aiohttp.InvalidURL | aiohttp.NonHttpUrlClientError):
        reason = f'"{panel.url}" is no address of a panel such as https://web1:2087'
        return Failed(Phase.RESOLVE, reason, verdict_unknown=True)
    if isinstance(error, aiohttp.ClientResponseError):
        return PanelTrouble(Outcome.NOT_JSON, "the panel's answer is not HTTP", phase=Phase.CONTENT)
    reason = "the panel hung up in the middle of its answer"
    return PanelTrouble(Outcome.UNREACHABLE, reason, phase=sight.phase)


def _of_tls(error: BaseException) -> PanelTrouble:
    finding = of_error(error, Phase.TLS)
    return PanelTrouble(Outcome.TLS_BAD, f"the panel's {finding.reason}")


def _of_system(error: OSError, phase: Phase) -> Failed:
    if isinstance(error, ssl.SSLError):
        return _of_tls(error)
    finding = of_error(error, phase)
    trouble = PanelTrouble(Outcome.UNREACHABLE, finding.reason, phase=phase)
    ours = finding.verdict is not trouble.finding.verdict
    return Failed(phase, finding.reason, verdict_unknown=True) if ours else trouble
