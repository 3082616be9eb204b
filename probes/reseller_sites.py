"""How does a site answer on the server that it is said to live on?

It is asked by address, so that neither DNS nor a delivery network stands between, and redirects to
other hosts are never followed.
"""

import re
import ssl
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal
from urllib.parse import urljoin, urlsplit

from probes.look import look
from probes.model import UP, Finding, Issue, Phase, Severity, Target, Verdict, down
from probes.net import Net, bracketed
from probes.reasons import Failed, of_error
from probes.reseller_facts import Site, SiteState
from probes.settings import Settings
from probes.sight import Sight

if TYPE_CHECKING:
    import aiohttp

_WITHIN = 10.0  # seconds for one site with its redirects
_HOPS = 4
_HEAD = 32768  # bytes of a page that are read
_URLS = re.compile(r"/cgi-sys/(suspendedpage|defaultwebpage|movingpage)\.cgi|/suspended\.page/")
_TITLES = re.compile(
    r"<title[^>]*>[^<]{0,80}?(account suspended|website suspended|site suspended|index of /"
    r"|default web ?site page|web server's default page|default page: it works|welcome to nginx"
    r"|parked domain|domain parking|domain is parked|bandwidth limit exceeded)",
    re.IGNORECASE,
)


class SiteLine:
    """One session for the sites of all resellers; four connections to an address at most."""

    def __init__(self) -> None:
        import aiohttp  # 15 MB, for those who look at sites

        self.session = aiohttp.ClientSession(
            connector=aiohttp.TCPConnector(limit=0, limit_per_host=4, force_close=True),
            cookie_jar=aiohttp.DummyCookieJar(),
            timeout=aiohttp.ClientTimeout(total=None),  # the look has the deadline
            headers={"User-Agent": "rapid-responder"},
        )
        # The certificate is judged apart; here counts what the site says.
        self.any_certificate = ssl.create_default_context()
        self.any_certificate.check_hostname = False
        self.any_certificate.verify_mode = ssl.CERT_NONE

    async def close(self) -> None:
        await self.session.close()


@dataclass(frozen=True, slots=True)
class Ports:
    """Where sites answer; other ones in tests."""

    plain: int = 80
    tls: int = 443


@dataclass(frozen=True, slots=True)
class Page:
    """The first words of an answer."""

    status: int
    location: str
    head: str


class SiteLook(Settings):
    """A look inside a look: `address` is where the site lives, `hostname` its domain."""

    kind: Literal["site"] = "site"
    port: int = 80
    tls_port: int = 443

    def aim(self, address: str) -> str:
        return address

    async def look(self, target: Target, sight: Sight) -> Finding:
        """Fails with no HTTP or a 5xx; an issue PLACEHOLDER for a page that is not the site's."""
        address = (await sight.net.find(target.address)).text
        url = f"http://{target.hostname}/"
        for _ in range(_HOPS):
            sight.phase, sight.awaited = Phase.COMMAND, "answer of the site"
            page = await self._fetch(address, url, sight)
            if page.status >= 500:
                return down(Phase.CONTENT, _status(page.status))
            url = urljoin(url, page.location) if 300 <= page.status < 400 else ""
            if why := placeholder(url, page.head):
                issue = Issue("PLACEHOLDER", Severity.WARNING, why)
                return Finding(Verdict.UP, issues=(issue,))
            if not _same_site(url, target.hostname):
                return UP
        return down(Phase.CONTENT, f"more than {_HOPS} redirects")

    async def _fetch(self, address: str, url: str, sight: Sight) -> Page:
        import aiohttp

        line = _line(sight.net)
        parts = urlsplit(url)
        tls, host = parts.scheme == "https", parts.hostname or ""
        port = self.tls_port if tls else self.port
        path = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
        try:
            async with line.session.get(
                f"{parts.scheme}://{bracketed(address)}:{port}{path}",
                headers={"Host": host},
                ssl=line.any_certificate,
                server_hostname=host if tls else None,
                allow_redirects=False,
            ) as response:
                head = await _head(response)
                location = response.headers.get("Location", "")[:2048]
                return Page(response.status, location, head.decode("utf-8", "replace"))
        except (aiohttp.ClientError, ValueError) as error:
            raise _trouble(error, sight) from None


async def site(
    domain: str, address: str, ports: Ports, net: Net, *, again: bool = False
) -> Site | None:
    """One site as it looks; None when we can't tell."""
    probe = SiteLook(port=ports.plain, tls_port=ports.tls)
    finding = (await look(probe, Target(address, domain), net, within=_WITHIN)).finding
    if finding.verdict is Verdict.UNKNOWN:
        return None
    if finding.verdict is Verdict.DOWN:
        return Site(domain, SiteState.FAILS, finding.reason, again)
    if finding.issues:
        return Site(domain, SiteState.PLACEHOLDER, finding.issues[0].text, again)
    return Site(domain, SiteState.FINE, "", again)


async def answers(address: str, name: str, ports: Ports, net: Net) -> bool:
    """Does the server's own web say anything at all, be it an error?"""
    probe = SiteLook(port=ports.plain, tls_port=ports.tls)
    finding = (await look(probe, Target(address, name), net, within=_WITHIN)).finding
    return finding.verdict is Verdict.UP or finding.phase is Phase.CONTENT


def placeholder(url: str, head: str) -> str:
    """Which page stands there instead of the site's; empty when it is a page like any other."""
    if found := _URLS.search(url):
        return f"the panel's page {found[1] or 'of suspension'}"
    if found := _TITLES.search(head):
        return f'a page "{found[1].lower()}"'
    return ""


def _same_site(url: str, domain: str) -> bool:
    host = (urlsplit(url).hostname or "").removeprefix("www.")
    return bool(url) and host == domain.removeprefix("www.")


def _status(status: int) -> str:
    return "509: bandwidth limit exceeded" if status == 509 else f"status {status}"


async def _head(response: "aiohttp.ClientResponse") -> bytes:
    found = bytearray()
    async for chunk in response.content.iter_any():
        found += chunk
        if len(found) >= _HEAD:
            break
    return bytes(found[:_HEAD])


def _line(net: Net) -> SiteLine:
    def make() -> SiteLine:
        line = SiteLine()
        net.at_end(line.close)
        return line

    return net.shared(SiteLine, make)


def _trouble(error: "aiohttp.ClientError | ValueError", sight: Sight) -> Failed:
    import aiohttp

    if isinstance(error, aiohttp.ClientConnectorError):
        finding = of_error(error.os_error, Phase.CONNECT)
        unknown = finding.verdict is Verdict.UNKNOWN
        return Failed(Phase.CONNECT, finding.reason, verdict_unknown=unknown)
    if isinstance(error, aiohttp.ClientResponseError):
        return Failed(Phase.BANNER, "its answer is not HTTP")
    if isinstance(error, ValueError):
        return Failed(Phase.RESOLVE, "it redirects to no address", verdict_unknown=True)
    return Failed(Phase.BANNER, "it hung up in the middle of its answer")
