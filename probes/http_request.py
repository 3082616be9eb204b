"""What is asked of a web server, and what becomes of it when a redirect leads elsewhere."""

import re
from collections.abc import Iterable, Mapping
from typing import NamedTuple

from probes.http_url import Url

AGENT = "Rapid-Responder"
_FRAMING = frozenset(("host", "connection", "content-length", "transfer-encoding", "trailer"))
_PROVES_US = re.compile("auth|cookie|token|secret|key", re.IGNORECASE)
_WITH_LENGTH = frozenset(("POST", "PUT", "PATCH"))


class Request(NamedTuple):
    """`host` is what the header Host says. `common` and `private` are finished header lines;
    private ones prove who we are and stay with the first host. `ours`: no redirect has led to
    another host yet.
    """

    url: Url
    method: str
    host: str
    common: str
    private: str = ""
    body: bytes = b""
    ours: bool = True

    def written(self, *, whole: str = "", more: str = "") -> bytes:
        """As it goes over the wire; `whole` is the URL as a proxy must be told it, `more` are
        further header lines.
        """
        head = (
            f"{self.method} {whole or self.url.path} HTTP/1.1\r\nHost: {self.host}\r\n"
            f"{self.common}{self.private}{more}"
        )
        if self.body or self.method in _WITH_LENGTH:
            head = f"{head}Content-Length: {len(self.body)}\r\n"
        return f"{head}\r\n".encode() + self.body

    def redirected(self, status: int, url: Url) -> "Request":
        """The next request. What proves us is kept back from another host and from plain text."""
        method, body = self.method, self.body
        if status in (301, 302, 303):
            method, body = (method if method == "HEAD" else "GET"), b""
        if not self.stays(url):
            return Request(url, method, url.authority, self.common, "", body, ours=False)
        private = "" if self.url.secure and not url.secure else self.private
        host = self.host if url.authority == self.url.authority else url.authority
        return Request(url, method, host, self.common, private, body, self.ours)

    def stays(self, url: Url) -> bool:
        """Does this URL lead to the host that we are asking already, by whatever name?"""
        return url.host.lower() in (self.url.host.lower(), name_of(self.host).lower())


def name_of(host: str) -> str:
    """The name in a Host header, without its port."""
    name, colon, port = host.rpartition(":")
    return (name if colon and port.isdigit() else host).strip("[]")


def header_lines(headers: Iterable[tuple[str, str]]) -> str:
    """Finished lines; what frames the request is ours alone to say."""
    return "".join(
        f"{name}: {value}\r\n" for name, value in headers if name.lower() not in _FRAMING
    )


def common_and_private(headers: Mapping[str, str]) -> tuple[str, str]:
    """The header lines that anybody may read, and those that prove who we are."""
    names = {name.lower() for name in headers}
    common = [(name, value) for name, value in headers.items() if not _PROVES_US.search(name)]
    private = [(name, value) for name, value in headers.items() if _PROVES_US.search(name)]
    if "user-agent" not in names:
        common.insert(0, ("User-Agent", AGENT))
    return f"{header_lines(common)}Connection: close\r\n", header_lines(private)
