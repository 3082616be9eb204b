"""Which words and phrases of a language stand for which concept, and where a clause has them."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from sys import intern
from typing import Final

from alerts.requests.phrases import GAP, Sequence, phrases
from alerts.requests.words import fold, german, slavic

SLAVIC: Final = frozenset({"bg", "ru"})  # written in two alphabets by the same people
_FORMS: Final[Mapping[str, Callable[[str], str]]] = {"bg": slavic, "ru": slavic, "de": german}
_WIDEST_GAP: Final = 4  # words that `..` may stand for
_MOST_REMEMBERED: Final = 20_000  # words of strangers: bounded
_SHORTEST_MENDED: Final = 7  # letters of a word that a misspelt one may stand for
_LONGEST_MENDED: Final = 24


@dataclass(frozen=True, slots=True)
class Match:
    """A concept, and the places of the words that stand for it."""

    concept: str
    places: tuple[int, ...]


@dataclass(slots=True, eq=False)
class _Step:
    """A step of a phrase: what may come next, and which concept ends here."""

    exact: "_Steps" = field(default_factory=lambda: _NOWHERE)
    stems: "_Steps" = field(default_factory=lambda: _NOWHERE)
    tails: "_Steps" = field(default_factory=lambda: _NOWHERE)
    gaps: "tuple[_Step, ...]" = ()
    concept: str = ""

    def after(self, word: str) -> "Iterator[_Step]":
        """The steps that this word leads to."""
        yield from self.exact.get(word, ())
        if self.stems:
            for end in range(2, len(word) + 1):
                yield from self.stems.get(word[:end], ())
        if self.tails:
            for start in range(len(word) - 1):
                yield from self.tails.get(word[start:], ())

    def lead(self, piece: str, to: "tuple[_Step, ...]") -> None:
        """This piece of a phrase leads from here to those steps."""
        if piece == GAP:
            self.gaps += to
        elif piece.endswith("*"):
            self.stems = _more(self.stems, piece[:-1], to)
        elif piece.startswith("*"):
            self.tails = _more(self.tails, piece[1:], to)
        else:
            self.exact = _more(self.exact, piece, to)

    def join(self, other: "_Step") -> None:
        """What leads on from that step does so from here as well."""
        for piece, to in other.exact.items():
            self.exact = _more(self.exact, piece, to)
        for piece, to in other.stems.items():
            self.stems = _more(self.stems, piece, to)
        for piece, to in other.tails.items():
            self.tails = _more(self.tails, piece, to)
        self.gaps += other.gaps
        self.concept = self.concept or other.concept


_Steps = dict[str, tuple[_Step, ...]]
_NOWHERE: Final[_Steps] = {}  # most steps lead on in one way only: the others share this


def _more(steps: _Steps, piece: str, to: tuple[_Step, ...]) -> _Steps:
    steps = steps if steps is not _NOWHERE else {}
    steps[piece] = steps[piece] + to if piece in steps else to  # nearly all share theirs
    return steps


class Lexicon:
    """The phrases of one language, as one automaton: a word costs a few look-ups."""

    def __init__(self, language: str) -> None:
        self.language = language
        self._form: Callable[[str], str] = _FORMS.get(language, str)
        self._root = _Step()
        self._begins: dict[str, tuple[_Step, ...]] = {}
        self._exact: set[str] = set()
        self._stems: set[str] = set()
        self._near: dict[str, str] = {}  # a word less one letter, and the word
        self._mended: dict[str, str] = {}
        self._mends = False

    def learn(self, concept: str, text: str, *, mended: bool = False) -> None:
        """Take these phrases for this concept; `mended`: also with one letter wrong.

        Raises BadPhrase.
        """
        self._mends = mended
        end = (_Step(concept=concept),)
        for phrase in phrases(text):
            for step in self._before(phrase, end):
                self._root.join(step)
        self._begins.clear()
        self._mended.clear()

    def _before(self, sequence: Sequence, then: tuple[_Step, ...]) -> tuple[_Step, ...]:
        """The step from which this sequence leads to that one. Laid from its end, so that all ways
        which end alike share their steps.
        """
        for item in reversed(sequence):
            step = _Step()
            if isinstance(item, str):
                step.lead(self._folded(item), then)
            else:
                for other in (one for way in item for one in self._before(way, then)):
                    step.join(other)
            then = (step,)
        return then

    def _folded(self, piece: str) -> str:
        if piece == GAP or piece.startswith("<"):
            return piece
        bare = intern(self._form(fold(piece.strip("*"))))
        (self._stems if piece[-1] == "*" else self._exact).add(bare)
        if self._mends and _SHORTEST_MENDED <= len(bare) <= _LONGEST_MENDED and bare.isalpha():
            self._near |= dict.fromkeys((bare, *_shortened(bare)), bare)
        return ("*" if piece[0] == "*" else "") + bare + ("*" if piece[-1] == "*" else "")

    def find(self, words: tuple[str, ...], *, mended: bool = True) -> list[Match]:
        """Every phrase in these words; `mended`: also where one letter of a long word is wrong."""
        known = tuple(map(self._form, words))
        if mended:
            known = tuple(map(self._spelt, known))
        found: list[Match] = []
        for place, word in enumerate(known):
            for step in self._starts(word):
                _walk(step, known, (place,), found)
        return found

    def _spelt(self, word: str) -> str:
        """The word that an unknown one must mean: a letter less, more, wrong, or two swapped."""
        if not _SHORTEST_MENDED - 1 <= len(word) <= _LONGEST_MENDED or not word.isalpha():
            return word
        meant = self._mended.get(word)
        if meant is None:
            if len(self._mended) > _MOST_REMEMBERED:
                self._mended.clear()
            meant = self._mended[word] = self._meant(word)
        return meant

    def _meant(self, word: str) -> str:
        if word in self._exact or any(word[:end] in self._stems for end in range(3, len(word) + 1)):
            return word
        for near in (word, *_shortened(word)):
            meant = self._near.get(near)
            if meant and meant[0] == word[0]:
                return meant
        return word

    def _starts(self, word: str) -> tuple[_Step, ...]:
        starts = self._begins.get(word)
        if starts is None:
            if len(self._begins) > _MOST_REMEMBERED:
                self._begins.clear()
            starts = self._begins[word] = tuple(self._root.after(word))
        return starts


def _shortened(word: str) -> "Iterator[str]":
    """The word less one of its letters, each in turn."""
    return (word[:place] + word[place + 1 :] for place in range(len(word)))


def _walk(step: _Step, words: tuple[str, ...], places: tuple[int, ...], found: list[Match]) -> None:
    """Gathers the concepts whose phrases go on from here."""
    if step.concept:
        found.append(Match(step.concept, places))
    after = places[-1] + 1
    if after >= len(words):
        return
    for following in step.after(words[after]):
        _walk(following, words, (*places, after), found)
    for gap in step.gaps:
        for place in range(after, min(after + _WIDEST_GAP + 1, len(words))):
            for following in gap.after(words[place]):
                _walk(following, words, (*places, place), found)


def unmasked(found: Iterable[Match], soft: frozenset[str] = frozenset()) -> list[Match]:
    """Without what is only a part of a longer phrase: "error" in "internal server error".

    Phrases of `soft` concepts hide nothing.
    """
    longest = sorted(set(found), key=lambda match: -len(match.places))
    spans: list[frozenset[int]] = []
    kept: list[Match] = []
    for match in longest:
        places = frozenset(match.places)
        if not any(places < span for span in spans):
            kept.append(match)
            if len(places) > 1 and match.concept not in soft:
                spans.append(places)
    return kept


def lexicons(
    words: Mapping[str, Mapping[str, str]], mended: frozenset[str] = frozenset()
) -> dict[str, Lexicon]:
    """A lexicon for each language, of `language -> concept -> phrases`. Raises BadPhrase.

    Long words of the concepts in `mended` are known where one letter is wrong.
    """
    made = {language: Lexicon(language) for language in words}
    for language, concepts in words.items():
        for concept, text in concepts.items():
            made[language].learn(concept, text, mended=concept in mended)
    return made
