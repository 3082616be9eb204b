"""Makes the dashboards of the panels in the *.yml beside it: `python deploy/grafana/build.py`."""

import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from ruamel.yaml import YAML

HERE = Path(__file__).parent
PANELS = tuple(HERE / f"{name}.yml" for name in ("operations", "kpis", "probes", "responder"))

COLUMNS = 24
SOURCE = {"type": "prometheus", "uid": "${datasource}"}
# Left out on purpose: a variable `instance`. What several instances tell of their one store is the
# same, so that nobody wants to choose among them.
JOB = 'job=~"$job"'
SIZES = {"stat": (4, 4), "timeseries": (8, 8)}


def file_of(panels: Path) -> Path:
    """Where the dashboard of these panels stands."""
    return HERE / "dashboards" / f"{panels.stem}.json"


def written(panels: Path) -> str:
    """The dashboard as Grafana reads it, and as it shall stand in its file."""
    told = YAML(typ="safe").load(panels)
    dashboard = {
        "uid": told["uid"],
        "title": told["title"],
        "description": told["about"],
        "tags": told["tags"],
        "schemaVersion": 38,
        "editable": False,
        "graphTooltip": 1,
        "refresh": "30s",
        "time": {"from": "now-24h", "to": "now"},
        "timezone": "browser",
        "annotations": {"list": []},
        "links": [OTHERS],
        "templating": {"list": [DATA_SOURCE_VARIABLE, JOB_VARIABLE]},
        "panels": list(placed(told["rows"])),
    }
    return json.dumps(dashboard, indent=1, ensure_ascii=False) + "\n"


def placed(rows: Mapping[str, list[dict[str, Any]]]) -> Iterator[dict[str, Any]]:
    """Every panel at its place: from left to right, and below when a line is full."""
    y = number = 0
    for heading, told in rows.items():
        number += 1
        yield row(heading, number=number, y=y)
        x, y, height = 0, y + 1, 0
        for one in told:
            number += 1
            wide, high = size(one)
            if x + wide > COLUMNS:
                x, y, height = 0, y + height, 0
            yield panel(one, number=number, place={"x": x, "y": y, "w": wide, "h": high})
            x, height = x + wide, max(height, high)
        y += height


def size(told: Mapping[str, Any]) -> tuple[int, int]:
    """Width and height in Grafana's units."""
    wide, high = SIZES[kind(told)]
    return told.get("width", wide), high


def kind(told: Mapping[str, Any]) -> str:
    """Lines over time, unless the panel shows one number."""
    shown: str = told.get("show", "timeseries")
    return shown


def row(heading: str, *, number: int, y: int) -> dict[str, Any]:
    """A heading over the panels that follow it."""
    place = {"x": 0, "y": y, "w": COLUMNS, "h": 1}
    return {
        "id": number,
        "type": "row",
        "title": heading,
        "collapsed": False,
        "gridPos": place,
        "panels": [],
    }


def panel(told: Mapping[str, Any], *, number: int, place: Mapping[str, int]) -> dict[str, Any]:
    """One panel with its queries."""
    stat = kind(told) == "stat"
    return {
        "id": number,
        "type": kind(told),
        "title": told["title"],
        "description": told["about"],
        "datasource": SOURCE,
        "gridPos": place,
        "fieldConfig": {"defaults": field(told), "overrides": []},
        "options": STAT if stat else LINES,
        "targets": [
            target(letter, legend, query, instant=stat)
            for letter, (legend, query) in zip("ABCDEF", told["queries"].items(), strict=False)
        ],
    }


def field(told: Mapping[str, Any]) -> dict[str, Any]:
    """How values look: unit, colours, and words in the place of numbers."""
    shown = {"unit": told.get("unit", "none"), "min": 0, "thresholds": thresholds(told)}
    if "words" in told:
        words = {value: {"text": text} for value, text in told["words"].items()}
        shown["mappings"] = [{"type": "value", "options": words}]
    if "none" in told:
        shown["noValue"] = told["none"]
    if kind(told) == "timeseries":
        shown["custom"] = {"fillOpacity": 10, "showPoints": "never", "spanNulls": 120_000}
    return shown


def thresholds(told: Mapping[str, Any]) -> dict[str, Any]:
    """`red` is the value from which it is bad, `green` the one from which it is good."""
    below = "red" if "green" in told else "green"
    steps = [{"color": below, "value": None}]
    steps += [
        {"color": colour, "value": told[colour]} for colour in ("red", "green") if colour in told
    ]
    return {"mode": "absolute", "steps": steps}


def target(letter: str, legend: str, query: str, *, instant: bool) -> dict[str, Any]:
    """One query."""
    return {
        "refId": letter,
        "datasource": SOURCE,
        "expr": query.strip().replace("JOB", JOB),
        "legendFormat": legend,
        "instant": instant,
        "range": not instant,
    }


STAT = {
    "reduceOptions": {"calcs": ["lastNotNull"], "fields": "", "values": False},
    "colorMode": "background",
    "graphMode": "none",
    "textMode": "auto",
}
LINES = {
    "legend": {"displayMode": "list", "placement": "bottom", "showLegend": True},
    "tooltip": {"mode": "multi", "sort": "desc"},
}
# The way from one of the dashboards to the others.
OTHERS = {
    "type": "dashboards",
    "title": "Rapid Responder",
    "tags": ["rapid-responder"],
    "asDropdown": True,
    "includeVars": True,
    "keepTime": True,
    "icon": "external link",
    "targetBlank": False,
    "tooltip": "",
    "url": "",
}
DATA_SOURCE_VARIABLE = {
    "name": "datasource",
    "label": "Data Source",
    "type": "datasource",
    "query": "prometheus",
    "hide": 0,
}
JOB_VARIABLE = {
    "name": "job",
    "label": "Job",
    "type": "query",
    "datasource": SOURCE,
    "query": {"query": "label_values(responder_build_info, job)", "refId": "job"},
    "refresh": 2,
    "sort": 1,
    "multi": True,
    "includeAll": True,
    "allValue": ".+",
    "current": {"text": "All", "value": "$__all"},
    "hide": 0,
}

if __name__ == "__main__":
    for each in PANELS:
        file_of(each).write_text(written(each), encoding="utf-8")
