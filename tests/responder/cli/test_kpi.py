"""Does `responder kpi` show the figures that the store counted, of the span that was asked for?"""

from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from responder.cli.kpi import change, course
from responder.store import Tx, kpis
from responder.store.kpis import Summary
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
        "2", "h", "-98", "%",
    ]  # fmt: skip
    assert lines[4].startswith("useful response")
    assert "opened/critical/monitoring  2        0" in lines
    assert "satisfied (4 or 5):           nobody yet" in lines
    assert "\u2588" not in "\n".join(lines)


def test_without_a_store_there_is_one_clear_line(tmp_path: Path) -> None:
    result = call("kpi", "-c", settle(tmp_path))
    assert result.exit_code == 1
    assert result.stderr.startswith("Error: there is no store at ")


def test_each_figure_stands_beside_the_one_of_the_span_before(file: Path) -> None:
    (reaction,) = [one for one in spans(file) if one["figure"] == "reaction"]
    assert reaction["before"] == {"count": 1, "average": 7200.0, "p90": 7200.0}
    (useful,) = [one for one in spans(file) if one["figure"] == "useful_response"]
    assert useful["before"] is None


def test_figures_may_be_of_one_brand_and_by_other_words(file: Path) -> None:
    assert spans(file, "--brand", "nobody") == []
    by_channel = spans(file, "--by", "channel")
    assert {(one["figure"], one["level"], one["priority"]) for one in by_channel} == {
        ("reaction", "", ""),
        ("useful_response", "", ""),
    }
    head = call("kpi", "-c", file, *UNTIL, "--by", "channel", "--by", "level").stdout.splitlines()
    assert head[2].split()[:4] == ["FIGURE", "CHANNEL", "LEVEL", "BY"]


def test_what_is_not_known_yet_is_told_as_such(file: Path) -> None:
    lines = call("kpi", "-c", file, *UNTIL).stdout.splitlines()
    (told,) = [line for line in lines if line.startswith("not known yet")]
    assert "0 useful responses" in told


@pytest.mark.parametrize(
    ("now", "before", "said"), [(90, 120, "-25 %"), (150, 100, "+50 %"), (5, 0, "")]
)
def test_a_change_is_told_in_hundredths_of_what_was(now: float, before: float, said: str) -> None:
    assert change(now, before) == said


def test_the_course_is_a_bar_for_each_part_with_gaps_where_nothing_was() -> None:
    values = (0.0, 5.0, None, 10.0)
    one = Summary("reaction", "", "", "", "person", 3, 5.0, 5.0, 9.0, values)
    assert course(one) == "\u2581\u2584 \u2588"
    nothing = Summary("reaction", "", "", "", "person", 1, 0.0, 0.0, 0.0, (None, 0.0))
    assert course(nothing) == " \u2581"
