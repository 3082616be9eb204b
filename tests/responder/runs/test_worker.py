"""Is a machine that our hand has switched off ever forgotten, whatever goes wrong on the way?"""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select

from playbooks.actions.model import Failed, Ok, Unsure, Wait
from playbooks.frozen import thawed
from responder.clock import HandClock
from responder.emulators.chassis import Fault
from responder.emulators.redfish import RedfishEmulator, RedfishFault
from responder.run_values import Intent, RunState, Wish
from responder.runs import marks
from responder.runs.worker import Worker
from responder.store import claims
from responder.store import runs as rows
from responder.store.tables import outbox
from tests.responder.runs.company import EVERYTHING, begun, machines, put, settle, worked
from tests.responder.web.conftest import START
from tests.stories.stage import Stage, begin, firing

BOOK = """
playbook: off-and-on
safety: {mode: ask}
steps:
  - {id: "off", uses: power.off, on_fail: tell, with: {settles: 1s}}
  - {id: "on", uses: power.on, on_fail: tell, with: {settles: 1s}}
  - {id: tell, uses: ticket.note, with: {text: "{{ target.name }} was switched off and on"}}
"""


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
    """A daemon whose playbook switches off in one step and on in the next."""
    path = settle(tmp_path, bmc)
    (tmp_path / "books" / "off-and-on.yaml").write_text(BOOK)
    one = await begin(path, clock=clock)
    yield one
    await one.daemon.end()


async def lived(stage: Stage) -> Any:
    """A person begins the playbook and takes all on himself; how it ended."""
    await stage.send(firing())
    await begun(stage, overrules=list(EVERYTHING), reason="it is dark")
    await worked(stage)
    return await told(stage)


async def told(stage: Stage, id_: int = 1) -> Any:
    _, run = await stage.ask("GET", f"/api/v1/runs/{id_}")
    return run


async def calls(stage: Stage) -> list[str]:
    """What people were called for."""
    rows_ = await stage.daemon.world.store.read(lambda tx: tx.execute(select(outbox)).all())
    pages = [row.payload for row in rows_ if row.payload.get("event") == "needed"]
    return [one["why"] for one in pages]


def system(bmc: RedfishEmulator) -> Any:
    return bmc.by_id["web1"].chassis


def when_off(bmc: RedfishEmulator, act: Any) -> None:
    """Have this happen as soon as web1 is off."""

    async def changed(on: bool) -> None:
        if not on:
            act()

    system(bmc).watchers.append(changed)


async def test_off_and_on_in_two_steps_calls_nobody(stage: Stage, bmc: RedfishEmulator) -> None:
    run = await lived(stage)
    assert (run["state"], run["outcome"]) == ("done", "done"), run["steps"]
    assert [order.verb for order in system(bmc).orders] == ["off", "on"]
    assert await calls(stage) == []


async def test_a_bmc_that_falls_silent_once_it_took_off_is_a_persons(
    stage: Stage, bmc: RedfishEmulator
) -> None:
    def silent() -> None:
        bmc.fault, bmc.faulty = RedfishFault.BAD_GATEWAY, frozenset({"GET"})

    when_off(bmc, silent)
    run = await lived(stage)
    assert run["state"] == "unknown"
    (why,) = await calls(stage)
    assert '"off" was heard' in why
    assert "OFF" in why


async def test_one_that_never_comes_on_is_called_for_once_and_its_run_has_failed(
    stage: Stage, bmc: RedfishEmulator
) -> None:
    system(bmc).fault = Fault.NO_POWERON
    run = await lived(stage)
    assert (run["state"], run["outcome"]) == ("failed", "failed"), run["steps"]
    (why,) = await calls(stage)
    assert why.endswith("the machine was left OFF by this run")


async def test_off_is_told_once_to_a_machine_that_does_not_heed_it(
    stage: Stage, bmc: RedfishEmulator
) -> None:
    system(bmc).fault = Fault.STUCK_ON
    await lived(stage)
    assert system(bmc).told("off") == 1
    assert len(await calls(stage)) == 1


async def test_the_kill_switch_between_off_and_on_calls_people(
    stage: Stage, bmc: RedfishEmulator
) -> None:
    path = stage.daemon.world.works.kill.path
    when_off(bmc, lambda: path.write_text("works in the cage"))
    run = await lived(stage)
    assert "works in the cage" in run["steps"][1]["text"]
    (why,) = await calls(stage)
    assert "OFF" in why
    assert not system(bmc).power


async def test_a_daemon_that_stops_between_off_and_on_switches_on_first(
    stage: Stage, bmc: RedfishEmulator
) -> None:
    when_off(bmc, stage.daemon.world.works.kit.leaving.set)
    await lived(stage)
    assert [order.verb for order in system(bmc).orders] == ["off", "on"]
    assert system(bmc).power


async def test_a_device_that_is_exchanged_between_gate_and_hand_is_not_touched(
    stage: Stage, bmc: RedfishEmulator
) -> None:
    """What the gate has proved is what is switched, whatever a reload says meanwhile."""
    kit = stage.daemon.world.works.kit
    await stage.send(firing())
    await begun(stage, overrules=list(EVERYTHING), reason="it is dark")
    (run,) = await kit.store.write(claims.claim, owner="m", now=kit.clock.now(), limit=1)
    text = (await kit.store.read(rows.copies, [run.hash]))[run.hash]
    worker = Worker(kit, run, thawed(text))
    proved = worker._crew.power()
    servers = dict(kit.live.config.servers)
    other = proved.model_copy(update={"system": "/redfish/v1/Systems/web2"})  # type: ignore[attr-defined]
    servers["web1"] = servers["web1"].model_copy(update={"power": other})
    kit.live.replace(kit.live.config.model_copy(update={"servers": servers}), now=kit.clock.now())
    assert worker._crew.power() is proved
    worker._journal.run = replace(run, step="on")
    assert worker._crew.power() is not proved


async def worker_at(stage: Stage, **changes: Any) -> Worker:
    """Somebody at work on the first step."""
    kit = stage.daemon.world.works.kit
    await stage.send(firing())
    await begun(stage)
    await put(stage, RunState.WAITING, wake_at=kit.clock.now(), **changes)
    (run,) = await kit.store.write(claims.claim, owner="m", now=kit.clock.now(), limit=1)
    text = (await kit.store.read(rows.copies, [run.hash]))[run.hash]
    worker = Worker(kit, run, thawed(text))
    worker._incident, worker._acted = await kit.store.read(marks.standing, run)
    return worker


async def test_nothing_waits_beyond_the_time_of_its_step(stage: Stage, clock: HandClock) -> None:
    worker = await worker_at(stage)
    case = worker._case(timedelta(minutes=5))
    far = Wait(clock.now() + timedelta(hours=2), "the data centre")
    kept = worker._in_time(far, case)
    assert kept == Wait(case.deadline, "the data centre")
    clock.move(minutes=5)
    assert worker._in_time(far, case) == Failed("it has waited in vain for the data centre")


@pytest.mark.parametrize(
    ("verb", "expected"), [("off", Unsure), ("ssh.run", Unsure), ("soft", Unsure), ("on", Failed)]
)
async def test_what_may_still_be_heard_is_no_mere_failure(
    stage: Stage, clock: HandClock, verb: str, expected: type
) -> None:
    """Only `on` is: the machine is off, people are called, and the rescue goes on."""
    worker = await worker_at(stage, intent=Intent(verb, clock.now(), "off"))
    case = worker._case(timedelta(minutes=5))
    assert isinstance(worker._in_time(Failed("no answer"), case), expected)
    assert isinstance(worker._in_time(Ok("well"), case), Ok)


async def test_trouble_with_an_open_intent_is_never_just_a_failure(
    stage: Stage, clock: HandClock
) -> None:
    """Even when the trouble is that of a later question, which is never ambiguous."""
    worker = await worker_at(stage, intent=Intent("off", clock.now(), "off"))
    assert isinstance(worker._failed("the BMC is silent"), Unsure)


async def test_a_crash_with_off_under_way_and_a_silent_bmc_is_a_persons(
    stage: Stage, bmc: RedfishEmulator, clock: HandClock
) -> None:
    await stage.send(firing())
    await begun(stage, overrules=list(EVERYTHING), reason="it is dark")
    intent = Intent("off", clock.now(), "off")
    await put(stage, RunState.WAITING, intent=intent, memory={"verb": "off"}, wake_at=clock.now())
    bmc.fault, bmc.faulty = RedfishFault.BAD_GATEWAY, frozenset({"GET"})
    await worked(stage)
    assert (await told(stage))["state"] == "unknown"
    assert len(await calls(stage)) == 1
    assert system(bmc).told() == 0


@pytest.mark.parametrize("wish", [Wish.ABORT, Wish.PAUSE])
async def test_a_run_that_is_stopped_with_the_machine_off_calls_people(
    stage: Stage, bmc: RedfishEmulator, wish: Wish, clock: HandClock
) -> None:
    """`off` was taken, and nobody had seen it yet: the page says so all the same."""
    await stage.send(firing())
    await begun(stage, overrules=list(EVERYTHING), reason="it is dark")
    await put(stage, RunState.WAITING, memory={"verb": "off"}, wish=wish, wake_at=clock.now())
    await worked(stage)
    assert (await told(stage))["state"] == {"abort": "aborted", "pause": "paused"}[wish]
    (why,) = await calls(stage)
    assert "OFF" in why
    assert system(bmc).told() == 0


async def test_a_run_that_is_stopped_with_an_open_word_calls_people(
    stage: Stage, clock: HandClock
) -> None:
    await stage.send(firing())
    await begun(stage)
    intent = Intent("soft", clock.now(), "off")
    await put(stage, RunState.WAITING, intent=intent, wish=Wish.ABORT, wake_at=clock.now())
    await worked(stage)
    (why,) = await calls(stage)
    assert '"soft" was told' in why


async def test_shutting_down_gives_its_claims_up(stage: Stage, bmc: RedfishEmulator) -> None:
    """Others need not wait until they end."""
    works = stage.daemon.world.works
    system(bmc).settles = 30.0
    await stage.send(firing())
    await begun(stage, overrules=list(EVERYTHING), reason="it is dark")
    await works.runner.turn()
    async with asyncio.timeout(45):
        before = (await works.kit.store.read(rows.by_ids, [1]))[0]
        while before.state is not RunState.RUNNING:
            await asyncio.sleep(0.02)
            before = (await works.kit.store.read(rows.by_ids, [1]))[0]
    for task in works.runner._tasks:
        task.cancel()
    await works.runner.stop()
    (after,) = await works.kit.store.read(rows.by_ids, [1])
    assert after.wake_at == works.kit.clock.now()
    assert after.fence > before.fence
    claimed = await works.kit.store.write(
        claims.claim, owner="other", now=works.kit.clock.now(), limit=5
    )
    assert [one.id for one in claimed] == [1]


async def test_what_is_missing_is_not_told_to_another_device(
    stage: Stage, bmc: RedfishEmulator, clock: HandClock
) -> None:
    """A crash came after `off`, and before the next life began the configuration was changed."""
    await stage.send(firing())
    await begun(stage, overrules=list(EVERYTHING), reason="it is dark")
    memory = {"verb": "off", "way": "of another device", "action": {"left": "off"}}
    intent = Intent("off", clock.now(), "off")
    await put(stage, RunState.WAITING, intent=intent, memory=memory, wake_at=clock.now())
    await worked(stage)
    run = await told(stage)
    assert run["state"] == "unknown"
    (why,) = await calls(stage)
    assert "has changed since" in why
    assert system(bmc).told() == 0
