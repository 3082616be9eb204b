"""Can a manager read over the API when tickets come, and what is sent every two weeks?"""

from datetime import timedelta
from typing import Any

from responder.clock import HandClock
from responder.web.management_answers import DigestAnswer, InflowAnswer
from tests.responder.management.history import Past, happened
from tests.stories.stage import AGENT, VIEWER, Stage


async def read(stage: Stage, path: str) -> Any:
    status, answer = await stage.ask("GET", f"/api/v1/{path}", token=VIEWER)
    assert status == 200, answer
    return answer


async def test_r90_the_best_shift_is_told_by_the_clocks_that_are_asked_for(
    stage: Stage, clock: HandClock
) -> None:
    noon = clock.now().replace(hour=14, minute=0)
    past = [
        Past(noon - timedelta(days=day, hours=-hour), "mail/quota")
        for day in range(1, 20)
        for hour in range(8)
    ]
    await stage.daemon.world.store.write(happened, past)
    answer = InflowAnswer.model_validate(await read(stage, "inflow?weeks=2"))
    assert answer.suggested is not None
    assert (answer.zone, answer.suggested.begins, answer.suggested.ends) == ("UTC", 14, 22)
    assert (answer.total, answer.before) == (112, 40)
    assert answer.hours[0].day == "mon"
    assert sum(answer.hours[0].hours) == 16
    assert answer.candidates[0].fingerprint == "mail/quota"
    sofia = await read(stage, "inflow?weeks=2&zone=Europe/Sofia")
    assert (sofia["suggested"]["begins"], sofia["suggested"]["ends"]) == (16, 0)


async def test_what_is_no_zone_or_no_number_of_weeks_is_refused(stage: Stage) -> None:
    for query in ("zone=Mars/Base", "weeks=0", "weeks=400"):
        assert (await stage.ask("GET", f"/api/v1/inflow?{query}", token=VIEWER))[0] == 400
    assert (await stage.ask("GET", "/api/v1/digest?at=soon", token=VIEWER))[0] == 400


async def test_r92_the_digest_is_read_as_it_is_now_and_nothing_is_sent(
    stage: Stage, clock: HandClock
) -> None:
    body = {"subject": "Two factors", "text": "x", "category": "feature_request"}
    assert (await stage.ask("POST", "/api/v1/tickets", token=AGENT, body=body))[0] == 200
    clock.move(hours=1)
    answer = DigestAnswer.model_validate(await read(stage, "digest"))
    assert answer.subject == "Support digest, 2026-11-08 to 2026-11-22"
    assert "- no brand, ticket 1: Two factors" in answer.markdown
    assert await read(stage, "digest?format=markdown") == answer.markdown
    before = await read(stage, "digest?at=2026-11-20T00:00:00Z")
    assert "Two factors" not in before["markdown"]
    assert (await stage.ask("GET", "/api/v1/digest?at=0001-01-01T00:00:00Z", token=VIEWER))[
        0
    ] == 400
    _, outbox = await stage.ask("GET", "/api/v1/outbox")
    assert [one["kind"] for one in outbox["waiting"] if one["kind"].startswith("desk")] == []
