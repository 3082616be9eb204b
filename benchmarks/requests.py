"""Customers' texts through the rules: milliseconds for one, and for the longest."""

import json
import time
from collections.abc import Callable
from pathlib import Path
from statistics import median

from alerts.requests.classify import classify
from alerts.requests.model import RequestText
from benchmarks.report import Table
from responder.desk.rules_file import request_rules

TEXTS = 1000
ROUNDS = 3
OPEN = Path(__file__).parents[1] / "tests" / "data" / "requests" / "open"


def requests(_folder: Path) -> Table:
    """A thousand texts of ten languages; each round gives its median and its slowest 5 %."""
    table = Table("Customers' texts, milliseconds each (aim 1)")
    begun = time.perf_counter()
    rules = request_rules()
    table.add("reading the shipped rules, once", (time.perf_counter() - begun) * 1000)
    told = _texts()
    for _ in range(ROUNDS):
        took = sorted(_milliseconds(lambda text=text: classify(text, rules)) for text in told)
        table.add("median", median(took))
        table.add("p95", took[int(len(took) * 0.95)])
        longest = RequestText("", "The site is slow, and sometimes it is not. " * 2400)
        table.add("a text of 100 kB", _milliseconds(lambda text=longest: classify(text, rules)))
    return table


def _texts() -> list[RequestText]:
    lines = [line for file in sorted(OPEN.glob("*.jsonl")) for line in file.open(encoding="utf-8")]
    told = [json.loads(line) for line in lines]
    known = [RequestText(one.get("subject", ""), one["body"]) for one in told]
    return [known[number % len(known)] for number in range(TEXTS)]


def _milliseconds(act: Callable[[], object]) -> float:
    begun = time.perf_counter()
    act()
    return (time.perf_counter() - begun) * 1000
