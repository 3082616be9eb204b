"""ntfy: what is published, how it rings, and the button on the phone."""

from collections.abc import AsyncIterator
from dataclasses import replace
from typing import Any

import pytest
from aiohttp import web
from pydantic import ValidationError

from alerts.model import Priority
from playbooks.client import open_session
from playbooks.outside import OutsideError
from playbooks.ports import PageEvent
from responder.emulators.misbehaving import Mode
from responder.emulators.ntfy import NtfyEmulator
from responder.paging.ntfy import Ntfy, NtfyMethod, message
from responder.secrets import Secret
from tests.responder.paging.pages import PAGE, hostile


@pytest.fixture
async def server() -> AsyncIterator[NtfyEmulator]:
    emulator = NtfyEmulator(tokens={"ana": "tk_canary"})
    await emulator.start()
    yield emulator
    await emulator.stop()


@pytest.fixture
async def ntfy() -> AsyncIterator[Ntfy]:
    async with open_session() as session:
        yield Ntfy(session)


def method(url: str, **told: Any) -> NtfyMethod:
    token = Secret.of("tk_canary")
    facts = {"kind": "ntfy", "url": url, "topic": "ana", "token_file": token}
    return NtfyMethod.model_validate(facts | told)


async def test_a_page_is_published_with_a_link_and_a_button(
    ntfy: Ntfy, server: NtfyEmulator
) -> None:
    receipt = await ntfy.page(PAGE, method(server.url))
    [told] = server.taken
    assert receipt.detail == told["id"]
    assert {name: told[name] for name in ("topic", "title", "message", "priority", "tags")} == {
        "topic": "ana",
        "title": "CRITICAL: web1 is down",
        "message": PAGE.text.rstrip("\n"),
        "priority": 5,
        "tags": ["rotating_light"],
    }
    assert told["click"] == PAGE.link
    assert told["actions"] == [
        {
            "action": "http",
            "label": "Acknowledge",
            "url": f"{PAGE.link}/yes",
            "method": "POST",
            "clear": True,
        }
    ]


@pytest.mark.parametrize(
    ("event", "priority", "rings"),
    [
        (PageEvent.OPENED, Priority.CRITICAL, 5),
        (PageEvent.REPEATED, Priority.HIGH, 4),
        (PageEvent.ESCALATED, Priority.MEDIUM, 3),
        (PageEvent.LAPSED, Priority.LOW, 2),
        (PageEvent.RECOVERED, Priority.CRITICAL, 2),  # nobody is woken to hear that it is over
        (PageEvent.APPROVAL, Priority.CRITICAL, 5),
        (PageEvent.TEST, Priority.LOW, 4),
    ],
)
def test_it_rings_as_loud_as_it_is_urgent(event: PageEvent, priority: Priority, rings: int) -> None:
    told = message(replace(PAGE, event=event, priority=priority), topic="ana")
    assert told["priority"] == rings


@pytest.mark.parametrize("event", list(PageEvent))
def test_only_what_one_press_can_answer_has_a_button(event: PageEvent) -> None:
    told = message(replace(PAGE, event=event), topic="ana")
    asks = ("opened", "repeated", "escalated", "lapsed", "test")
    assert bool(told["actions"]) == (event in asks)


def test_without_a_link_there_is_nothing_to_press() -> None:
    told = message(replace(PAGE, link=""), topic="ana")
    assert "actions" not in told
    assert "click" not in told


async def test_a_repeat_replaces_the_first_on_the_phone(ntfy: Ntfy, server: NtfyEmulator) -> None:
    for _ in range(2):
        await ntfy.page(PAGE, method(server.url))
    await ntfy.page(replace(PAGE, key="INC-7/1/2/ana/0"), method(server.url))
    assert (len(server.taken), len(server.phone)) == (3, 2)


async def test_a_press_posts_and_the_message_goes_away(ntfy: Ntfy, server: NtfyEmulator) -> None:
    asked: list[tuple[str, str]] = []

    async def door(request: web.Request) -> web.Response:
        asked.append((request.method, request.path))
        return web.Response(status=503 if len(asked) == 1 else 200)

    app = web.Application()
    app.router.add_route("*", "/a/4fd0/yes", door)
    runner = web.AppRunner(app)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    host, port = runner.addresses[0]
    await ntfy.page(replace(PAGE, link=f"http://{host}:{port}/a/4fd0"), method(server.url))
    assert await server.press("Acknowledge") == 503
    assert len(server.phone) == 1
    assert await server.press("Acknowledge") == 200
    assert server.phone == {}
    assert asked == [("POST", "/a/4fd0/yes")] * 2
    await runner.cleanup()


async def test_a_long_text_is_cut_between_letters_within_the_bytes(
    ntfy: Ntfy, server: NtfyEmulator
) -> None:
    await ntfy.page(hostile("東京🔥\n" * 5000), method(server.url))
    [told] = server.taken
    assert 3900 < len(told["message"].encode()) <= 4096
    assert told["message"].endswith("...")


@pytest.mark.parametrize(
    ("mode", "transient", "ambiguous"),
    [
        (Mode.BAD_REQUEST, False, False),
        (Mode.THROTTLED, True, False),
        (Mode.BROKEN, True, True),
        (Mode.UNAVAILABLE, True, False),
        (Mode.RESET, True, True),
    ],
)
async def test_every_answer_has_its_class(
    ntfy: Ntfy, server: NtfyEmulator, mode: Mode, transient: bool, ambiguous: bool
) -> None:
    server.mode = mode
    with pytest.raises(OutsideError) as caught:
        await ntfy.page(PAGE, method(server.url))
    assert (caught.value.transient, caught.value.ambiguous) == (transient, ambiguous)


async def test_a_wrong_token_is_told_in_ntfys_words_and_never_shown(
    ntfy: Ntfy, server: NtfyEmulator
) -> None:
    with pytest.raises(OutsideError, match=r"ntfy answered 403: forbidden \(40301\)") as caught:
        await ntfy.page(PAGE, method(server.url, token_file=Secret.of("tk_wrong")))
    assert not caught.value.transient
    assert "tk_wrong" not in str(caught.value)


@pytest.mark.parametrize(
    "told",
    [{"topic": "a b"}, {"topic": ""}, {"topic": "x" * 65}, {"topic": "a/b"}, {"url": "ntfy.sh"}],
)
def test_a_method_that_can_not_work_is_refused(told: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        method(**({"url": "https://ntfy.example.net"} | told))
