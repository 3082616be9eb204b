"""Does the gate hear all that the store knows about a machine, and nothing of another's?"""

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from playbooks.gate import Facts
from playbooks.playbook import Safety
from responder.plan import Plan
from responder.run_values import Act, Consent, Run, RunState
from responder.runs import known
from responder.store import consents, gated, runs
from tests.responder.estate import INVENTORY, plan
from tests.responder.room import Room, opened

DIGEST = "d" * 64


@pytest.fixture
def room() -> Iterator[Room]:
    """The alarm room, with trouble at web1."""
    with opened(plan(storm="off")) as one:
        one.fires("web1")
        yield one


def run(room: Room, number: int = 7, *, step: str = "cycle", **changed: Any) -> Run:
    """A run for the first incident, in the store."""
    (incident,) = room.incidents()[:1]
    one = Run(
        id=number,
        key=f"run {number}",
        playbook="reboot",
        version=1,
        hash="h",
        incident=incident.id,
        incident_ref=incident.ref,
        target="web1",
        state=RunState.RUNNING,
        mode="ask",
        step=step,
        began_at=room.now,
        changed_at=room.now,
    )
    one = replace(one, **changed)
    room.look(runs.keep_copy, "h", "{}", now=room.now)
    added: Run = room.look(runs.add, one, [])
    return added


def act(room: Room, of: Run, age: float = 0, **changed: Any) -> Act:
    """A gated step that this run was let through to, so many minutes ago."""
    at = room.now - timedelta(minutes=age)
    one = Act(of.id, of.step, of.target, "power.cycle", at, by_person=False)
    one = replace(one, **changed)
    assert room.look(gated.begin_act, one, now=room.now)
    return one


def told(room: Room, of: Run, *, how: Plan | None = None, **changed: Any) -> Facts:
    """What the store says of this run's step."""
    datacentre, rack, hypervisor = known.place(of.target, INVENTORY)
    facts = Facts(
        safety=Safety(),
        now=room.now,
        run=of.id,
        step=of.step,
        digest=DIGEST,
        action="power.cycle",
        target=of.target,
        datacentre=datacentre,
        rack=rack,
        hypervisor=hypervisor,
    )
    asked = replace(facts, **changed)
    learnt: Facts = room.look(known.stored, asked, of, plan=how or room.plan)
    return learnt


def test_where_nothing_happened_nothing_is_told(room: Room) -> None:
    facts = told(room, run(room))
    assert (facts.mutes, facts.storm, facts.under_way, facts.acts) == ((), "", [], [])
    assert (facts.begun, facts.completing, facts.booted_at) == (False, False, None)
    assert (facts.site_unhealthy, facts.fleet_unhealthy, facts.newly_down) == (1, 1, 1)


# Where


def test_a_machine_stands_where_it_is_written_or_where_its_carrier_does() -> None:
    assert known.place("web1", INVENTORY) == ("fra1", "r1", "")
    assert known.place("vm1", INVENTORY) == ("fra1", "r2", "hv1")
    assert known.place("far1", INVENTORY) == ("", "", "")
    assert known.place("gone", INVENTORY) == ("", "", "")


# Who works there


def test_planned_work_on_it_or_around_it_covers_it(room: Room) -> None:
    one = run(room)
    room.works_on("server:web2")
    assert told(room, one).mutes == ()
    number = room.works_on("rack:fra1/r1")
    assert told(room, one).mutes == (f"maintenance:{number}",)


def test_who_silences_one_of_its_alerts_may_be_at_work_there(room: Room) -> None:
    one = run(room)
    room.fires("web1", name="LoadHigh")
    room.silences(label="alertname", value="LoadHigh")
    assert len(told(room, one).mutes) == 1


def test_a_silence_of_another_machine_does_not_cover_it(room: Room) -> None:
    room.silences(value="web2")
    assert told(room, run(room)).mutes == ()


# What else is wrong


def test_every_critical_server_of_a_site_and_of_the_fleet_is_counted_once(room: Room) -> None:
    one = run(room)
    room.fires("web2")
    room.fires("web2", name="AnotherAlert")
    room.fires("web3", severity="warning")
    room.fires("far1")
    room.fires("vm1")
    facts = told(room, one)
    assert (facts.site_unhealthy, facts.fleet_unhealthy) == (3, 4)
    room.ends("web2")
    assert told(room, one).site_unhealthy == 3
    room.ends("web2", name="AnotherAlert")
    assert told(room, one).site_unhealthy == 2


def test_a_machine_without_a_site_has_no_unhealthy_neighbours(room: Room) -> None:
    facts = told(room, run(room, target="far1"))
    assert (facts.datacentre, facts.site_unhealthy, facts.fleet_unhealthy) == ("", 0, 1)


def test_only_what_went_down_just_now_pulls_the_brake(room: Room) -> None:
    one = run(room)
    room.fires("web2")
    assert told(room, one).newly_down == 2
    room.now += timedelta(minutes=5, seconds=1)
    assert told(room, one).newly_down == 0


def test_a_storm_covers_every_machine_of_its_site_and_no_other() -> None:
    with opened(plan()) as room:
        room.storms(*(f"web{number}" for number in range(1, 8)))
        storm = run(room)
        assert told(room, storm).storm
        assert told(room, run(room, 8, target="web12")).storm
        assert told(room, run(room, 9, target="vm1")).storm
        assert told(room, run(room, 10, target="far1")).storm == ""
        assert told(room, storm).site_unhealthy == 7
        for number in range(1, 8):
            room.ends(f"web{number}")
        assert told(room, storm).storm == ""


# What was done


def test_power_actions_of_the_last_day_are_told_whoever_acted(room: Room) -> None:
    old, new = run(room, 1), run(room, 2, target="web2")
    act(room, old, 1441)
    act(room, new, 1439, by_person=True)
    act(room, run(room, 3, step="hands"), action="datacentre.contact")
    act(room, run(room, 4), drill=True)
    (one,) = told(room, run(room)).acts
    assert (one.target, one.by_person, one.run, one.step) == ("web2", True, 2, "cycle")


def test_a_longer_memory_is_asked_for_where_the_playbook_wants_one(room: Room) -> None:
    act(room, run(room, 1), 3000)
    safety = Safety.model_validate({"cooldown": {"in_all_within": "7d"}})
    one = run(room)
    assert len(told(room, one, safety=safety).acts) == 1
    assert told(room, one).acts == []


def test_what_is_under_way_is_told_with_its_place_until_it_is_over(room: Room) -> None:
    other = run(room, 1, target="vm2")
    act(room, other)
    act(room, run(room, 2, step="hands"), action="datacentre.contact")
    one = run(room)
    (held,) = told(room, one).under_way
    assert (held.run, held.target, held.datacentre, held.rack, held.hypervisor) == (
        1, "vm2", "fra1", "r2", "hv1",
    )  # fmt: skip
    room.look(gated.end_act, 1, "cycle", "done", now=room.now)
    assert told(room, one).under_way == []


def test_a_machine_has_booted_when_another_step_gave_it_power(room: Room) -> None:
    first = run(room, 1)
    act(room, first, 30)
    one = run(room)
    assert told(room, one).booted_at is None, "it is not over yet"
    room.now += timedelta(minutes=2)
    room.look(gated.end_act, 1, "cycle", "done", now=room.now)
    assert told(room, one).booted_at == room.now
    assert told(room, first).booted_at is None, "its own step has not booted it before itself"
    assert told(room, run(room, 8, target="web2")).booted_at is None


def test_a_step_that_was_let_through_has_begun(room: Room) -> None:
    one = run(room)
    act(room, one)
    assert told(room, one).begun
    assert not told(room, replace(one, step="again")).begun


@pytest.mark.parametrize(
    ("before", "action", "completing"),
    [
        (("power.off",), "power.on", True),
        (("power.off",), "power.off", False),
        (("power.off", "power.on"), "power.on", False),
        (("datacentre.contact",), "power.on", False),
        ((), "power.on", False),
    ],
)
def test_a_run_that_has_switched_it_off_completes_what_it_began(
    room: Room, before: tuple[str, ...], action: str, completing: bool
) -> None:
    one = run(room, step="last")
    for number, done in enumerate(before):
        act(room, one, 9 - number, step=f"step{number}", action=done)
    assert told(room, one, action=action).completing is completing


def test_a_run_that_has_waited_for_days_still_knows_what_it_did(room: Room) -> None:
    one = run(room, step="last")
    act(room, one, 9999, step="off", action="power.off")
    room.look(gated.end_act, 7, "off", "done", now=room.now)
    facts = told(room, one, action="power.on")
    assert facts.completing
    assert facts.acts == []


def test_what_another_run_switched_off_is_not_ours_to_complete(room: Room) -> None:
    act(room, run(room, 1, step="off"), action="power.off")
    assert not told(room, run(room), action="power.on").completing


# Who agreed


def test_who_agreed_to_exactly_this_is_told(room: Room) -> None:
    one = run(room)
    yes = Consent(7, "cycle", DIGEST, "ana", room.now, ("storm",), "only the panel", "link")
    room.look(consents.put, yes)
    room.look(consents.put, replace(yes, digest="e" * 64, person="bob"))
    (given,) = told(room, one).approvals
    assert (given.person, given.overrules, given.reason) == (
        "ana", frozenset({"storm"}), "only the panel",
    )  # fmt: skip
