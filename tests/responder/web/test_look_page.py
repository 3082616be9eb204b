"""Does the page of one look tell what it is, how it stands, and how it stood?"""

from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path

import pytest

from probes.model import UP, Phase, down
from responder.clock import HandClock
from responder.store import probes
from responder.store.probes import Change, Hour
from responder.web.look_page import TALL, Bar, bars
from responder.web.pages import took
from tests.real.smtp import Mailbox
from tests.responder.eyes.made import at
from tests.responder.web.looking import MORE, looked, told
from tests.responder.web.reading import Read, read
from tests.stories.stage import RESPONDER, Stage, begin, write_config

REFUSED = down(Phase.CONNECT, "connection refused")


@pytest.fixture
async def stage(tmp_path: Path, mailbox: Mailbox) -> AsyncIterator[Stage]:
    path = write_config(tmp_path, smtp=mailbox.port, more=MORE)
    stage = await begin(path, clock=HandClock(at(0)))
    yield stage
    await stage.daemon.end()


async def page(stage: Stage, key: str = "web1/tcp", *, status: int = 200) -> Read:
    answered, told = await stage.ask("GET", f"/looks/history?key={key}", token="")
    assert answered == status, told
    return read(told)


def hour(hours: float, looks: int = 60, failed: int = 0, unknown: int = 0) -> Hour:
    """The figures of so many hours after noon."""
    return Hour("web1/tcp", at(hours * 3600), looks, failed, unknown, looks * 0.02, 1.8)


async def test_it_says_what_is_looked_at_and_how_often(stage: Stage) -> None:
    shown = await page(stage)
    for words in (
        "web1/tcp … pending Server web1 Asks tcp Target 127.0.0.2:25 Looked at every 1 min; "
        "3 failures 20 s apart are trouble Last look none since this process began",
        "No figures yet",
        "It has always stood so.",
    ):
        assert words in shown.text, words
    assert "../looks?server=web1" in shown.values("a", "href")


async def test_it_tells_how_it_stands_and_every_change(stage: Stage) -> None:
    looked(stage, "web1/tcp", UP, -600)
    looked(stage, "web1/tcp", REFUSED, 0, 20, 40)
    await told(stage)
    looked(stage, "web1/tcp", UP, 100)
    await told(stage)
    looked(stage, "ping@127.0.0.7", UP, 130)
    shown = await page(stage)
    for words in (
        "△ recovering since 2026-11-21 12:00 UTC (2 min) connection refused (phase connect)",
        "Last look up, 2026-11-21 12:01 UTC (30 s ago)",
        "Changes 2026-11-21 12:01 UTC △ recovering for 30 s so far: connection refused",
        "2026-11-21 12:00 UTC ▼ down for 1 min: connection refused (phase connect)",
        "2026-11-21 12:00 UTC ◐ suspect for 40 s: connection refused",
        "2026-11-21 11:50 UTC ✔ ok for 10 min",
    ):
        assert words in shown.text, words


async def test_it_leads_to_the_incident_on_the_board(stage: Stage) -> None:
    assert "Incidents" not in (await page(stage)).text
    looked(stage, "web1/tcp", REFUSED, 0, 20, 40)
    looked(stage, "web1/http", UP, 40)
    await told(stage)
    await stage.ask("POST", "/api/v1/incidents/1/ack", token=RESPONDER)
    shown = await page(stage)
    assert "Incident 1: tcp on web1 fails: connection refused" in shown.text
    assert "mira has it" in shown.text
    assert "../#incident-1" in shown.values("a", "href")
    _, board = await stage.ask("GET", "/", token="")
    assert "incident-1" in read(board).values("li", "id")
    assert "Incidents" not in (await page(stage, "web1/http")).text


async def test_a_machine_that_is_down_is_the_incident_of_all_its_looks(stage: Stage) -> None:
    looked(stage, "ping@127.0.0.7", REFUSED, 0, 20, 40)
    looked(stage, "web1/tcp", REFUSED, 0, 20, 40)
    looked(stage, "web1/http", REFUSED, 0, 20, 40)
    await told(stage)
    for key in ("web1/tcp", "web1/http"):
        shown = await page(stage, key)
        assert "web1 is down: all of its 2 looks fail" in shown.text
    assert "web1 is down" not in (await page(stage, "ping@127.0.0.7")).text
    assert "ping fails: connection refused" in (await page(stage, "ping@127.0.0.7")).text


async def test_the_hours_are_a_picture_and_a_table(stage: Stage) -> None:
    await stage.daemon.world.store.write(
        probes.add_hours, [hour(-1, failed=6, unknown=3), hour(-2), hour(-60)]
    )
    shown = await page(stage)
    assert "120 looks: 6 failed, 3 could not tell." in shown.text
    assert "11-21 11h 60 6 3 20 ms 1.8 s 11-21 10h 60 0 0 20 ms 1.8 s" in shown.text
    assert "11-19" not in shown.text
    assert shown.values("div", "tabindex") == ["0"]  # a narrow screen scrolls the table alone
    assert shown.values("svg", "role") == ["img"]
    assert shown.values("rect", "class") == ["up", "up", "unclear", "failed"]
    assert shown.values("th", "scope") == ["col"] * 6 + ["row"] * 2


async def test_what_nobody_looks_at_any_more_has_its_history(stage: Stage) -> None:
    change = Change("web7/tcp", at(-60), "strange", reason="of another version")
    await stage.daemon.world.store.write(probes.keep, states=[], changes=[change])
    shown = await page(stage, "web7/tcp")
    assert "Last look nobody looks at it any more" in shown.text
    assert "■ strange for 1 min so far: of another version" in shown.text


@pytest.mark.parametrize(
    ("key", "status", "words"),
    [
        ("web9/tcp", 404, "There is no such look Nothing is called web9/tcp."),
        ("@ref/gw", 404, "There is no such look"),
        ("", 400, "Which look?"),
        ("x" * 4001, 400, "Which look?"),
    ],
)
async def test_what_is_no_look_is_said_on_a_page(
    stage: Stage, key: str, status: int, words: str
) -> None:
    assert words in (await page(stage, key, status=status)).text


def test_a_bar_shows_what_failed_however_little_and_leaves_gaps() -> None:
    now = at(1800)
    told = [hour(-48), hour(-47), hour(-1, 60, 60), hour(0, 1000, 1, 1), hour(-5, 0)]
    assert list(bars(told, now)) == [
        Bar(0.0, TALL, 0.0, 0.0), Bar(460.0, 0.0, 0.0, TALL), Bar(470.0, 34.0, 3.0, 3.0),
    ]  # fmt: skip
    (full,) = bars([hour(0, 60, 57, 3)], now + timedelta(minutes=1))
    assert full.up + full.unknown + full.failed == TALL


@pytest.mark.parametrize(
    ("seconds", "words"), [(0.0, "0 ms"), (0.0234, "23 ms"), (0.9996, "1.0 s"), (12.34, "12.3 s")]
)
def test_how_long_a_look_took_is_short_to_read(seconds: float, words: str) -> None:
    assert took(seconds) == words
