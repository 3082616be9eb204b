"""Can a manager look at inflow and digest from a shell?"""

import sys
from datetime import timedelta

import pytest

from responder.cli.inflow import DAYS_HEAD, week_lines
from tests.responder.cli.conftest import Desk
from tests.responder.management.history import Past, happened


@pytest.fixture
async def busy(desk: Desk) -> Desk:
    """Two weeks with a peak in the afternoon."""
    noon = desk.clock.now().replace(hour=14, minute=0)
    past = [
        Past(noon - timedelta(days=day, hours=-hour), "mail/quota", subject="mail is full")
        for day in range(1, 15)
        for hour in range(8)
    ]
    await desk.stage.daemon.world.store.write(happened, past)
    return desk


async def test_r90_inflow_names_the_best_shift_and_r91_what_could_be_automated(busy: Desk) -> None:
    shown = (await busy.call("inflow", "--weeks", "2")).stdout
    assert shown.splitlines()[0] == "112 tickets from 2026-11-08 to 2026-11-22, hours of UTC"
    assert "Best shift: 14:00 to 22:00, 100% of a day" in shown
    assert "\n14:00     14\n" in shown
    row = shown.split("Worth a playbook\n")[1].splitlines()[1].split()
    assert row[:4] == ["mail/quota", "112", "0", "new"]
    assert (await busy.told("inflow", "--zone", "Europe/Sofia"))["suggested"]["begins"] == 16


async def test_without_tickets_nothing_came(desk: Desk) -> None:
    assert "Nothing came." in (await desk.call("inflow")).stdout


async def test_the_digest_is_printed_as_it_would_be_sent(busy: Desk) -> None:
    shown = (await busy.call("digest")).stdout
    assert shown.startswith("# Support digest, 2026-11-08 to 2026-11-22\n\nTimes by UTC")
    assert "- mail/quota: 112 (new), " in shown
    told = await busy.told("digest", "--at", "2026-11-15T00:00:00Z")
    assert told["until"] == "2026-11-15T00:00:00.000Z"


def test_a_terminal_sees_the_week_as_a_picture(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys.stdout, "isatty", lambda: True, raising=False)
    quiet = {"day": "tue", "hours": [0] * 24}
    busy = {"day": "mon", "hours": [0] * 14 + [8] * 8 + [1, 0]}
    lines = list(week_lines([busy, quiet]))
    assert lines[:3] == [DAYS_HEAD, "mon  " + " " * 14 + "█" * 8 + "▁ ", "tue  " + " " * 24]
    assert lines[4 + 14] == "14:00      8 " + "█" * 30
    assert lines[4 + 22] == "22:00      1 " + "█" * 4
