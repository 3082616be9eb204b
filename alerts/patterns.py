"""Regular expressions of Go's kind (RE2) that answer in time linear in the text.

Python's `re` tries one way after the other: `(a|a)*b` or `.*.*.*.*b` in one silence would stop the
whole daemon for hours, and no rule about nested stars finds all such expressions. google-re2 would
do, but is a compiled dependency for one small duty. So here an expression becomes steps that are
walked all at once, and each set of steps that was met is remembered: mostly one look-up per
character (https://swtch.com/~rsc/regexp/regexp1.html).
"""

from collections.abc import Iterable
from functools import lru_cache

from alerts.pattern_syntax import DONE, Edge, read_steps

_REMEMBERED = 2000


@lru_cache(maxsize=512)
def read_pattern(text: str) -> "Pattern":
    """The expression, ready to match; ValueError in Go's words when it is none.

    Not known here, and said so: word boundaries, `(?m)`, scripts such as `\\p{Greek}`, `\\Q..\\E`.
    """
    return Pattern(text)


class _Place:
    """Where a walk can be after some characters: a set of steps, and where each character leads."""

    __slots__ = ("final", "moves", "steps")

    def __init__(self, steps: frozenset[int], *, final: bool) -> None:
        self.steps = steps
        self.final = final
        self.moves: dict[str, _Place] = {}


class Pattern:
    """One expression. It must match the whole text, as in all matchers of Prometheus."""

    def __init__(self, text: str) -> None:
        self._steps, first = read_steps(text)
        self._places: dict[frozenset[int], _Place] = {}
        self._moves = 0
        self._start = self._look(self._spread([first], start=True), start=True)

    def matches(self, text: str) -> bool:
        """True when the whole text fits."""
        place = self._start
        for letter in text:
            place = place.moves.get(letter) or self._move(place, letter)
            if not place.steps:
                return False
        return place.final

    def _move(self, place: _Place, letter: str) -> _Place:
        after: list[int] = []
        for number in place.steps:
            step = self._steps[number]
            if callable(step.test) and step.test(letter):
                after.extend(step.to)
        if self._moves >= _REMEMBERED:
            self._forget()
        self._moves += 1
        steps = self._spread(after)
        reached = self._places.get(steps) or self._look(steps)
        place.moves[letter] = self._places[steps] = reached
        return reached

    def _forget(self) -> None:
        for place in (self._start, *self._places.values()):
            place.moves = {}
        self._places = {}
        self._moves = 0

    def _look(self, steps: frozenset[int], *, start: bool = False) -> _Place:
        return _Place(steps, final=DONE in self._spread(steps, start=start, end=True))

    def _spread(
        self, numbers: Iterable[int], *, start: bool = False, end: bool = False
    ) -> frozenset[int]:
        """All steps that can be reached without a character, those that wait for one or an end."""
        found: set[int] = set()
        waiting = list(numbers)
        while waiting:
            number = waiting.pop()
            if number in found:
                continue
            found.add(number)
            test = self._steps[number].test
            if test is None or (test is Edge.START and start) or (test is Edge.END and end):
                waiting.extend(self._steps[number].to)
        return frozenset(number for number in found if self._waits(number))

    def _waits(self, number: int) -> bool:
        test = self._steps[number].test
        return number == DONE or (test is not None and test is not Edge.START)
