"""The Prometheus rules that we ship, read as plain values."""

from pathlib import Path
from typing import Any

from ruamel.yaml import YAML

PROMETHEUS = Path(__file__).parents[2] / "deploy" / "prometheus"
RULES = PROMETHEUS / "rules.yml"
TESTS = PROMETHEUS / "rules_test.yml"


def rules() -> list[dict[str, Any]]:
    """Every rule, in the order of the file."""
    return [rule for group in yaml(RULES)["groups"] for rule in group["rules"]]


def alerts() -> list[dict[str, Any]]:
    """The rules that raise an alert."""
    return [rule for rule in rules() if "alert" in rule]


def yaml(path: Path) -> Any:
    """The file as it stands."""
    return YAML(typ="safe").load(path)
