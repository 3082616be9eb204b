"""Go's syntax of regular expressions (RE2), read into the steps that alerts/patterns.py walks."""

import re
import unicodedata
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from enum import Enum
from functools import partial

LONGEST = 4096
MOST_STEPS = 5000
MOST_REPEATS = 1000
DEEPEST = 100
DONE = 0
"""The number of the step that stands for "the whole text fitted"."""

Test = Callable[[str], bool]
"""Does this character fit?"""
Part = Callable[[int], int]
"""A part of an expression: from the number of the step that follows, that of its own first one."""


class Edge(Enum):
    """What a step may ask for instead of a character: an end of the text."""

    START = "^"
    END = "$"


@dataclass(frozen=True, slots=True)
class Step:
    """Once `test` is content (None: at once), the walk goes on to each of `to`."""

    test: Test | Edge | None
    to: tuple[int, ...]


def read_steps(text: str) -> tuple[list[Step], int]:
    """The steps of an expression and the number of the first; ValueError in Go's words.

    Syntax: https://github.com/google/re2/wiki/Syntax. Bounds: 4,096 characters, 5,000 steps;
    the slowest expression found within them took 1.7 s on a text of 2 KiB.
    """
    reader = _Reader(text)
    first = reader.read()(DONE)
    return reader.steps, first


# Pairs of first and last character.
_SETS = {
    "alnum": "09AZaz",
    "alpha": "AZaz",
    "ascii": "\0\x7f",
    "blank": "\t\t  ",
    "cntrl": "\0\x1f\x7f\x7f",
    "digit": "09",
    "graph": "!~",
    "lower": "az",
    "print": " ~",
    "punct": "!/:@[`{~",
    "space": "\t\r  ",
    "upper": "AZ",
    "word": "09AZ__az",
    "xdigit": "09AFaf",
}
_ESCAPED_SETS = {"d": "09", "w": "09AZ__az", "s": "\t\n\f\r  "}
_ESCAPED = {"a": "\a", "f": "\f", "n": "\n", "r": "\r", "t": "\t", "v": "\v"}
_CATEGORY = re.compile(r"\{(\^?)([CLMNPSZ][a-z]?)\}|()([CLMNPSZ])")
_COUNT = re.compile(r"\{([0-9]+)(,?)([0-9]*)\}")
_FLAGS = re.compile(r"([imsU]*)(?:-([imsU]+))?([:)])")
_HEX = re.compile(r"\{([0-9A-Fa-f]{1,6})\}|([0-9A-Fa-f]{2})")
_NAME = re.compile(r"P?<\w+>")
_POSIX = re.compile(r"\[:(\^?)([a-z]+):\]")
_SIMPLE_REPEATS: dict[str, tuple[int, int | None]] = {"*": (0, None), "+": (1, None), "?": (0, 1)}


class _Reader:
    """Reads from left to right; each method takes what it names, or raises."""

    def __init__(self, text: str) -> None:
        self.steps = [Step(None, ())]
        self._text = text
        self._at = 0
        self._depth = 0
        self._flags: frozenset[str] = frozenset()

    def read(self) -> Part:
        if len(self._text) > LONGEST:
            raise self._wrong("expression too long")
        part = self._either()
        if self._at < len(self._text):
            raise self._wrong("unexpected )")
        return part

    def _either(self) -> Part:
        options = [self._sequence()]
        while self._take("|"):
            options.append(self._sequence())
        return options[0] if len(options) == 1 else partial(self._build_either, options)

    def _sequence(self) -> Part:
        parts = []
        while self._at < len(self._text) and self._text[self._at] not in "|)":
            parts.append(self._repeated(self._single()))
        return partial(self._build_sequence, parts)

    def _single(self) -> Part:
        letter = self._next()
        if letter in "^$":
            return partial(self._add, Edge(letter))
        if letter in "*+?":
            raise self._wrong("missing argument to repetition operator")
        read = {"(": self._group, "[": self._class, "\\": self._escape, ".": self._any}.get(letter)
        return read() if read else self._letter(letter)

    def _repeated(self, part: Part) -> Part:
        bounds = self._bounds()
        if bounds is None:
            return part
        self._take("?")  # as few as possible: the same whole texts fit
        if self._bounds() is not None:
            raise self._wrong("invalid nested repetition operator")
        return partial(self._build_repeat, part, *bounds)

    def _bounds(self) -> tuple[int, int | None] | None:
        for mark, bounds in _SIMPLE_REPEATS.items():
            if self._take(mark):
                return bounds
        count = self._match(_COUNT)
        if count is None:
            return None
        least = int(count[1])
        most = least if not count[2] else int(count[3]) if count[3] else None
        if max(least, most or 0) > MOST_REPEATS or (most is not None and most < least):
            raise self._wrong("invalid repeat count")
        return least, most

    def _group(self) -> Part:
        before = self._flags
        if self._take("?") and not self._match(_NAME) and not self._read_flags():
            return partial(self._build_sequence, ())
        self._depth += 1
        if self._depth > DEEPEST:
            raise self._wrong("expression nests too deeply")
        part = self._either()
        if not self._take(")"):
            raise self._wrong("missing closing )")
        self._depth -= 1
        self._flags = before
        return part

    def _read_flags(self) -> bool:
        """True when the flags stand for a group, False when for all that follows."""
        flags = self._match(_FLAGS)
        if flags is None:
            raise self._wrong("invalid or unsupported Perl syntax")
        if "m" in flags[1]:
            raise self._wrong("the flag m is not supported")
        self._flags = (self._flags | set(flags[1])) - set(flags[2] or "")
        return flags[3] == ":"

    def _any(self) -> Part:
        whole = "s" in self._flags
        return partial(self._add, lambda letter: whole or letter != "\n")

    def _letter(self, wanted: str) -> Part:
        if "i" not in self._flags:
            return partial(self._add, wanted.__eq__)
        wanted_forms = _forms(wanted)
        return partial(self._add, lambda letter: not wanted_forms.isdisjoint(_forms(letter)))

    def _escape(self) -> Part:
        letter = self._next()
        if letter in "Az":
            return partial(self._add, Edge.START if letter == "A" else Edge.END)
        if letter in "bB":
            raise self._wrong("word boundaries are not supported")
        known = self._escaped_set(letter)
        return partial(self._add, known) if known else self._letter(self._escaped_letter(letter))

    def _escaped_set(self, letter: str) -> Test | None:
        if letter in "pP":
            category = self._match(_CATEGORY)
            if category is None:
                raise self._wrong("invalid character class range")
            turned = (letter == "P") != bool(category[1])
            return _in_category(category[2] or category[4], turned=turned)
        pairs = _ESCAPED_SETS.get(letter.lower())
        return _within(pairs, turned=letter.isupper()) if pairs else None

    def _escaped_letter(self, letter: str) -> str:
        if letter in _ESCAPED:
            return _ESCAPED[letter]
        number = self._match(_HEX) if letter == "x" else None
        if number is not None and int(number[1] or number[2], 16) <= 0x10FFFF:
            return chr(int(number[1] or number[2], 16))
        if letter.isalnum() or not letter.isascii():
            raise self._wrong("invalid escape sequence")
        return letter

    def _class(self) -> Part:
        turned = self._take("^")
        members = [self._member()]
        while not self._take("]"):
            members.append(self._member())
        forms = _forms if "i" in self._flags else frozenset
        return partial(self._add, lambda letter: _is_any(forms(letter), members) != turned)

    def _member(self) -> Test:
        if posix := self._match(_POSIX):
            if posix[2] not in _SETS:
                raise self._wrong("invalid character class range")
            return _within(_SETS[posix[2]], turned=bool(posix[1]))
        low = self._next()
        if low == "\\":
            escaped = self._next()
            if known := self._escaped_set(escaped):
                return known
            low = self._escaped_letter(escaped)
        if self._text.startswith("-]", self._at) or not self._take("-"):
            return _within(low + low)
        high = self._next()
        if high == "\\":
            high = self._escaped_letter(self._next())
        if high < low:
            raise self._wrong("invalid character class range")
        return _within(low + high)

    def _next(self) -> str:
        if self._at >= len(self._text):
            raise self._wrong("unexpected end of the expression")
        self._at += 1
        return self._text[self._at - 1]

    def _take(self, mark: str) -> bool:
        found = self._text.startswith(mark, self._at)
        self._at += len(mark) if found else 0
        return found

    def _match(self, wanted: re.Pattern[str]) -> re.Match[str] | None:
        found = wanted.match(self._text, self._at)
        self._at = found.end() if found else self._at
        return found

    def _wrong(self, what: str) -> ValueError:
        return ValueError(f"error parsing regexp: {what}: `{self._text[:200]}`")

    def _add(self, test: Test | Edge | None, *to: int) -> int:
        if len(self.steps) >= MOST_STEPS:
            raise self._wrong("expression too large")
        self.steps.append(Step(test, to))
        return len(self.steps) - 1

    def _build_sequence(self, parts: Sequence[Part], follow: int) -> int:
        follow = self._add(None, follow)  # even nothing is a step: `(){1000}` must count
        for part in reversed(parts):
            follow = part(follow)
        return follow

    def _build_either(self, options: Sequence[Part], follow: int) -> int:
        return self._add(None, *[option(follow) for option in options])

    def _build_repeat(self, part: Part, least: int, most: int | None, follow: int) -> int:
        after = follow
        if most is None:
            after = self._add(None)
            self.steps[after] = Step(None, (part(after), follow))
        for _ in range((most or least) - least):
            after = self._add(None, part(after), follow)
        for _ in range(least):
            after = part(after)
        return after


def _within(pairs: str, *, turned: bool = False) -> Test:
    bounds = list(zip(pairs[::2], pairs[1::2], strict=True))
    return lambda letter: any(low <= letter <= high for low, high in bounds) != turned


def _in_category(name: str, *, turned: bool) -> Test:
    return lambda letter: unicodedata.category(letter).startswith(name) != turned


def _is_any(letters: frozenset[str], tests: Sequence[Test]) -> bool:
    return any(test(letter) for letter in letters for test in tests)


def _forms(letter: str) -> frozenset[str]:
    """The letter as capital and small one (`(?i)`)."""
    upper = letter.upper()
    return frozenset(
        form for form in (letter, letter.lower(), upper, upper.lower()) if len(form) == 1
    )
