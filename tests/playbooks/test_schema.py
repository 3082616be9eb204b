"""Does an editor know of each action what may stand under `with`?"""

import json
from typing import Any

import pytest

from playbooks.actions.kinds import ACTIONS
from playbooks.playbook import Playbook, Safety, Step, When
from playbooks.schema import schema

SCHEMA: dict[str, Any] = json.loads(json.dumps(schema()))
STEP: dict[str, Any] = SCHEMA["$defs"]["Step"]


def opened(ref: dict[str, str]) -> dict[str, Any]:
    """The part that is referred to."""
    found: dict[str, Any] = SCHEMA["$defs"][ref["$ref"].removeprefix("#/$defs/")]
    return found


def test_every_key_of_a_playbook_is_known() -> None:
    assert SCHEMA["properties"].keys() == Playbook.model_fields.keys()
    assert set(SCHEMA["required"]) == {"playbook", "safety", "steps"}
    assert SCHEMA["$defs"]["Safety"]["properties"].keys() == Safety.model_fields.keys()
    assert SCHEMA["$defs"]["When"]["properties"].keys() == When.model_fields.keys()
    assert len(STEP["properties"]) == len(Step.model_fields)
    assert SCHEMA["additionalProperties"] is False


def test_every_action_is_offered() -> None:
    assert STEP["properties"]["uses"]["enum"] == list(ACTIONS)


@pytest.mark.parametrize("name", ACTIONS)
def test_an_action_has_its_own_keys_under_with(name: str) -> None:
    (rule,) = [one for one in STEP["allOf"] if one["if"]["properties"]["uses"]["const"] == name]
    part = opened(rule["then"]["properties"]["with"])
    fields = ACTIONS[name].model_fields
    assert set(part.get("properties", {})) == {one.alias or key for key, one in fields.items()}
    assert part["additionalProperties"] is False
    needed = any(one.is_required() for one in fields.values())
    assert rule["then"].get("required", []) == (["with"] if needed else [])


def test_each_reference_leads_somewhere() -> None:
    refs = set(filter(None, (part.get("$ref") for part in walk(SCHEMA))))
    assert len(refs) > 15
    for ref in refs:
        assert opened({"$ref": ref})


def walk(part: Any) -> list[dict[str, Any]]:
    """Every mapping in it."""
    inner = part.values() if isinstance(part, dict) else part if isinstance(part, list) else ()
    own = [part] if isinstance(part, dict) else []
    return [*own, *(one for value in inner for one in walk(value))]


def test_one_word_may_stand_for_a_list_of_one() -> None:
    told = SCHEMA["$defs"]["When"]["properties"]["brand"]
    assert {"type": "string"} in told["anyOf"]
