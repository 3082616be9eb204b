"""Learns what each concept weighs, from the open half of the golden set: `make weights`.

A logistic regression over the concepts and facts that a text holds, whatever its language, solved
by Newton's steps (Hastie, Tibshirani, Friedman: The Elements of Statistical Learning, 4.4.1), with
a ridge, so that a concept that stands in few texts weighs little.
"""

import math
from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Final

from alerts.model import Category
from alerts.requests.classify import concepts
from alerts.requests.model import RequestText
from alerts.requests.rules import BIAS
from responder.desk.rules_file import FOLDER, request_rules
from tests.alerts.requests.golden import LANGUAGES, cases, texts

FILE: Final = FOLDER / "weights.yml"
_HEAD: Final = """\
# How much each concept and fact of a text speaks for an outage that goes on (above 0) or against it
# (below 0), in whatever language; `bias` is what a text weighs that says nothing. The sum is the
# logarithm of the odds. Learnt from the open half of the golden set: `make weights` writes this
# file anew, after every change of the rules.
weights:
"""
_RIDGE: Final = 1.0
_STEPS: Final = 8
_FEWEST: Final = 3  # texts that a concept stands in
_LEFT_OUT: Final = frozenset({"outage"})  # the sum decides on it

Row = Sequence[int]  # which columns are 1


def main() -> None:
    """Write the file."""
    weights = learnt(*samples())
    lines = (f"  {name}: {weight:.1f}\n" for name, weight in sorted(weights.items()))
    FILE.write_text(_HEAD + "".join(lines), encoding="utf-8")


def samples() -> tuple[list[frozenset[str]], list[bool]]:
    """What each open text and each short case holds, and whether it is critical."""
    rules = request_rules()
    told = [(one.category, one.text) for one in texts("open")]
    for language in LANGUAGES:
        told += [(Category(one), RequestText(*words)) for one, *words in cases(language)]
    held = [concepts(text, rules) - _LEFT_OUT for _, text in told]
    return held, [category is Category.CRITICAL for category, _ in told]


def learnt(held: Sequence[frozenset[str]], critical: Sequence[bool]) -> Mapping[str, float]:
    """The weight of each concept that is not rare."""
    counted = Counter(name for one in held for name in one)
    names = [BIAS, *sorted(name for name, times in counted.items() if times >= _FEWEST)]
    column = {name: number for number, name in enumerate(names)}
    rows = [[0, *sorted(column[name] for name in one if name in column)] for one in held]
    weights = [0.0] * len(names)
    for _ in range(_STEPS):
        step = _solved(*_slope(rows, critical, weights))
        weights = [weight + more for weight, more in zip(weights, step, strict=True)]
    return dict(zip(names, weights, strict=True))


def _slope(
    rows: Sequence[Row], critical: Sequence[bool], weights: Sequence[float]
) -> tuple[list[list[float]], list[float]]:
    """The matrix and the right side of one of Newton's steps."""
    size = len(weights)
    matrix = [[0.0] * size for _ in range(size)]
    right = [-_RIDGE * weight if number else 0.0 for number, weight in enumerate(weights)]
    for number in range(1, size):
        matrix[number][number] = _RIDGE
    for row, is_critical in zip(rows, critical, strict=True):
        likely = 1 / (1 + math.exp(-sum(weights[one] for one in row)))
        for one in row:
            right[one] += is_critical - likely
            line = matrix[one]
            for other in row:
                line[other] += likely * (1 - likely)
    return matrix, right


def _solved(matrix: list[list[float]], right: list[float]) -> list[float]:
    """Of a positive definite matrix, by elimination."""
    size = len(right)
    for pivot in range(size):
        head = matrix[pivot]
        for below in range(pivot + 1, size):
            if share := matrix[below][pivot] / head[pivot]:
                line = matrix[below]
                for column in range(pivot, size):
                    line[column] -= share * head[column]
                right[below] -= share * right[pivot]
    solved = [0.0] * size
    for row in reversed(range(size)):
        rest = sum(matrix[row][column] * solved[column] for column in range(row + 1, size))
        solved[row] = (right[row] - rest) / matrix[row][row]
    return solved


if __name__ == "__main__":
    main()
