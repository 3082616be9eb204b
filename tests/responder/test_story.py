"""Is every line of a log told as one plain sentence?"""

import ast
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from alerts.model import DAEMON, Actor, ActorKind, person
from responder import story
from responder.runs import story as run_story
from responder.store.logs import Line
from responder.story import told

AT = datetime(2026, 11, 22, 3, 10, tzinfo=UTC)
WRITERS = (
    "acts",
    "board",
    "incidents",
    "intake",
    "lookout",
    "majors/life",
    "majors/links",
    "majors/turning",
    "notices",
    "plays",
    "rings",
    "runs/acts",
    "runs/telling",
    "steps",
    "watch",
    "wholes",
)
MIRA = person("mira")


def line(
    kind: str, data: Mapping[str, Any] | None = None, *, actor: Actor = DAEMON, words: str = ""
) -> Line:
    return Line(1, 1, AT, kind, actor, data or {}, words)


def kinds_written() -> Iterator[str]:
    """The first argument of every `Entry(...)` where the life of an incident is decided."""
    for room in WRITERS:
        file = Path(story.__file__).parent / f"{room}.py"
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call) and ast.unparse(node.func) == "Entry":
                yield from (
                    one.value
                    for one in ast.walk(node.args[0])
                    if isinstance(one, ast.Constant) and isinstance(one.value, str)
                )


def test_every_kind_that_is_written_has_words_of_its_own() -> None:
    written = set(kinds_written()) - run_story.KINDS  # the journals of runs stand beside it
    assert {"opened", "acknowledged", "paged", "closed"} <= written
    assert written - story.KINDS == set()
    assert story.KINDS - written == set()


@pytest.mark.parametrize(
    ("kind", "data", "words"),
    [
        (
            "opened",
            {"priority": "critical", "category": "critical", "rule": "severity", "name": "Down"},
            "opened as critical by the alert Down (rule: severity)",
        ),
        (
            "opened",
            {"priority": "high", "category": "hosting", "rule": "r", "muted_by": ["maintenance:3"]},
            "opened as high, hosting (rule: r), muted by maintenance:3",
        ),
        (
            "opened",
            {"rule": "storm", "servers": 12},
            "opened: 12 servers went down at once (storm)",
        ),
        ("alert_fired", {"name": "DiskFull"}, "the alert DiskFull fires"),
        ("alert_fired", {"name": ""}, "the alert without a name fires"),
        ("alert_ended", {"name": "DiskFull", "how": "resolved"}, "the alert DiskFull has ended"),
        (
            "alert_ended",
            {"name": "DiskFull", "how": "expired"},
            "the alert DiskFull has ended: its source did not tell it again",
        ),
        (
            "alert_ended",
            {"name": "DiskFull", "how": "source_forgot"},
            "the alert DiskFull is gone: its source forgot it",
        ),
        ("resolved", {}, "resolved"),
        ("resolved", {"still_firing": 2}, "resolved while 2 of its alerts still fired"),
        ("reopened", {"episode": 2}, "it is back (episode 2)"),
        ("paged", {"step": 0, "people": ["ana", "petar"]}, "paged ana, petar (step 1)"),
        ("paged", {"step": 0, "people": []}, "nobody could be paged"),
        (
            "muted",
            {"muted_by": ["silence:x", "maintenance:1"]},
            "muted by silence:x, maintenance:1",
        ),
        ("unmuted", {"was": ["silence:x"]}, "no longer muted (was: silence:x)"),
        (
            "raised",
            {"priority": "high", "category": "hosting", "rule": "two resellers"},
            "raised to high, hosting (rule: two resellers)",
        ),
        (
            "joined",
            {"incident": 4, "why": "part of dc:fra1"},
            "joined incident 4 (part of dc:fra1)",
        ),
        (
            "snoozed",
            {"until": "2026-11-22T04:10:00+00:00"},
            "pages snoozed until 2026-11-22 04:10 UTC",
        ),
        ("ticket_moved", {"queue": "level-2"}, "ticket moved (queue level-2) by responder"),
    ],
)
def test_what_the_daemon_does_is_told_without_its_name(
    kind: str, data: Mapping[str, Any], words: str
) -> None:
    assert told(line(kind, data)) == words


def test_a_person_is_named_with_the_way_he_came_and_what_he_wrote() -> None:
    linked = line("acknowledged", {"via": "link"}, actor=MIRA, words="on my\nway")
    assert told(linked) == "acknowledged by mira (link): on my way"
    by_ticket = line("acknowledged", {"via": "ticket"}, actor=Actor(ActorKind.SYSTEM, "rt"))
    assert told(by_ticket) == "acknowledged by ticket"


@pytest.mark.parametrize("kind", sorted(story.KINDS | {"something_new"}))
@given(text=st.text(max_size=50))
def test_no_line_breaks_hides_or_fails_whatever_stands_in_it(kind: str, text: str) -> None:
    names = ("name", "rule", "how", "via", "to", "why", "category", "priority", "was")
    data = dict.fromkeys(names, text)
    sentence = told(line(kind, data, actor=person(text), words=text))
    assert sentence
    assert "\n" not in sentence
    assert "\u202e" not in sentence
    assert len(sentence) <= story.LONGEST


def test_a_line_of_an_older_program_without_its_facts_is_told_all_the_same() -> None:
    for kind in story.KINDS:
        assert told(line(kind))
