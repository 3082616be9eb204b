"""Which languages a text is written in, by its commonest words."""
# ruff: noqa: RUF001 - its letters look alike in several alphabets, and are meant

import re
from collections.abc import Iterable, Mapping
from typing import Final

from alerts.requests.lexicon import SLAVIC, Lexicon

LENDER: Final = "en"  # "server down" is said everywhere
TELLING: Final = "language"  # the concept of the words that tell a language
_SHARE: Final = 0.75  # of the commonest language's words, so that a neighbour of it counts
_LENT: Final = 0.35  # ... and English beside it
_DOUBTFUL: Final = 0.5
_TELLING_LITTLE: Final = 2  # common words: too few to tell languages apart
_CYRILLIC: Final = re.compile(r"[а-яёѐ-џ]")
_RUSSIAN: Final = re.compile(r"[ыэё]")
_BULGARIAN: Final = re.compile(r"ъ[^е\W]|[а-я]щ[иа]\b|ът\b")


def spoken(words: Iterable[tuple[str, ...]], known: Mapping[str, Lexicon]) -> tuple[str, ...]:
    """The languages of these words, the likeliest first; all that use its letters when nothing
    tells them apart.
    """
    told = tuple(word for clause in words for word in clause)[:400]
    scores = {name: _score(one, told) for name, one in known.items()}
    if any(map(_CYRILLIC.search, told)):
        scores = _by_letters(" ".join(told), scores)
    else:  # many a short Polish word looks like a transliterated one
        scores |= {name: scores[name] * _DOUBTFUL for name in SLAVIC & scores.keys()}
    best = max(scores.values(), default=0)
    if best < _TELLING_LITTLE:
        first = max(scores, key=lambda name: scores[name], default="") if best else ""
        return tuple(sorted(known, key=lambda name: (name != first, name != LENDER)))
    shares = {name: _LENT if name == LENDER else _SHARE for name in scores}
    likely = [name for name in scores if scores[name] >= max(1, min(best - 2, best * shares[name]))]
    if SLAVIC & {*likely}:  # too alike to shut one of them out
        likely = [*likely, *sorted(SLAVIC & known.keys())]
    likely.sort(key=lambda name: -scores[name])
    return tuple(dict.fromkeys(likely))


def tells(words: Iterable[tuple[str, ...]], lexicon: Lexicon) -> bool:
    """Is there one of this language's own common words, and not a single letter alone?"""
    return any(
        match.concept == TELLING and any(len(clause[place]) > 1 for place in match.places)
        for clause in words
        for match in lexicon.find(clause, mended=False)
    )


def _score(lexicon: Lexicon, words: tuple[str, ...]) -> float:
    found = lexicon.find(words, mended=False)
    return len({match.places for match in found if match.concept == TELLING})


def _by_letters(text: str, scores: Mapping[str, float]) -> dict[str, float]:
    """Cyrillic words are Bulgarian or Russian, whatever their Latin spelling looks like."""
    cyrillic = len(re.findall(r"[а-яё]+", text))
    latin = len(re.findall(r"[a-z]+", text))
    more = dict(scores)
    for name in SLAVIC & more.keys():
        more[name] += 2 + cyrillic / 4
    if "ru" in more:
        more["ru"] += 2 * len(_RUSSIAN.findall(text))
    if "bg" in more:
        more["bg"] += 2 * len(_BULGARIAN.findall(text))
    if latin < cyrillic:
        more |= {name: 0.0 for name in more if name not in SLAVIC}
    return more
