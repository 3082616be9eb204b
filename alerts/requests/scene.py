"""What a text says, concept by concept, and whether a condition holds of it."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

from alerts.requests.languages import LENDER
from alerts.requests.lexicon import Lexicon, unmasked
from alerts.requests.rules import BIAS, Judged, Rules, Terms, Way
from alerts.requests.words import ADDRESS, FILE, HOST, IP, TEST, Clause

_MARKS: Final = {HOST: "host", ADDRESS: "address", IP: "ip", FILE: "file", TEST: "testsite"}
_CARRIED_OVER: Final = 4  # clauses
Place = tuple[int, int]
_ANYWHERE: Final[Place] = (-1, -1)  # taken over from a clause before
_NOTHING: Final = Terms()


@dataclass(slots=True)
class Said:
    """A clause with the concepts in it, each with its places (first and last word)."""

    clause: Clause
    concepts: dict[str, list[Place]]


@dataclass(slots=True)
class Scene:
    """A whole text: its clauses, and what stands in each sentence, in the subject, anywhere."""

    said: list[Said]
    sentences: dict[int, set[str]] = field(default_factory=dict)
    subject: set[str] = field(default_factory=set)
    text: set[str] = field(default_factory=set)
    folded: str = ""
    length: int = 0
    weights: Mapping[str, float] = field(default_factory=dict)

    @property
    def weight(self) -> float:
        """What all that is said by now speaks for an outage."""
        return sum(self.weights.get(one, 0.0) for one in (BIAS, *self.text))

    def add(self, one: Said, concept: str, place: Place) -> None:
        """A fact becomes a concept of this clause."""
        one.concepts.setdefault(concept, []).append(place)
        self._note(one, concept)

    def _note(self, one: Said, concept: str) -> None:
        self.text.add(concept)
        self.sentences.setdefault(one.clause.sentence, set()).add(concept)
        if one.clause.subject:
            self.subject.add(concept)

    def index(self) -> "Scene":
        """Gather what its clauses say."""
        for one in self.said:
            for concept in one.concepts:
                self._note(one, concept)
        return self


def scene(
    clauses: Sequence[Clause], languages: Iterable[str], rules: Rules, *, folded: str
) -> Scene:
    """The clauses with their concepts in these languages."""
    spoken = tuple(languages)
    known = [rules.lexicons[name] for name in spoken]
    lender = None if LENDER in spoken else rules.lexicons.get(LENDER)
    said = [Said(one, _concepts(one, known, rules, lender)) for one in clauses]
    _carry(said, rules)
    length = sum(len(one.words) for one in clauses)
    return Scene(said, folded=folded, length=length, weights=rules.weights).index()


def _concepts(
    clause: Clause, known: Iterable[Lexicon], rules: Rules, lender: Lexicon | None
) -> dict[str, list[Place]]:
    matches = [match for one in known for match in one.find(clause.words)]
    if lender is not None:
        matches += [one for one in lender.find(clause.words) if one.concept in rules.loans]
    found = unmasked(matches, rules.soft)
    concepts: dict[str, list[Place]] = {}
    for match in found:
        if not clause.old or match.concept in rules.things:
            concepts.setdefault(match.concept, []).append((match.places[0], match.places[-1]))
    for place, word in enumerate(clause.words):
        if word in _MARKS:
            concepts.setdefault(_MARKS[word], []).append((place, place))
    if clause.question and not clause.old:
        concepts["question"] = [_ANYWHERE]
    return concepts


def _carry(said: Sequence[Said], rules: Rules) -> None:
    """A clause that names nothing speaks of what was named last: "My site ... It is down"."""
    last: list[str] = []
    age = 0
    for one in said:
        own = [name for name in one.concepts if name in rules.things]
        if own:
            last, age = own, 0
            continue
        age += 1
        if age <= _CARRIED_OVER:
            for name in last if rules.wholes.isdisjoint(one.concepts) else {*last} - rules.parts:
                one.concepts[name] = [_ANYWHERE]


def settle(scene: Scene, facts: Iterable[Judged]) -> None:
    """Find the facts, in their order, and let them count as concepts."""
    for fact in facts:
        if any(_holds(way, scene) for way in fact.unless):
            continue
        for way in fact.when:
            if not _possible(way, scene):
                continue
            if not way.local:
                scene.text.add(fact.name)
                continue
            for number in range(len(scene.said)):
                if (place := _at(way, scene, number)) is not None:
                    scene.add(scene.said[number], fact.name, place)


def holds(judged: Judged, scene: Scene) -> bool:
    """Does this rule fit?"""
    if not any(_holds(way, scene) for way in judged.when):
        return False
    return not any(_holds(way, scene) for way in judged.unless)


def _possible(way: Way, scene: Scene) -> bool:
    """What needs no clause: a glance that most conditions do not survive."""
    if any(one.isdisjoint(scene.text) for one in way.needs):
        return False
    if not way.text.hold(scene.text) or not way.subject.hold(scene.subject):
        return False
    if way.shorter and scene.length > way.shorter:
        return False
    if way.heavier is not None and scene.weight < way.heavier:
        return False
    if way.lighter is not None and scene.weight >= way.lighter:
        return False
    return way.pattern is None or way.pattern.search(scene.folded) is not None


def _holds(way: Way, scene: Scene) -> bool:
    if not _possible(way, scene):
        return False
    if not way.local:
        return True
    return any(_at(way, scene, number) is not None for number in range(len(scene.said)))


def _at(way: Way, scene: Scene, number: int) -> Place | None:
    """Where it holds in this clause; None when it does not."""
    one = scene.said[number]
    if way.question is not None and way.question != one.clause.question:
        return None
    if not way.clause.hold(one.concepts):
        return None
    if not way.sentence.hold(scene.sentences.get(one.clause.sentence, set())):
        return None
    place = _near(way, one.concepts)
    if place is None or way.then == _NOTHING:
        return place
    return place if _follows(way, scene, number, place) else None


def _near(way: Way, concepts: Mapping[str, list[Place]]) -> Place | None:
    """The words from the first to the last of what is wanted, when they stand near enough."""
    if not way.clause.wanted:
        return _ANYWHERE
    choices = [
        [place for name in one if name in concepts for place in concepts[name]]
        for one in way.clause.wanted
    ]
    real = [places for places in choices if _ANYWHERE not in places]
    if not real:
        return _ANYWHERE
    for first in real[0]:
        nearest = [min(places, key=lambda place: abs(place[0] - first[0])) for places in real]
        low, high = min(place[0] for place in nearest), max(place[1] for place in nearest)
        if high - low <= way.within:
            return low, high
    return None


def _follows(way: Way, scene: Scene, number: int, place: Place) -> bool:
    """Does what shall come later come in a later clause, or further on in this one?"""
    rest = {
        name
        for name, places in scene.said[number].concepts.items()
        if any(one[0] > place[1] >= 0 for one in places)
    }
    if way.then.wanted and way.then.hold(rest):
        return True
    return any(way.then.hold(one.concepts) for one in scene.said[number + 1 :])
