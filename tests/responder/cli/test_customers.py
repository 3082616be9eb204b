"""Can an agent see and write to customers from a shell?"""

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
    yield Desk(stage, clock)
    await stage.daemon.end()


async def test_customers_are_listed(shop: Desk) -> None:
    lines = (await shop.call("customers", "list")).stdout.splitlines()
    assert lines[0].split() == ["CUSTOMER", "BRAND", "LANGUAGE", "WAY", "TO"]
    assert lines[1].split() == ["reseller:anna", "acme", "en", "mail", "anna@customer.example"]
    assert lines[-1] == "cannot be told: reseller:carl (it has no mail)"
    assert (await shop.told("customers", "list", "--brand", "blau"))["total"] == 1


async def test_words_are_shown_then_sent_then_seen(shop: Desk) -> None:
    words = ("incident", "tell", "1", "A disk is being replaced.", "--next-update", "30m")
    shown = (await shop.call(*words, "--preview")).stdout
    assert "To 1 of blau (de): reseller:bert" in shown
    assert "bis 2026-11-22 04:40 (CET)" in shown
    assert shown.splitlines()[-1] == "Nothing was sent."
    assert (await shop.told("customers", "show", "1"))["told"] == []
    assert (await shop.call(*words)).stdout == "2 messages on the way\n"
    lines = (await shop.call("customers", "show", "1")).stdout.splitlines()
    assert "reseller:anna" in lines[1]
    assert "queued" in lines[1]


async def test_words_for_one_brand(shop: Desk) -> None:
    told = await shop.told("incident", "tell", "1", "Nur für Sie.", "--brand", "blau")
    assert [one["customer"] for one in told["told"]] == ["reseller:bert"]
    shown = (await shop.call("customers", "show", "1")).stdout
    assert "concerned, and told nothing: reseller:anna" in shown


async def test_words_that_say_too_much_are_refused(shop: Desk) -> None:
    result = await shop.call("incident", "tell", "1", "web1 is down")
    assert result.exit_code == 1
    assert '"web1" is a server of ours' in result.stderr
    assert (await shop.told("customers", "show", "1"))["told"] == []


async def test_a_preview_of_the_opening(shop: Desk) -> None:
    shown = (await shop.call("customers", "show", "1", "--preview")).stdout
    assert "Subject: Acme Hosting: disruption of your services" in shown
    assert "Nothing was sent." in shown
