"""Our keys as other ticket systems hold them, and how an outcome becomes unsure."""

import hashlib
import re
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

from playbooks.outside import OutsideError
from playbooks.ports import Note

_TAIL: Final = re.compile(r"\s*\[(RR-[0-9a-f]{16})\]")


def stored(key: str) -> str:
    """The key as a field of another system holds it: itself when plain, else shortened and with its
    digest.

    Searches know no case, on MySQL no accents either, and a field holds 255 characters.
    """
    if re.fullmatch(r"[!-@\[-~](?:[ -@\[-~]{0,198}[!-@\[-~])?", key):
        return key
    legible = "".join(filter(str.isprintable, " ".join(key.split())))
    return f"{legible[:150]} {_digest(key)}".strip()


def mark(key: str) -> str:
    """A word that stands for a note's key; a digest, as customers read it too."""
    return f"ref-{_digest(key)}"


def marked(note: Note) -> str:
    """The words of a note with the mark by which noted() finds them."""
    return f"{note.text}\n\n{mark(note.key)}"


def tail(key: str) -> str:
    """A word that stands for a ticket's key at the end of its subject, such as RR-0123456789abcdef.

    A digest: any key fits, and a search by it needs no escapes.
    """
    return f"RR-{_digest(key)}"


def tailed(subject: str, key: str, *, longest: int) -> str:
    """One line of at most `longest` characters that ends with the key's tail in brackets."""
    end = f" [{tail(key)}]"
    return " ".join(subject.split())[: longest - len(end)].rstrip() + end


def tail_of(subject: str) -> str:
    """The tail that stands in a subject, "" when none does; people add words around it."""
    found = _TAIL.search(subject)
    return found[1] if found else ""


def untailed(subject: str) -> str:
    """The subject as it was drafted."""
    return _TAIL.sub("", subject).strip()


def alike(one: str, other: str) -> bool:
    """Do both subjects read as one draft has them? Whoever answers or forwards takes our word along
    ("Re: ..."), and his ticket is no twin of ours.
    """
    return untailed(one).casefold() == untailed(other).casefold()


def _digest(key: str) -> str:
    return hashlib.blake2b(key.encode(), digest_size=8).hexdigest()


@contextmanager
def unsure_from_here() -> Iterator[None]:
    """The ticket exists: whatever fails now, the outcome must be looked up before a repeat."""
    try:
        yield
    except OutsideError as error:
        raise OutsideError(
            str(error), transient=True, ambiguous=True, retry_after=error.retry_after
        ) from error
