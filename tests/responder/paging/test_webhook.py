"""The webhook: its body, its signature, its headers."""

import hashlib
import hmac
import json
import re
import time
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
from pydantic import ValidationError

from playbooks.client import open_session
from playbooks.outside import OutsideError
from responder.emulators.pager import Mode, PagerEmulator
from responder.paging.webhook import Webhook, WebhookMethod, header_key, message, signature
from responder.secrets import Secret
from tests.responder.paging.pages import PAGE


@pytest.fixture
async def pager() -> AsyncIterator[PagerEmulator]:
    emulator = PagerEmulator()
    await emulator.start()
    yield emulator
    await emulator.stop()


@pytest.fixture
async def webhook() -> AsyncIterator[Webhook]:
    async with open_session() as session:
        yield Webhook(session)


GUIDE = (Path(__file__).parents[3] / "docs" / "guide" / "paging.md").read_text(encoding="utf-8")


def method(url: str, **told: Any) -> WebhookMethod:
    return WebhookMethod.model_validate({"kind": "webhook", "url": url} | told)


def test_the_body_holds_the_whole_page() -> None:
    assert message(PAGE) == {
        "version": 1,
        "key": "INC-7/1/1/ana/0",
        "thread": "INC-7",
        "event": "opened",
        "person": "ana",
        "step": 1,
        "incident": "INC-7",
        "priority": "critical",
        "title": "CRITICAL: web1 is down",
        "text": PAGE.text.rstrip("\n"),
        "server": "web1",
        "link": "https://responder.example.net/a/4fd0",
        "short": "CRITICAL: web1 is down\nhttps://responder.example.net/a/4fd0",
        "at": "2025-11-21T03:10:00+00:00",
    }


async def test_a_page_arrives_as_json_with_its_key(webhook: Webhook, pager: PagerEmulator) -> None:
    receipt = await webhook.page(PAGE, method(pager.hook_url))
    [taken] = pager.taken
    assert taken.json == message(PAGE)
    assert taken.headers["Content-Type"] == "application/json"
    assert taken.headers["Idempotency-Key"] == PAGE.key == receipt.reference
    assert "X-Responder-Signature" not in taken.headers


async def test_a_signature_covers_time_and_body(webhook: Webhook, pager: PagerEmulator) -> None:
    """Checked as a receiver would, with nothing of ours but the documented form."""
    await webhook.page(PAGE, method(pager.hook_url, secret_file=Secret.of("canary")))
    [taken] = pager.taken
    parts = re.fullmatch("t=([0-9]+),v1=([0-9a-f]{64})", taken.headers["X-Responder-Signature"])
    assert parts is not None
    signed = parts[1].encode() + b"." + taken.body
    assert hmac.new(b"canary", signed, hashlib.sha256).hexdigest() == parts[2]
    assert abs(time.time() - int(parts[1])) < 60


def test_a_signature_changes_with_time_body_and_secret() -> None:
    told = {
        signature("s", b"b", at=1),
        signature("t", b"b", at=1),
        signature("s", b"c", at=1),
        signature("s", b"b", at=2),
    }
    assert len(told) == 4


async def test_own_headers_are_sent_and_ours_can_not_be_replaced(
    webhook: Webhook, pager: PagerEmulator
) -> None:
    own = {"authorization": Secret.of("Bearer canary"), "idempotency-key": Secret.of("forged")}
    await webhook.page(PAGE, method(pager.hook_url, headers=own))
    [taken] = pager.taken
    assert taken.headers["Authorization"] == "Bearer canary"
    assert taken.headers["Idempotency-Key"] == PAGE.key


@pytest.mark.parametrize(
    ("mode", "transient", "ambiguous"),
    [
        (Mode.BAD_REQUEST, False, False),
        (Mode.THROTTLED, True, False),
        (Mode.BROKEN, True, True),
        (Mode.UNAVAILABLE, True, False),
        (Mode.RESET, True, True),
        (Mode.RESET_AFTER_ACCEPT, True, True),
    ],
)
async def test_every_answer_has_its_class(
    webhook: Webhook, pager: PagerEmulator, mode: Mode, transient: bool, ambiguous: bool
) -> None:
    pager.mode = mode
    with pytest.raises(OutsideError) as caught:
        await webhook.page(PAGE, method(pager.hook_url))
    assert (caught.value.transient, caught.value.ambiguous) == (transient, ambiguous)


@pytest.mark.parametrize(
    ("key", "told"),
    [
        ("INC-7/1/1/ana/0", "INC-7/1/1/ana/0"),
        ("a\r\nX-Admin: yes", "a%0D%0AX-Admin: yes"),
        ("ünï%", "%C3%BCn%C3%AF%25"),
        ("half \ud800", "half %3F"),
    ],
)
def test_a_key_fits_into_a_header(key: str, told: str) -> None:
    assert header_key(key) == told


@pytest.mark.parametrize(
    "told",
    [
        {"url": "ftp://example.net/"},
        {"url": "https://example.net/", "headers": {"X Y": Secret.of("a")}},
        {"url": "https://example.net/", "headers": {"X-Y:": Secret.of("a")}},
        {"url": "https://example.net/", "headers": {"Authorization": "Bearer inline"}},
    ],
)
def test_a_method_that_can_not_work_is_refused(told: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        method(**told)


def _example(language: str) -> str:
    """The one example in this language that the guide gives for the webhook."""
    [text] = re.findall(f"```{language}\n(.*?)```", GUIDE.partition("## webhook")[2], re.DOTALL)
    return str(text)


def test_the_guide_shows_the_body_as_it_is() -> None:
    assert json.loads(_example("json")).keys() == message(PAGE).keys()


@pytest.mark.parametrize(("age", "good"), [(0, True), (299, True), (301, False)])
def test_the_guide_tells_how_to_check_a_signature(age: int, good: bool) -> None:
    header = signature("canary", b"{}", at=int(time.time()) - age)
    names: dict[str, Any] = {"header": header, "secret": b"canary", "body": b"{}"}
    exec(_example("python"), {"hmac": hmac, "hashlib": hashlib, "time": time}, names)  # noqa: S102
    assert names["good"] is good
