"""Are the dashboards sound? The rules of grafana/dashboard-linter, and a few of our own."""

import itertools
import runpy
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from tests.deploy.boards import FILES, GRAFANA, board, panels, queries
from tests.deploy.promql import uses
from tests.deploy.rules import yaml

SOURCE = {"type": "prometheus", "uid": "${datasource}"}
UNITS = {"none", "short", "s", "bytes", "percentunit", "cps"}

every_board = pytest.mark.parametrize("file", FILES, ids=lambda file: file.stem)


def test_there_are_four_dashboards_and_each_leads_to_the_others() -> None:
    assert [file.stem for file in FILES] == ["kpis", "operations", "probes", "responder"]
    told = [board(file) for file in FILES]
    assert len({one["uid"] for one in told}) == len({one["title"] for one in told}) == 4
    for one in told:
        assert [(link["type"], link["tags"]) for link in one["links"]] == [
            ("dashboards", one["tags"][:1])
        ]


def test_each_dashboard_is_what_its_panels_say() -> None:
    """`python deploy/grafana/build.py` writes them anew."""
    build = runpy.run_path(str(GRAFANA / "build.py"))
    assert {build["file_of"](told) for told in build["PANELS"]} == {*FILES}
    for told in build["PANELS"]:
        assert build["file_of"](told).read_text(encoding="utf-8") == build["written"](told)


@every_board
def test_it_has_one_data_source_to_choose_and_the_job(file: Path) -> None:
    source, job = board(file)["templating"]["list"]
    assert (source["type"], source["query"], source["label"]) == (
        "datasource",
        "prometheus",
        "Data Source",
    )
    assert (job["name"], job["multi"], job["allValue"]) == ("job", True, ".+")
    assert job["datasource"] == SOURCE


@every_board
def test_every_panel_asks_the_chosen_data_source(file: Path) -> None:
    for panel in panels(file):
        assert panel["datasource"] == SOURCE, panel["title"]
        assert [target["datasource"] for target in panel["targets"]] == [SOURCE] * len(
            panel["targets"]
        )


@every_board
def test_every_panel_says_what_it_is_in_which_unit(file: Path) -> None:
    for panel in panels(file):
        assert panel["title"]
        assert panel["description"].endswith("."), panel["title"]
        assert panel["fieldConfig"]["defaults"]["unit"] in UNITS, panel["title"]
    assert max(Counter(panel["description"] for panel in panels(file)).values()) == 1


@every_board
def test_every_query_of_a_panel_has_its_own_letter(file: Path) -> None:
    for panel in panels(file):
        letters = [target["refId"] for target in panel["targets"]]
        assert letters == [*"ABCDEF"[: len(letters)]], panel["title"]


@every_board
def test_every_query_is_about_the_chosen_jobs(file: Path) -> None:
    for title, query in queries(file):
        asked = {use.metric for use in uses(query) if "job" in use.labels}
        assert asked == {use.metric for use in uses(query)}, title


@every_board
def test_counters_stand_in_rates_and_gauges_do_not(file: Path) -> None:
    parts = ("_total", "_bucket", "_sum", "_count")
    for title, query in queries(file):
        for use in uses(query):
            assert use.rated == use.metric.endswith(parts), f"{title}: {use.metric}"


@every_board
def test_nobody_edits_it_in_grafana(file: Path) -> None:
    told = board(file)
    assert told["editable"] is False
    assert "id" not in told
    assert 0 < len(told["uid"]) <= 40
    assert told["tags"]


@every_board
def test_panels_have_ids_of_their_own_and_do_not_overlap(file: Path) -> None:
    shown = board(file)["panels"]
    assert len({panel["id"] for panel in shown}) == len(shown)
    for one, other in itertools.combinations([panel["gridPos"] for panel in shown], 2):
        assert not _overlap(one, other), (one, other)
    assert all(panel["gridPos"]["x"] + panel["gridPos"]["w"] <= 24 for panel in shown)


def test_an_overlap_would_be_seen() -> None:
    place = {"x": 0, "y": 0, "w": 8, "h": 8}
    assert _overlap(place, {**place, "x": 7, "y": 7})
    assert not _overlap(place, {**place, "x": 8})
    assert not _overlap(place, {**place, "y": 8})


def test_grafana_finds_the_dashboards_where_the_provisioning_says() -> None:
    told = yaml(GRAFANA / "provisioning" / "dashboards" / "responder.yml")
    (provider,) = told["providers"]
    assert provider["type"] == "file"
    assert provider["allowUiUpdates"] is False
    assert provider["options"]["path"].startswith("/var/lib/grafana/")
    (source,) = yaml(GRAFANA / "provisioning" / "datasources" / "prometheus.yml")["datasources"]
    assert (source["type"], source["uid"]) == ("prometheus", "prometheus")


def _overlap(one: dict[str, Any], other: dict[str, Any]) -> bool:
    beside = one["x"] + one["w"] <= other["x"] or other["x"] + other["w"] <= one["x"]
    above = one["y"] + one["h"] <= other["y"] or other["y"] + other["h"] <= one["y"]
    return not (beside or above)
