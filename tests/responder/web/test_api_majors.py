"""Can people lead a major incident, tie incidents together, and look back, over the API?"""

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from responder.clock import HandClock
from responder.web.answers import IncidentAnswer
from responder.web.major_views import DraftsAnswer, GraphAnswer, ReviewAnswer
from tests.require import free_port
from tests.stories.brands import BRANDS
from tests.stories.stage import AGENT, FILE, RESPONDER, VIEWER, Stage, begin, firing, write_config

ONE = "/api/v1/incidents/1"
SECOND = """
  bob: {methods: [{kind: email, to: bob@example.net}]}
teams:
  rapid-response: {members: [ana]}
  level-1: {members: [bob]}
"""
TEAMS = "teams:\n  rapid-response: {{members: [ana]}}\n"


@pytest.fixture
async def desk(tmp_path: Path, clock: HandClock) -> AsyncIterator[Stage]:
    """A daemon with two brands on one broken server, and a desk of level 1."""
    file = FILE.replace(TEAMS, SECOND.replace("{", "{{").replace("}", "}}").lstrip("\n"))
    path = write_config(tmp_path, smtp=free_port(), more=BRANDS, file=file)
    stage = await begin(path, clock=clock)
    await stage.send(firing())
    yield stage
    await stage.daemon.end()


async def acts(stage: Stage, path: str, body: Any = None, *, token: str = RESPONDER) -> Any:
    status, answer = await stage.ask("POST", f"{ONE}/{path}", token=token, body=body)
    assert status == 200, answer
    return answer


async def refused(stage: Stage, path: str, body: Any = None) -> tuple[int, str]:
    status, answer = await stage.ask("POST", f"{ONE}/{path}", token=RESPONDER, body=body)
    return status, answer["error"]["message"]


async def due(stage: Stage) -> str:
    """By when customers hear next."""
    _, told = await stage.ask("GET", ONE)
    return str(told["major"]["next_update_at"])


async def read(stage: Stage, path: str) -> Any:
    status, answer = await stage.ask("GET", f"{ONE}/{path}", token=VIEWER)
    assert status == 200, answer
    return answer


async def test_it_is_declared_led_told_and_ended(desk: Stage, clock: HandClock) -> None:
    answer = IncidentAnswer.model_validate(await acts(desk, "major", {"every": "15m"}))
    assert answer.major is not None
    assert (answer.major.incident_lead, answer.major.communication_lead) == ("ana", "bob")
    assert (answer.major.rule, answer.major.declared_by) == ("hand", "mira")
    assert answer.major.finding == ""
    assert answer.major.next_update_at is not None
    assert (answer.major.next_update_at - clock.now()).total_seconds() == 900
    both = await acts(desk, "major", {"communication": "ana"})
    assert both["major"]["finding"] == "one person leads it and writes to customers"
    clock.move(minutes=10)
    told = await acts(desk, "major/told", {"note": "by telephone"}, token=AGENT)
    assert told["major"]["next_update_at"] == "2026-11-22T03:35:00.000Z"
    causes = ["a fuse blew", "the second feed was off"]
    assert (await acts(desk, "major", {"causes": causes}))["major"]["causes"] == causes
    ended = await acts(desk, "major/end", {"note": "one server alone"})
    assert ended["major"]["ended_at"] is not None
    _, events = await desk.ask("GET", f"{ONE}/events")
    kinds = [one["kind"] for one in events["events"] if one["kind"].startswith("major")]
    assert kinds == ["major_declared", "major_led", "major_said", "major_causes", "major_ended"]


async def test_what_does_not_fit_is_refused_with_its_reason(desk: Stage) -> None:
    assert await refused(desk, "major", {"lead": "nobody"}) == (409, 'nobody is called "nobody"')
    assert (await refused(desk, "major", {"every": "10s"}))[0] == 409
    assert await refused(desk, "major/end") == (409, "it is no major incident")
    assert (await refused(desk, "major", {"who": "ana"}))[0] == 400
    assert (await desk.ask("POST", "/api/v1/incidents/9/major"))[0] == 404


async def test_r72_drafts_speak_in_each_brands_words_and_promise_nothing_by_themselves(
    desk: Stage,
) -> None:
    answer = DraftsAnswer.model_validate(await read(desk, "major/draft"))
    assert [(one.brand, one.language, one.customers) for one in answer.drafts] == [
        ("acme", "en", 1),
        ("blau", "de", 1),
    ]
    assert "Our next message" not in answer.drafts[0].text
    assert [one.doubts for one in answer.drafts] == [(), ()]
    assert (answer.every_seconds, answer.next_update_at) == (1800, None)
    promised = await read(desk, "major/draft?next_update=30m&brand=acme")
    assert "will reach you by 2026-11-22 05:40 (EET)" in promised["drafts"][0]["text"]
    french = await read(desk, "major/draft?brand=acme&language=fr")
    assert "Nous avons connaissance" in french["drafts"][0]["words"]
    assert french["drafts"][0]["customers"] == 0
    assert (await desk.ask("GET", f"{ONE}/major/draft?brand=none"))[0] == 404
    assert (await desk.ask("GET", f"{ONE}/major/draft?next_update=30d"))[0] == 400


async def test_a_draft_can_be_sent_as_it_is_and_all_brands_begin_the_time_anew(
    desk: Stage, clock: HandClock
) -> None:
    await acts(desk, "major")
    words = (await read(desk, "major/draft?brand=acme"))["drafts"][0]["words"]
    clock.move(minutes=20)
    await acts(desk, "tell", {"text": words, "brands": ["acme"]}, token=AGENT)
    assert await due(desk) == "2026-11-22T03:40:00.000Z"
    body = {"text": "Wir arbeiten daran.", "brands": ["blau"], "next_update": "45m"}
    await acts(desk, "tell", body, token=AGENT)
    assert await due(desk) == "2026-11-22T04:15:00.000Z"


async def test_words_to_one_brand_leave_the_others_waiting_each_time(
    desk: Stage, clock: HandClock
) -> None:
    await acts(desk, "major")
    for minutes, expected in ((5, "2026-11-22T03:45:00.000Z"), (10, "2026-11-22T03:55:00.000Z")):
        clock.move(minutes=minutes)
        before = await due(desk)
        for _ in range(2):
            await acts(desk, "tell", {"text": "We work on it.", "brands": ["acme"]}, token=AGENT)
        assert await due(desk) == before
        await acts(desk, "tell", {"text": "Wir arbeiten.", "brands": ["blau"]}, token=AGENT)
        assert await due(desk) == expected
    clock.move(minutes=1)
    await acts(desk, "tell", {"text": "..."}, token=AGENT)
    assert await due(desk) == "2026-11-22T03:56:00.000Z"


async def test_r73_links_are_made_drawn_and_undone(desk: Stage) -> None:
    await desk.send(firing("db1", name="Slow"))
    await acts(desk, "links", {"other": "2", "kind": "caused_by", "note": "the database"})
    graph = GraphAnswer.model_validate(await read(desk, "graph"))
    assert [(one.begins, one.ends, one.kind, one.by) for one in graph.links] == [
        ("1", "2", "caused_by", "mira")
    ]
    assert 'i1 -> i2 [label="caused by"];' in await read(desk, "graph?format=dot")
    status, told = await refused(desk, "links", {"other": "1"})
    assert (status, told) == (409, "an incident has nothing to do with itself")
    gone = await desk.ask("DELETE", f"{ONE}/links/caused_by/2", token=RESPONDER)
    assert gone[0] == 200
    assert (await read(desk, "graph"))["links"] == []
    assert (await desk.ask("DELETE", f"{ONE}/links/caused_by/2", token=RESPONDER))[0] == 404
    assert (await desk.ask("DELETE", f"{ONE}/links/odd/2", token=RESPONDER))[0] == 404


async def test_the_look_back_is_read_as_markdown(desk: Stage) -> None:
    text = ReviewAnswer.model_validate(await read(desk, "review")).markdown
    assert text.startswith("# Review of incident 1: web1 does not answer\n")
    assert await read(desk, "review?format=markdown") == text
    assert (await desk.ask("GET", "/api/v1/incidents/9/review"))[0] == 404


async def test_the_pages_show_who_leads_and_by_when_customers_hear(
    desk: Stage, clock: HandClock
) -> None:
    await acts(desk, "major")
    _, page = await desk.ask("GET", "/incidents/1")
    assert "led by ana; bob writes to customers" in page
    assert "Next update by" in page
    _, board = await desk.ask("GET", "/")
    assert "led by ana; bob writes to customers, next by" in board
    clock.move(minutes=31)
    _, board = await desk.ask("GET", "/")
    assert "overdue since" in board
    _, metrics = await desk.ask("GET", "/metrics")
    assert "responder_major_incidents 1.0" in metrics
    await acts(desk, "major/end")
    _, page = await desk.ask("GET", "/incidents/1")
    assert "Next update by" not in page
