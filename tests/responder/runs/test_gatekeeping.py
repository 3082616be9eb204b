"""Does the gate let through in one transaction what is allowed, once, and never without a line?"""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from alerts.model import person
from playbooks.actions.command import CommandRun
from playbooks.actions.power import PowerCycle, PowerOff
from playbooks.gate import Check, Facts, Ruling
from playbooks.gate_facts import Opinion
from playbooks.playbook import Mode, Safety
from probes import redaction
from responder.run_values import Act, Consent, Run
from responder.runs import byhand, known
from responder.runs.gatekeeping import _judge, digest_of, shown
from responder.store import Store, Tx, claims, consents, gated, logs
from responder.store import runs as rows
from responder.store.opening import open_store
from tests.playbooks.gate_scenes import FINE
from tests.responder.estate import NIGHT
from tests.responder.runs.asking import cycling, playing

PLAN = playing(cycling())


def facts(server: str, *, run: int, mode: Mode = Mode.AUTO, **safety: Any) -> Facts:
    """The world says yes; what the store says comes in the transaction."""
    seen = tuple(replace(one, since=NIGHT - timedelta(minutes=5)) for one in FINE.opinions)
    return replace(
        FINE, now=NIGHT, run=run, target=server, step="cycle", mode=mode, opinions=seen,
        safety=Safety(mode=mode, **safety), digest=f"digest of {run}", hypervisor="",
        site_size=12, fleet_size=16,
    )  # fmt: skip


def act(server: str, *, run: int, device: str = "", **told: Any) -> Act:
    return Act(run, "cycle", server, "power.cycle", NIGHT, False, device=device, **told)


def stored(tx: Tx, told: Facts, run: Run) -> Facts:
    return known.stored(tx, told, run, plan=PLAN)


@pytest.fixture
async def members(store_url: str) -> AsyncIterator[list[Store]]:
    """Two processes on PostgreSQL, one on SQLite."""
    found = [open_store(store_url, ballast=0) for _ in range(2 if "postgres" in store_url else 1)]
    yield found
    for one in found:
        await one.close()


async def claimed(member: Store, *servers: str) -> list[Run]:
    """A run on each of these servers, in a member's hands."""
    for server in servers:
        wanted = byhand.Wanted("host-down", server, typed=server)
        await member.write(byhand.begin, wanted, actor=person("mira"), plan=PLAN, now=NIGHT)
    found = await member.write(claims.claim, owner="m", now=NIGHT, limit=99)
    return sorted(found, key=lambda run: run.id)


async def judged(
    member: Store, run: Run, about: Facts, *, device: str = "", begins: bool = True
) -> tuple[Check, ...]:
    doing = act(run.target, run=run.id, device=device) if begins else None
    _, checks = await member.write(_judge, run, doing, about, stored, now=NIGHT)
    return checks


def denied(checks: tuple[Check, ...]) -> str:
    return next((one.name for one in checks if not one.passes), "")


async def test_of_many_that_ask_at_once_no_more_pass_than_a_rack_may_have(
    members: list[Store],
) -> None:
    runs = await claimed(members[0], *(f"web{number}" for number in range(1, 9)))
    told = await asyncio.gather(
        *(
            judged(members[at % len(members)], run, facts(run.target, run=run.id))
            for at, run in enumerate(runs)
        )
    )
    assert sorted(map(denied, told)) == ["", *["concurrency"] * 7]
    assert len(await members[0].read(gated.under_way)) == 1


async def test_nor_than_the_fleet_may_have_in_an_hour(members: list[Store]) -> None:
    near = {"rack": 99, "datacentre": 99, "hypervisor": 99}
    runs = await claimed(members[0], *(f"web{number}" for number in range(1, 9)))
    told = await asyncio.gather(
        *(
            judged(members[at % len(members)], run, facts(run.target, run=run.id, concurrency=near))
            for at, run in enumerate(runs)
        )
    )
    assert sorted(map(denied, told)) == ["", "", "", *["fleet_rate"] * 5]


async def test_nor_than_one_to_a_device(members: list[Store]) -> None:
    near = {"rack": 99, "datacentre": 99, "hypervisor": 99}
    runs = await claimed(members[0], "web1", "web2")
    told = await asyncio.gather(
        *(
            judged(
                members[at % len(members)], run,
                facts(run.target, run=run.id, concurrency=near), device="bmc 1",
            )
            for at, run in enumerate(runs)
        )
    )  # fmt: skip
    assert sorted(map(denied, told)) == ["", "concurrency"]
    (waits,) = [one for checks in told for one in checks if "speaking to bmc 1" in one.reason]
    assert waits.ruling is Ruling.WAIT


async def test_a_dry_run_counts_for_nothing(file_store: Store) -> None:
    (run,) = await claimed(file_store, "web1")
    assert denied(await judged(file_store, run, facts("web1", run=1), begins=False)) == ""
    assert await file_store.read(gated.of_run, 1) == []


async def test_whoever_lost_his_claim_is_let_through_to_nothing(file_store: Store) -> None:
    (run,) = await claimed(file_store, "web1")
    late = NIGHT + rows.LEASE
    with pytest.raises(rows.LostRun):
        await file_store.write(
            _judge, run, act("web1", run=1), facts("web1", run=1), stored, now=late
        )
    assert await file_store.read(gated.of_run, 1) == []


async def test_every_verdict_is_written_down_and_only_what_is_new(file_store: Store) -> None:
    (run,) = await claimed(file_store, "web1")
    asking = facts("web1", run=1, mode=Mode.ASK)
    run, checks = await file_store.write(_judge, run, None, asking, stored, now=NIGHT)
    assert [one["name"] for one in run.checks] == [one.name for one in checks]
    await file_store.write(_judge, run, None, asking, stored, now=NIGHT)
    lines = await file_store.read(logs.read, "run", 1)
    (line,) = [one for one in lines if one.kind == "gate"]
    assert line.data["denied_by"] == denied(checks) == "approval"


@pytest.mark.parametrize(
    ("consent", "expected"),
    [
        ({}, ""),
        ({"digest": "digest of another"}, "approval"),
        ({"step": "back"}, "approval"),
        ({"run": 2}, "approval"),
        ({"at": NIGHT - timedelta(minutes=10)}, "approval"),
        ({"at": NIGHT + timedelta(minutes=10)}, "approval"),
        ({"person": ""}, "approval"),
    ],
)
async def test_a_yes_holds_for_this_step_of_this_run_for_its_time_and_no_other(
    file_store: Store, consent: dict[str, Any], expected: str
) -> None:
    (run, _) = await claimed(file_store, "web1", "web2")
    one = Consent(1, "cycle", "digest of 1", "ana", NIGHT - timedelta(minutes=1))
    await file_store.write(consents.put, replace(one, **consent))
    asking = facts("web1", run=1, mode=Mode.ASK)
    assert denied(await judged(file_store, run, asking)) == expected


@pytest.mark.parametrize(
    ("people", "expected"),
    [
        (("ana",), "approval"),
        (("mira", "ana"), "approval"),
        (("mira", "mira"), "approval"),
        (("ana", "bob"), ""),
    ],
)
async def test_of_two_who_must_agree_none_is_who_began_it(
    file_store: Store, people: tuple[str, ...], expected: str
) -> None:
    (run,) = await claimed(file_store, "web1")
    for name in people:
        one = Consent(1, "cycle", "digest of 1", name, NIGHT - timedelta(minutes=1))
        await file_store.write(consents.put, one)
    asking = replace(
        facts("web1", run=1, mode=Mode.ASK, approvals=2), requested_by="mira", confirmed=True
    )
    assert denied(await judged(file_store, run, asking)) == expected


async def test_who_agreed_is_known_when_it_was_let_through(file_store: Store) -> None:
    (run,) = await claimed(file_store, "web1")
    asked = replace(run, asked={"digest": "digest of 1"})
    asking = facts("web1", run=1, mode=Mode.ASK)
    held, _ = await file_store.write(_judge, asked, act("web1", run=1), asking, stored, now=NIGHT)
    assert (held.asked, held.memory) == ({"digest": "digest of 1"}, {})
    await file_store.write(consents.put, Consent(1, "cycle", "digest of 1", "ana", NIGHT))
    let, _ = await file_store.write(_judge, held, act("web1", run=1), asking, stored, now=NIGHT)
    assert (let.asked, let.memory) == ({}, {"agreed": "digest of 1"})


async def test_one_voice_that_still_hears_it_holds_back_whoever_agreed(file_store: Store) -> None:
    (run,) = await claimed(file_store, "web1")
    await file_store.write(consents.put, Consent(1, "cycle", "digest of 1", "ana", NIGHT))
    asking = facts("web1", run=1, mode=Mode.ASK)
    alive = replace(asking, opinions=(*asking.opinions, Opinion("tcp", down=False)))
    assert denied(await judged(file_store, run, alive)) == "second_opinion"


async def test_what_is_agreed_to_is_bound_to_everything_that_matters(file_store: Store) -> None:
    (run,) = await claimed(file_store, "web1")
    told = {
        digest_of(run, PowerCycle(), None),
        digest_of(run, PowerCycle(off_for="1s"), None),
        digest_of(run, PowerOff(), None),
        digest_of(run, CommandRun(argv=("true", "web1")), None),
        digest_of(run, CommandRun(argv=("true", "web2")), None),
        digest_of(replace(run, id=2), PowerCycle(), None),
        digest_of(replace(run, step="back"), PowerCycle(), None),
        digest_of(replace(run, target="web2"), PowerCycle(), None),
        digest_of(replace(run, hash="other"), PowerCycle(), None),
    }
    assert len(told) == 9
    assert digest_of(replace(run, fence=9, seq=9), PowerCycle(), None) in told


def test_a_verdict_as_it_is_kept_holds_no_secret_and_is_bounded() -> None:
    redaction.remember("hunter2-hunter2")
    check = Check("identity", Ruling.DENY, "the device says hunter2-hunter2" + "x" * 9000)
    (told,) = shown([check])
    assert "hunter2" not in told["reason"]
    assert len(told["reason"]) <= 4096
    assert told["ruling"] == "deny"
    assert "overruled_by" not in told
