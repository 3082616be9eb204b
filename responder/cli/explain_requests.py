"""`responder explain --requests`: what customers' texts are taken for, and by which rule."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO

from responder.cli.configuration import PLACES, loaded
from responder.cli.exits import Failed
from responder.cli.say import clean, say, say_json, say_table

if TYPE_CHECKING:
    from alerts.requests.model import Decision, RequestText
    from alerts.requests.rules import Rules

_HEAD = ("id", "category", "priority", "queue", "rule", "language")
_FIELDS = ("channel", "subject", "body", "from", "to")


def explain_requests(lines: BinaryIO, file: Path | None, *, as_json: bool) -> None:
    """Say it of each line, in its order; a line that is no request ends it with exit code 1."""
    from alerts.requests.classify import classify

    rules = _rules(file)
    rows: list[list[str]] = []
    for number, (name, text) in enumerate(_read(lines)):
        decision = classify(text, rules)
        if as_json:
            say_json(told(name, decision))
        else:
            rows.append([clean(name or number + 1), *_cells(decision)])
    if not as_json and rows:
        say_table(_HEAD, rows)
        say(f"\nrules {rules.version}")


def told(name: object, decision: "Decision") -> dict[str, object]:
    """The whole of it for programs (DESIGN 14)."""
    return {
        "id": name,
        "category": decision.category,
        "critical": decision.critical,
        "priority": decision.priority,
        "queue": decision.queue,
        "rule": decision.rule,
        "rules": list(decision.rules),
        "language": decision.language,
        "task": decision.task,
        "version": decision.version,
        "about": list(decision.about),
        "certain": decision.certain,
        "complaint": decision.complaint,
        "wish": decision.wish,
        "weight": round(sum(weight for _, weight in decision.weighed), 1),
        "weighed": dict(decision.weighed),
    }


def _cells(decision: "Decision") -> list[str]:
    return [
        decision.category,
        decision.priority,
        decision.queue,
        decision.rule,
        decision.language,
    ]


def _rules(file: Path | None) -> "Rules":
    """Those of the configuration that is named or stands in its usual place, else the shipped."""
    from responder.desk.rules_file import request_rules

    if file is None and not any(place.is_file() for place in PLACES):
        return request_rules()
    return request_rules(loaded(file).value.desk.rules_file)


def _read(lines: BinaryIO) -> "Iterator[tuple[object, RequestText]]":
    for number, line in enumerate(lines, start=1):
        if line.strip():
            yield _request(line, number)


def _request(line: bytes, number: int) -> "tuple[object, RequestText]":
    """One line. Raises Failed with its number when it is no request."""
    from alerts.model import clean as carried
    from alerts.requests.model import RequestText

    try:
        told = json.loads(line)
    except (ValueError, RecursionError):
        raise Failed(f"line {number} is no JSON") from None
    if not isinstance(told, dict):
        raise Failed(f"line {number} must be an object with subject and body")
    texts = {name: told.get(name) or "" for name in _FIELDS}
    if wrong := next((name for name, text in texts.items() if not isinstance(text, str)), ""):
        raise Failed(f'line {number}: "{wrong}" must be text')
    if "subject" not in told and "body" not in told:
        raise Failed(f"line {number} has neither subject nor body")
    channel, subject, body, sender, to = (carried(texts[name]) for name in _FIELDS)
    return told.get("id"), RequestText(subject, body, channel or "email", sender, to)
