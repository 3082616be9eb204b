"""Is every line of a run's journal told as one plain sentence?"""

import ast
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from alerts.model import DAEMON, Actor, person
from responder import plays
from responder.runs import story
from responder.runs.story import told_of_run
from responder.store.logs import Line

AT = datetime(2026, 11, 22, 3, 10, tzinfo=UTC)
WRITERS = ("acts", "crew", "gatekeeping", "journal", "marks", "worker")
OF_INCIDENTS = {"playbook_begun", "playbook_steered"}


def line(
    kind: str, data: Mapping[str, Any] | None = None, *, actor: Actor = DAEMON, words: str = ""
) -> Line:
    return Line(1, 1, AT, kind, actor, data or {}, words)


def kinds_written() -> Iterator[str]:
    """The first argument of every `Entry(...)` where a run is worked on."""
    rooms = [Path(story.__file__).with_name(f"{room}.py") for room in WRITERS]
    for file in (*rooms, Path(plays.__file__)):
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call) and ast.unparse(node.func) == "Entry":
                first = node.args[0]
                assert isinstance(first, ast.Constant), ast.unparse(node)
                yield first.value  # type: ignore[misc]


def test_every_kind_that_is_written_has_words_of_its_own() -> None:
    written = set(kinds_written()) - OF_INCIDENTS
    assert {"begun", "gate", "intent", "approved"} <= written
    assert written - story.KINDS == set()
    assert story.KINDS - written == set()


@pytest.mark.parametrize(
    ("kind", "data", "sentence"),
    [
        (
            "begun",
            {"playbook": "host-down", "version": 3, "mode": "ask"},
            "begun: host-down version 3, mode ask",
        ),
        (
            "begun",
            {"playbook": "host-down", "version": 3, "mode": "ask", "dry": True},
            "begun: host-down version 3, dry: nothing is really done",
        ),
        ("step_began", {"step": "cycle", "uses": "power.cycle"}, "cycle: begins (power.cycle)"),
        (
            "gate",
            {"step": "cycle", "checks": [{"name": "storm"}], "denied_by": "storm"},
            "cycle: the gate says no, by storm",
        ),
        (
            "gate",
            {
                "step": "cycle",
                "checks": [{"name": "approval", "ruling": "wait"}],
                "denied_by": "approval",
            },
            "cycle: the gate waits, for approval",
        ),
        (
            "gate",
            {
                "step": "cycle",
                "checks": [{"name": "mode"}, {"name": "storm", "overruled_by": "ana"}],
                "denied_by": "",
            },
            "cycle: the gate lets it through, 2 checks, storm overruled",
        ),
        (
            "asked",
            {"step": "cycle", "action": "power.cycle", "until": "2026-11-22T03:20:00+00:00"},
            "cycle: a person must agree to power.cycle until 03:20:00 UTC",
        ),
        ("intent", {"verb": "off", "device": "bmc 1"}, "about to: off (bmc 1)"),
        ("result", {"verb": "off", "outcome": "done"}, "off: done"),
        (
            "result",
            {"verb": "off", "outcome": "unknown", "reason": "no answer"},
            "off: unknown, no answer",
        ),
        (
            "waiting",
            {"step": "back", "until": "2026-11-22T03:20:00Z"},
            "back: waits until 03:20:00 UTC",
        ),
        ("unknown", {"step": "cycle"}, "cycle: nobody knows what became of it"),
        ("ended", {"outcome": "healed"}, "ended: healed"),
    ],
)
def test_what_happened_is_one_plain_sentence(
    kind: str, data: dict[str, Any], sentence: str
) -> None:
    assert told_of_run(line(kind, data)) == sentence


def test_what_a_person_did_names_him_and_his_words() -> None:
    data = {"step": "cycle", "overrules": ["storm"], "via": "link"}
    said = line("approved", data, actor=person("ana"), words="go")
    assert told_of_run(said) == "cycle: approved, overrules storm by ana (link): go"


@pytest.mark.parametrize("kind", sorted(story.KINDS | {"something_new"}))
def test_a_line_without_facts_and_with_hostile_words_is_told_too(kind: str) -> None:
    sentence = told_of_run(line(kind, words="\x1b[2J\n{{ 7 * 7 }}<b>"))
    assert sentence
    assert not set(sentence) & {"\x1b", "\n"}
