"""Does the crew of a run reach what its server has and nothing else, and write all of it down?"""

from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select

from playbooks.actions.model import Halted
from playbooks.outside import OutsideError
from playbooks.power.model import WrongDevice
from responder.clock import HandClock
from responder.emulators.redfish import RedfishEmulator
from responder.run_values import Consent, Run
from responder.runs.crew import RunCrew
from responder.runs.journal import Journal
from responder.store import claims, consents, gated, logs
from responder.store import runs as rows
from responder.store.tables import outbox
from tests.responder.runs.company import begun, machines, settle
from tests.responder.web.conftest import START
from tests.stories.stage import Stage, begin, firing


@pytest.fixture
def clock() -> HandClock:
    return HandClock(START)


@pytest.fixture
async def stage(tmp_path: Path, clock: HandClock) -> AsyncIterator[Stage]:
    """A running daemon; web1 hangs on a BMC, web2 on nothing."""
    bmc: RedfishEmulator = machines()
    await bmc.start()
    one = await begin(settle(tmp_path, bmc), clock=clock)
    yield one
    await one.daemon.end()
    await bmc.stop()


async def crew_of(stage: Stage, server: str = "web1") -> RunCrew:
    """The crew of a run that is claimed."""
    await stage.send(firing(server))
    await begun(stage, server=server, confirm=server)
    kit = stage.daemon.world.works.kit
    (run,) = await kit.store.write(claims.claim, owner="m", now=kit.clock.now(), limit=1)
    return RunCrew(kit, Journal(kit, run))


async def kept(stage: Stage) -> Run:
    (run,) = await stage.daemon.world.store.read(rows.by_ids, [1])
    return run


async def lines(stage: Stage) -> list[Any]:
    return await stage.daemon.world.store.read(logs.read, "run", 1)


async def test_a_server_has_its_own_device_and_no_other_s(stage: Stage) -> None:
    crew = await crew_of(stage)
    assert crew.power().expected().serial == "SN1"


async def test_what_a_server_does_not_have_is_said_by_name(stage: Stage) -> None:
    crew = await crew_of(stage, "web2")
    with pytest.raises(WrongDevice, match="web2 has no `power:`"):
        crew.power()
    with pytest.raises(OutsideError, match="web2 has no `panel:`"):
        crew.panel()
    with pytest.raises(OutsideError, match='has no "clean"'):
        crew.command("clean")
    with pytest.raises(OutsideError, match="web2 stands in no `datacentre`"):
        crew.datacentre()
    with pytest.raises(OutsideError, match='no kind or module "telepathy"'):
        await crew.look(("telepathy",))


async def test_a_thrown_kill_switch_stops_before_the_intent(stage: Stage) -> None:
    crew = await crew_of(stage)
    stage.daemon.world.works.kill.path.write_text("cage")
    with pytest.raises(Halted, match="cage"):
        await crew.intend("off")
    assert (await kept(stage)).intent is None


@pytest.mark.parametrize("outcome", ["done", "failed", "refused", "unknown"])
async def test_only_an_unknown_outcome_leaves_the_intent_open(stage: Stage, outcome: str) -> None:
    crew = await crew_of(stage)
    await crew.intend("off", device="bmc 1")
    await crew.result("off", outcome, reason="so\x00")
    run = await kept(stage)
    assert (run.intent is not None) is (outcome == "unknown")
    assert crew.case(began_at=START, deadline=START, title="").told == "off"
    (line,) = (await lines(stage))[-1:]
    assert (line.kind, line.data["outcome"]) == ("result", outcome)
    assert "\x00" not in line.data["reason"]


async def test_an_account_that_refused_us_rests_for_everybody(stage: Stage) -> None:
    crew = await crew_of(stage)
    await crew.intend("on")
    await crew.result("on", "refused", reason="no such user", pause=60.0)
    store, account = stage.daemon.world.store, crew.power().account()
    assert "no such user" in await store.read(gated.paused, account, now=START)


async def test_what_is_told_twice_in_one_step_is_told_once(stage: Stage) -> None:
    """After a crash the step tells it again."""
    crew = await crew_of(stage)
    first = await crew.tell("page", text="look at it")
    assert await crew.tell("page", text="look at it") == first == "paged ana"
    store = stage.daemon.world.store
    found = await store.read(lambda tx: tx.execute(select(outbox.c.payload)).scalars().all())
    assert [one["person"] for one in found if one.get("event") == "needed"] == ["ana"]
    again = RunCrew(stage.daemon.world.works.kit, Journal(stage.daemon.world.works.kit, crew.run))
    assert await again.tell("page", text="look at it") == first


async def test_what_is_kept_is_there_for_whoever_comes_next(stage: Stage) -> None:
    crew = await crew_of(stage)
    await crew.keep({"since": "noon"})
    await crew.say("it is dark\x00")
    run = await kept(stage)
    assert run.memory["action"] == {"since": "noon"}
    next_ = RunCrew(stage.daemon.world.works.kit, Journal(stage.daemon.world.works.kit, run))
    case = next_.case(began_at=START, deadline=START, title="web1 is down")
    assert (case.memory, case.server, case.told) == ({"since": "noon"}, "web1", "")
    assert (await lines(stage))[-1].words == "it is dark\ufffd"


async def test_without_looks_of_its_own_a_server_is_pinged(stage: Stage) -> None:
    crew = await crew_of(stage)
    assert list(await crew.look(())) == ["ping"]


async def test_approvals_are_those_of_this_very_question(stage: Stage) -> None:
    crew = await crew_of(stage)
    assert await crew.approvals() == []
    for digest, person in (("this", "ana"), ("another", "mira")):
        one = Consent(1, crew.run.step, digest, person, START)
        await stage.daemon.world.store.write(consents.put, one)
    journal = crew._journal
    journal.run = replace(journal.run, asked={"digest": "this"})
    assert [one.person for one in await crew.approvals()] == ["ana"]
    journal.run = replace(journal.run, asked={}, memory={"agreed": "this"})
    assert [one.person for one in await crew.approvals()] == ["ana"]
