"""Can whoever leads a major incident do so from a shell?"""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from responder.clock import HandClock
from tests.require import free_port
from tests.responder.cli.conftest import START, Desk
from tests.stories.brands import BRANDS
from tests.stories.stage import begin, firing, write_config


@pytest.fixture
async def shop(tmp_path: Path) -> AsyncIterator[Desk]:
    """A shell beside a daemon with two brands on one broken server."""
    clock = HandClock(START)
    stage = await begin(write_config(tmp_path, smtp=free_port(), more=BRANDS), clock=clock)
    await stage.send(firing())
    await stage.send(firing("db1", name="Slow"))
    yield Desk(stage, clock)
    await stage.daemon.end()


async def test_it_is_declared_told_and_ended(shop: Desk) -> None:
    lines = (await shop.call("incident", "major", "1", "--every", "15m")).stdout.splitlines()
    assert lines == [
        "incident 1 is major: web1 does not answer",
        "led by ana",
        "ana writes to customers",
        "FINDING: one person leads it and writes to customers",
        "customers hear by 2026-11-22 03:25 UTC",
    ]
    assert "ana leads, ana writes" in (await shop.call("incident", "show", "1")).stdout
    shop.clock.move(minutes=5)
    said = await shop.told("incident", "major", "1", "--told", "by telephone")
    assert said["major"]["next_update_at"] == "2026-11-22T03:30:00.000Z"
    caused = await shop.told("incident", "major", "1", "--cause", "a fuse", "--cause", "rain")
    assert caused["major"]["causes"] == ["a fuse", "rain"]
    ended = (await shop.call("incident", "major", "1", "--end")).stdout
    assert ended == "incident 1 is major no more: web1 does not answer\n"


async def test_drafts_are_shown_for_each_brand(shop: Desk) -> None:
    shown = (await shop.call("incident", "major", "1", "--draft")).stdout
    assert "--- acme, en, 1 customer" in shown
    assert "Wir wissen von einer Störung" in shown
    one = await shop.call(
        "incident", "major", "1", "--draft", "--brand", "acme", "--next-update", "30m"
    )
    assert "will reach you by 2026-11-22 05:40 (EET)" in one.stdout
    assert "blau" not in one.stdout
    wrong = await shop.call("incident", "major", "1", "--brand", "acme")
    assert wrong.exit_code == 2


async def test_incidents_are_linked_drawn_and_parted(shop: Desk) -> None:
    linked = (await shop.call("incident", "link", "1", "2", "--caused-by")).stdout
    assert linked == "incident 1 is caused by incident 2\n"
    shown = (await shop.call("incident", "graph", "1")).stdout.splitlines()
    assert shown[-1] == "1 is caused by 2"
    drawn = (await shop.call("incident", "graph", "1", "--dot")).stdout
    assert drawn.startswith("digraph incidents {\n")
    parted = (await shop.call("incident", "unlink", "1", "2", "--caused-by")).stdout
    assert parted == "incident 1 is not caused by incident 2\n"
    assert (await shop.told("incident", "graph", "1"))["links"] == []


async def test_the_look_back_is_printed(shop: Desk) -> None:
    shown = (await shop.call("incident", "review", "1")).stdout
    assert shown.startswith("# Review of incident 1: web1 does not answer\n")
    assert "\n  -\n" in shown
    assert (await shop.told("incident", "review", "1"))["incident"] == "1"
