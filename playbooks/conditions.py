"""What stands under `if`: steps.look.state == off, joined by `and`; no more language than that."""

import re
from collections.abc import Mapping
from dataclasses import dataclass

from playbooks.lookups import Unresolved

_HOW = "write NAME == WORD or NAME != WORD, joined by `and`: steps.look.state == off"
_PART = re.compile(
    r"(?:\{\{[ \t]*(?P<braced>[A-Za-z0-9_.]+)[ \t]*\}\}|(?P<bare>[A-Za-z0-9_]+\.[A-Za-z0-9_.]+))"
    r"[ \t]*(?P<sign>==|!=)[ \t]*(?P<word>[^\s\"'{}=!]+)"
)
_AND = re.compile(r"\s+and\s+")


@dataclass(frozen=True, slots=True)
class Condition:
    """Is what this name finds this word, or, where not `equal`, another one?"""

    name: str
    equal: bool
    word: str


def read_conditions(text: str) -> tuple[Condition, ...]:
    """The parts of an `if`, all of which must hold; none when nothing is written.

    Raises ValueError that says how to write one.
    """
    if not text.strip():
        return ()
    return tuple(_read(part) for part in _AND.split(text.strip()))


def holds(text: str, known: Mapping[str, str]) -> bool:
    """Do all parts hold? They are asked in their order up to the first that does not.

    Raises Unresolved: what is not known is neither equal nor different.
    """
    return all(_holds(one, known) for one in read_conditions(text))


def _read(part: str) -> Condition:
    found = _PART.fullmatch(part)
    if found is None:
        raise ValueError(_HOW)
    return Condition(found["braced"] or found["bare"], found["sign"] == "==", found["word"])


def _holds(one: Condition, known: Mapping[str, str]) -> bool:
    if one.name not in known:
        raise Unresolved(f"there is no {one.name} now")
    return (known[one.name] == one.word) is one.equal
