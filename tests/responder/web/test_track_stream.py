"""R30: does a customer hear of a change at once, and is nobody kept waiting for ever?"""

import asyncio
import json
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import aiohttp
import pytest

from responder.clock import HandClock
from responder.web import streams
from responder.web.streams import LOOK_SECONDS
from tests.require import free_port
from tests.responder.web.tracking import BRANDS, act, link, opened
from tests.stories.stage import Stage, begin, write_config


@pytest.fixture
async def stage(tmp_path: Path, clock: HandClock) -> AsyncIterator[Stage]:
    """A daemon with two brands."""
    stage = await begin(write_config(tmp_path, smtp=free_port(), more=BRANDS), clock=clock)
    yield stage
    await stage.daemon.end()


@pytest.fixture
async def browser(stage: Stage) -> AsyncIterator[aiohttp.ClientSession]:
    """Somebody who follows his ticket."""
    async with aiohttp.ClientSession(stage.url) as session:
        yield session


async def heard(answer: aiohttp.ClientResponse) -> Any:
    """The next event."""
    while not (line := await answer.content.readline()).startswith(b"data: "):
        assert line, "the stream ended"
    return json.loads(line.removeprefix(b"data: "))


async def test_a_change_is_heard_within_two_seconds_and_a_note_is_not_in_it(
    stage: Stage, browser: aiohttp.ClientSession
) -> None:
    ticket = await opened(stage)
    answer = await browser.get(link(stage, ticket) + "/events")
    assert answer.headers["Content-Type"].startswith("text/event-stream")
    assert (await heard(answer))["state"] == "received"
    await act(stage, ticket, "note", text="nobody may read this")
    await act(stage, ticket, "take")
    told = await heard(answer)
    if told["state"] != "working":  # the note was a change as well
        told = await heard(answer)
    assert LOOK_SECONDS <= 2
    assert told["state"] == "working"
    assert "nobody may read this" not in json.dumps(told)
    answer.close()


async def test_streams_end_with_the_daemon(stage: Stage, browser: aiohttp.ClientSession) -> None:
    answer = await browser.get(link(stage, await opened(stage)) + "/events")
    await heard(answer)
    async with asyncio.timeout(45):
        await stage.daemon.end()
    assert await answer.content.read() == b"\n"
    answer.close()


async def test_a_stream_ends_with_its_link(
    stage: Stage, browser: aiohttp.ClientSession, clock: HandClock
) -> None:
    answer = await browser.get(link(stage, await opened(stage), days=1) + "/events")
    await heard(answer)
    clock.move(days=1)
    async with asyncio.timeout(45):
        assert await answer.content.read() == b"\n"
    answer.close()


@pytest.mark.parametrize(
    "headers",
    [{"Origin": "https://evil.example"}, {"Sec-Fetch-Site": "same-site"}, {"Origin": "null"}],
)
async def test_another_web_site_may_not_follow(
    stage: Stage, browser: aiohttp.ClientSession, headers: dict[str, str]
) -> None:
    path = link(stage, await opened(stage)) + "/events"
    assert (await browser.get(path, headers=headers)).status == 403
    own = await browser.get(path, headers={"Origin": stage.url, "Sec-Fetch-Site": "same-origin"})
    proxied = await browser.get(path, headers={"Origin": "https://status.acme.example"})
    for one in (own, proxied):
        assert one.status == 200
        one.close()


async def test_a_ticket_has_few_streams_and_one_that_hung_up_makes_room(
    stage: Stage, browser: aiohttp.ClientSession
) -> None:
    path = link(stage, await opened(stage)) + "/events"
    open_ = [await browser.get(path) for _ in range(streams.MOST_OF_TICKET)]
    assert (await browser.get(path)).status == 503
    open_.pop().close()
    async with asyncio.timeout(45):
        while (answer := await browser.get(path)).status != 200:  # noqa: ASYNC110
            await asyncio.sleep(0.02)
    for one in (*open_, answer):
        one.close()
