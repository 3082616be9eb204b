"""Does the API say who is on call, and does a change over it count at once?"""

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from responder.clock import HandClock
from tests.responder.web.duty import on_duty
from tests.stories.stage import RESPONDER, VIEWER, Stage, firing

PATH = "/api/v1/oncall"
RR = "rapid-response"


@pytest.fixture
async def both(tmp_path: Path) -> AsyncIterator[tuple[Stage, HandClock]]:
    async with on_duty(tmp_path) as one:
        yield one


@pytest.fixture
def duty(both: tuple[Stage, HandClock]) -> Stage:
    return both[0]


async def told(stage: Stage, query: str = "") -> dict[str, Any]:
    status, answer = await stage.ask("GET", f"{PATH}{query}", token=VIEWER)
    assert status == 200, answer
    return {one["rota"]: one for one in answer["rotas"]}


async def change(stage: Stage, **body: Any) -> tuple[int, Any]:
    body = {"rota": RR, **body}
    return await stage.ask("POST", f"{PATH}/overrides", token=RESPONDER, body=body)


async def paged(stage: Stage, number: int = 1) -> list[str]:
    _, one = await stage.ask("GET", f"/api/v1/incidents/{number}")
    return [page["person"] for page in one["pages"]]


async def test_who_is_on_call_until_when_and_who_comes_next(duty: Stage) -> None:
    rapid = (await told(duty))[RR]
    assert rapid["on_call"] == [
        {
            "person": "clara",
            "layer": "nights",
            "since": "2026-11-21T17:00:00.000Z",
            "until": "2026-11-22T05:00:00.000Z",
            "instead_of": None,
        }
    ]
    assert (rapid["next"], rapid["next_at"]) == (["ana"], "2026-11-22T05:00:00.000Z")
    assert (rapid["team"], rapid["zone"], rapid["gap_until"]) == (RR, "Europe/Sofia", None)


async def test_a_rota_that_promises_nobody_now_has_no_gap(duty: Stage) -> None:
    hardware = (await told(duty, "?next=14d"))["hardware"]
    assert (hardware["on_call"], hardware["gaps"], hardware["gap_until"]) == ([], [], None)
    assert (hardware["next"], hardware["next_at"]) == (["dora"], "2026-11-23T08:00:00.000Z")


async def test_the_coming_days_are_whole_in_the_zone_of_the_rota(duty: Stage) -> None:
    rapid = (await told(duty, "?next=14d"))[RR]
    assert rapid["starts_at"] == "2026-11-21T22:00:00.000Z"
    assert rapid["ends_at"] == "2026-12-06T22:00:00.000Z"  # fourteen days from 05:10
    assert rapid["shifts"][0]["starts_at"] == rapid["starts_at"]
    peak = [one["person"] for one in rapid["shifts"] if one["layer"] == "peak"]
    assert peak == ["clara"] * 4


async def test_another_moment_is_told_as_it_will_be(duty: Stage) -> None:
    rapid = (await told(duty, "?at=2026-12-24T20:00:00%2B02:00"))[RR]
    assert [one["person"] for one in rapid["on_call"]] == ["dora"]
    assert [(one["id"], one["by"]) for one in rapid["overrides"]] == [("0", "configuration")]


async def test_a_rota_or_a_team_can_be_asked_for_alone(duty: Stage) -> None:
    assert list(await told(duty, "?rota=hardware")) == ["hardware"]
    assert list(await told(duty, f"?team={RR}")) == [RR]
    for query, words in (("rota=x", "there are: rapid-response, hardware"), ("team=x", "team")):
        status, answer = await duty.ask("GET", f"{PATH}?{query}")
        assert status == 404
        assert words in answer["error"]["message"]


@pytest.mark.parametrize(
    "query", ["at=soon", "at=2026-11-22T03:10:00", "next=never", "next=93d", "at=9999-12-31T00:00Z"]
)
async def test_what_is_no_time_is_refused(duty: Stage, query: str) -> None:
    assert (await duty.ask("GET", f"{PATH}?{query}"))[0] == 400


async def test_an_override_is_paged_in_the_very_next_round(
    both: tuple[Stage, HandClock],
) -> None:
    stage, clock = both
    await stage.send(firing())
    assert await paged(stage) == ["clara"]
    status, kept = await change(stage, person="dora", **{"for": "2h"}, reason="ill")
    assert (status, kept["person"], kept["by"], kept["id"]) == (200, "dora", "mira", "1")
    await stage.send(firing(name="Second", instance="other"))
    assert await paged(stage, 2) == ["dora"]
    clock.move(minutes=1)
    status, left = await stage.ask("DELETE", f"{PATH}/overrides/1", token=RESPONDER)
    assert status == 200
    assert [one["id"] for one in left["overrides"]] == ["0"]
    await stage.send(firing(name="Third", instance="third"))
    assert await paged(stage, 3) == ["clara"]


async def test_the_next_step_of_an_open_incident_calls_who_stands_in_for_the_next(
    both: tuple[Stage, HandClock],
) -> None:
    stage, clock = both
    await stage.send(firing())
    await change(stage, person="dora", starts_at="2026-11-22T05:00:00Z", **{"for": "2h"})
    assert (await told(stage))[RR]["next"] == ["dora"]
    clock.move(minutes=5)
    await stage.daemon.world.duties["page"].turn()
    assert await paged(stage) == ["clara", "dora", "ana"]


async def test_a_swap_is_two_changes_and_one_word(duty: Stage) -> None:
    body = {
        "rota": RR,
        "one": {"person": "ana", "at": "2026-11-22T10:00:00Z"},
        "other": {"person": "boris", "at": "2026-11-23T10:00:00Z"},
        "reason": "birthday",
    }
    status, answer = await duty.ask("POST", f"{PATH}/swaps", token=RESPONDER, body=body)
    assert status == 200, answer
    one, other = answer["overrides"]
    assert (one["person"], one["instead_of"]) == ("boris", "ana")
    assert (other["person"], other["instead_of"]) == ("ana", "boris")
    assert one["swap"] == other["swap"] != ""
    rapid = (await told(duty, "?at=2026-11-22T10:00:00Z"))[RR]
    assert [one["person"] for one in rapid["on_call"]] == ["boris"]
    status, left = await duty.ask("DELETE", f"{PATH}/overrides/2", token=RESPONDER)
    assert [one["id"] for one in left["overrides"]] == ["0"]


async def test_a_change_is_listed_while_it_holds(both: tuple[Stage, HandClock]) -> None:
    stage, clock = both
    await change(stage, person="dora", **{"for": "2h"})
    for query, ids in (("", ["0", "1"]), (f"?rota={RR}", ["0", "1"]), ("?rota=hardware", [])):
        _, answer = await stage.ask("GET", f"{PATH}/overrides{query}", token=VIEWER)
        assert [one["id"] for one in answer["overrides"]] == ids
    clock.move(hours=2)
    _, answer = await stage.ask("GET", f"{PATH}/overrides", token=VIEWER)
    assert [one["id"] for one in answer["overrides"]] == ["0"]
    assert (await stage.ask("GET", f"{PATH}/overrides?rota=x"))[0] == 404


MISFITS: list[tuple[dict[str, Any], int, str]] = [
    ({"person": "dora"}, 400, '"until"'),
    ({"person": "dora", "for": "1h", "until": "2026-11-22T09:00:00Z"}, 400, '"until"'),
    ({"person": "dora", "for": "9000000w"}, 400, ""),
    ({"person": "dora", "for": "600000w"}, 400, "hundred years"),
    ({"person": "dora", "for": "1h", "why": "typo"}, 400, "Extra"),
    ({"person": "otto", "for": "1h"}, 409, "no methods"),
    ({"person": "nobody", "for": "1h"}, 409, "nobody is called"),
    ({"person": "dora", "for": "1h", "instead_of": "ana"}, 409, "ana has no shift"),
    ({"person": "dora", "for": "1h", "rota": "x"}, 404, "no rota is called"),
    ({"person": "dora", "until": "2026-11-22T03:10:00Z"}, 409, "end after it begins"),
]


@pytest.mark.parametrize(("body", "expected", "words"), MISFITS)
async def test_a_change_that_makes_no_sense_is_refused(
    duty: Stage, body: dict[str, Any], expected: int, words: str
) -> None:
    status, answer = await change(duty, **body)
    assert status == expected
    assert words in answer["error"]["message"]


async def test_what_is_not_there_or_not_ours_is_not_taken_back(duty: Stage) -> None:
    for id_, expected in (("7", 404), ("x", 404), ("9" * 30, 404), ("0", 409)):
        status, _ = await duty.ask("DELETE", f"{PATH}/overrides/{id_}", token=RESPONDER)
        assert status == expected
