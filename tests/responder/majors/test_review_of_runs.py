"""Does the look back tell what playbooks did, and what their gates said?"""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from responder.clock import HandClock
from tests.responder.majors.test_review import part
from tests.responder.runs.company import EVERYTHING, begun, machines, settle, worked
from tests.responder.web.conftest import START
from tests.stories.stage import Stage, begin, firing


@pytest.fixture
async def stage(tmp_path: Path) -> AsyncIterator[Stage]:
    """A daemon with one playbook and the machines that it may switch."""
    bmc = machines()
    await bmc.start()
    one = await begin(settle(tmp_path, bmc), clock=HandClock(START))
    yield one
    await one.daemon.end()
    await bmc.stop()


async def playbooks(stage: Stage) -> list[str]:
    status, text = await stage.ask("GET", "/api/v1/incidents/1/review?format=markdown")
    assert status == 200
    return part(text, "Playbooks and gates")


async def test_a_run_that_was_stopped_names_the_check_and_its_reason(stage: Stage) -> None:
    await stage.send(firing())
    await begun(stage)
    await worked(stage)
    lines = await playbooks(stage)
    assert lines[0].startswith("- run 1 of off-and-on on web1, ")
    assert any("gate before off: no, by second\\_opinion" in line for line in lines)
    assert any(line.startswith("- check second\\_opinion: deny, ") for line in lines)


async def test_a_run_that_a_person_answers_for_names_him_at_each_check(stage: Stage) -> None:
    await stage.send(firing())
    await begun(stage, reason="I stand before it", overrules=EVERYTHING)
    await worked(stage)
    lines = await playbooks(stage)
    assert "done: done; began 2026-11-22 03:10:00" in lines[0]
    assert any("gate before off: yes" in line for line in lines)
    assert any(", overruled by admin" in line for line in lines)
