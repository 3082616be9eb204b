"""Can people see whom trouble concerns, write to them, and be kept from saying too much?"""

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from responder.clock import HandClock
from responder.web.customer_views import CustomersAnswer, IncidentCustomersAnswer
from tests.require import free_port
from tests.stories.brands import BRANDS
from tests.stories.stage import AGENT, VIEWER, Stage, begin, firing, write_config

ONE = "/api/v1/incidents/1"


@pytest.fixture
async def brands(tmp_path: Path, clock: HandClock) -> AsyncIterator[Stage]:
    """A running daemon with two brands on one broken server."""
    stage = await begin(write_config(tmp_path, smtp=free_port(), more=BRANDS), clock=clock)
    await stage.send(firing())
    yield stage
    await stage.daemon.end()


async def told(stage: Stage, path: str = f"{ONE}/customers") -> Any:
    status, answer = await stage.ask("GET", path, token=VIEWER)
    assert status == 200, answer
    return answer


async def tell(stage: Stage, text: str, *, on: str = ONE, **more: Any) -> tuple[int, Any]:
    return await stage.ask("POST", f"{on}/tell", token=AGENT, body={"text": text, **more})


async def test_everybody_who_can_be_told_is_listed_and_who_can_not(brands: Stage) -> None:
    answer = CustomersAnswer.model_validate(await told(brands, "/api/v1/customers"))
    assert [(one.customer, one.brand, one.language, one.way) for one in answer.customers] == [
        ("reseller:anna", "acme", "en", "mail"),
        ("reseller:bert", "blau", "de", "mail"),
    ]
    assert [(one.customer, one.why) for one in answer.untold] == [
        ("reseller:carl", "it has no mail")
    ]
    assert answer.total == 3
    mine = await told(brands, "/api/v1/customers?brand=blau&limit=1")
    assert [one["customer"] for one in mine["customers"]] == ["reseller:bert"]


async def test_an_incident_says_whom_it_concerns_before_anybody_is_told(brands: Stage) -> None:
    answer = IncidentCustomersAnswer.model_validate(await told(brands))
    assert [one.customer for one in answer.concerned] == ["reseller:anna", "reseller:bert"]
    assert answer.told == ()
    assert answer.letters == ()
    shown = IncidentCustomersAnswer.model_validate(
        await told(brands, f"{ONE}/customers?preview=true")
    )
    assert [(one.brand, one.customers) for one in shown.letters] == [
        ("acme", ("reseller:anna",)),
        ("blau", ("reseller:bert",)),
    ]
    assert shown.letters[1].subject == "Blau und Weiss: Störung Ihrer Dienste"
    assert shown.told == ()


async def test_an_agents_words_are_queued_and_written_down(brands: Stage) -> None:
    status, answer = await tell(brands, "A disk is being replaced.", next_update="30m")
    assert status == 200, answer
    assert [(one["customer"], one["change"], one["state"]) for one in answer["told"]] == [
        ("reseller:anna", "update", "queued"),
        ("reseller:bert", "update", "queued"),
    ]
    _, log = await brands.ask("GET", f"{ONE}/events", token=VIEWER)
    (line,) = [one for one in log["events"] if one["kind"] == "customers_told"]
    assert line["actor"] == {"kind": "person", "name": "agent"}
    assert line["text"] == "told 2 customers of acme, blau by agent: A disk is being replaced."


async def test_a_preview_of_words_queues_nothing(brands: Stage) -> None:
    status, answer = await tell(brands, "All is being done.", preview=True, next_update="30m")
    assert status == 200, answer
    assert "by 2026-11-22 05:40 (EET)." in answer["letters"][0]["text"]
    assert (await told(brands))["told"] == []


async def test_words_for_one_brand_go_to_its_customers_alone(brands: Stage) -> None:
    _, answer = await tell(brands, "Nur für Sie.", brands=["blau"])
    assert [one["customer"] for one in answer["told"]] == ["reseller:bert"]


@pytest.mark.parametrize("preview", [False, True])
async def test_words_that_say_too_much_are_refused_and_nothing_is_sent(
    brands: Stage, *, preview: bool
) -> None:
    status, answer = await tell(brands, "web1 of Ana is down", preview=preview)
    assert status == 422
    assert answer["error"]["code"] == "indiscreet"
    assert answer["error"]["where"] == "text"
    assert '"web1" is a server of ours' in answer["error"]["message"]
    assert '"ana" is one of our people' in answer["error"]["message"]
    assert (await told(brands))["told"] == []


@pytest.mark.parametrize(
    "body",
    [
        {"text": ""},
        {"text": "  "},
        {},
        {"text": "x", "next_update": "8d"},
        {"text": "x", "next_update": "0s"},
        {"text": "x", "next_update": "99999d"},
        {"text": "x", "next_update_at": "2026-11-21T03:00:00Z"},
        {"text": "x", "next_update": "5m", "next_update_at": "2026-11-22T04:00:00Z"},
        {"text": "x", "brands": ["nobody"]},
        {"text": "x", "odd": 1},
    ],
)
async def test_what_makes_no_sense_is_a_bad_request(brands: Stage, body: Any) -> None:
    status, answer = await brands.ask("POST", f"{ONE}/tell", token=AGENT, body=body)
    assert status == 400, answer
    assert (await told(brands))["told"] == []


async def test_an_incident_that_is_not_there_is_told_of_as_such(brands: Stage) -> None:
    for path in ("/api/v1/incidents/77", "/api/v1/incidents/odd"):
        assert (await tell(brands, "x", on=path))[0] == 404
        status, _ = await brands.ask("GET", f"{path}/customers", token=VIEWER)
        assert status == 404


async def test_what_is_over_is_not_talked_about(brands: Stage) -> None:
    await brands.ask("POST", f"{ONE}/resolve", body={"note": "false alarm"})
    status, answer = await tell(brands, "It is over.")
    assert status == 409
    assert "whoever was told of it hears of its end" in answer["error"]["message"]
