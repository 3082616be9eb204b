"""Does `responder kpi` show the figures that the store counted, of the span that was asked for?"""

from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from responder.store import Tx, kpis
from responder.values import Figure
from tests.responder.cli.asking import call, settle, told
from tests.responder.cli.remembered import NOW, within

UNTIL = ("--until", "2026-11-21T04:00:00Z")


def figure(name: str, seconds: int, *, about: str, days: int = 0, level: str = "level-1") -> Figure:
    at = NOW - timedelta(days=days)
    return Figure(about, name, seconds, "critical", level, "person", at)


def keep(tx: Tx, figures: list[Figure]) -> None:
    kpis.count(tx, figures)


@pytest.fixture
def file(tmp_path: Path) -> Path:
    """A store in which four tickets were measured, one of them long ago."""
    file = settle(tmp_path)
    reactions = [figure("reaction", 60 * n, about=f"ticket:{n}") for n in (1, 2, 3)]
    old = figure("reaction", 7200, about="ticket:4", days=40)
    counted = [figure("opened/critical/monitoring", 0, about=f"ticket:{n}") for n in (1, 2)]
    late = figure("useful_response", 600, about="ticket:1", level="rapid-response")
    within(file, keep, [*reactions, old, *counted, late])
    return file


def spans(file: Path, *words: object) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = told("kpi", "-c", file, *UNTIL, *words)["spans"]
    return found


def test_a_figure_has_its_count_average_and_worst_tenth(file: Path) -> None:
    (reaction,) = [one for one in spans(file) if one["figure"] == "reaction"]
    assert (reaction["count"], reaction["average"], reaction["p90"]) == (3, 120.0, 168.0)
    assert (reaction["priority"], reaction["level"], reaction["by"]) == (
        "critical",
        "level-1",
        "person",
    )


def test_the_span_is_the_one_that_was_asked_for(file: Path) -> None:
    (reaction,) = [one for one in spans(file, "--last", "90d") if one["figure"] == "reaction"]
    assert (reaction["count"], reaction["average"]) == (4, 1890.0)
    assert spans(file, "--last", "1m") == []


def test_people_see_tables_in_the_order_of_a_tickets_life(file: Path) -> None:
    lines = call("kpi", "-c", file, *UNTIL).stdout.splitlines()
    assert lines[0] == "From 2026-10-22T04:00 to 2026-11-21T04:00 UTC"
    assert lines[3].split() == [
        "time", "of", "reaction", "critical", "level-1", "person", "3", "2", "min", "2", "min",
    ]  # fmt: skip
    assert lines[4].startswith("useful response")
    assert "opened/critical/monitoring  2" in lines
    assert "satisfied (4 or 5):           nobody yet" in lines
    assert "\u2588" not in "\n".join(lines)


def test_without_a_store_there_is_one_clear_line(tmp_path: Path) -> None:
    result = call("kpi", "-c", settle(tmp_path))
    assert result.exit_code == 1
    assert result.stderr.startswith("Error: there is no store at ")
