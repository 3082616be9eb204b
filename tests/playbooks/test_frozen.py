"""Does a run keep the playbook that it began with, over changes of the file and of the program?"""

import hashlib
import json
from pathlib import Path

import pytest
from pydantic import ValidationError

from playbooks.actions.kinds import ACTIONS
from playbooks.frozen import book, frozen, thawed
from playbooks.playbook import Mode
from tests.playbooks.books import playbook

# Written by the first version that had playbooks. Never edit it: runs like this one may still wait.
FIRST = Path(__file__).with_name("frozen-0.1.0.json")


def test_a_frozen_playbook_thaws_to_the_same() -> None:
    made = playbook(
        safety={"mode": "auto", "cooldown": {"between": "90m"}},
        when={"category": "critical", "labels": {"a": ["b", "c*"]}},
        steps=[
            {"id": "look", "uses": "power.status", "timeout": "30s", "on_fail": "rest"},
            {"id": "rest", "uses": "wait", "if": "steps.look.outcome != ok", "with": {"for": 5}},
        ],
    )
    text, digest = frozen(made)
    assert thawed(text) == made
    assert digest == hashlib.sha256(text.encode()).hexdigest()
    assert frozen(thawed(text)) == (text, digest)


def test_the_order_of_keys_changes_nothing_and_every_word_does() -> None:
    one = playbook(when={"category": "critical", "kind": "server"}, about="ä")
    same = playbook(about="ä", when={"kind": ["server"], "category": ["critical"]})
    other = playbook(about="a", when={"kind": ["server"], "category": ["critical"]})
    assert frozen(one) == frozen(same)
    assert frozen(one)[1] != frozen(other)[1]


def test_defaults_are_frozen_too() -> None:
    told = json.loads(frozen(playbook())[0])
    assert told["safety"]["mode"] == "ask"
    assert told["safety"]["cooldown"]["between"] == "3600s"
    assert told["steps"][0]["on_fail"] == "stop"


def test_a_book_bears_its_name_and_where_it_was_written() -> None:
    made = book(playbook(), "playbooks/patience.yaml")
    assert (made.name, made.source) == ("patience", "playbooks/patience.yaml")
    assert (made.text, made.digest) == frozen(made.playbook)


def test_copies_of_the_first_version_are_read_for_ever() -> None:
    found = thawed(FIRST.read_text(encoding="utf-8"))
    assert (found.playbook, found.safety.mode) == ("host-down", Mode.ASK)
    assert [step.id for step in found.steps][:3] == ["confirm", "evidence", "cycle"]
    for step in found.steps:
        ACTIONS[step.uses].model_validate(step.with_)


def test_a_copy_of_a_later_version_is_refused_whole() -> None:
    told = json.loads(frozen(playbook())[0])
    told["safety"]["astrology"] = True
    with pytest.raises(ValidationError, match="astrology"):
        thawed(json.dumps(told))
