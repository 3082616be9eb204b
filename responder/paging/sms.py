"""One short message: what it costs in segments, and the words that still fit beside the link."""

import re
import unicodedata
from itertools import accumulate, takewhile

from playbooks.plain import one_line

# 3GPP TS 23.038, 6.2.1: one septet each; those of the extension table take two.
_GSM = frozenset(
    "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?"
    "¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà"
)
_EXTENDED = frozenset("\f^{}\\[~]|€")
_LETTERS = _GSM | _EXTENDED
# 23.040, 9.2.3.24.1: alone; and of several, each with its header. Septets, or UTF-16 units.
_SEPTETS, _UNITS = (160, 153), (70, 67)
_MOST = 2  # segments
_WORTH = 40  # a message that says less than this beside its link takes a second segment

# Letters that look like others are what this table is about.
# ruff: noqa: RUF001
_NEAR = str.maketrans(
    {"⁄": "/", "–": "-", "—": "-", "‐": "-", "‑": "-", "−": "-", "‘": "'", "’": "'", "‚": "'",
     "“": '"', "”": '"', "„": '"', "«": '"', "»": '"', "…": "...", "•": "*", "·": ".", "×": "x",
     "→": "->", "←": "<-", "≥": ">=", "≤": "<=", "ł": "l", "Ł": "L", "đ": "d", "Đ": "D",
     "ı": "i", "œ": "oe", "Œ": "OE", "°": " deg", "`": "'", "´": "'", "©": "(c)", "®": "(r)"}
)  # fmt: skip


def compose(words: str, link: str = "", *, others: int = 0) -> str:
    """An SMS of one segment where the link leaves room for words, of two at most (pure).

    The link stands on a line of its own and is never cut; one that leaves no room for a word is
    left out. `others` counts the person's further incidents that nobody has acknowledged. Letters
    that would make every letter cost double are written as the nearest plain ones where that saves
    a segment or words, unless too little of the text would be left.
    """
    head = one_line(words, limit=400)
    count = f" (+{others} more)" if others else ""
    rest = f"{count}\n{one_line(link, limit=2000)}" if link else count
    as_told, plain = _fitted(head, rest), _fitted(plainly(head), rest)
    if plain is None:  # nothing fits beside this link
        return _fitted(plainly(head), count) or ""
    if as_told is None or _is_gsm(as_told):
        return plain
    saves = segments(plain) < segments(as_told) or len(as_told) < len(head + rest)
    return plain if saves and not _illegible(head) else as_told


def segments(text: str) -> int:
    """How many messages a telephone company makes (and bills) of this text."""
    alone, each = _SEPTETS if _is_gsm(text) else _UNITS
    size = _size(text)
    return 1 if size <= alone else -(-size // each)


def plainly(text: str) -> str:
    """The text in GSM's letters: `ő` is o, a dash is a dash; what has no plain letter is `?`."""
    near = "".join(map(_plain, text.translate(_NEAR)))
    return re.sub(r"\?{2,}", "?", near)


def _illegible(head: str) -> bool:
    """Would more than a quarter of it be lost in plain letters?"""
    lost = sum(_plain(letter) == "?" for letter in head.translate(_NEAR) if letter != "?")
    return lost * 4 > len(head)


def _fitted(head: str, rest: str) -> str | None:
    """Whole if it fits one segment; cut to one where that says enough; else two. None: no room."""
    for count in range(1, _MOST + 1):
        text = _cut(head, rest, room=_room(head + rest, count))
        enough = count == _MOST or (text is not None and len(text) - len(rest) >= _WORTH)
        if text is not None and (enough or text == head + rest):
            return text
    return None


def _room(text: str, count: int) -> int:
    alone, each = _SEPTETS if _is_gsm(text) else _UNITS
    return alone if count == 1 else count * each


def _cut(head: str, rest: str, *, room: int) -> str | None:
    """The head up to where it fits; None where not even a word of it does."""
    if _size(head + rest) <= room:
        return head + rest
    gsm = _is_gsm(head + rest)
    left = room - _size("..." + rest)
    ends = accumulate(_cost(letter, gsm=gsm) for letter in head)
    kept = sum(1 for _ in takewhile(lambda size: size <= left, ends))
    return f"{head[:kept].rstrip()}...{rest}" if kept >= 8 else None


def _is_gsm(text: str) -> bool:
    return set(text) <= _LETTERS


def _size(text: str) -> int:
    gsm = _is_gsm(text)
    return sum(_cost(letter, gsm=gsm) for letter in text)


def _cost(letter: str, *, gsm: bool) -> int:
    if gsm:
        return 2 if letter in _EXTENDED else 1
    return 2 if ord(letter) > 0xFFFF else 1


def _plain(letter: str) -> str:
    if letter in _LETTERS:
        return letter
    parts = unicodedata.normalize("NFKD", letter).translate(_NEAR)
    base = "".join(part for part in parts if part in _GSM)
    return base or ("" if unicodedata.combining(letter) else "?")
