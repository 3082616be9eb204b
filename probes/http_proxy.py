"""Through which proxy a URL is asked, as Go's clients decide it."""

from base64 import b64encode
from collections.abc import Mapping
from dataclasses import dataclass, field
from ipaddress import ip_address, ip_network
from typing import Self
from urllib.request import getproxies_environment

from probes.credentials import Secret
from probes.http_request import header_lines
from probes.http_settings import Proxying
from probes.http_url import Url, read_url
from probes.net import bracketed


@dataclass(frozen=True, slots=True)
class Proxies:
    """`every` is asked for each URL, or those of `by_scheme`, but for the hosts in `never`."""

    every: str = field(default="", repr=False)  # may hold a password
    by_scheme: Mapping[str, str] = field(default_factory=dict, repr=False)
    never: tuple[str, ...] | None = None
    headers: Mapping[str, tuple[Secret, ...]] = field(default_factory=dict)

    @classmethod
    def of(cls, settings: Proxying) -> Self | None:
        """Those of the module, or those of our environment (http_proxy, no_proxy ...)."""
        headers = settings.proxy_connect_header
        if settings.proxy_url:
            never = _listed(settings.no_proxy) if settings.no_proxy else None
            return cls(every=settings.proxy_url, never=never, headers=headers)
        if settings.proxy_from_environment:
            found = getproxies_environment()
            return cls(by_scheme=found, never=_listed(found.get("no", "")), headers=headers)
        return None

    def of_url(self, url: Url) -> Url | None:
        """The proxy for this URL, None where the target is asked itself."""
        text = self.every or self.by_scheme.get(url.scheme, "")
        if not text or (self.never is not None and _spared(url, self.never)):
            return None
        return read_url(text)

    def told(self, proxy: Url) -> str:
        """Header lines for the proxy alone."""
        login = b64encode(proxy.login).decode()
        own = [("Proxy-Authorization", f"Basic {login}")] if proxy.login else []
        more = [(name, one.reveal()) for name, all in self.headers.items() for one in all]
        return header_lines((*own, *more))


def _listed(text: str) -> tuple[str, ...]:
    return tuple(entry for entry in text.lower().replace(",", " ").split() if entry)


def _spared(url: Url, never: tuple[str, ...]) -> bool:
    host = url.host.lower()
    if host == "localhost" or (_is_address(host) and ip_address(host).is_loopback):
        return True
    return any(_names(entry, host, url.port) for entry in never)


def _names(entry: str, host: str, port: int) -> bool:
    """Does this entry mean that host: `*`, `.example.net`, `example.net:8080`, a network?"""
    if entry == "*":
        return True
    if _is_address(host):
        address = bracketed(host)
        return entry in (host, address, f"{address}:{port}") or _in_network(host, entry)
    name, colon, wanted = entry.partition(":")
    if colon and wanted != str(port):
        return False
    if name.startswith(("*.", ".")):
        return host.endswith(name.lstrip("*"))
    return host == name or host.endswith(f".{name}")


def _in_network(host: str, entry: str) -> bool:
    try:
        return "/" in entry and ip_address(host) in ip_network(entry, strict=False)
    except ValueError:
        return False


def _is_address(host: str) -> bool:
    try:
        return bool(ip_address(host))
    except ValueError:
        return False
