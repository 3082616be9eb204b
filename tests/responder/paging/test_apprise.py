"""Apprise: what it is given, what it does not say, and that its addresses are never shown."""

import asyncio
import logging
import subprocess
import sys
import time
from collections.abc import AsyncIterator
from dataclasses import replace

import pytest
from pydantic import ValidationError

from alerts.model import Priority
from playbooks.outside import OutsideError
from playbooks.ports import PageEvent
from responder.emulators.chat import ChatEmulator
from responder.emulators.misbehaving import Mode
from responder.paging.apprise import Apprise, AppriseMethod, _Outcome, _refused, fault_of
from responder.secrets import Origin, Secret
from tests.responder.paging.pages import PAGE, hostile

TOKEN = "canary0123456789canary0123456789"


@pytest.fixture
async def chat() -> AsyncIterator[ChatEmulator]:
    emulator = ChatEmulator(TOKEN)
    await emulator.start()
    yield emulator
    await emulator.stop()


def method(address: str) -> AppriseMethod:
    return AppriseMethod.model_validate({"kind": "apprise", "url": Secret.of(address)})


async def test_a_page_is_told_in_the_chat(chat: ChatEmulator) -> None:
    receipt = await Apprise().page(PAGE, method(chat.json_address))
    assert (receipt.reference, receipt.detail) == (PAGE.key, "json took it")
    [told] = chat.taken
    assert told["title"] == "CRITICAL: web1 is down"
    assert told["message"] == PAGE.text.strip()
    assert told["type"] == "failure"


async def test_a_hook_of_slacks_family_shows_title_text_and_link(chat: ChatEmulator) -> None:
    await Apprise().page(PAGE, method(chat.hook_address))
    [told] = chat.taken
    assert told["text"].startswith("CRITICAL: web1 is down")
    assert PAGE.link in told["text"]
    assert told["username"] == "Rapid Responder"


@pytest.mark.parametrize(
    ("event", "priority", "kind"),
    [
        (PageEvent.OPENED, Priority.CRITICAL, "failure"),
        (PageEvent.OPENED, Priority.MEDIUM, "warning"),
        (PageEvent.OPENED, Priority.LOW, "info"),
        (PageEvent.RECOVERED, Priority.CRITICAL, "success"),
        (PageEvent.TEST, Priority.LOW, "info"),
    ],
)
async def test_the_colour_says_how_bad_it_is(
    chat: ChatEmulator, event: PageEvent, priority: Priority, kind: str
) -> None:
    page = replace(PAGE, event=event, priority=priority)
    await Apprise().page(page, method(chat.json_address))
    assert chat.taken[0]["type"] == kind


async def test_a_label_calls_nobody_in_the_chat(chat: ChatEmulator) -> None:
    text = "@everyone @HERE @channel <!channel> @all, mail ana@allianz.example"
    await Apprise().page(hostile(text), method(chat.hook_address))
    [told] = chat.taken
    for call in ("@everyone", "@HERE", "@channel", "@all,", "<!channel>"):
        assert call not in told["text"]
    assert "ana@allianz.example" in told["text"]


@pytest.mark.parametrize(
    ("mode", "transient", "ambiguous"),
    [
        (Mode.BAD_REQUEST, False, False),
        (Mode.THROTTLED, True, False),
        (Mode.UNAVAILABLE, True, False),
        (Mode.BROKEN, True, True),
        (Mode.RESET, True, True),
        (Mode.RESET_AFTER_ACCEPT, True, True),
    ],
)
async def test_every_failure_has_its_class_and_names_the_service_alone(
    chat: ChatEmulator, mode: Mode, transient: bool, ambiguous: bool
) -> None:
    chat.mode = mode
    with pytest.raises(OutsideError, match=r"^Apprise \(json\) ") as caught:
        await Apprise().page(PAGE, method(chat.json_address))
    assert (caught.value.transient, caught.value.ambiguous) == (transient, ambiguous)
    assert "canary" not in f"{caught.value!r} {caught.value.__cause__!r}"


async def test_a_service_that_hangs_is_left_within_its_time(chat: ChatEmulator) -> None:
    chat.mode = Mode.HANG
    begun = time.monotonic()
    with pytest.raises(OutsideError) as caught:
        await Apprise().page(PAGE, method(chat.json_address))
    assert time.monotonic() - begun < 60
    assert (caught.value.transient, caught.value.ambiguous) == (True, True)


@pytest.mark.parametrize(
    ("status", "words", "transient", "ambiguous"),
    [
        ("NOMATCH", "can't use this address: nothing was sent", False, False),
        ("PARTIAL", "reached only some of them", True, True),
        ("TIMEOUT", "gave no answer in time", True, True),
        ("FAILURE", "could not deliver", True, True),
    ],
)
def test_every_status_but_success_is_a_failure(
    status: str, words: str, transient: bool, ambiguous: bool
) -> None:
    error = _refused(_Outcome(status), "slack")
    assert str(error) == f"Apprise (slack) {words}"
    assert (error.transient, error.ambiguous) == (transient, ambiguous)


@pytest.mark.parametrize(
    "address",
    [
        "slack://T1JJ3T3L2/A1BRTD4JD/TIiajkdnlazkcOXrIdevi7FQ/#general",
        "tgram://123456789:abcdefg_hijklmnop/12315544/",
        "workflows://prod-00.westeurope.logic.example:443/643e69f83c8944/RBcSDrrXeOoLyFbbUj0",
    ],
)
def test_the_addresses_of_the_guide_are_understood(address: str) -> None:
    assert fault_of(address) == ""


@pytest.mark.parametrize("address", ["slak://canary/x", "slack://canary", "canary", "json://"])
def test_an_address_of_no_use_is_found_while_loading_and_not_shown(address: str) -> None:
    with pytest.raises(ValidationError) as caught:
        method(address)
    shown = str(caught.value.errors(include_input=False, include_url=False))
    assert "Apprise can't use this address of" in shown
    assert "canary" not in shown
    assert "canary" not in str(caught.value)


def test_one_address_is_given_and_no_two() -> None:
    for told in ({}, {"url": Secret.of("json://x"), "url_file": Secret.of("json://x")}):
        with pytest.raises(ValidationError, match="either url_file or url"):
            AppriseMethod.model_validate({"kind": "apprise", **told})


def test_without_the_extra_the_configuration_says_what_to_install(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setitem(sys.modules, "apprise", None)
    with pytest.raises(ValidationError, match=r"pip install 'rapid-responder\[apprise\]'"):
        method("json://127.0.0.1")


async def test_an_address_that_went_bad_since_is_told_and_nothing_is_sent(
    chat: ChatEmulator, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CHAT", chat.json_address)
    told = AppriseMethod.model_validate({"kind": "apprise", "url": Secret(Origin.ENV, "CHAT")})
    monkeypatch.setenv("CHAT", "slak://canary")
    with pytest.raises(OutsideError, match=r"Apprise \(slak\) can't use this address") as caught:
        await Apprise().page(PAGE, told)
    assert not caught.value.transient
    assert chat.taken == []


async def test_the_loop_goes_on_while_apprise_waits(chat: ChatEmulator) -> None:
    chat.mode = Mode.HANG
    notifier = Apprise()
    waiting = [
        asyncio.create_task(notifier.page(PAGE, method(chat.json_address))) for _ in range(3)
    ]
    for _ in range(20):
        await asyncio.sleep(0.01)
    assert not any(one.done() for one in waiting), "a loop that waits along goes on after them"
    failed = await asyncio.gather(*waiting, return_exceptions=True)
    assert all(isinstance(one, OutsideError) for one in failed)


async def test_apprises_own_log_does_not_reach_ours(chat: ChatEmulator) -> None:
    heard: list[logging.LogRecord] = []
    ear = logging.Handler()
    ear.emit = heard.append  # type: ignore[assignment]
    logging.getLogger().addHandler(ear)
    chat.mode = Mode.BROKEN
    with pytest.raises(OutsideError):
        await Apprise().page(PAGE, method(chat.json_address))
    logging.getLogger().removeHandler(ear)
    assert [one.name for one in heard if one.name.startswith("apprise")] == []


def test_apprise_is_loaded_only_by_who_uses_it() -> None:
    code = "import sys, responder.paging.kinds; sys.exit('apprise' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
