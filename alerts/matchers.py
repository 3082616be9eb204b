"""Alertmanager's matchers: host="db1", host!="db1", host=~"db.*", host!~"db.*"."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from probes.patterns import read_pattern

_SHAPE = re.compile(
    r'([a-zA-Z_:][a-zA-Z0-9_:]*|"(?:[^"\\]|\\.)+")\s*(=~|!~|!=|=)\s*(.*)', re.ASCII | re.DOTALL
)
_SIGNS = {(True, False): "=", (False, False): "!=", (True, True): "=~", (False, True): "!~"}
_BLANKS = "\t\n\f\r "
_BARE_NAME = re.compile(r"[a-zA-Z_:][a-zA-Z0-9_:]*")
_ESCAPE = re.compile(r'\\(["\\n])')
_OPEN_QUOTE = re.compile(r'(?<!\\)(?:\\\\)*"')


@dataclass(frozen=True, slots=True)
class Matcher:
    """One condition on one label; a label that is missing is empty, as in Prometheus.

    ValueError, in Go's words, when `value` is to be a regular expression and is none.
    """

    name: str
    value: str
    is_regex: bool = False
    is_equal: bool = True

    def __post_init__(self) -> None:
        if self.is_regex:
            read_pattern(self.value)

    def matches(self, labels: Mapping[str, str]) -> bool:
        """True when these labels meet the condition; an expression must match the whole value."""
        return self.takes(labels.get(self.name, ""))

    def takes(self, value: str) -> bool:
        """True when this value of the label meets the condition."""
        same = read_pattern(self.value).matches(value) if self.is_regex else value == self.value
        return same is self.is_equal


def all_match(matchers: Iterable[Matcher], labels: Mapping[str, str]) -> bool:
    """True when these labels meet every condition."""
    return all(matcher.matches(labels) for matcher in matchers)


def read_matcher(text: str) -> Matcher:
    r"""One matcher as in `filter=` of the API and on amtool's command line.

    The value may stand without quotes; `\"`, `\\` and `\n` are escapes in it, any other backslash
    is itself. Names that are no classic label names stand in quotes (Alertmanager 0.27).
    Raises ValueError in Alertmanager's words.
    """
    found = _SHAPE.fullmatch(text.strip(_BLANKS))
    if found is None:
        raise ValueError(f"bad matcher format: {text[:200]}")
    name, sign, value = found.groups()
    return Matcher(
        name=_unescape(name[1:-1]) if name.startswith('"') else name,
        value=_read_value(value),
        is_regex=sign.endswith("~"),
        is_equal=sign.startswith("="),
    )


def show_matcher(matcher: Matcher) -> str:
    """As people write it, and as read_matcher reads it again."""
    sign = _SIGNS[matcher.is_equal, matcher.is_regex]
    bare = _BARE_NAME.fullmatch(matcher.name)
    return f"{matcher.name if bare else _quote(matcher.name)}{sign}{_quote(matcher.value)}"


def _read_value(told: str) -> str:
    inner = told
    if told.startswith('"'):
        inner = told[1:-1] if len(told) > 1 and told.endswith('"') else '"'
    if _OPEN_QUOTE.search(inner) or (inner != told and _ends_in_escape(inner)):
        raise ValueError(f"matcher value contains unescaped double quote: {told[:200]}")
    return _unescape(inner)


def _ends_in_escape(text: str) -> bool:
    return (len(text) - len(text.rstrip("\\"))) % 2 == 1


def _unescape(text: str) -> str:
    return _ESCAPE.sub(lambda found: "\n" if found[1] == "n" else found[1], text)


def _quote(text: str) -> str:
    escaped = text.replace("\\", "\\\\").replace("\n", "\\n").replace('"', '\\"')
    return f'"{escaped}"'
