"""What our notes in WHMCS say that we changed together with them: its API keeps no history."""

import re
from collections.abc import Mapping
from typing import Final

from responder.tickets.keys import tail_of

OURS: Final = "[RR-"  # stands in the subject of every ticket of ours
_MARK = re.compile(r"\bref-[0-9a-f]{16}\b")
_TRACE = re.compile(r"\n*\[responder: ([a-z]+=[^\[\]\n]*)\]\s*$")


def is_ours(subject: str) -> bool:
    """Does it carry a key of ours? WHMCS's search is approximate."""
    return bool(tail_of(subject))


def is_marked(text: str) -> bool:
    """Are these words a note of the incident's, and not only the trace of an act?"""
    return bool(_MARK.search(text))


def traced(text: str, **did: str) -> str:
    """Words that also say what is changed with them.

    For notes to the staff, and for what a ticket is opened with; never for a customer.
    """
    told = "; ".join(f"{field}={value}" for field, value in did.items())
    return f"{text}\n\n[responder: {told}]".strip()


def untraced(text: str) -> tuple[str, Mapping[str, str]]:
    """The words alone, and what was changed with them."""
    found = _TRACE.search(text)
    if not found:
        return text, {}
    pairs = (pair.partition("=") for pair in found[1].split("; "))
    return text[: found.start()], {field: value for field, _, value in pairs}
