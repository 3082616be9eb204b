"""Does one member work on many runs, and does none of them get in the others' way?"""

import asyncio
import json
from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import insert, select, update

from playbooks.actions.power import PowerOff
from playbooks.power.model import known_as
from playbooks.power.redfish import RedfishPower
from responder.clock import HandClock
from responder.config import Config
from responder.configfile import load
from responder.emulators.redfish import PASSWORD, RedfishEmulator
from responder.run_values import Act, RunState
from responder.runs.gatekeeping import digest_of
from responder.runs.runner import RunRunner
from responder.store import Tx, claims, gated
from responder.store import runs as rows
from responder.store.run_tables import playbook_copy
from responder.store.run_tables import run as table
from responder.store.tables import outbox
from tests.responder.runs.company import begun, machines, put, settle, worked
from tests.responder.web.conftest import START
from tests.stories.stage import Stage, begin, firing

FUTURE = {"playbook": "off-and-on", "safety": {"mode": "auto", "moon": "full"}, "steps": [
    {"id": "off", "uses": "power.off"}, {"id": "on", "uses": "power.levitate"},
]}  # fmt: skip


@pytest.fixture
def clock() -> HandClock:
    return HandClock(START)


@pytest.fixture
async def bmc() -> AsyncIterator[RedfishEmulator]:
    """The machines of the company."""
    one = machines()
    await one.start()
    yield one
    await one.stop()


@pytest.fixture
async def stage(tmp_path: Path, clock: HandClock, bmc: RedfishEmulator) -> AsyncIterator[Stage]:
    """A running daemon with one playbook; its duties stand still."""
    one = await begin(settle(tmp_path, bmc), clock=clock)
    yield one
    await one.daemon.end()


async def told(stage: Stage, id_: int = 1) -> Any:
    _, run = await stage.ask("GET", f"/api/v1/runs/{id_}")
    return run


async def calls(stage: Stage) -> list[str]:
    """What people were called for."""
    store = stage.daemon.world.store
    found = await store.read(lambda tx: tx.execute(select(outbox.c.payload)).scalars().all())
    return [one["why"] for one in found if one.get("event") == "needed"]


async def from_the_future(stage: Stage, **changes: Any) -> None:
    """The run goes by a copy that a later version of us has written."""
    await stage.send(firing())
    await begun(stage)
    copy = {"hash": "f" * 64, "text": json.dumps(FUTURE), "first_at": START}
    now = stage.daemon.world.clock.now()

    def written(tx: Tx) -> None:
        tx.execute(insert(playbook_copy).values(copy))
        tx.execute(update(table).values(hash=copy["hash"]))

    await stage.daemon.world.store.write(written)
    await put(stage, RunState.WAITING, wake_at=now, **changes)


async def test_a_copy_that_this_version_can_not_read_ends_at_a_person(stage: Stage) -> None:
    await from_the_future(stage)
    await worked(stage)
    run = await told(stage)
    assert run["state"] == "unknown"
    (why,) = await calls(stage)
    assert "outcome unknown at off: a fault of the program" in why
    assert "moon" in why


async def test_that_person_can_read_it_and_end_it(stage: Stage) -> None:
    await from_the_future(stage)
    await worked(stage)
    status, page = await stage.ask("GET", "/runs/1")
    assert (status, "power.levitate" in page) == (200, True)
    status, refusal = await stage.ask(
        "POST", "/api/v1/runs/1/continue", body={"outcome": "done", "note": "did it by hand"}
    )
    assert status == 409
    assert "can't read the run's copy" in refusal["error"]["message"]
    assert (await stage.ask("POST", "/api/v1/runs/1/abort", body={}))[0] == 200
    assert (await told(stage))["state"] == "aborted"


async def test_it_says_when_the_machine_is_off(stage: Stage) -> None:
    await from_the_future(stage, memory={"left": "off"})
    await worked(stage)
    (why,) = await calls(stage)
    assert "the machine was left OFF by this run" in why


async def test_one_that_can_not_even_be_buried_is_in_nobodys_way(stage: Stage) -> None:
    """Its incident is gone; the others go on at the next turn."""
    await from_the_future(stage)
    works = stage.daemon.world.works
    await works.runner.turn()
    await asyncio.gather(*works.runner._tasks, return_exceptions=True)
    (run, error) = works.runner._broken[0]
    await works.kit.store.write(rows.change, run, [], now=works.kit.clock.now())
    works.runner._broken.append((run, error))
    await works.runner.turn()
    assert works.runner._broken == []
    assert (await told(stage))["state"] == "running"  # somebody else's: it is left alone
    assert await calls(stage) == []


async def test_it_takes_no_more_than_it_has_hands(stage: Stage) -> None:
    await stage.send(firing())
    await begun(stage)
    runner = RunRunner(stage.daemon.world.works.kit, member="m", hands=0)
    await runner.turn()
    assert (await told(stage))["state"] == "due"


async def test_an_earlier_life_is_taken_up_at_once(stage: Stage, clock: HandClock) -> None:
    await stage.send(firing())
    await begun(stage)
    store, name = stage.daemon.world.store, stage.daemon.world.works.runner._member
    (held,) = await store.write(claims.claim, owner=name, now=clock.now(), limit=1)
    assert await stage.daemon.world.works.runner.release_own() == 1
    (again,) = await store.write(claims.claim, owner="other", now=clock.now(), limit=1)
    assert again.fence > held.fence + 1
    with pytest.raises(rows.LostRun):
        await store.write(rows.save, held, [], now=clock.now())


async def test_a_lost_member_is_waited_for_as_long_as_its_claim(
    stage: Stage, clock: HandClock
) -> None:
    await stage.send(firing())
    await begun(stage)
    store = stage.daemon.world.store
    assert len(await store.write(claims.claim, owner="lost", now=clock.now(), limit=1)) == 1
    clock.move(seconds=rows.LEASE.total_seconds() - 1)
    await worked(stage)
    (run,) = await store.read(rows.by_ids, [1])
    assert run.owner == "lost"
    clock.move(seconds=1)
    await worked(stage)
    (run,) = await store.read(rows.by_ids, [1])
    assert run.owner != "lost"


async def test_an_approval_is_not_for_another_device(stage: Stage) -> None:
    """Whoever said yes saw another one: he is asked anew."""
    await stage.send(firing())
    await begun(stage)
    (run,) = await stage.daemon.world.store.read(rows.by_ids, [1])
    path = stage.folder / "responder.yaml"

    def hangs_on() -> Any:
        part = load(path, Config).value.servers["web1"].power
        assert part is not None
        assert PASSWORD not in repr(part)
        return part

    before = digest_of(run, PowerOff(), hangs_on())
    assert digest_of(run, PowerOff(), hangs_on()) == before
    for old, new in (("Systems/web1", "Systems/web2"), ("SN1", "SN9"), ("user: ", "user: x")):
        path.write_text(path.read_text().replace(old, new))
        assert digest_of(run, PowerOff(), hangs_on()) != before


async def test_what_was_let_through_long_ago_needs_a_fresh_yes(
    stage: Stage, clock: HandClock
) -> None:
    await stage.send(firing())
    await begun(stage)
    kit = stage.daemon.world.works.kit
    (run,) = await kit.store.read(rows.by_ids, [1])
    act = Act(1, "off", "web1", "power.off", clock.now(), by_person=True)
    await kit.store.write(gated.begin_act, act, now=clock.now())

    async def begun_now() -> bool:
        facts = await kit.gatherer.facts(run, action="power.off", digest="x", power=None)
        stored = await kit.store.read(kit.gatherer.stored, facts, run)
        return bool(stored.begun)

    assert await begun_now()
    clock.move(seconds=timedelta(minutes=10).total_seconds())
    assert not await begun_now()


def test_a_device_is_known_alike_by_members_whose_files_lie_elsewhere() -> None:
    facts = {
        "url": "https://127.0.0.1",
        "system": "/redfish/v1/Systems/1",
        "serial": "S",
        "user": "u",
    }
    ours = RedfishPower(password_file="/a/secret", **facts)
    theirs = RedfishPower(password_file="/b/secret", **facts)
    other = ours.model_copy(update={"system": "/redfish/v1/Systems/2"})
    assert known_as(ours) == known_as(theirs)
    assert known_as(ours) != known_as(other)
    assert "secret" not in known_as(ours)
