"""Where a request goes: URLs as people write them, and as redirects name them."""

import re
from base64 import b64encode
from functools import lru_cache
from typing import NamedTuple
from urllib.parse import quote, unquote_to_bytes, urljoin

from probes.model import Phase
from probes.net import literal
from probes.reasons import Failed

_URL = re.compile(
    r"(https?)://(?:([^/?#]*)@)?(?:\[([^\]/?#]+)\]|([^/?#\[\]@ ]+?))(?::([0-9]*))?"
    r"((?:[/?][!\"$-~]*)?)(?:#.*)?",
    re.IGNORECASE | re.DOTALL,
)
_SCHEME = re.compile(r"([a-z][a-z0-9+.-]*)://", re.IGNORECASE)
_NAME = re.compile(r"[!-.0-9;-~]+")
_BAD_ESCAPE = re.compile("%(?![0-9a-fA-F]{2})")
_KEPT = "!\"$%&'()*+,-./:;<=>?@[\\]^_`{|}~#"  # what stays as it is when the rest is escaped
_PORTS = {"http": 80, "https": 443}


class Url(NamedTuple):
    """`authority` is host and port as they were written, `path` includes the query; `login` is
    USER:PASSWORD of the text, which no other field holds.
    """

    scheme: str
    host: str
    port: int
    authority: str
    path: str
    login: bytes = b""

    @property
    def secure(self) -> bool:
        return self.scheme == "https"

    @property
    def text(self) -> str:
        """For people: never holds a user or a password."""
        return f"{self.scheme}://{self.authority}{self.path}"

    @property
    def basic(self) -> str:
        """The value of an Authorization header, empty without a login."""
        return f"Basic {b64encode(self.login).decode()}" if self.login else ""


@lru_cache(maxsize=4096)
def read_url(address: str) -> Url:
    """A target as people write it; without a scheme it is http.

    Raises Failed (phase resolve) when it is no URL that can be asked.
    """
    found = _URL.fullmatch(address)
    if found is None:
        found = _URL.fullmatch(_tidy(address))
    if found is None:
        raise Failed(Phase.RESOLVE, f'"{shown(address)}" is not a URL')
    scheme, login, bracketed, host, digits, path = found.groups()
    scheme, host = scheme.lower(), bracketed or host
    if bracketed or not host.isascii() or ":" in host or not _NAME.fullmatch(host):
        host = _odd_host(host, address)
    port = int(digits) if digits else _PORTS[scheme]
    if "%" in path and _BAD_ESCAPE.search(path.partition("?")[0]):
        raise Failed(Phase.RESOLVE, f'"{shown(address)}" has a % that begins no escape')
    if not 0 < port < 65536:
        raise Failed(Phase.RESOLVE, f'"{shown(address)}" has no port between 1 and 65535')
    authority = f"[{host.partition('%')[0]}]" if ":" in host else host  # a zone is our matter alone
    if digits:
        authority = f"{authority}:{digits}"
    if path[:1] != "/":
        path = f"/{path}"
    return Url(scheme, host, port, authority, path, _login(login))


def follow(url: Url, location: str) -> Url:
    """Where this redirect leads. Raises Failed as `read_url` does."""
    try:
        joined = urljoin(url.text, location) if location.isprintable() else location
    except ValueError:
        joined = location
    found = _SCHEME.match(joined)
    if found is None or found[1].lower() not in _PORTS:
        raise Failed(Phase.CONTENT, f'the redirect leads to "{shown(location)}", which is no web')
    return read_url(joined)


def _tidy(address: str) -> str:
    """The same URL with its scheme named and its odd characters escaped."""
    if not address.isprintable():
        raise Failed(Phase.RESOLVE, "the target has control characters")
    found = _SCHEME.match(address)
    if found is None:
        address = f"http://{address}"
    elif found[1].lower() not in _PORTS:
        raise Failed(Phase.RESOLVE, f"only http:// and https:// can be asked, not {found[1]}://")
    front, slash, path = address.partition("//")
    authority, slash, path = path.partition("/")
    return f"{front}//{authority}{slash}{quote(path, safe=_KEPT)}"


def _odd_host(host: str, address: str) -> str:
    """An IPv6 address, or a name in letters that the resolver does not know."""
    if ":" in host:
        name = host.replace("%25", "%") if literal(host) is not None else ""
    elif f"[{host}]" in address:
        name = ""
    else:
        name = _in_ascii(host)
    if not name:
        raise Failed(Phase.RESOLVE, f'"{shown(address)}" names no host')
    return name


def _in_ascii(host: str) -> str:
    """The name as the resolver knows it, empty when there is none."""
    try:
        name = host.encode("idna").decode()
    except UnicodeError:
        return ""
    return name if ":" not in name and _NAME.fullmatch(name) else ""


def _login(text: str | None) -> bytes:
    if not text:
        return b""
    user, _, password = text.partition(":")
    return unquote_to_bytes(user) + b":" + unquote_to_bytes(password)


def shown(address: str) -> str:
    """An address of a stranger, fit to be shown: short, printable, without user and password."""
    text = re.sub(r"(?s)^((?:[^/?#]*//)?)[^/?#]*@", r"\1", address[:400])
    return "".join(letter if letter.isprintable() else "?" for letter in text)[:120]
