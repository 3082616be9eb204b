"""Is it the right answer? The rules of a module, in blackbox_exporter's order."""

import zlib
from dataclasses import dataclass
from typing import NamedTuple

from probes.http_answer import Answer
from probes.patterns import Pattern

MOST_KEPT = 10 << 20  # bytes of a body that is searched, where the module sets no limit
_MOST_MEMBERS = 100


class HeaderMatch(NamedTuple):
    """One rule about a header; `name` in lower case."""

    name: bytes
    pattern: Pattern
    text: str
    allow_missing: bool


class BodyMatch(NamedTuple):
    """One rule about the body."""

    pattern: Pattern
    text: str


@dataclass(frozen=True, slots=True)
class Rules:
    """What must hold. Empty `statuses` are 200 to 299, empty `versions` any; `limit` is that of the
    uncompressed body, 0 = none.
    """

    statuses: frozenset[int] = frozenset()
    headers_never: tuple[HeaderMatch, ...] = ()
    headers_always: tuple[HeaderMatch, ...] = ()
    compression: str = ""
    limit: int = 0
    body_never: tuple[BodyMatch, ...] = ()
    body_always: tuple[BodyMatch, ...] = ()
    versions: frozenset[str] = frozenset()
    fail_if_ssl: bool = False
    fail_if_not_ssl: bool = False

    @property
    def search(self) -> bool:
        """Is the body looked at?"""
        return bool(self.body_never or self.body_always)


class Judgement(NamedTuple):
    """An empty `reason` means that all is well. `by_pattern`: a regular expression decided.
    `length` counts the uncompressed body; `said` is what blackbox_exporter says for it.
    """

    reason: str = ""
    by_pattern: bool = False
    length: int = 0
    said: str = ""


_WELL = Judgement()
NONE = Rules()
"""Any answer of 2xx that comes whole is the right one."""


def judge(rules: Rules, answer: Answer, *, secure: bool) -> Judgement:
    """All the rules, the first that is broken tells the reason."""
    if rules is NONE and not answer.trouble and 200 <= answer.status < 300:
        return Judgement(length=answer.length)
    body, trouble = answer.body, answer.trouble
    length = answer.length
    if rules.compression:
        body, trouble = unpacked(rules, body, trouble)
        length = len(body)
    found = (
        _status(rules, answer)
        or _headers(rules, answer)
        or _body(rules, answer, body, trouble)
        or _whole(trouble)
        or _around(rules, answer, secure=secure)
        or _WELL
    )
    return found._replace(length=length)


def _status(rules: Rules, answer: Answer) -> Judgement | None:
    status = answer.status
    if rules.statuses:
        if status in rules.statuses:
            return None
        wanted = ", ".join(map(str, sorted(rules.statuses)))
        return Judgement(f"status {status}, not {wanted}", said="Invalid HTTP response status code")
    if 200 <= status < 300:
        return None
    said = "Invalid HTTP response status code, wanted 2xx"
    return Judgement(f"status {status}, not 2xx", said=said)


def _headers(rules: Rules, answer: Answer) -> Judgement | None:
    for rule in rules.headers_never:
        if broken := _header(rule, answer, wanted=False):
            return broken
    for rule in rules.headers_always:
        if broken := _header(rule, answer, wanted=True):
            return broken
    return None


def _header(rule: HeaderMatch, answer: Answer, *, wanted: bool) -> Judgement | None:
    values = [value for name, value in answer.headers if name == rule.name]
    name = rule.name.decode()
    if not values:
        if rule.allow_missing:
            return None
        said = "Missing required header"
        return Judgement(f"the answer has no header {name}", by_pattern=True, said=said)
    if any(rule.pattern.search(value) for value in values) is wanted:
        return None
    if wanted:
        told, said = f'header {name} does not match "{rule.text}"', "did not match"
    else:
        told, said = f'header {name} matches "{rule.text}"', "matched"
    return Judgement(told, by_pattern=True, said=f"Header {said} regular expression")


def _body(rules: Rules, answer: Answer, body: bytes, trouble: str) -> Judgement | None:
    if not rules.search:
        return None
    if answer.location is not None:
        trouble = "the redirect is not followed, so there is no body to search"
    if trouble:
        return Judgement(trouble, by_pattern=True, said="Error reading HTTP body")
    for pattern, text in rules.body_never:
        if pattern.search(body):
            said = "Body matched regular expression"
            return Judgement(f'the body matches "{text}"', by_pattern=True, said=said)
    for pattern, text in rules.body_always:
        if not pattern.search(body):
            said = "Body did not match regular expression"
            return Judgement(f'the body does not match "{text}"', by_pattern=True, said=said)
    return None


def _whole(trouble: str) -> Judgement | None:
    return Judgement(trouble, said="Failed to read HTTP response body") if trouble else None


def _around(rules: Rules, answer: Answer, *, secure: bool) -> Judgement | None:
    """Version and TLS."""
    version = f"HTTP/{answer.version}"
    if rules.versions and version not in rules.versions:
        wanted = ", ".join(sorted(rules.versions))
        said = "Invalid HTTP version number"
        return Judgement(f"the answer is {version}, not {wanted}", said=said)
    if secure and rules.fail_if_ssl:
        said = "Final request was over SSL"
        return Judgement("the answer came over TLS, and must not", said=said)
    if not secure and rules.fail_if_not_ssl:
        said = "Final request was not over SSL"
        return Judgement("the answer did not come over TLS", said=said)
    return None


def unpacked(rules: Rules, data: bytes, trouble: str) -> tuple[bytes, str]:
    """The body without its compression and what is wrong with it; never longer than the limit."""
    limit = rules.limit or MOST_KEPT
    many = rules.compression == "gzip"
    whole = bytearray()
    for _ in range(_MOST_MEMBERS):
        reader = zlib.decompressobj(31 if many else -15)  # deflate here means without zlib's head
        try:
            whole += reader.decompress(data, limit + 1 - len(whole))
        except zlib.error as error:
            return bytes(whole), trouble or f"the body is not {rules.compression}: {error}"
        if len(whole) > limit:
            return bytes(whole[:limit]), f"the body is longer than {limit} bytes"
        if not reader.eof:
            return bytes(whole), trouble or f"the {rules.compression} of the body is cut off"
        data = reader.unused_data
        if not (many and data):
            return bytes(whole), trouble
    return bytes(whole), f"the body has more than {_MOST_MEMBERS} parts of gzip"
