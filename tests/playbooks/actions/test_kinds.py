"""Every action has its name, its words and its page; the contract's list is complete."""

import re
from pathlib import Path

import pytest

from playbooks.actions.kinds import ACTIONS
from playbooks.actions.model import Action
from tests.rooms import HOUSE

GUIDE = HOUSE / "docs" / "guide" / "playbooks.md"
PROMISED = {
    *("probe.confirm", "probe.wait_up"),
    *("power.status", "power.off", "power.on", "power.cycle"),
    *("datacentre.contact", "datacentre.wait_reply"),
    *("panel.restart_service", "panel.reboot"),
    *("ssh.run", "command.run", "http.call"),
    *("ticket.note", "page", "customers.tell", "escalate", "approve", "wait"),
}
# What must be asked for and written down before; the three in the middle unless `repeat: safe`.
IRREVERSIBLE = {
    *("power.off", "power.on", "power.cycle", "panel.reboot", "datacentre.contact"),
    *("ssh.run", "command.run", "http.call"),
}
every_action = pytest.mark.parametrize("uses", sorted(ACTIONS))


def test_the_list_is_the_one_that_was_promised() -> None:
    assert set(ACTIONS) == PROMISED


def test_what_cannot_be_taken_back_stands_before_the_gate() -> None:
    assert {uses for uses, action in ACTIONS.items() if action.irreversible} == IRREVERSIBLE


@every_action
def test_every_action_has_its_part_in_the_guide(uses: str) -> None:
    _, _, section = GUIDE.read_text(encoding="utf-8").partition("\n## Actions\n")
    section = re.split(r"^## ", section, maxsplit=1, flags=re.MULTILINE)[0]
    parts = re.split(r"^### ", section, flags=re.MULTILINE)[1:]
    part = next((part for part in parts if f"`{uses}`" in part.splitlines()[0]), "")
    assert part, f"no part of its own for {uses}"
    missing = [key for key in keys(ACTIONS[uses]) if f"`{key}`" not in part]
    assert missing == []


def keys(action: type[Action]) -> list[str]:
    """What may be written under `with`."""
    return [field.alias or name for name, field in action.model_fields.items()]


@every_action
def test_every_action_says_its_values_and_its_own_fields(uses: str) -> None:
    action = ACTIONS[uses]
    assert action.raw <= set(action.model_fields)
    assert all(re.fullmatch(r"[a-z][a-z0-9_]*", name) for name in action.gives)
    assert action.__doc__


@every_action
def test_editors_can_complete_its_keys(uses: str) -> None:
    """The published JSON Schema is made of this."""
    assert set(ACTIONS[uses].model_json_schema(by_alias=True)["properties"]) == set(
        keys(ACTIONS[uses])
    )


@every_action
def test_a_file_of_secrets_is_never_looked_up(uses: str) -> None:
    """Else an alert could choose which file is read and sent."""
    action = ACTIONS[uses]
    files = {name for name in action.model_fields if "file" in name or "secret" in name}
    assert files <= action.raw


def test_the_guide_is_there() -> None:
    assert Path(GUIDE).exists()
