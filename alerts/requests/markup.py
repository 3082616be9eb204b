"""HTML mails as plain text: what a reader sees, less what he quotes."""

import re
from html import unescape
from typing import Final

_IS_HTML: Final = re.compile(
    r"<(?:html|body|div|p|br|table|span|font|blockquote)\b[^<>]*>", re.IGNORECASE
)
_HIDDEN: Final = ("style", "script", "head", "blockquote", "title")
_BREAK: Final = re.compile(
    r"<(?:br|/p|/div|/li|/tr|/h[1-6]|/table|hr)\b[^<>]{0,500}>", re.IGNORECASE
)
_TAG: Final = re.compile(r"<[/!a-zA-Z][^<>]{0,3000}>")


def as_text(body: str) -> str:
    """The text of an HTML body; plain text stays as it is. Time is linear in the length."""
    if not _IS_HTML.search(body):
        return body
    for name in _HIDDEN:
        body = _without(body, name)
    flat = re.sub(r"\s+", " ", body)
    return unescape(_TAG.sub(" ", _BREAK.sub("\n", flat)))


def _without(body: str, name: str) -> str:
    """The body less every element of this name; nested ones go with the outer one."""
    kept, depth, last = [], 0, 0
    for tag in re.finditer(rf"<(/?){name}\b[^<>]{{0,3000}}>", body, re.IGNORECASE):
        if tag[1]:
            depth = max(0, depth - 1)
            last = tag.end() if depth == 0 else last
            continue
        if depth == 0:
            kept.append(body[last : tag.start()])
        depth += 1
    return "".join(kept) + (body[last:] if depth == 0 else "")
