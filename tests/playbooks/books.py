"""Playbooks and cases as tests need them."""

from datetime import UTC, datetime, timedelta
from typing import Any

from playbooks.actions.model import Case
from playbooks.playbook import Playbook

NOW = datetime(2026, 11, 22, 3, 10, tzinfo=UTC)


def playbook(**told: Any) -> Playbook:
    """A playbook that waits, unless more is told."""
    usual: dict[str, Any] = {
        "playbook": "patience",
        "safety": {},
        "steps": [{"id": "rest", "uses": "wait", "with": {"for": "1s"}}],
    }
    return Playbook.model_validate({**usual, **told})


def case(**told: Any) -> Case:
    """A case of web1 in fra1."""
    usual: dict[str, Any] = {
        "run": 7, "playbook": "host-down", "step": "look", "incident": 42, "incident_ref": "I-42",
        "title": "web1 is down", "server": "web1", "address": "127.0.0.2", "brand": "acme",
        "datacentre": "fra1", "rack": "r1", "drill": False, "dry": False, "began_at": NOW,
        "deadline": NOW + timedelta(minutes=5), "now": NOW, "requested_by": "ana",
        "labels": {"alertname": "ServerDown"},
    }  # fmt: skip
    return Case(**{**usual, **told})
