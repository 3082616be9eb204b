"""Hostile text made plain: one line stays one line, nothing hides, and nothing becomes a header."""

import hashlib
import unicodedata

_LINE_LENGTH = 200


def one_line(text: str, *, limit: int = _LINE_LENGTH) -> str:
    """Text that can neither break a line, hide itself nor turn its neighbours around.

    Any white space becomes a space; control, format (bidi, zero width) and unassigned characters
    and lone surrogates go. Cut at `limit` characters.
    """
    shown = "".join(_shown(letter) for letter in text[: limit * 4])
    line = " ".join(shown.split())
    return line if len(line) <= limit else line[: limit - 3].rstrip() + "..."


def many_lines(text: str, *, limit: int = 20_000) -> str:
    """The same for a text of several lines: each is cleaned, the breaks stay."""
    return "\n".join(one_line(line, limit=2000) for line in text[:limit].splitlines())


def how_many(count: int, what: str) -> str:
    """`1 time`, `2 times`: of a word that takes an s."""
    return f"{count} {what}{'s' * (count != 1)}"


def short_key(key: str, *, limit: int = 255) -> str:
    """The key as it is, or within the limit and still different from every other key."""
    if len(key) <= limit:
        return key
    digest = hashlib.blake2b(key.encode("utf-8", "replace"), digest_size=16).hexdigest()
    return f"{key[: limit - len(digest) - 1]}#{digest}"


def in_header(text: str, *, limit: int = _LINE_LENGTH) -> str:
    """One line that is safe in a mail's header, too.

    Python 3.11.7 and 3.12.1 decode a `=?...?=` that they are given, line breaks included.
    """
    return one_line(text, limit=limit).replace("=?", "= ?")


def _shown(letter: str) -> str:
    if letter.isspace():
        return " "
    return "" if unicodedata.category(letter).startswith("C") else letter
