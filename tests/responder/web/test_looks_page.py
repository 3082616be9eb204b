"""Does the page of looks show the worst first, and does the board lead to it?"""

from collections.abc import AsyncIterator
from pathlib import Path
from urllib.parse import quote

import aiohttp
import pytest

from alerts.observed import NEVER
from probes.model import UP, Issue, Phase, Severity, down, unknown, up
from responder.clock import HandClock
from responder.store import probes
from responder.web import looks_page
from tests.real.smtp import Mailbox
from tests.responder.eyes.made import at
from tests.responder.web.hostile import CORPUS
from tests.responder.web.looking import MORE, looked, told
from tests.responder.web.reading import Read, read
from tests.stories.stage import TOKEN, VIEWER, Stage, begin, write_config

REFUSED = down(Phase.CONNECT, "connection refused")
FULL = Issue("DISK_FULL", Severity.ERROR, "/home is full", about="/home")


@pytest.fixture
async def stage(tmp_path: Path, mailbox: Mailbox) -> AsyncIterator[Stage]:
    path = write_config(tmp_path, smtp=mailbox.port, more=MORE)
    stage = await begin(path, clock=HandClock(at(0)))
    yield stage
    await stage.daemon.end()


async def page(stage: Stage, path: str = "/looks", *, status: int = 200) -> Read:
    answered, told = await stage.ask("GET", path, token="")
    assert answered == status, told
    return read(told)


def links(shown: Read) -> list[str]:
    """The looks that are listed, in their order."""
    begin = "looks/history?key="
    return [one.removeprefix(begin) for one in shown.values("a", "href") if one.startswith(begin)]


async def test_before_the_first_look_nothing_is_known(stage: Stage) -> None:
    shown = await page(stage)
    assert "4 looks, none failing" in shown.text
    assert "… pending web1/tcp" in shown.text
    assert shown.values("p", "role") == []


async def test_the_worst_come_first_with_since_when_and_why(stage: Stage) -> None:
    looked(stage, "ping@127.0.0.8", unknown(Phase.RESOLVE, "the resolver refuses us"), 0)
    looked(stage, "ping@127.0.0.7", UP, 0)
    looked(stage, "web1/tcp", REFUSED, 0)
    looked(stage, "web1/http", down(Phase.TLS, "certificate expired"), 5, 25, 45)
    shown = await page(stage)
    assert links(shown) == ["web1/http", "web1/tcp", "ping%40127.0.0.8", "ping%40127.0.0.7"]
    for words in (
        "4 looks, 2 failing",
        "all 4 ▼ down 1 ◐ suspect 1 ? unknown 1 ✔ ok 1",
        "▼ down web1/http since 2026-11-21 12:00 UTC (40 s) certificate expired",
        "◐ suspect web1/tcp since 2026-11-21 12:00 UTC (45 s) connection refused (1 of 3)",
        "? unknown ping@127.0.0.8 since 2026-11-21 12:00 UTC (45 s) the resolver refuses us",
        "✔ ok ping@127.0.0.7 for 45 s",
    ):
        assert words in shown.text, words


async def test_what_answers_and_has_issues_comes_before_what_is_well(stage: Stage) -> None:
    for key in ("ping@127.0.0.7", "ping@127.0.0.8", "web1/http"):
        looked(stage, key, UP, 0)
    looked(stage, "web1/tcp", up(FULL), 0)
    shown = await page(stage, "/looks?state=ok")
    assert links(shown)[0] == "web1/tcp"
    said = "error, not sure yet: /home is full (DISK_FULL, since 2026-11-21 12:00 UTC)"
    assert said in shown.text


async def test_links_and_the_form_show_one_state_or_server(stage: Stage) -> None:
    looked(stage, "web1/tcp", REFUSED, 0)
    assert links(await page(stage, "/looks?state=suspect")) == ["web1/tcp"]
    assert len(links(await page(stage, "/looks?state=suspect&state=pending"))) == 4
    assert links(await page(stage, "/looks?server=web1")) == ["web1/tcp", "web1/http"]
    assert len(links(await page(stage, "/looks?server=&state="))) == 4  # an empty form
    shown = await page(stage, "/looks?server=web1&state=suspect")
    assert "2 looks, 1 failing at web1" in shown.text
    assert {"looks?server=web1", "looks?state=suspect&server=web1"} <= set(
        shown.values("a", "href")
    )
    assert shown.values("a", "aria-current") == ["page"]
    assert ("server", "web1") in zip(
        shown.values("input", "name"), shown.values("input", "value"), strict=False
    )
    assert "No look is like that." in (await page(stage, "/looks?server=web9")).text


@pytest.mark.parametrize("query", ["state=dead", "page=0", "page=x", f"server={'x' * 201}"])
async def test_what_cannot_be_shown_is_said_on_a_page(stage: Stage, query: str) -> None:
    shown = await page(stage, f"/looks?{query}", status=400)
    assert f"There is no such part of the looks {query.partition('=')[0]}" in shown.text


@pytest.fixture
def _short(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(looks_page, "AT_ONCE", 3)


@pytest.mark.usefixtures("_short")
async def test_many_looks_come_in_parts(stage: Stage) -> None:
    looked(stage, "web1/tcp", REFUSED, 0)
    first, second = await page(stage), await page(stage, "/looks?page=2")
    keys = links(first) + links(second)
    assert keys == ["web1/tcp", "ping%40127.0.0.7", "ping%40127.0.0.8", "web1/http"]
    assert "Part 1 of 2" in first.text
    assert first.values("a", "rel") == ["next"]
    assert second.values("a", "rel") == ["prev"]
    assert "looks?page=2" in first.values("a", "href")
    assert links(await page(stage, "/looks?page=99")) == links(second)  # the list has shrunk


async def test_while_we_are_blind_it_says_so_and_who_is_silent(stage: Stage) -> None:
    for name in ("gw", "mirror"):
        looked(stage, f"@ref/{name}", down(Phase.COMMAND, "no reply"), 0)
    for path in ("/looks", "/looks/history?key=web1/tcp", "/"):
        shown = await page(stage, path)
        assert "We are blind: no answer from gw, mirror." in shown.text
        assert "alert" in shown.values("p", "role")


async def test_the_board_counts_the_looks_and_leads_to_them(stage: Stage) -> None:
    looked(stage, "web1/tcp", REFUSED, 0)
    shown = await page(stage, "/")
    assert "4 looks, 1 failing" in shown.text
    assert "looks" in shown.values("a", "href")


async def test_looks_of_other_members_are_counted_as_the_store_knows_them(stage: Stage) -> None:
    looked(stage, "web1/tcp", REFUSED, 0, 20, 40)
    await told(stage)
    eyes = stage.daemon.world.eyes
    eyes.beliefs.plan((one for key, one in eyes.beliefs.looks.items() if key != "web1/tcp"), {})
    assert "▼ down web1/tcp" in (await page(stage)).text
    assert "4 looks, 1 failing" in (await page(stage, "/")).text
    assert "another member looks at it" in (await page(stage, "/looks/history?key=web1/tcp")).text


async def test_hostile_reasons_add_no_element_and_no_attribute(stage: Stage) -> None:
    def seen(text: str) -> None:
        issue = Issue(text or "x", Severity.ERROR, text, about=f"about {text}")
        looked(stage, "web1/tcp", down(Phase.BANNER, text), 0)
        looked(stage, "web1/http", up(issue), 0)

    async def skeletons() -> list[object]:
        paths = ("/looks", "/looks/history?key=web1/tcp", "/looks/history?key=web1/http")
        return [(await page(stage, path)).skeleton for path in paths]

    seen("plain")
    plain = await skeletons()
    beliefs = stage.daemon.world.eyes.beliefs
    for text in CORPUS:
        beliefs._standings = dict.fromkeys(beliefs._standings, NEVER)
        seen(text)
        assert await skeletons() == plain, text


async def test_hostile_servers_and_keys_in_the_address_stay_text(stage: Stage) -> None:
    plain = await page(stage, "/looks?server=plain")
    missing = await page(stage, "/looks/history?key=plain", status=404)
    for text in CORPUS:
        if len(text) <= 200:
            shown = await page(stage, f"/looks?server={quote(text)}")
            assert shown.skeleton == plain.skeleton
            other = await page(stage, f"/looks/history?key={quote(text)}", status=404)
            assert other.skeleton == missing.skeleton


@pytest.mark.parametrize(("token", "status"), [("", 401), (TOKEN, 403), (VIEWER, 200)])
async def test_under_another_name_it_needs_a_viewer(stage: Stage, token: str, status: int) -> None:
    headers = {"Host": "noc.example"}
    if token:
        headers["Authorization"] = f"Bearer {token}"
    async with aiohttp.ClientSession() as session:
        for path in ("/looks", "/looks/history?key=web1/tcp"):
            answer = await session.get(stage.url + path, headers=headers)
            assert answer.status == status


async def test_it_runs_no_script_and_asks_nobody_else(stage: Stage) -> None:
    looked(stage, "web1/tcp", REFUSED, 0)
    await told(stage)
    for path in ("/looks", "/looks/history?key=web1/tcp"):
        shown = await page(stage, path)
        assert not {"script", "style", "iframe", "img"} & set(shown.tags)
        names = {name for _, attributes in shown.skeleton for name in attributes}
        assert not [name for name in names if name == "style" or name.startswith("on")]
        assert not [one for one in shown.values("a", "href") if ":" in one or one[:1] == "/"]
        assert shown.tags.count("h1") == shown.tags.count("title") == shown.tags.count("main") == 1


async def test_the_store_tells_which_looks_stand_so(stage: Stage) -> None:
    looked(stage, "web1/tcp", REFUSED, 0, 20, 40)
    await told(stage)
    read_ = stage.daemon.world.store.read
    assert await read_(probes.keys_that_stand, ["down"]) == ["web1/tcp"]
    assert await read_(probes.keys_that_stand, ["ok"]) == []
