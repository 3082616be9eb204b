"""Cookies that a site sets while its redirects are followed; they live as long as one look."""

from dataclasses import dataclass

from probes.http_url import Url

_MOST = 50
_LONGEST = 4096  # bytes of one cookie, as in browsers


@dataclass(frozen=True, slots=True)
class Cookie:
    """`domain` begins with a dot when the hosts below it get it too."""

    name: str
    value: str
    domain: str
    path: str
    secure: bool

    def goes_to(self, url: Url) -> bool:
        """Does a request for this URL carry it (RFC 6265, section 5.4)?"""
        host = url.host.lower()
        at_home = host == self.domain.lstrip(".") or (
            self.domain.startswith(".") and host.endswith(self.domain)
        )
        path = url.path.partition("?")[0]
        below = path == self.path or path.startswith(self.path.rstrip("/") + "/")
        return at_home and below and (url.secure or not self.secure)


class Jar:
    """Never holds more than a few; what a stranger sets too much is left out."""

    def __init__(self) -> None:
        self._cookies: dict[tuple[str, str, str], Cookie] = {}

    def take(self, url: Url, headers: list[tuple[bytes, bytes]]) -> None:
        """Keep what this answer sets, and drop what it takes back."""
        for name, value in headers:
            fits = len(value) <= _LONGEST and value.isascii()
            if name != b"set-cookie" or not fits:
                continue
            cookie, ended = _read(value.decode(), url)
            if cookie is None:
                continue
            key = cookie.domain, cookie.path, cookie.name
            self._cookies.pop(key, None)
            if not ended and len(self._cookies) < _MOST:
                self._cookies[key] = cookie

    def line(self, url: Url) -> str:
        """The header line for a request, empty when no cookie goes there."""
        fitting = [one for one in self._cookies.values() if one.goes_to(url)]
        fitting.sort(key=lambda one: -len(one.path))
        pairs = "; ".join(f"{one.name}={one.value}" for one in fitting)
        return f"Cookie: {pairs}\r\n" if pairs else ""


def _read(text: str, url: Url) -> tuple[Cookie | None, bool]:
    """The cookie that this header sets for this URL, and whether it has already ended."""
    pair, *parts = text.split(";")
    name, equals, value = pair.strip().partition("=")
    attributes = {}
    for part in parts:
        key, _, worth = part.strip().partition("=")
        attributes[key.lower()] = worth.strip()
    host = url.host.lower()
    domain = attributes.get("domain", "").lower().lstrip(".")
    if not equals or not name or (domain and not _may_set(host, domain)):
        return None, False
    path = attributes.get("path", "")
    if not path.startswith("/"):
        path = url.path.partition("?")[0].rpartition("/")[0] or "/"
    ended = attributes.get("max-age", "1").startswith(("0", "-"))
    scope = f".{domain}" if domain and "." in domain else host
    return Cookie(name.strip(), value.strip(), scope, path, "secure" in attributes), ended


def _may_set(host: str, domain: str) -> bool:
    return host == domain or host.endswith(f".{domain}")
