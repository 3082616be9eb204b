"""Is every promise of a configuration an edge of the buckets, and is it told when one is not?"""

from datetime import timedelta
from pathlib import Path

from responder.configfile import load
from responder.desk.section import TARGETS, Desk, seconds
from responder.desk_values import Target
from responder.findings import Examined
from responder.kpi.edges import beside
from responder.kpi.families import TICKET_EDGES

THREE = (Target.REACTION, Target.USEFUL, Target.RESOLUTION)


def found(tmp_path: Path, text: str) -> list[str]:
    """What `responder check` tells of promises: line and message."""
    path = tmp_path / "responder.yaml"
    path.write_text(text)
    told = load(path, Examined).findings
    return [f"{one.line}: {one.message}" for one in told if "edge" in one.message]


def test_what_is_promised_unless_said_otherwise_is_an_edge() -> None:
    usual = {seconds(promise, target) for promise in TARGETS.values() for target in THREE}
    assert usual <= {*TICKET_EDGES}
    assert list(beside(Desk(), {})) == []


def test_a_day_and_two_days_are_edges() -> None:
    """R46, R47: the budgets of level 2 and level 3."""
    budgets = [budget.total_seconds() for budget in Desk().budgets.values()]
    assert budgets == [86400, 172800]
    assert {*budgets} <= {*TICKET_EDGES}


def test_a_promise_that_is_no_edge_is_told_with_its_place(tmp_path: Path) -> None:
    text = """desk:
  targets:
    high: {react: 10m, useful: 2h, solve: 6h}
  budgets: {level-2: 1d, level-3: 50h}
brands:
  acme:
    title: Acme
    targets:
      low: {react: 45m, useful: 1d, solve: 3d}
"""
    rest = "is no edge of the histograms, so that dashboards cannot show how often it was kept"
    assert found(tmp_path, text) == [
        f"3: desk.targets.high.solve: 6 h {rest}; the nearest is 4 h",
        f"4: desk.budgets.level-3: 2 d 2 h {rest}; the nearest is 2 d",
        f"9: brands.acme.targets.low.react: 45 min {rest}; the nearest is 30 min",
    ]


def test_the_first_of_two_edges_that_are_equally_near_is_named() -> None:
    desk = Desk.model_validate({"budgets": {"level-2": timedelta(hours=6)}})
    ((where, told),) = beside(desk, {})
    assert where == ("desk", "budgets", "level-2")
    assert told.endswith("the nearest is 4 h")
