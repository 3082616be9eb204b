"""A playbook as it was when a run began: its text and hash, which later versions still read."""

import hashlib
import json
from dataclasses import dataclass

from playbooks.playbook import Playbook


@dataclass(frozen=True, slots=True)
class Book:
    """A playbook that may be run, its frozen text, the hash of that, and where it was written."""

    playbook: Playbook
    text: str
    digest: str
    source: str = ""

    @property
    def name(self) -> str:
        return self.playbook.playbook


def book(playbook: Playbook, source: str = "") -> Book:
    """The playbook with its frozen text."""
    return Book(playbook, *frozen(playbook), source)


def frozen(playbook: Playbook) -> tuple[str, str]:
    """Canonical JSON and its SHA-256. Defaults are written out, so that a later version with other
    ones goes on as this one began.
    """
    told = playbook.model_dump(mode="json", by_alias=True)
    text = json.dumps(told, sort_keys=True, ensure_ascii=False, separators=(",", ":"))
    return text, hashlib.sha256(text.encode()).hexdigest()


def outline(text: str) -> tuple[tuple[str, str, str], ...]:
    """(id, uses, on_fail) of each step, for people: also of a copy that this version can't read."""
    try:
        return tuple((step.id, step.uses, step.on_fail) for step in thawed(text).steps)
    except ValueError:
        steps = json.loads(text)["steps"]
        return tuple((one["id"], one["uses"], one.get("on_fail", "")) for one in steps)


def thawed(text: str) -> Playbook:
    """The playbook in such a text. Raises ValueError when it holds what this version does not know.

    Keys and names of actions are for ever: a run that waits for a person may outlive an upgrade.
    """
    return Playbook.model_validate_json(text)
