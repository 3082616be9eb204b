"""Does the guide know every verb, and every exit code?"""

import re
from importlib import import_module

import click
import pytest

from responder.cli.exits import Exit
from responder.cli.verbs import VERBS
from tests.rooms import HOUSE

GUIDE = (HOUSE / "docs" / "guide" / "command-line.md").read_text(encoding="utf-8")


@pytest.mark.parametrize("name", VERBS)
def test_every_verb_stands_in_the_map_with_all_it_can_do(name: str) -> None:
    (line,) = (line for line in GUIDE.splitlines() if line.startswith(f"| `{name}` |"))
    module = name.replace("-", "_")
    verb = getattr(import_module(f"responder.cli.{module}"), module)
    below = set(verb.commands) if isinstance(verb, click.Group) else set()
    told = {word.split()[0] for word in re.findall(r"`([^`]+)`", line)}
    assert below <= told


def test_every_exit_code_is_explained() -> None:
    assert [code for code in Exit if f"\n| {code:d} |" not in GUIDE] == []
