"""Is what a customer sent a picture? Its first bytes say so, never its name (R32; pure)."""

import hashlib
from typing import Final

MOST_BYTES: Final = 5 << 20
MOST_OF_COMMENT: Final = 5
MOST_OF_TICKET: Final = 50  # pictures, and 10 times the largest in bytes
MOST_BYTES_OF_TICKET: Final = 10 * MOST_BYTES
ENDINGS: Final = {"image/png": "png", "image/jpeg": "jpg", "image/webp": "webp"}


def kind_of(data: bytes) -> str | None:
    """image/png, image/jpeg or image/webp; None for everything else, SVG and HTML among it."""
    if data.startswith(b"\x89PNG\r\n\x1a\n"):
        return "image/png"
    if data.startswith(b"\xff\xd8\xff"):
        return "image/jpeg"
    if data[:4] == b"RIFF" and data[8:12] == b"WEBP":
        return "image/webp"
    return None


def digest(data: bytes) -> str:
    """Stands for a picture, also after it is gone."""
    return hashlib.blake2b(data, digest_size=16).hexdigest()


def plain_name(name: str, *, kind: str) -> str:
    """One harmless line with the right ending, whatever it was called."""
    stem = name.replace("\\", "/").rpartition("/")[2].rpartition(".")[0] or name
    kept = "".join(letter for letter in stem if letter.isalnum() or letter in " -_")
    return f"{' '.join(kept.split())[:60] or 'screenshot'}.{ENDINGS[kind]}"
