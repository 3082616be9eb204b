"""Customers' texts of our own writing with what each of them is: one half to learn from, one kept.

Whoever writes rules reads `open/` and never `held_out/`, which is there to judge them. Nothing here
ever shows a text of the kept half: what leaves is numbers.
"""

import json
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Literal

from typing_extensions import override

from alerts.model import Category
from alerts.requests.classify import classify
from alerts.requests.model import Decision, RequestText
from responder.desk.rules_file import request_rules

HOME = Path(__file__).parents[2] / "data" / "requests"
LANGUAGES = ("en", "de", "es", "fr", "it", "pt", "nl", "pl", "bg", "ru")
Half = Literal["held_out", "open"]
HALVES: tuple[Half, ...] = ("held_out", "open")


@dataclass(frozen=True, slots=True, repr=False)
class Labelled:
    """A text and what it is. No repr: a failing assertion must not tell a kept text."""

    id: str
    language: str
    half: Half
    text: RequestText
    category: Category
    queue: str | None
    why: str


@dataclass(frozen=True, slots=True)
class Judged:
    """How well the rules told critical from the rest, and every category."""

    texts: int
    critical: int
    found: int
    missed: int
    false_alarms: int
    right: int
    by_category: tuple[tuple[Category, int, int], ...]

    @property
    def precision(self) -> float:
        """Of what was called critical, the share that is."""
        called = self.found + self.false_alarms
        return self.found / called if called else 0.0

    @property
    def missed_share(self) -> float:
        """Of what is critical, the share that was called something else."""
        return self.missed / self.critical

    def accuracy(self, category: Category) -> float:
        """Of the texts of this category, the share that got it."""
        return next(right / all_ for name, all_, right in self.by_category if name is category)

    @override
    def __str__(self) -> str:
        shares = ", ".join(f"{name} {right}/{all_}" for name, all_, right in self.by_category)
        return (
            f"{self.texts} texts, {self.right} right; of {self.critical} critical {self.missed} "
            f"missed, {self.false_alarms} false alarms, precision {self.precision:.3f}; {shares}"
        )


@cache
def texts(half: Half) -> tuple[Labelled, ...]:
    """All texts of this half, language by language."""
    return tuple(one for language in LANGUAGES for one in _read(half, language))


def cases(language: str) -> list[tuple[str, str, str]]:
    """Short messages: category, subject and body of each."""
    lines = (HOME / "cases" / f"{language}.txt").read_text(encoding="utf-8").splitlines()
    told = [line.split("|", 2) for line in lines]
    return [(category, subject, body) for category, subject, body in told]


@cache
def decided(half: Half) -> tuple[tuple[Labelled, Decision], ...]:
    """Each text of this half with what the shipped rules make of it."""
    rules = request_rules()
    return tuple((one, classify(one.text, rules)) for one in texts(half))


def judge(answers: Sequence[tuple[Labelled, Decision]]) -> Judged:
    """Count; no word of a text gets through."""
    all_of = Counter(one.category for one, _ in answers)
    right = Counter(one.category for one, said in answers if said.category is one.category)
    called = [one.category is Category.CRITICAL for one, said in answers if said.critical]
    return Judged(
        texts=len(answers),
        critical=all_of[Category.CRITICAL],
        found=sum(called),
        missed=all_of[Category.CRITICAL] - sum(called),
        false_alarms=len(called) - sum(called),
        right=right.total(),
        by_category=tuple((name, all_of[name], right[name]) for name in Category),
    )


def _read(half: Half, language: str) -> Iterator[Labelled]:
    file = HOME / half / f"{language}.jsonl"
    for line in file.read_text(encoding="utf-8").splitlines():
        row = json.loads(line)
        yield Labelled(
            id=row["id"],
            language=language,
            half=half,
            text=RequestText(
                subject=row["subject"],
                body=row["body"],
                channel=row["channel"],
                sender=row.get("from", ""),
                to=row.get("to", ""),
            ),
            category=Category(row["category"]),
            queue=row.get("queue"),
            why=row["why"],
        )
