"""Hostile words as they may stand in our rows: a line, a text, a key (pure)."""

import hashlib
from typing import Final

from alerts.model import clean

LONGEST: Final = 100_000  # characters of one text
LINE: Final = 200


def a_line(text: str | None) -> str | None:
    """One line of a column; nothing is nobody."""
    return " ".join(clean(text).split())[:LINE] or None if text else None


def a_text(text: str) -> str:
    """Words as they came; "" for none."""
    words = clean(text)[:LONGEST]
    return words if words.strip() else ""


def a_key(key: str) -> str:
    """Whole, or shortened so that no other key becomes the same."""
    if len(key) <= LINE:
        return clean(key)
    return f"{clean(key[:150])} {hashlib.blake2b(key.encode('utf-8', 'replace')).hexdigest()[:32]}"
