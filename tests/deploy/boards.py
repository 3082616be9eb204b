"""The Grafana dashboards that we ship, read as plain values."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

GRAFANA = Path(__file__).parents[2] / "deploy" / "grafana"
FILES = sorted((GRAFANA / "dashboards").glob("*.json"))


def board(file: Path) -> dict[str, Any]:
    """A dashboard as Grafana reads it."""
    told: dict[str, Any] = json.loads(file.read_text(encoding="utf-8"))
    return told


def panels(file: Path) -> list[dict[str, Any]]:
    """Its panels that show something."""
    return [panel for panel in board(file)["panels"] if panel["type"] != "row"]


def queries(file: Path) -> Iterator[tuple[str, str]]:
    """(title of the panel, PromQL) of every query."""
    for panel in panels(file):
        for target in panel["targets"]:
            yield panel["title"], target["expr"]
