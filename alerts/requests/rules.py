"""Rules ready to be used: every file joined, every phrase learnt, every condition taken apart."""

import hashlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from alerts.requests.lexicon import Lexicon, lexicons
from alerts.requests.settings import Fact, Rule, RulesFile, When
from probes.patterns import Pattern, read_pattern

BIAS: Final = "bias"
"""Among the weights: what a text weighs that says nothing."""
BUILT_IN = frozenset({"host", "address", "ip", "file", "question", "subject"})

Loc = tuple[int | str, ...]


@dataclass(frozen=True, slots=True)
class Terms:
    """What must be there (one of each set), and what must not."""

    wanted: tuple[frozenset[str], ...] = ()
    barred: frozenset[str] = frozenset()

    @classmethod
    def of(cls, terms: Sequence[str]) -> "Terms":
        """The terms as they are written."""
        barred = (term[1:].split("|") for term in terms if term.startswith("!"))
        wanted = tuple(frozenset(term.split("|")) for term in terms if not term.startswith("!"))
        return cls(wanted, frozenset(name for names in barred for name in names))

    def hold(self, known: Mapping[str, object] | set[str]) -> bool:
        """Do they, of these concepts?"""
        if not self.barred.isdisjoint(known):
            return False
        return all(not one.isdisjoint(known) for one in self.wanted)


@dataclass(frozen=True, slots=True)
class Way:
    """One `when`, taken apart."""

    clause: Terms
    sentence: Terms
    then: Terms
    text: Terms
    subject: Terms
    within: int
    question: bool | None
    shorter: int
    pattern: Pattern | None
    heavier: float | None
    lighter: float | None
    needs: tuple[frozenset[str], ...]
    local: bool  # does it speak of a clause or a sentence?

    @classmethod
    def of(cls, when: When) -> "Way":
        """The condition as it is written."""
        clause, sentence, then = map(Terms.of, (when.clause, when.sentence, when.then))
        text, subject = Terms.of(when.text), Terms.of(when.subject)
        parts = (clause, sentence, then, text, subject)
        return cls(
            clause=clause,
            sentence=sentence,
            then=then,
            text=text,
            subject=subject,
            within=when.within,
            question=when.question,
            shorter=when.shorter,
            pattern=read_pattern(when.matches) if when.matches else None,
            heavier=when.heavier,
            lighter=when.lighter,
            needs=tuple(one for part in parts for one in part.wanted),
            local=when.question is not None or any(part != Terms() for part in parts[:3]),
        )


@dataclass(frozen=True, slots=True)
class Judged:
    """A fact or a rule with its conditions taken apart."""

    name: str
    when: tuple[Way, ...]
    unless: tuple[Way, ...]
    rule: Rule | None = None


@dataclass(frozen=True, slots=True)
class Rules:
    """All that is known: `version` names it, `judged` are the rules in their order."""

    version: str
    lexicons: Mapping[str, Lexicon]
    facts: tuple[Judged, ...]
    judged: tuple[Judged, ...]
    things: frozenset[str]
    parts: frozenset[str]
    wholes: frozenset[str]
    loans: frozenset[str]
    soft: frozenset[str]
    weights: Mapping[str, float]


def joined(files: Sequence[RulesFile]) -> Rules:
    """The rules of these files; the user's own come first. `unknown` has been asked before.

    A later file may add phrases to a concept of an earlier one; a fact of the same name takes the
    place of one in a file behind it.
    """
    facts: dict[str, Fact] = {}
    for file in files:
        for name, fact in file.facts.items():
            facts.setdefault(name, fact)
    weights: dict[str, float] = {}
    for file in reversed(files):
        weights.update(file.weights)
    off = {name for file in files for name in file.off}
    rules = [rule for file in files for rule in file.rules if rule.id not in off]
    mended = frozenset(name for file in files for name in file.mended)
    return Rules(
        version=_version(files),
        lexicons=lexicons(_words(files), mended),
        facts=tuple(_judged(name, facts[name]) for name in _in_order(files)),
        judged=tuple(_judged(rule.id, rule, rule) for rule in rules),
        things=frozenset(name for file in files for name in file.things),
        parts=frozenset(name for file in files for name in file.parts),
        wholes=frozenset(name for file in files for name in file.wholes),
        soft=frozenset(name for file in files for name in file.soft),
        weights=weights,
        loans=frozenset(name for file in files for name in file.loans),
    )


def _in_order(files: Sequence[RulesFile]) -> Iterator[str]:
    """The shipped facts first: a user's may be made of them."""
    yield from dict.fromkeys(name for file in reversed(files) for name in file.facts)


def _judged(name: str, one: Fact | Rule, rule: Rule | None = None) -> Judged:
    return Judged(name, tuple(map(Way.of, one.when)), tuple(map(Way.of, one.unless)), rule)


def _words(files: Sequence[RulesFile]) -> dict[str, dict[str, str]]:
    words: dict[str, dict[str, str]] = {}
    for file in files:
        for language, concepts in file.words.items():
            told = words.setdefault(language, {})
            for concept, text in concepts.items():
                told[concept] = f"{told[concept]}, {text}" if concept in told else text
    return words


def _version(files: Sequence[RulesFile]) -> str:
    named = next((file.version for file in reversed(files) if file.version), "0")
    told = hashlib.blake2b(digest_size=4)
    for file in files:
        told.update(file.model_dump_json().encode())
    return f"{named}+{told.hexdigest()}"


def known_names(files: Sequence[RulesFile]) -> frozenset[str]:
    """Every concept and fact that a condition may name."""
    words = (concept for file in files for told in file.words.values() for concept in told)
    return BUILT_IN | {*words, *(name for file in files for name in file.facts)}


def unknown(file: RulesFile, known: frozenset[str]) -> Iterator[tuple[Loc, str]]:
    """The names in conditions of this file that nothing explains, and where they stand."""
    for place, one, way in _conditions(file):
        for number, when in enumerate(one):
            for key in ("clause", "sentence", "then", "text", "subject"):
                for index, term in enumerate(getattr(when, key)):
                    for name in term.lstrip("!").split("|"):
                        if name not in known:
                            yield (*place, way, number, key, index), name
    yield from ((("weights", name), name) for name in file.weights if name not in {BIAS, *known})


def _conditions(file: RulesFile) -> Iterator[tuple[Loc, tuple[When, ...], str]]:
    told: list[tuple[Loc, Fact | Rule]] = [
        (("facts", name), fact) for name, fact in file.facts.items()
    ]
    told += [(("rules", number), rule) for number, rule in enumerate(file.rules)]
    for place, one in told:
        yield place, one.when, "when"
        yield place, one.unless, "unless"
