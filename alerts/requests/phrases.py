"""The small language of phrases: `site*`, `*seite`, `a .. b`, `(is|are|) down`."""

import re
from collections.abc import Iterator
from typing import Final

GAP: Final = ".."
_MOST_GAPS: Final = 3  # in one way through a phrase; each multiplies the ways to match
_LONGEST: Final = 4000  # characters of one phrase
_DEEPEST: Final = 6
_PARTS: Final = re.compile(r"[,\n]")
_PIECES: Final = re.compile(r"[()|]|[^\s()|]+")
_MARKS: Final = frozenset({"<host>", "<address>", "<ip>", "<file>"})

Sequence = tuple["str | tuple[Sequence, ...]", ...]
"""Words one after the other; a tuple in it is a choice of sequences, the empty one among them."""


class BadPhrase(ValueError):
    """A phrase that can't be read; the message says why."""


def phrases(text: str) -> Iterator[Sequence]:
    """Each phrase of a text. Raises BadPhrase."""
    for one in filter(None, map(str.strip, _PARTS.split(text))):
        yield _parsed(one)


def _parsed(phrase: str) -> Sequence:
    if len(phrase) > _LONGEST:
        raise BadPhrase(f"a phrase of over {_LONGEST} characters")
    if re.search(r"[^\s(|]\(|\)[^\s)|]", phrase):
        raise BadPhrase(f'"{phrase}": a bracket must stand apart from the words beside it')
    pieces = _PIECES.findall(phrase.replace("'", ""))
    sequence, rest = _sequence(pieces, 0, phrase, 0)
    if rest != len(pieces):
        raise BadPhrase(f'the brackets of "{phrase}" do not match')
    if not sequence or GAP in (sequence[0], sequence[-1]):
        raise BadPhrase(f'"{phrase}" must begin and end with a word')
    if _shortest(sequence) == 0:
        raise BadPhrase(f'"{phrase}" may stand for nothing at all')
    if _gaps(sequence) > _MOST_GAPS:
        raise BadPhrase(f'"{phrase}" has more than {_MOST_GAPS} gaps')
    return sequence


def _sequence(pieces: list[str], at: int, phrase: str, depth: int) -> tuple[Sequence, int]:
    """The words and choices up to a `|`, a closing bracket or the end, and where that is."""
    found: list[str | tuple[Sequence, ...]] = []
    while at < len(pieces) and pieces[at] not in ("|", ")"):
        if pieces[at] == "(":
            choice, at = _choice(pieces, at + 1, phrase, depth + 1)
            found.append(choice)
            continue
        found.append(_word(pieces[at], phrase))
        at += 1
    return tuple(found), at


def _choice(
    pieces: list[str], at: int, phrase: str, depth: int
) -> tuple[tuple[Sequence, ...], int]:
    if depth > _DEEPEST:
        raise BadPhrase(f'"{phrase}" has brackets over {_DEEPEST} deep')
    ways: list[Sequence] = []
    while True:
        way, at = _sequence(pieces, at, phrase, depth)
        ways.append(way)
        if at >= len(pieces):
            raise BadPhrase(f'the brackets of "{phrase}" do not match')
        at += 1
        if pieces[at - 1] == ")":
            return tuple(ways), at


def _word(piece: str, phrase: str) -> str:
    if piece == GAP or piece in _MARKS:
        return piece
    bare = piece.strip("*")
    if not bare.isalnum() or piece.count("*") > 1 or ("*" in piece and len(bare) < 2):
        raise BadPhrase(f'"{piece}" in "{phrase}" is no word: letters, with * for the rest of it')
    return piece


def _shortest(sequence: Sequence) -> int:
    """How few words it can stand for."""
    return sum(
        (0 if one == GAP else 1) if isinstance(one, str) else min(map(_shortest, one))
        for one in sequence
    )


def _gaps(sequence: Sequence) -> int:
    return sum(
        int(one == GAP) if isinstance(one, str) else max(map(_gaps, one)) for one in sequence
    )
