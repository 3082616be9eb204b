"""The address behind a button in a message: a bare POST takes the incident, and a GET nothing."""

import contextlib
from pathlib import Path

import aiohttp

from responder.clock import HandClock
from responder.links import pressed
from responder.store import StoreUnavailable
from tests.require import free_port
from tests.responder.web.test_link_page import incident, path, texts
from tests.stories.stage import Stage, begin, firing, write_config


def button(stage: Stage, **grant: object) -> str:
    return pressed(path(stage, **grant))  # type: ignore[arg-type]


async def press(stage: Stage, where: str) -> tuple[int, str]:
    status, told = await stage.ask("POST", where, token="")
    return status, told.strip()


async def test_one_press_takes_it_without_a_page(stage: Stage) -> None:
    await stage.send(firing())
    assert await press(stage, button(stage)) == (200, "you have it")
    taken = await incident(stage)
    assert (taken["state"], taken["acknowledged_by"]) == ("acknowledged", "ana")
    assert (await texts(stage))[-1] == "acknowledged by ana (button)"


async def test_pressed_again_it_changes_nothing_and_says_the_same(stage: Stage) -> None:
    await stage.send(firing())
    await press(stage, button(stage))
    before = await texts(stage)
    assert await press(stage, button(stage)) == (200, "you have it")
    assert await texts(stage) == before


async def test_a_look_takes_nothing(stage: Stage) -> None:
    await stage.send(firing())
    for method in ("GET", "HEAD", "PUT", "DELETE", "OPTIONS"):
        assert (await stage.ask(method, button(stage), token=""))[0] == 405, method
    assert (await incident(stage))["state"] == "open"


async def test_who_came_second_is_told_and_has_it_not(stage: Stage) -> None:
    await stage.send(firing())
    assert (await stage.ask("POST", "/api/v1/incidents/1/ack", body={}))[0] == 200
    status, words = await press(stage, button(stage))
    assert (status, words) == (
        409, "admin has it, and was first. Open the link to see how it stands."
    )  # fmt: skip
    assert (await incident(stage))["acknowledged_by"] == "admin"


async def test_what_is_over_is_a_yes_so_that_the_message_goes_away(stage: Stage) -> None:
    await stage.send(firing())
    await stage.send(firing(status="resolved"))
    told = await press(stage, button(stage))
    assert told == (200, "nothing needs to be acknowledged: it is mitigated")
    assert (await incident(stage))["acknowledged_by"] is None


async def test_a_link_of_no_use_says_why_in_plain_text(stage: Stage, clock: HandClock) -> None:
    await stage.send(firing())
    link = button(stage)
    for where, status, words in (
        (button(stage, person="gone"), 403, "gone is not on the team any more"),
        (button(stage, episode=2), 410, "earlier episode"),
        (link.replace("/a/", "/a/x"), 403, "no link of ours"),
    ):
        answered, told = await press(stage, where)
        assert answered == status
        assert words in told
        assert "<" not in told
    clock.move(hours=24)
    assert (await press(stage, link))[0] == 410
    assert (await incident(stage))["state"] == "open"


async def test_an_app_in_a_browser_may_read_the_answer_and_nothing_is_kept(stage: Stage) -> None:
    """The address alone is the proof: no cookie goes along that another site could use."""
    await stage.send(firing())
    async with aiohttp.ClientSession() as session:
        headers = {"Sec-Fetch-Site": "cross-site", "Origin": "https://ntfy.example.net"}
        answer = await session.post(stage.url + button(stage), headers=headers)
        assert answer.status == 200
        assert answer.headers["Access-Control-Allow-Origin"] == "*"
        assert answer.headers["Cache-Control"] == "no-store"
        assert answer.headers["Content-Type"] == "text/plain; charset=utf-8"


async def test_while_nothing_can_be_stored_it_asks_to_press_again(tmp_path: Path) -> None:
    stage = await begin(write_config(tmp_path, smtp=free_port()))
    await stage.send(firing())
    link = button(stage)
    await stage.daemon.world.store.close()
    assert await press(stage, link) == (503, "it could not be stored: press again")
    with contextlib.suppress(StoreUnavailable):
        await stage.daemon.end()
