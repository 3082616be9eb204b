"""Does the board show at one look what is open, who is on duty and what is wrong with ourselves?"""

from dataclasses import replace
from pathlib import Path

import aiohttp
import pytest

from responder.clock import HandClock
from responder.run_values import RunState
from responder.web.board_page import needs
from tests.responder.runs.company import asking, begun, machines, put, settle
from tests.responder.web.reading import Read, read
from tests.responder.web.test_pages import RUN
from tests.responder.web.test_status import kill
from tests.stories.stage import RESPONDER, TOKEN, VIEWER, Stage, begin, firing


async def board(stage: Stage) -> Read:
    status, told = await stage.ask("GET", "/", token="")
    assert status == 200
    return read(told)


async def test_a_quiet_night_is_said_to_be_one(stage: Stage) -> None:
    page = await board(stage)
    assert "All is well" in page.text
    assert "Nothing is wrong." in page.text
    assert page.values("p", "role") == []


async def test_it_shows_incidents_people_outbox_and_senders(stage: Stage, clock: HandClock) -> None:
    await stage.send(firing())
    clock.move(minutes=1)
    await stage.send(firing("elsewhere", severity="warning"))
    page = await board(stage)
    for words in (
        "2 incidents, 2 unanswered",
        "▲ open critical web1 does not answer web1, since 2026-11-22 03:10 UTC (1 min)",
        "elsewhere does not answer since 2026-11-22 03:11 UTC",
        "in its queue; nobody is paged",
        "On duty ana",
        "page 1 0",
        "alertmanager",
    ):
        assert words in page.text, words
    links = {"", "incidents/1", "incidents/2", "metrics", "openapi.json"}
    assert set(page.values("a", "href")) == links
    assert "button" not in page.tags


async def test_the_kill_switch_can_not_be_overlooked(stage: Stage) -> None:
    order = {"reason": "smoke <b>"}
    assert (await stage.ask("POST", "/api/v1/kill-switch", body=order))[0] == 200
    page = await board(stage)
    assert "The kill switch is on, no machine is switched: admin, 2026-11-22" in page.text
    assert "smoke <b>" in page.text
    assert page.values("p", "role") == ["alert"]


async def test_playbooks_at_work_are_shown_those_that_need_a_person_first(
    tmp_path: Path, clock: HandClock
) -> None:
    bmc = machines()
    await bmc.start()
    stage = await begin(settle(tmp_path, bmc), clock=clock)
    await begun(stage, dry=True)
    assert "Playbooks at work … due dry run off-and-on on web1 for" in (await board(stage)).text
    await put(stage, RunState.WAITING, waits_for="the reply <b>")
    await begun(stage, server="web2", confirm="web2")
    await asking(stage, 2)
    page = await board(stage)
    asks = "waiting off-and-on on web2 for"
    waits = "waiting dry run off-and-on on web1 for"
    assert page.text.index(asks) < page.text.index(waits)
    assert "a person must say yes or no by 2026-11-22 03:20 UTC" in page.text
    assert "waits for the reply <b>" in page.text
    assert {"runs/1", "runs/2"} <= set(page.values("a", "href"))
    await put(stage, RunState.DONE, 2, ended_at=clock.now())
    assert "runs/2" not in (await board(stage)).values("a", "href")
    await stage.daemon.end()
    await bmc.stop()


@pytest.mark.parametrize(
    ("state", "words"),
    [
        (RunState.UNKNOWN, "nobody knows what became of off: a person must look"),
        (RunState.PAUSED, "paused at off, until a person has it go on"),
        (RunState.RUNNING, "at off"),
        (RunState.DUE, "at off"),
        (RunState.WAITING, "waits for a reply"),
    ],
)
def test_of_each_run_it_says_what_it_needs(state: RunState, words: str) -> None:
    assert needs(replace(RUN, state=state, waits_for="a reply")) == words


def test_a_question_that_was_answered_with_no_is_none() -> None:
    asked = {"digest": "d", "until": "2026-11-22T03:20:00+00:00"}
    run = replace(RUN, asked=asked, waits_for="approval")
    assert needs(run) == "a person must say yes or no by 2026-11-22 03:20 UTC"
    refused = replace(run, asked={**asked, "rejected_by": "ana"})
    assert needs(refused) == "waits for approval"


async def test_planned_work_that_mutes_now_is_shown(stage: Stage) -> None:
    for scope, start in (("server:web1", "2026-11-22T03:00:00Z"), ("all", "2026-11-23T03:00:00Z")):
        body = {"scope": scope, "starts_at": start, "for": "2h", "reason": "new disks"}
        assert (await stage.ask("POST", "/api/v1/maintenance", body=body))[0] == 200
    await stage.send(firing())
    text = (await board(stage)).text
    assert "Planned work server:web1 until 2026-11-22 05:00 UTC: new disks (admin) Outbox" in text
    assert "muted by maintenance:1" in text


async def test_unanswered_and_worst_come_first(stage: Stage) -> None:
    await stage.send(firing("low", severity="warning"))
    await stage.send(firing("taken"))
    await stage.send(firing("burning"))
    await stage.ask("POST", "/api/v1/incidents/2/ack", token=RESPONDER)
    text = (await board(stage)).text
    places = [text.index(f"{name} does not answer") for name in ("burning", "low", "taken")]
    assert places == sorted(places)
    assert "mira has it" in text


async def test_what_is_wrong_with_ourselves_stands_on_top(stage: Stage, clock: HandClock) -> None:
    await stage.send(firing())
    await stage.daemon.world.store.write(kill, now=clock.now())
    (stage.folder / "responder.yaml").write_text("daemon: [")
    await stage.ask("POST", "/-/reload")
    clock.move(minutes=5)
    page = await board(stage)
    assert "1 critical incident of which nobody has been told" in page.text
    assert "for a person to try again" in page.text
    assert "The newest configuration file was refused" in page.text
    assert page.values("p", "role") == ["alert"] * 3


@pytest.mark.parametrize(("token", "status"), [("", 401), (TOKEN, 403), (VIEWER, 200)])
async def test_under_another_name_it_needs_a_viewer(stage: Stage, token: str, status: int) -> None:
    headers = {"Host": "noc.example"}
    if token:
        headers["Authorization"] = f"Bearer {token}"
    async with aiohttp.ClientSession() as session:
        for path in ("/", "/metrics"):
            answer = await session.get(stage.url + path, headers=headers)
            assert answer.status == status
