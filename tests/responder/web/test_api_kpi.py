"""Does the API tell the support figures of a window, and of the one before it?"""

from datetime import timedelta
from typing import Any

from responder.clock import HandClock
from responder.kpi.report import as_json, report
from responder.store import kpis
from responder.values import Figure
from tests.responder.web.conftest import START
from tests.stories.stage import VIEWER, Stage


def figure(number: int, seconds: int, *, days: float, brand: str = "acme") -> Figure:
    at = START - timedelta(days=days)
    told: dict[str, Any] = {"brand": brand, "channel": "email"}
    return Figure(f"ticket:{number}", "reaction", seconds, "high", "level-1", "person", at, **told)


async def got(stage: Stage, query: str = "", *, status: int = 200) -> Any:
    found, answer = await stage.ask("GET", f"/api/v1/kpi{query}", token=VIEWER)
    assert found == status, answer
    return answer


async def remember(stage: Stage) -> None:
    """Two reactions of the last week, one of the week before, one of another brand."""
    figures = [
        figure(1, 60, days=1),
        figure(2, 180, days=6.9),
        figure(3, 240, days=8),
        figure(4, 1000, days=2, brand="zeta"),
    ]
    await stage.daemon.world.store.write(kpis.count, figures)


async def test_a_window_stands_beside_the_one_before_it(stage: Stage) -> None:
    """R93: average and p90."""
    await remember(stage)
    told = await got(stage, "?last=7d&brand=acme")
    (reaction,) = told["spans"]
    assert (reaction["count"], reaction["average"], reaction["p90"]) == (2, 120.0, 168.0)
    assert reaction["before"] == {"count": 1, "average": 240.0, "p90": 240.0}
    # Twelfths of seven days: the first and the last but one.
    course = [180.0, *[None] * 9, 60.0, None]
    assert reaction["course"] == course
    assert told["satisfied"] == {"part": 0, "whole": 0, "ratio": None, "ratio_before": None}
    assert told["pending"] == {"useful_response": 0, "resolution": 0}


async def test_figures_can_be_grouped_by_channel(stage: Stage) -> None:
    await remember(stage)
    (reaction,) = (await got(stage, "?by=channel"))["spans"]
    assert (reaction["channel"], reaction["level"], reaction["count"]) == ("email", "", 4)
    spans = (await got(stage, "?by=channel&by=level"))["spans"]
    assert [(one["channel"], one["level"]) for one in spans] == [("email", "level-1")]


async def test_the_api_tells_what_the_report_tells(stage: Stage, clock: HandClock) -> None:
    await remember(stage)
    since = START - timedelta(days=30)
    found = await stage.daemon.world.store.read(report, since=since, until=clock.now())
    told = as_json(found)
    assert await got(stage) == {
        **told,
        "spans": [{**one, "course": [*one["course"]]} for one in told["spans"]],
    }


async def test_a_window_that_makes_no_sense_is_refused(stage: Stage) -> None:
    for query in ("?last=0s", "?last=soon", "?by=person", "?until=2026-11-22"):
        answer = await got(stage, query, status=400)
        assert answer["error"]["code"] == "bad_request", query
