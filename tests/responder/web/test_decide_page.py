"""Does a link let its person answer one question, having typed the machine, and do nothing else?"""

import asyncio
import contextlib
from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path
from urllib.parse import urlencode

import aiohttp
import pytest

from responder.clock import HandClock
from responder.emulators.redfish import RedfishEmulator
from responder.links import Grant
from responder.run_values import RunState
from responder.store import StoreUnavailable
from tests.responder.runs.asking import DIGEST
from tests.responder.runs.company import asking, begun, machines, put, settle
from tests.responder.web.deciding import YES, get, journal, path, press
from tests.responder.web.hostile import CORPUS
from tests.responder.web.reading import Read, read
from tests.stories.stage import Stage, begin, firing

SMALL = 30_000  # bytes of a page with its style sheet


@pytest.fixture
async def bmc() -> AsyncIterator[RedfishEmulator]:
    """The machines of the company."""
    one = machines()
    await one.start()
    yield one
    await one.stop()


@pytest.fixture
async def stage(tmp_path: Path, clock: HandClock, bmc: RedfishEmulator) -> AsyncIterator[Stage]:
    """A run on web1 asks whether to switch it off; ana and petar may be called."""
    path = settle(tmp_path, bmc)
    petar = "people:\n  petar: {methods: [{kind: email, to: p@example.net}]}\n"
    path.write_text(path.read_text().replace("people:\n", petar))
    one = await begin(path, clock=clock)
    await one.send(firing())
    await begun(one)
    await asking(one)
    yield one
    with contextlib.suppress(StoreUnavailable):
        await one.daemon.end()


async def test_a_look_shows_the_machine_and_changes_nothing(stage: Stage) -> None:
    link = path(stage)
    _, before = await stage.ask("GET", "/api/v1/runs/1")
    for method in ("GET", "HEAD", "GET"):
        assert (await stage.ask(method, link, token=""))[0] == 200
    status, page = await get(stage, link)
    assert status == 200
    for words in (
        "waiting off-and-on on web1 switch web1 off, and see that it is off",
        "Serial SN1",
        "Power redfish",
        "Asked until 2026-11-22 03:20 UTC, 10 min from now",
        "You answer as ana.",
        "wait approval: 0 of 1 approved",
    ):
        assert words in page.text, words
    assert page.tags.count("button") == 2
    assert (await stage.ask("GET", "/api/v1/runs/1"))[1] == before


async def test_every_field_has_its_label_and_every_button_its_words(stage: Stage) -> None:
    checks = [{"name": "blind", "ruling": "wait", "reason": "the references do not answer"}]
    await put(stage, RunState.WAITING, checks=checks)
    _, told = await stage.ask("GET", path(stage), token="")
    page = read(told)
    fields = set(page.values("input", "id"))
    assert fields == {"name", "reason"} == set(page.values("label", "for"))
    assert told.count('<label><input type="checkbox"') == 1
    assert page.values("button", "value") == ["yes", "no"]
    assert page.values("html", "lang") == ["en"]
    assert page.tags.count("h1") == 1


async def test_a_yes_with_the_right_name_is_kept_as_that_persons(stage: Stage) -> None:
    link = path(stage)
    assert (await press(stage, link))[0] == 303
    assert await journal(stage) == [("approved", "ana")]
    status, page = await get(stage, link)
    assert (status, "form" in page.tags) == (200, False)
    assert "You have said yes." in page.text
    _, other = await get(stage, path(stage, person="petar"))
    assert "form" in other.tags


async def test_another_name_is_no_yes_and_the_page_says_what_to_type(stage: Stage) -> None:
    for name in ("", "web2", "WEB1", "web1 web2", "web1\0"):
        status, page = await press(stage, path(stage), {**YES, "name": name})
        assert status == 400, name
        assert 'type the name "web1"' in page.text
        assert page.values("p", "id") == page.values("input", "aria-describedby") == ["refusal"]
    assert (await press(stage, path(stage), {**YES, "name": " web1 "}))[0] == 303
    assert await journal(stage) == [("approved", "ana")]


@pytest.mark.parametrize(
    "body",
    [
        "", "name=web1", "answer=&name=web1", "answer=maybe&name=web1", "name=web1&answer=YES",
        "answer=yes&answer=no&name=web1", "answer=no&answer=yes&name=web1", "{}", "&" * 100,
        "a=1&" * 60 + "answer=yes&name=web1",
    ],
)  # fmt: skip
async def test_what_is_not_plainly_yes_or_no_is_neither(stage: Stage, body: str) -> None:
    status, page = await press(stage, path(stage), body.encode())
    assert (status, "say yes or no" in page.text) == (400, True)
    assert await journal(stage) == []


async def test_bytes_that_are_no_text_are_no_answer(stage: Stage) -> None:
    assert (await press(stage, path(stage), b"answer=yes&name=web1\xff\xfe"))[0] == 400
    status, _ = await stage.ask("POST", path(stage), token="", body={"answer": "yes"})
    assert status == 400
    assert await journal(stage) == []


async def test_a_form_too_large_is_not_read(stage: Stage) -> None:
    body = urlencode({**YES, "reason": "x" * 9000}).encode()
    async with aiohttp.ClientSession() as session:
        answer = await session.post(stage.url + path(stage), data=body)
        assert answer.status == 413
    assert await journal(stage) == []


async def test_a_second_press_changes_nothing(stage: Stage, clock: HandClock) -> None:
    link = path(stage)
    await asyncio.gather(*(press(stage, link) for _ in range(5)))
    clock.move(seconds=30)
    assert (await press(stage, link))[0] == 303
    assert await journal(stage) == [("approved", "ana")]


async def test_a_no_ends_the_question_for_everybody(stage: Stage) -> None:
    link = path(stage)
    assert (await press(stage, link, {"answer": "no", "reason": "disks"}))[0] == 303
    assert (await press(stage, link, {"answer": "no", "reason": "again"}))[0] == 303
    assert await journal(stage) == [("rejected", "ana")]
    for person in ("ana", "petar"):
        _, page = await get(stage, path(stage, person=person))
        assert "ana has said no." in page.text
        assert "form" not in page.tags
    status, page = await press(stage, path(stage, person="petar"))
    assert status == 400
    assert await journal(stage) == [("rejected", "ana")]


async def test_to_overrule_the_gate_takes_a_reason(stage: Stage) -> None:
    checks = [
        {"name": "blind", "ruling": "deny", "reason": "nothing answers"},
        {"name": "identity", "ruling": "deny", "reason": "another machine"},
        {"name": "storm", "ruling": "deny", "reason": "a storm", "never": True},
    ]
    await put(stage, RunState.WAITING, checks=checks)
    _, page = await get(stage, path(stage))
    offered = page.values("input", "value")
    assert offered == ["blind"]
    status, page = await press(stage, path(stage), {**YES, "overrule": "blind"})
    assert (status, "say why you overrule it" in page.text) == (400, True)
    status, _ = await press(stage, path(stage), {**YES, "overrule": "identity", "reason": "me"})
    assert status == 400
    assert await journal(stage) == []
    form = {**YES, "overrule": "blind", "reason": "I stand beside it"}
    assert (await press(stage, path(stage), form))[0] == 303
    _, run = await stage.ask("GET", "/api/v1/runs/1")
    (given,) = run["approvals"]
    assert (given["overrules"], given["reason"], given["via"]) == (
        ["blind"], "I stand beside it", "link",
    )  # fmt: skip


async def test_a_new_question_is_not_answered_by_the_old_link(stage: Stage) -> None:
    old = path(stage)
    await put(stage, RunState.WAITING, asked={
        "digest": "e" * 64, "since": "2026-11-22T03:10:00+00:00",
        "until": "2026-11-22T03:20:00+00:00", "action": "power.on", "would": "switch web1 on",
    })  # fmt: skip
    _, page = await get(stage, old)
    assert "asked no more" in page.text
    assert "form" not in page.tags
    for form in (YES, {"answer": "no"}):
        assert (await press(stage, old, form))[0] == 400
    assert await journal(stage) == []


async def test_a_question_that_is_over_is_shown_and_not_asked(stage: Stage) -> None:
    link = path(stage)
    await put(stage, RunState.ABORTED, asked={}, wake_at=None)
    status, page = await get(stage, link)
    assert (status, "form" in page.tags) == (200, False)
    assert "the run is aborted" in page.text
    assert (await press(stage, link))[0] == 400
    assert await journal(stage) == []


async def unusable(stage: Stage, link: str, status: int, words: str) -> None:
    """Neither shows nor does anything; says why on a page of its own."""
    for answered, page in (await get(stage, link), await press(stage, link)):
        assert answered == status, link
        assert words in page.text
        assert "web1" not in page.text
        assert "form" not in page.tags
    assert await journal(stage) == []


async def test_a_link_that_was_altered_opens_nothing(stage: Stage) -> None:
    body, _, signature = path(stage).removeprefix("/r/").partition(".")
    other = path(stage, person="petar").removeprefix("/r/").partition(".")[0]
    until = stage.daemon.world.clock.now() + timedelta(hours=1)
    acknowledge = stage.daemon.world.links.acknowledge(Grant(1, 1, "ana", until))
    for token in (
        f"{other}.{signature}", f"{body}.{signature[:-1]}", f"{body}.{signature}x", f"{body}.",
        body, f"{body}.{'A' * 24}", f"{body[:-1]}.{signature}", f"{body}%00.{signature}",
        f"{body}.{signature}.{signature}", "%F0%9F%94%A5.%F0%9F%94%A5", "x" * 5000,
        acknowledge.rpartition("/")[2],
    ):  # fmt: skip
        await unusable(stage, f"/r/{token}", 403, "This is no link of ours")


async def test_a_link_to_decide_acknowledges_nothing(stage: Stage) -> None:
    token = path(stage).removeprefix("/r/")
    assert (await stage.ask("POST", f"/a/{token}", token=""))[0] == 403
    _, incident = await stage.ask("GET", "/api/v1/incidents/1")
    assert incident["acknowledged_by"] is None


async def test_an_old_link_one_of_a_leaver_and_one_of_no_run_are_of_no_use(
    stage: Stage, clock: HandClock
) -> None:
    old = path(stage)
    await unusable(stage, path(stage, person="gone"), 403, "gone is not on the team any more")
    await unusable(stage, path(stage, run=99), 410, "This run is gone")
    clock.move(minutes=10)
    await unusable(stage, old, 410, "This question is too old")


async def test_a_link_without_a_question_answers_none(stage: Stage) -> None:
    link = path(stage, digest="")
    _, page = await get(stage, link)
    assert "form" not in page.tags
    assert (await press(stage, link))[0] == 400
    assert await journal(stage) == []


async def test_while_nothing_can_be_stored_the_page_says_so(stage: Stage) -> None:
    link = path(stage)
    await stage.daemon.world.store.close()
    for status, page in (await get(stage, link), await press(stage, link)):
        assert status == 503
        assert "It could not be stored" in page.text


async def test_the_page_is_small_and_kept_by_nobody(stage: Stage) -> None:
    words = "many words " * 300
    results = {"off": {"outcome": "failed", "text": words, "values": {}}}
    await put(stage, RunState.WAITING, waits_for=words, results=results)
    async with aiohttp.ClientSession() as session:
        page = await session.get(stage.url + path(stage))
        told = await page.text()
        assert page.headers["Cache-Control"] == "no-store"
        assert "noindex" in page.headers["X-Robots-Tag"]
        assert page.headers["Referrer-Policy"] == "no-referrer"
        assert page.headers["Content-Security-Policy"].startswith("default-src 'none'")
        assert "form-action 'self'" in page.headers["Content-Security-Policy"]
    _, style = await stage.ask("GET", "/static/page.css", token="")
    assert len(told.encode()) + len(style.encode()) < SMALL


async def test_what_strangers_wrote_stays_text(stage: Stage) -> None:
    async def shaped(text: str) -> Read:
        _, run = await stage.ask("GET", "/api/v1/runs/1")
        asked = {
            "digest": DIGEST, "since": run["asked"]["since"], "until": run["asked"]["until"],
            "action": "power.off", "would": text,
        }  # fmt: skip
        checks = [{"name": "blind", "ruling": "deny", "reason": text, "overruled_by": ""}]
        results = {"on": {"outcome": "ok", "text": text, "values": {}}}
        await put(stage, RunState.WAITING, asked=asked, checks=checks, results=results,
                  waits_for=text, requested_by=text, reason=text)  # fmt: skip
        status, page = await get(stage, path(stage))
        assert status == 200
        return page

    plain = (await shaped("plain")).skeleton
    for text in CORPUS:
        page = await shaped(text)
        assert page.skeleton == plain, text
