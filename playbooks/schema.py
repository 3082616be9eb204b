"""The JSON Schema of a playbook file: an editor completes and checks it while it is written."""

from typing import Any, Literal

from pydantic import BaseModel
from pydantic.json_schema import models_json_schema

from playbooks.actions.kinds import ACTIONS
from playbooks.playbook import Playbook, Step

_DRAFT = "https://json-schema.org/draft/2020-12/schema"
_HOW: Literal["validation"] = "validation"


def schema() -> dict[str, Any]:
    """What may stand in the file; what stands under `with` depends on the action that `uses` names.
    What is checked beyond it (names of steps, lookups) is told at load.
    """
    models: tuple[type[BaseModel], ...] = (Playbook, Step, *ACTIONS.values())
    refs, told = models_json_schema([(model, _HOW) for model in models])
    parts = told["$defs"]
    step = parts[_name(refs[Step, _HOW])]
    step["properties"]["uses"]["enum"] = list(ACTIONS)
    step["allOf"] = [
        _when(action, refs[model, _HOW], parts) for action, model in sorted(ACTIONS.items())
    ]
    top = parts.pop(_name(refs[Playbook, _HOW]))
    return {"$schema": _DRAFT, **top, "$defs": parts}


def _when(action: str, ref: dict[str, str], parts: dict[str, Any]) -> dict[str, Any]:
    """A step of this action has its keys under `with`; it needs some when the action needs one."""
    then: dict[str, Any] = {"properties": {"with": ref}}
    if parts[_name(ref)].get("required"):
        then["required"] = ["with"]
    return {"if": {"properties": {"uses": {"const": action}}}, "then": then}


def _name(ref: dict[str, str]) -> str:
    return ref["$ref"].rpartition("/")[2]
