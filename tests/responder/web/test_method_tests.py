"""Are tests of ways to people recorded, and proved by nobody but who got them?"""

import re
from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest

from responder.clock import HandClock
from responder.emulators.misbehaving import Mode
from responder.emulators.ntfy import NtfyEmulator
from tests.real.smtp import Mailbox
from tests.responder.web.reading import read
from tests.stories.stage import FILE, RESPONDER, VIEWER, Stage, begin, write_config


@pytest.fixture
async def ntfy() -> AsyncIterator[NtfyEmulator]:
    emulator = NtfyEmulator()
    await emulator.start()
    yield emulator
    await emulator.stop()


@pytest.fixture
async def stage(
    tmp_path: Path, clock: HandClock, mailbox: Mailbox, ntfy: NtfyEmulator
) -> AsyncIterator[Stage]:
    way = f"{{{{kind: ntfy, url: {ntfy.url!r}, topic: ana}}}}"
    file = FILE.replace("to: ana@example.net}}]", f"to: ana@example.net}}}}, {way}]")
    begun = await begin(write_config(tmp_path, smtp=mailbox.port, file=file), clock=clock)
    yield begun
    await begun.daemon.end()


async def tried(stage: Stage) -> Any:
    status, told = await stage.ask(
        "POST", "/api/v1/oncall/test", token=RESPONDER, body={"person": "ana"}
    )
    assert status == 200
    return told


async def methods(stage: Stage) -> Any:
    return (await stage.ask("GET", "/api/v1/oncall/methods", token=VIEWER))[1]["methods"]


def link_of(mailbox: Mailbox) -> str:
    [body] = [mail.get_content() for mail in mailbox.messages[-1:]]
    found = re.search(r"Confirm: (\S+)", body)
    assert found is not None
    return urlsplit(found[1]).path


async def gauge(stage: Stage) -> float:
    _, told = await stage.ask("GET", "/metrics")
    found = re.search(r"^responder_untested_methods (\S+)$", told, re.MULTILINE)
    assert found is not None
    return float(found[1])


async def test_a_test_goes_out_by_every_method_with_a_link_to_confirm(
    stage: Stage, mailbox: Mailbox, ntfy: NtfyEmulator
) -> None:
    told = await tried(stage)
    assert [(one["place"], one["method"], one["ok"]) for one in told["methods"]] == [
        (1, "email", True),
        (2, "ntfy", True),
    ]
    status, page = await stage.ask("GET", link_of(mailbox), token="")
    assert status == 200
    seen = read(page)
    assert "A test of email" in seen.text
    assert seen.tags.count("button") == 1
    assert ntfy.taken[0]["actions"][0]["label"] == "It came"


async def test_a_test_that_was_sent_proves_nothing_and_a_look_at_its_link_neither(
    stage: Stage, mailbox: Mailbox
) -> None:
    assert await gauge(stage) == 2
    await tried(stage)
    link = link_of(mailbox)
    for method in ("GET", "HEAD"):
        await stage.ask(method, link, token="")
        await stage.ask(method, f"{link}/yes", token="")
    assert [one["proved"] for one in await methods(stage)] == [False, False]
    assert await gauge(stage) == 2


async def test_a_press_proves_the_method_for_thirty_days(
    stage: Stage, mailbox: Mailbox, clock: HandClock
) -> None:
    await tried(stage)
    clock.move(minutes=1)
    assert (await stage.ask("POST", link_of(mailbox), token=""))[0] == 303
    [email, other] = await methods(stage)
    assert email == {
        "person": "ana",
        "place": 1,
        "method": "email",
        "proved": True,
        "sent_at": "2026-11-22T03:10:00.000Z",
        "confirmed_at": "2026-11-22T03:11:00.000Z",
    }
    assert (other["proved"], other["confirmed_at"]) == (False, None)
    assert await gauge(stage) == 1
    _, page = await stage.ask("GET", link_of(mailbox), token="")
    assert "proved at 2026-11-22 03:11 UTC" in read(page).text
    assert "button" not in read(page).tags
    clock.move(days=30)
    assert await gauge(stage) == 2


async def test_the_button_of_a_push_message_proves_it_too(stage: Stage, ntfy: NtfyEmulator) -> None:
    await tried(stage)
    [action] = ntfy.taken[0]["actions"]
    path = urlsplit(action["url"]).path
    assert await stage.ask("POST", path, token="") == (200, "thank you: ntfy reaches ana\n")
    assert [one["proved"] for one in await methods(stage)] == [False, True]


async def test_a_link_of_an_older_test_is_over(
    stage: Stage, mailbox: Mailbox, clock: HandClock
) -> None:
    await tried(stage)
    old = link_of(mailbox)
    await tried(stage)
    assert (await stage.ask("POST", old, token=""))[0] == 410
    assert [one["proved"] for one in await methods(stage)] == [False, False]
    new = link_of(mailbox)
    clock.move(hours=24)
    assert (await stage.ask("POST", new, token=""))[0] == 410
    assert (await stage.ask("POST", f"{new[:-1]}", token=""))[0] == 403


async def test_a_link_of_one_use_is_none_of_another(stage: Stage, mailbox: Mailbox) -> None:
    await tried(stage)
    link = link_of(mailbox)
    for path in ("/a/", "/r/"):
        assert (await stage.ask("POST", link.replace("/t/", path), token=""))[0] == 403


async def test_a_method_that_fails_is_told_and_the_others_go_out(
    stage: Stage, ntfy: NtfyEmulator, mailbox: Mailbox
) -> None:
    ntfy.mode = Mode.THROTTLED
    told = await tried(stage)
    assert [one["ok"] for one in told["methods"]] == [True, False]
    assert "ntfy answered 429" in told["methods"][1]["detail"]
    assert len(mailbox.messages) == 1


async def test_who_is_unknown_is_not_tested(stage: Stage) -> None:
    asked = {"token": RESPONDER, "body": {"person": "nobody"}}
    assert (await stage.ask("POST", "/api/v1/oncall/test", **asked))[0] == 404  # type: ignore[arg-type]


async def test_the_board_says_how_many_are_not_proved(
    stage: Stage, mailbox: Mailbox, clock: HandClock
) -> None:
    _, page = await stage.ask("GET", "/")
    words = "ways to reach people not proved for 30 days: responder oncall methods"
    assert f"2 {words}" in read(page).text
    await tried(stage)
    await stage.ask("POST", link_of(mailbox), token="")
    _, page = await stage.ask("GET", "/")
    assert f"1 {words.replace('ways', 'way')}" in read(page).text
    clock.move(seconds=timedelta(days=31).total_seconds())
    _, page = await stage.ask("GET", "/")
    assert f"2 {words}" in read(page).text
