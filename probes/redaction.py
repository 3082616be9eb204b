"""Keeps secrets out of anything we write: what was once revealed is masked wherever it turns up."""

import base64
import json
import re
import sys
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import product
from urllib.parse import quote, quote_plus

MASK = "[secret]"

_SHORTEST = 4  # a form below this would mask ordinary words, and guards nothing
_PATTERNS = (
    (re.compile(r"(://)[^/\s]*@"), rf"\1{MASK}@"),  # the user and password of a URL
    (
        re.compile(
            r"([?&][\w-]*(?:pass(?:word|wd)?|token|secret|key|pin)=)[^&#\s]+", re.IGNORECASE
        ),
        rf"\1{MASK}",
    ),
    (re.compile(r"""(authorization["']?\s*[:=,]\s*)[^\r\n]+""", re.IGNORECASE), rf"\1{MASK}"),
)


@dataclass(slots=True)
class _Known:
    """All secrets that were ever revealed in this process, and how to find them quickly."""

    secrets: set[str] = field(default_factory=set)
    forms: dict[str, tuple[str, ...]] = field(default_factory=dict)  # by their first characters
    longest: int = 0


_known = _Known()


def remember(secret: str) -> None:
    """From now on `scrub` masks this value in its plain, base64, JSON and URL-encoded forms."""
    if secret in _known.secrets:
        return
    _known.secrets.add(secret)
    for form in set(_written(secret)):
        if len(form) >= _SHORTEST:
            start = form[:_SHORTEST]
            others = _known.forms.get(start, ())
            _known.forms[start] = tuple(sorted({*others, form}, key=len, reverse=True))
            _known.longest = max(_known.longest, len(form))


def scrub(text: str, *, limit: int = sys.maxsize) -> str:
    """The text without any known secret, password in a URL, or authorization header.

    It is cut to `limit` characters here and not beforehand, where a cut could leave half a secret.
    """
    for pattern, mask in _PATTERNS:
        text = pattern.sub(mask, text)
    window = text[: limit + _known.longest]
    starts = range(min(limit, len(window) - _SHORTEST + 1))
    pieces: list[str] = []
    begin = 0
    for at in [start for start in starts if window[start : start + _SHORTEST] in _known.forms]:
        if at >= begin and (hit := _hit(window, at)):
            pieces += (window[begin:at], MASK)
            begin = at + len(hit)
    return "".join((*pieces, window[begin:limit]))[:limit]


def _hit(text: str, at: int) -> str:
    starts = _known.forms.get(text[at : at + _SHORTEST], ())
    return next((form for form in starts if text.startswith(form, at)), "")


def _written(secret: str) -> Iterator[str]:
    """Every way in which the value may stand in a text."""
    yield secret
    yield from (quote(secret, safe=""), quote(secret), quote_plus(secret))
    yield from (json.dumps(secret)[1:-1], repr(secret)[1:-1])
    raw = secret.encode(errors="replace")
    for shift, alphabet in product(range(3), (base64.b64encode, base64.urlsafe_b64encode)):
        # Basic authentication encodes "user:secret", so the secret begins anywhere in a group of
        # three bytes; the characters that it shares with its neighbours are not part of the form.
        whole = alphabet(b"\0" * shift + raw).decode()
        yield whole[-(-8 * shift // 6) : 8 * (shift + len(raw)) // 6]
