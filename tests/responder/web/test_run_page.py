"""Does the page of a run tell what it does, what the gate says and what became of each step?"""

from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from responder.clock import HandClock
from responder.emulators.redfish import RedfishEmulator
from responder.run_values import LIVE, Intent, RunState
from responder.web.run_page import SHOWN_LINES
from tests.responder.runs.company import asking, begun, machines, put, settle
from tests.responder.web.hostile import CORPUS
from tests.responder.web.reading import Read, read
from tests.stories.stage import RESPONDER, Stage, begin, firing


@pytest.fixture
async def bmc() -> AsyncIterator[RedfishEmulator]:
    """The machines of the company."""
    one = machines()
    await one.start()
    yield one
    await one.stop()


@pytest.fixture
async def stage(tmp_path: Path, clock: HandClock, bmc: RedfishEmulator) -> AsyncIterator[Stage]:
    """A run on web1 that was begun by hand; the duties stand still."""
    one = await begin(settle(tmp_path, bmc), clock=clock)
    await one.send(firing())
    await begun(one, reason="it is dark")
    yield one
    await one.daemon.end()


async def page(stage: Stage, run: str = "1") -> Read:
    status, told = await stage.ask("GET", f"/runs/{run}", token="")
    assert status == 200, told
    return read(told)


async def test_it_tells_who_began_what_where_and_why(stage: Stage, clock: HandClock) -> None:
    clock.move(minutes=3)
    shown = await page(stage)
    for words in (
        "due off-and-on on web1",
        "Serial SN1",
        "Power redfish",
        "Incident 1",
        "Begun 2026-11-22 03:10 UTC, 3 min ago, by admin: it is dark",
        "off power.off: it is here",
        "on power.on",
        "begun: off-and-on version 2, mode ask",
    ):
        assert words in shown.text, words
    assert {"../", "../#incident-1"} <= set(shown.values("a", "href"))


async def test_nobody_decides_on_a_page_that_anybody_may_open(stage: Stage) -> None:
    await asking(stage)
    shown = await page(stage)
    assert not {"form", "button", "input"} & set(shown.tags)
    assert "wait approval: 0 of 1 approved" in shown.text
    assert (await stage.ask("POST", "/runs/1", token=""))[0] == 405
    assert (await stage.ask("HEAD", "/runs/1", token=""))[0] == 200


async def test_each_step_says_what_became_of_it(stage: Stage) -> None:
    results: Any = {
        "off": {"outcome": "failed", "text": "it stayed on", "values": {}},
        "on": {"outcome": "skipped", "text": "", "values": {}},
    }
    await put(stage, RunState.RUNNING, results=results, step="tell")
    shown = await page(stage)
    assert "off power.off: failed it stayed on" in shown.text
    assert "on power.on: skipped" in shown.text
    assert "tell ticket.note: it is here" in shown.text


@pytest.mark.parametrize("state", list(RunState))
async def test_every_state_is_said_in_a_word_and_not_by_colour_alone(
    stage: Stage, state: RunState
) -> None:
    await put(stage, state)
    shown = await page(stage)
    assert f"{state} off-and-on on web1" in shown.text
    assert ("it is here" in shown.text) is (state in LIVE)


async def test_an_open_intent_and_an_overruled_check_are_told(stage: Stage) -> None:
    now = stage.daemon.world.clock.now()
    checks = [
        {"name": "blind", "ruling": "deny", "reason": "nothing answers", "overruled_by": "mira",
         "because": "I stand beside it"},
    ]  # fmt: skip
    await put(stage, RunState.UNKNOWN, intent=Intent("off", now, "off"), checks=checks)
    text = (await page(stage)).text
    assert 'Open "off" was about to be told; nobody knows yet whether it was' in text
    assert "blind: nothing answers (overruled by mira: I stand beside it)" in text


async def test_practice_is_marked_as_such(stage: Stage) -> None:
    await put(stage, RunState.WAITING, drill=True, dry=True)
    assert "waiting drill off-and-on" in (await page(stage)).text
    await put(stage, RunState.WAITING, drill=False, dry=True)
    assert "waiting dry run off-and-on" in (await page(stage)).text


async def test_of_a_long_story_the_newest_is_shown_first(stage: Stage, clock: HandClock) -> None:
    for number in range(SHOWN_LINES):
        clock.move(minutes=1)
        verb = "resume" if number % 2 else "pause"
        body = {"note": f"note {number}."}
        status, _ = await stage.ask("POST", f"/api/v1/runs/1/{verb}", body=body, token=RESPONDER)
        assert status == 200
    shown = await page(stage)
    assert shown.text.index("note 39.") < shown.text.index("note 2.")
    assert "begun: off-and-on" not in shown.text


async def test_a_run_that_is_none_is_not_found(stage: Stage) -> None:
    for number in ("2", "0", "-1", "x", "1e3", "99999999999999999999"):
        status, _ = await stage.ask("GET", f"/runs/{number}", token="")
        assert status == 404, number


async def test_a_server_that_left_the_configuration_is_still_shown(stage: Stage) -> None:
    await put(stage, RunState.DONE, target="gone1", ended_at=stage.daemon.world.clock.now())
    shown = await page(stage)
    assert "off-and-on on gone1" in shown.text
    assert "Serial" not in shown.text


async def test_what_strangers_wrote_stays_text(stage: Stage) -> None:
    async def shaped(text: str) -> Read:
        now = stage.daemon.world.clock.now()
        asked = {
            "digest": "d", "since": now.isoformat(), "action": "power.off", "would": text,
            "until": (now + timedelta(minutes=5)).isoformat(),
        }  # fmt: skip
        checks = [
            {"name": "blind", "ruling": "deny", "reason": text, "overruled_by": text,
             "because": text}
        ]  # fmt: skip
        results = {"on": {"outcome": "failed", "text": text, "values": {"x": text}}}
        await put(
            stage, RunState.WAITING, asked=asked, checks=checks, results=results, waits_for=text,
            requested_by=text, reason=text, labels={"alertname": text}, target=text,
        )  # fmt: skip
        return await page(stage)

    plain = (await shaped("plain")).skeleton
    for text in CORPUS:
        assert (await shaped(text)).skeleton == plain, text
