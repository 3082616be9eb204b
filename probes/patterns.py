"""Regular expressions of Go's kind (RE2) that answer in time linear in the text.

Python's `re` tries one way after the other: `(a|a)*b` in one silence would stop the daemon for
hours. RE2 is what Prometheus and Alertmanager speak, and cannot run away.
"""

import codecs
from functools import lru_cache
from importlib import import_module
from typing import Any, Protocol

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


class Found(Protocol):
    """Where an expression was found: its groups, by number or name; None for one that took no
    part.
    """

    def group(self, which: int | str = 0, /) -> Any: ...


class Pattern:
    """One expression: `matches` wants the whole text, as all matchers of Prometheus do; `search`
    finds it anywhere, as blackbox_exporter does.
    """

    def __init__(self, compiled: Any) -> None:
        self._compiled = compiled

    def matches(self, text: str) -> bool:
        """True when the whole text fits."""
        return self._compiled.fullmatch(text) is not None

    def search(self, text: str | bytes) -> Found | None:
        """The first place where it fits; groups are of the text's own type.

        Bytes that are no UTF-8 count as U+FFFD, one each, as in Go.
        """
        if isinstance(text, bytes):
            try:
                text.decode()
            except UnicodeDecodeError:
                text = text.decode(errors=_GO_BYTES).encode()
        found: Found | None = self._compiled.search(text)
        return found


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


def _each_byte(error: UnicodeError) -> tuple[str, int]:
    if not isinstance(error, UnicodeDecodeError):
        raise error
    return "\ufffd" * (error.end - error.start), error.end


_GO_BYTES = "each-byte-is-u-fffd"
codecs.register_error(_GO_BYTES, _each_byte)


def _as_go_says(words: str) -> str:
    """RE2 for C++ and Go mean the same in other words; amtool and Prometheus know Go's."""
    kind, _, part = words.partition(": ")
    return f"{_GO.get(kind, kind)}: `{part}`"
