"""R96: does a customer's ticket come to the person whom he knows, while that one is on shift?"""

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from responder.clock import HandClock
from tests.responder.web.duty import ROTAS, START, company
from tests.stories.stage import Stage, begin, firing

RESELLERS = """
resellers:
  north: {server: web1, contact: clara, deputy: ana}
  south: {server: web1, contact: dora, deputy: clara}
  east: {server: web1, contact: dora, deputy: ana}
"""


@pytest.fixture
async def stage(tmp_path: Path) -> AsyncIterator[Stage]:
    """At ten past three at night, when Clara is on call and nobody else."""
    path = company(tmp_path, rotas=ROTAS + RESELLERS)
    stage = await begin(path, clock=HandClock(START))
    yield stage
    await stage.daemon.end()


async def ticket(stage: Stage, reseller: str, severity: str) -> Any:
    body = firing(name="QuotaFull", severity=severity, at=START, reseller=reseller)
    assert await stage.send(body) == 200
    for _ in range(3):
        await stage.daemon.world.duties["outbox"].turn()
        await stage.daemon.world.runner.settle()
    _, told = await stage.ask("GET", "/api/v1/tickets")
    (one,) = told["tickets"]
    return one


@pytest.mark.parametrize(
    ("reseller", "severity", "owner"),
    [
        ("north", "error", "clara"),  # his own person
        ("south", "error", "clara"),  # the deputy of one who is off shift
        ("east", "error", None),  # neither is there: whoever takes it
        ("north", "critical", None),  # nobody's preference is waited for
    ],
)
async def test_on_shift_the_own_person_else_the_deputy_and_never_for_what_is_critical(
    stage: Stage, reseller: str, severity: str, owner: str | None
) -> None:
    assert (await ticket(stage, reseller, severity))["owner"] == owner
    _, told = await stage.ask("GET", "/api/v1/incidents")
    assert told["incidents"][0]["acknowledged_by"] is None
