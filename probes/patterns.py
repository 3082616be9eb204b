"""Regular expressions of Go's kind (RE2) that answer in time linear in the text.

Python's `re` tries one way after the other: `(a|a)*b` in one silence would stop the daemon for
hours. RE2 is what Prometheus and Alertmanager speak, and cannot run away.
"""

from functools import lru_cache
from importlib import import_module
from typing import Any

LONGEST = 4096  # characters of one expression
_MEMORY = 1 << 20  # bytes that one expression may be compiled into


_GO = {
    "missing )": "missing closing )",
    "missing ]": "missing closing ]",
    "no argument for repetition operator": "missing argument to repetition operator",
    "invalid repetition size": "invalid repeat count",
    "bad repetition operator": "invalid nested repetition operator",
    "invalid perl operator": "invalid or unsupported Perl syntax",
}


class Pattern:
    """One expression. It must match the whole text, as in all matchers of Prometheus."""

    def __init__(self, compiled: Any) -> None:
        self._compiled = compiled

    def matches(self, text: str) -> bool:
        """True when the whole text fits."""
        return self._compiled.fullmatch(text) is not None


@lru_cache(maxsize=512)
def read_pattern(text: str) -> Pattern:
    """The expression, ready to match; ValueError in RE2's words when it is none."""
    if len(text) > LONGEST:
        raise ValueError(f"error parsing regexp: longer than {LONGEST} characters")
    re2: Any = import_module("re2")  # 3 MB, for those who use expressions
    options = re2.Options()
    options.log_errors = False
    options.max_mem = _MEMORY
    try:
        return Pattern(re2.compile(text, options))
    except re2.error as error:
        told = error.args[0] if error.args else "not an expression"
        words = told.decode("utf-8", "replace") if isinstance(told, bytes) else str(told)
        raise ValueError(f"error parsing regexp: {_as_go_says(words)}") from None


def _as_go_says(words: str) -> str:
    """RE2 for C++ and Go mean the same in other words; amtool and Prometheus know Go's."""
    kind, _, part = words.partition(": ")
    return f"{_GO.get(kind, kind)}: `{part}`"
