"""Two weeks of a desk: one digest, whatever restarts and however many members share the store."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
from aiohttp import web

from responder.clock import HandClock
from responder.management.sending import DigestSending
from tests.real.smtp import Mailbox
from tests.stories.night import FRIDAY, Night
from tests.stories.stage import AGENT, begin, write_config

MORE = 'desk: {{digest: {{to: [team@example.net, boss@example.net], webhook_url: "{url}"}}}}'


class Chat:
    """A chat that takes what is posted; it is away while `status` says so."""

    def __init__(self) -> None:
        self.status = 200
        self.posts: list[dict[str, Any]] = []
        self.url = ""

    async def take(self, request: web.Request) -> web.Response:
        self.posts.append(await request.json())
        return web.Response(status=self.status)


@pytest.fixture
async def chat() -> AsyncIterator[Chat]:
    """On a port of its own."""
    one, app = Chat(), web.Application()
    app.router.add_post("/hook", one.take)
    runner = web.AppRunner(app)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    host, port = runner.addresses[0][:2]
    one.url = f"http://{host}:{port}/hook"
    yield one
    await runner.cleanup()


@pytest.fixture
async def night(tmp_path: Path, mailbox: Mailbox, chat: Chat) -> AsyncIterator[Night]:
    """A daemon whose digest goes to two people and a chat; Friday, ten past three."""
    path = write_config(tmp_path, smtp=mailbox.port, more=MORE.format(url=chat.url))
    clock = HandClock(FRIDAY)
    one = Night(path, mailbox, clock, await begin(path, clock=clock))
    yield one
    await one.stage.daemon.end()


async def days(night: Night, count: int) -> None:
    """They pass, in halves; the digest and the outbox take their turns."""
    for _ in range(count * 2):
        night.clock.move(hours=12)
        await night.stage.daemon.world.duties["digest"].turn()
        await night.works()


def received(night: Night) -> list[str]:
    """Who got a digest, of the new mails."""
    fresh, night.seen = night.mailbox.messages[night.seen :], len(night.mailbox.messages)
    digests = [one for one in fresh if str(one["Subject"]).startswith("Support digest")]
    return sorted(str(one["To"]) for one in digests)


BOTH = ["boss@example.net", "team@example.net"]


async def test_r92_fourteen_days_are_one_digest_and_a_restart_sends_no_other(
    night: Night, chat: Chat
) -> None:
    await night.stage.daemon.world.duties["digest"].turn()
    wish = {"subject": "Two factors, please", "text": "x", "category": "feature_request"}
    assert (await night.stage.ask("POST", "/api/v1/tickets", token=AGENT, body=wish))[0] == 200
    assert received(night) == []
    await days(night, 14)
    assert received(night) == BOTH
    assert len(chat.posts) == 1
    assert chat.posts[0]["text"].startswith("# Support digest, ")
    await night.dies_and_comes_back()
    await days(night, 3)
    assert received(night) == []
    assert len(chat.posts) == 1
    await days(night, 14)
    assert received(night) == BOTH


async def test_what_was_wished_in_these_weeks_stands_in_the_mail(night: Night) -> None:
    await night.stage.daemon.world.duties["digest"].turn()
    await days(night, 3)
    received(night)
    wish = {"subject": "Two factors, please", "text": "x", "category": "feature_request"}
    assert (await night.stage.ask("POST", "/api/v1/tickets", token=AGENT, body=wish))[0] == 200
    before = len(night.mailbox.messages)
    await days(night, 14)
    (mail, _) = night.mailbox.messages[before:]
    text = mail.get_content()
    assert "no brand, ticket 1: Two factors, please" in text
    assert mail["From"] == "responder@example.net"


async def test_a_chat_that_is_away_gets_it_later_and_once(night: Night, chat: Chat) -> None:
    chat.status = 503
    await night.stage.daemon.world.duties["digest"].turn()
    while not chat.posts:
        await days(night, 1)
    chat.status, count = 200, len(chat.posts)
    await days(night, 1)
    assert len(chat.posts) == count + 1
    await days(night, 2)
    assert len(chat.posts) == count + 1
    assert received(night) == BOTH


async def test_two_members_send_one(night: Night, chat: Chat) -> None:
    world = night.stage.daemon.world
    first = world.duties["digest"]
    second = DigestSending(world.store, world.live, clock=night.clock, follow=world.follow)
    await first.turn()
    for _ in range(14 * 3):
        night.clock.move(hours=8)
        await asyncio.gather(first.turn(), second.turn())
    await night.works()
    assert received(night) == BOTH
    assert len(chat.posts) == 1
