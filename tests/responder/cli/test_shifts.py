"""Do `responder oncall hours` and `handover` say what shifts ask, and what they leave?"""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import structlog

from tests.responder.cli.conftest import Desk
from tests.responder.web.duty import on_duty
from tests.stories.stage import RESPONDER, firing


@pytest.fixture
async def desk(tmp_path: Path) -> AsyncIterator[Desk]:
    """A shell beside a company with rotas."""
    structlog.configure(logger_factory=structlog.ReturnLoggerFactory())
    async with on_duty(tmp_path) as (stage, clock):
        yield Desk(stage, clock)


async def test_hours_nights_weekends_and_what_is_too_much(desk: Desk) -> None:
    result = await desk.call("oncall", "hours", "--weeks", "1", "--since", "2026-11-16T00:00:00Z")
    assert result.stdout.splitlines() == [
        "PERSON  WEEK      HOURS  NIGHTS  WEEKEND SHIFTS  PAGES ASLEEP",
        "ana     2026-W47  48     0       1               0",
        "boris   2026-W47  77     3       2               0",
        "clara   2026-W47  52     3       1               0",
        "dora    2026-W47  8      0       0               0",
        "TOO MUCH for boris: 77 hours on call in week 47 of 2026, over 48",
        "TOO MUCH for clara: 52 hours on call in week 47 of 2026, over 48",
    ]


async def test_a_hand_over_tells_the_shift_to_whoever_comes(desk: Desk) -> None:
    stage = desk.stage
    await stage.send(firing())
    body = {"note": "the disk is ordered"}
    await stage.ask("POST", "/api/v1/incidents/1/ack", token=RESPONDER)
    await stage.ask("POST", "/api/v1/incidents/1/note", token=RESPONDER, body=body)
    result = await desk.call("oncall", "handover")
    lines = result.stdout.splitlines()
    assert lines[0] == (
        "Hand-over of rapid-response, Sat 21 Nov 19:00 to Sun 22 Nov 05:10"
        " (Europe/Sofia, 10 h 10 min)"
    )
    assert "Still open (1)" in lines
    assert any("since Sun 22 Nov 05:10, acknowledged, mira has it" in line for line in lines)
    assert "  05:10 #1 mira: the disk is ordered" in lines
    told = await desk.told("oncall", "handover", "--since", "2026-11-22T03:00:00Z")
    assert (told["since"], len(told["open"])) == ("2026-11-22T03:00:00.000Z", 1)
    assert "no rota is called" in await desk.refused("oncall", "handover", "--rota", "x")
