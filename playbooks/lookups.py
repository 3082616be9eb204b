"""What a playbook may look up: {{ target.name }}, {{ steps.ID.NAME }} - names, and nothing else.

No filters, calls, sums or nesting. What is found is put in as plain text and is never read again.
"""

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from types import MappingProxyType
from typing import Any, NamedTuple

from playbooks.actions.model import Case

FACTS: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {
        "target": ("name", "address", "brand", "datacentre", "rack"),
        "incident": ("id", "ref", "title"),
        "run": ("id", "playbook", "requested_by"),
    }
)
OUTCOMES = ("ok", "failed", "skipped")
ALWAYS = ("outcome", "text")
"""What every step has: one of OUTCOMES, and the words that came of it."""
MOST = 4096  # characters of one argument

_LOOKUP = re.compile(r"\{\{[ \t]*([A-Za-z0-9_.]+)[ \t]*\}\}|\{\{")
_NAME = re.compile(
    r"(?P<of>target|incident|run)\.(?P<fact>[a-z_]+)"
    r"|alert\.(?P<label>[A-Za-z_][A-Za-z0-9_]*)"
    r"|steps\.(?P<step>[a-z][a-z0-9_]{0,39})\.(?P<value>[a-z][a-z0-9_]*)"
)


class Unresolved(ValueError):
    """A lookup that finds nothing; the message names it."""


class Unfit(ValueError):
    """A text that may not become an argument of a program; the message says why."""


class Name(NamedTuple):
    """A name, taken apart: a fact of `of`, a label of the alert, or a value of a step."""

    of: str
    fact: str


def read_name(text: str) -> Name | None:
    """`steps.look.state` is Name("steps.look", "state"); None when nothing can be called so.

    The facts that there are stand in FACTS; which steps and values there are is not asked here.
    """
    found = _NAME.fullmatch(text)
    if found is None or (found["of"] and found["fact"] not in FACTS[found["of"]]):
        return None
    return Name(*text.rsplit(".", 1))


def names(text: str) -> Iterator[str]:
    """Every name that this text looks up, in order; "" for a {{ that is no lookup."""
    return (found[1] or "" for found in _LOOKUP.finditer(text))


def scope(
    case: Case, steps: Mapping[str, Mapping[str, str]], *, ids: Iterable[str] = ()
) -> dict[str, str]:
    """All that can be looked up now, by its full name. `steps` are the values of those that are
    past, `outcome` and `text` among them; of all other `ids` these two are empty.
    """
    told = {
        "target.name": case.server,
        "target.address": case.address,
        "target.brand": case.brand,
        "target.datacentre": case.datacentre,
        "target.rack": case.rack,
        "incident.id": str(case.incident),
        "incident.ref": case.incident_ref,
        "incident.title": case.title,
        "run.id": str(case.run),
        "run.playbook": case.playbook,
        "run.requested_by": case.requested_by,
    }
    told |= {f"alert.{name}": value for name, value in case.labels.items()}
    told |= {f"steps.{step}.{name}": "" for step in ids for name in ALWAYS}
    for step, values in steps.items():
        told |= {f"steps.{step}.{name}": value for name, value in values.items()}
    return told


def plain(value: str) -> str:
    """The value as it is."""
    return value


def fill(text: str, known: Mapping[str, str], each: Callable[[str], str] = plain) -> str:
    """The text with what its lookups find; every found value goes through `each` first.

    Raises Unresolved, and what `each` raises.
    """

    def found(match: re.Match[str]) -> str:
        if not match[1]:
            raise Unresolved('"{{" begins a lookup such as {{ target.name }}, and nothing else')
        if match[1] not in known:
            raise Unresolved(f"there is no {match[1]} now")
        return each(known[match[1]])

    return _LOOKUP.sub(found, text)


def filled(written: Any, known: Mapping[str, str]) -> Any:
    """What stands under `with`, each text in it filled in. Keys stay as they are."""
    if isinstance(written, str):
        return fill(written, known)
    if isinstance(written, Mapping):
        return {key: filled(value, known) for key, value in written.items()}
    if isinstance(written, list | tuple):
        return [filled(value, known) for value in written]
    return written


def argument(word: str, known: Mapping[str, str]) -> str:
    """One word of a command, filled in. Raises Unresolved, and Unfit where what was found would
    make an option of it, end it early, or is longer than any name.
    """
    made = fill(word, known)
    if made == word:
        return word
    if made.startswith("-") and not word.startswith("-"):
        raise Unfit(f"{word} would become an option: it begins with a dash")
    if any(ord(letter) < 32 or letter == "\x7f" for letter in made):
        raise Unfit(f"{word} would hold a line break or another control character")
    if len(made) > MOST:
        raise Unfit(f"{word} would have {len(made)} characters, and {MOST} are the most")
    return made
