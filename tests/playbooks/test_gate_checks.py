"""What each check of the gate asks, and where its limits lie."""

from typing import Any

import pytest

from playbooks.gate import Opinion, Ruling
from playbooks.playbook import Mode
from playbooks.power.model import Identity
from tests.playbooks.gate_scenes import (
    DOWN,
    FINE,
    ORDER,
    acted,
    ago,
    asking,
    but,
    check,
    denied_by,
    held,
    safety,
    yes,
)

# Is anything at all to be done?


@pytest.mark.parametrize("mode", [Mode.OFF, Mode.DRY_RUN])
def test_without_a_mode_that_acts_nobody_acts(mode: Mode) -> None:
    own = but(mode=mode, requested_by="ana", confirmed=True)
    assert "nothing irreversible" in check(own, "mode").reason
    assert denied_by(own) == "mode"


def test_the_kill_switch_says_who_and_why() -> None:
    told = check(but(kill_switch="ana, since 03:00: smoke in rack 4"), "kill_switch")
    assert told.reason == "it is on: ana, since 03:00: smoke in rack 4"


# Which machine


@pytest.mark.parametrize("tag", ["never_reboot", "database_master"])
def test_a_protected_machine_is_never_touched(tag: str) -> None:
    assert denied_by(but(tags=frozenset({tag, "web"}))) == "protected"
    assert denied_by(but(tags=frozenset({"web"}))) == ""


def test_other_tags_may_protect() -> None:
    facts = safety(but(tags=frozenset({"shared"})), protected_tags=["shared"])
    assert denied_by(facts) == "protected"


def test_a_machine_that_carries_others_which_answer_is_not_touched() -> None:
    told = check(but(guests_up=("vm1", "vm2")), "protected")
    assert told.reason == "web1 carries 2 that answer: vm1, vm2"
    assert told.ruling is Ruling.DENY


def test_no_device_is_switched_for_a_machine_that_nobody_named() -> None:
    assert denied_by(but(target="")) == "protected"


# Do we see?


def test_what_is_not_known_of_our_own_sight_denies() -> None:
    assert check(but(blind=None), "blind").ruling is Ruling.DENY


def test_the_sites_own_reference_must_answer_where_there_is_one() -> None:
    assert denied_by(but(reference=False)) == "blind"
    assert "fra1" in check(but(reference=False), "blind").reason
    assert denied_by(but(reference=True)) == ""
    assert denied_by(but(reference=None)) == ""


def test_without_a_person_our_own_references_must_answer() -> None:
    assert denied_by(but(references=1)) == "blind"
    assert denied_by(but(references=2)) == ""
    assert denied_by(asking(but(references=0, approvals=(yes(),)))) == ""


def test_where_a_person_is_to_be_asked_he_is_even_when_no_reference_answers() -> None:
    assert denied_by(asking(but(references=0))) == "approval"


def test_a_yes_that_stands_is_a_person_also_where_nobody_had_to_be_asked() -> None:
    assert denied_by(but(references=0, approvals=(yes(),))) == ""


def test_references_that_nobody_has_asked_yet_are_waited_for() -> None:
    """Right after a start: a run that was taken up again must not fail for it."""
    told = check(but(references=0, unasked=3), "blind")
    assert (told.ruling, "only just begun" in told.reason) == (Ruling.WAIT, True)
    assert check(but(references=0, unasked=0), "blind").ruling is Ruling.DENY


# Is it down?


def test_two_kinds_of_look_must_be_silent() -> None:
    assert check(but(opinions=()), "second_opinion").reason == "0 say that it is down, 2 must"
    assert denied_by(but(opinions=DOWN[:1])) == "second_opinion"
    twice = (*DOWN[:1], DOWN[0])
    assert denied_by(but(opinions=twice)) == "second_opinion"


def test_one_answer_is_enough_to_let_it_run() -> None:
    """A firewall that has shut us out lets pings through, and all else looks dead."""
    pings = (*DOWN, Opinion("smtp", down=True), Opinion("ping", down=False))
    assert check(but(opinions=pings), "second_opinion").reason == "ping still gets an answer"
    two = (*pings, Opinion("imap", down=False))
    assert check(but(opinions=two), "second_opinion").reason == "imap, ping still get an answer"


def test_a_panel_that_is_asked_nicely_must_answer() -> None:
    answers = Opinion("whm", down=False)
    asked = but(action="panel.reboot", touches_power=False, opinions=(*DOWN, answers))
    assert denied_by(asked) == ""
    assert denied_by(but(asked, opinions=(DOWN[0], answers))) == "second_opinion"


def test_another_place_is_a_voice_too() -> None:
    assert denied_by(but(opinions=(DOWN[0], Opinion("ping", down=True, vantage="ams")))) == ""


@pytest.mark.parametrize(("seconds", "denied"), [(120, ""), (121, "second_opinion")])
def test_it_must_have_been_down_for_so_long(seconds: int, denied: str) -> None:
    facts = safety(second_opinion={"for": f"{seconds}s"})
    assert denied_by(facts) == denied


def test_a_look_that_does_not_know_since_when_has_lasted_for_no_time() -> None:
    unknown = (DOWN[0], Opinion("smtp", down=True))
    assert denied_by(safety(but(opinions=unknown), second_opinion={"for": "1s"}))
    assert not denied_by(safety(but(opinions=unknown)))


def test_without_a_person_another_vantage_point_must_agree_where_there_is_one() -> None:
    there = Opinion("ping", down=True, vantage="ams")
    assert denied_by(but(vantages=1)) == "second_opinion"
    assert denied_by(but(vantages=1, opinions=(*DOWN, there))) == ""
    assert denied_by(asking(but(vantages=1, approvals=(yes(),)))) == ""


def test_another_vantage_point_was_asked_just_now_and_need_not_know_since_when() -> None:
    there = Opinion("ping", down=True, vantage="ams")
    facts = but(vantages=1, opinions=(*DOWN, there))
    assert denied_by(safety(facts, second_opinion={"for": "2m"})) == ""


def test_a_vantage_point_that_sees_it_denies_with_a_person_too() -> None:
    there = Opinion("ping", down=False, vantage="ams")
    facts = asking(but(vantages=1, opinions=(*DOWN, there), approvals=(yes(),)))
    assert check(facts, "second_opinion").reason == "ams still gets an answer"


# Is it the machine, or something greater?


@pytest.mark.parametrize(
    ("size", "sick", "denied"),
    [
        (4, 1, ""),
        (4, 3, ""),
        (4, 4, "unhealthy_share"),
        (20, 3, ""),
        (20, 4, "unhealthy_share"),
        (39, 4, "unhealthy_share"),
        (40, 4, ""),
        (100, 10, ""),
        (100, 11, "unhealthy_share"),
        (2, 1, ""),
        (2, 2, "unhealthy_share"),
        (3, 3, "unhealthy_share"),
    ],
)
def test_a_tenth_of_a_site_or_three_may_be_unhealthy_but_never_all(
    size: int, sick: int, denied: str
) -> None:
    assert denied_by(but(site_size=size, site_unhealthy=sick)) == denied


@pytest.mark.parametrize("site", [{"site_size": 1, "site_unhealthy": 1}, {"datacentre": ""}])
def test_where_a_site_tells_nothing_the_fleet_does(site: dict[str, Any]) -> None:
    facts = but(**site, fleet_size=50, fleet_unhealthy=5)
    assert denied_by(facts) == ""
    assert denied_by(but(facts, fleet_unhealthy=6)) == "unhealthy_share"
    assert denied_by(but(facts, fleet_size=1, fleet_unhealthy=1)) == ""
    assert denied_by(but(facts, fleet_size=0, fleet_unhealthy=0)) == "unhealthy_share"


def test_the_unhealthy_are_counted_in_the_reason() -> None:
    told = check(but(site_unhealthy=4), "unhealthy_share").reason
    assert told == "4 of the 20 servers of fra1 are unhealthy, 3 may be"


@pytest.mark.parametrize(
    ("fleet", "lost", "denied"),
    [
        (60, 2, ""),
        (60, 3, "fleet_rate"),
        (200, 3, ""),
        (200, 4, "fleet_rate"),
        (0, 3, "fleet_rate"),
    ],
)
def test_many_machines_lost_at_once_are_no_trouble_of_single_ones(
    fleet: int, lost: int, denied: str
) -> None:
    assert denied_by(but(fleet_size=fleet, newly_down=lost)) == denied


# What happens beside it


@pytest.mark.parametrize(
    ("place", "denied"),
    [
        ({"datacentre": "fra1", "rack": "r1"}, "concurrency"),
        ({"datacentre": "fra1", "rack": "r2"}, ""),
        ({"datacentre": "ams1", "rack": "r1"}, ""),
        ({"hypervisor": "hv1"}, "concurrency"),
        ({"hypervisor": "web1"}, "concurrency"),
        ({}, ""),
    ],
)
def test_one_machine_of_a_rack_and_of_a_carrier_at_a_time(
    place: dict[str, str], denied: str
) -> None:
    assert denied_by(but(under_way=(held(**place),))) == denied


def test_two_machines_of_a_site_at_a_time() -> None:
    one, other = held("web2", datacentre="fra1"), held("web3", datacentre="fra1")
    assert denied_by(but(under_way=(one,))) == ""
    told = check(but(under_way=(one, other)), "concurrency")
    assert told.reason == "web2, web3 is acted upon now in the data centre fra1, 2 at a time"


def test_machines_of_no_known_site_count_as_of_one() -> None:
    others = (held("web2", datacentre="", rack=""), held("web3", datacentre="", rack=""))
    assert denied_by(but(datacentre="", rack="", under_way=others[:1])) == ""
    assert denied_by(but(datacentre="", rack="", under_way=others)) == "concurrency"


def test_the_carrier_of_a_machine_that_is_acted_upon_waits_and_the_other_way_round() -> None:
    assert denied_by(but(under_way=(held("hv1"),))) == "concurrency"
    assert denied_by(but(hypervisor="", under_way=(held("vm1", hypervisor="web1"),)))


def test_two_runs_for_one_machine_take_turns() -> None:
    told = check(but(under_way=(held("web1"),)), "concurrency")
    assert told.reason == "another run acts on web1 now"


def test_its_own_steps_are_not_in_its_way() -> None:
    assert denied_by(but(run=9, under_way=(held("web1", datacentre="fra1", rack="r1"),))) == ""


# How often


@pytest.mark.parametrize(("age", "denied"), [(59.9, "cooldown"), (60, "")])
def test_an_hour_lies_between_two_acts_on_one_machine(age: float, denied: str) -> None:
    assert denied_by(but(acts=(acted(age),))) == denied
    assert denied_by(but(acts=(acted(age, "web2"),))) == ""


def test_the_pause_runs_from_the_latest_act_however_long_ago_the_first_was() -> None:
    told = check(but(acts=(acted(1500), acted(5), acted(1600))), "cooldown")
    assert told.reason == "the last power action was 5 min ago, 1 h must lie between"


@pytest.mark.parametrize(("age", "denied"), [(359.9, "cooldown"), (360, "")])
def test_without_a_person_once_in_six_hours(age: float, denied: str) -> None:
    alone = acted(age, by_person=False)
    assert denied_by(but(acts=(alone,))) == denied
    assert denied_by(but(acts=(acted(age),))) == ""
    assert denied_by(but(acts=(alone,), requested_by="ana", confirmed=True)) == ""
    assert denied_by(asking(but(acts=(alone,), approvals=(yes(),)))) == ""


@pytest.mark.parametrize(("age", "denied"), [(1439.9, "cooldown"), (1440, "")])
def test_twice_a_day_with_a_person_too(age: float, denied: str) -> None:
    own = but(acts=(acted(100), acted(age)), requested_by="ana", confirmed=True)
    assert denied_by(own) == denied


def test_the_limit_and_the_count_stand_in_the_reason() -> None:
    told = check(but(acts=(acted(100), acted(200))), "cooldown").reason
    assert told == "2 power actions in the last 1 d, 2 are allowed"
    alone = check(but(acts=(acted(100, by_person=False),)), "cooldown").reason
    assert alone == "1 power action in the last 6 h without a person, 1 is allowed"


@pytest.mark.parametrize(("age", "denied"), [(14.9, "cooldown"), (15, "")])
def test_a_machine_that_has_just_booted_is_given_time(age: float, denied: str) -> None:
    assert denied_by(but(booted_at=ago(age))) == denied


@pytest.mark.parametrize(("age", "denied"), [(59.9, "fleet_rate"), (60, "")])
def test_three_acts_in_an_hour_in_the_whole_fleet(age: float, denied: str) -> None:
    others = (acted(5, "db1"), acted(10, "db2"), acted(age, "db3"))
    assert denied_by(but(acts=others)) == denied


def test_what_this_very_step_has_done_so_far_is_no_other_act() -> None:
    """Shut down softly, then cut off: one act, written down when it was let through."""
    own = acted(1)
    facts = but(run=own.run, step=own.step, acts=(own,))
    assert denied_by(facts) == ""
    assert denied_by(but(facts, step="again")) == "cooldown"


# Who agrees


def test_one_persons_yes_is_enough_and_waits_until_it_is_given() -> None:
    assert check(asking(), "approval").reason == "0 of 1 approved"
    told = check(asking(but(approvals=(yes(),))), "approval")
    assert (told.ruling, told.reason) == (Ruling.PASS, "1 of 1 approved (ana)")


@pytest.mark.parametrize(("age", "denied"), [(9.9, ""), (10, "approval"), (-10, "approval")])
def test_a_yes_expires_and_one_of_the_far_future_is_none(age: float, denied: str) -> None:
    assert denied_by(asking(but(approvals=(yes(at=ago(age)),)))) == denied


def test_a_yes_is_bound_to_what_it_was_given_for() -> None:
    assert denied_by(asking(but(approvals=(yes(digest="another machine"),)))) == "approval"


def test_a_yes_of_nobody_is_none() -> None:
    assert denied_by(asking(but(approvals=(yes(""),)))) == "approval"


def test_two_approvals_are_two_persons() -> None:
    twice = asking(but(approvals=(yes("ana"), yes("ana", at=ago(2)))), approvals=2)
    assert denied_by(twice) == "approval"
    assert denied_by(but(twice, approvals=(yes("ana"), yes("bob")))) == ""


def test_from_two_on_he_who_began_it_does_not_count() -> None:
    own = asking(but(requested_by="ana", confirmed=True), approvals=2)
    assert denied_by(but(own, approvals=(yes("ana"), yes("bob")))) == "approval"
    assert "ana began the run" in check(own, "approval").reason
    assert denied_by(but(own, approvals=(yes("carl"), yes("bob")))) == ""


def test_that_he_does_not_count_is_said_only_of_who_began_it_and_where_two_must_agree() -> None:
    assert check(asking(approvals=2), "approval").reason == "0 of 2 approved"
    assert check(asking(but(requested_by="ana")), "approval").reason == "0 of 1 approved"


@pytest.mark.parametrize("mode", [Mode.ASK, Mode.AUTO])
def test_a_persons_own_run_needs_his_typed_confirmation(mode: Mode) -> None:
    own = safety(but(mode=mode, requested_by="ana"))
    assert denied_by(own) == "approval"
    assert denied_by(but(own, confirmed=True)) == ""
    assert denied_by(but(own, approvals=(yes("bob"),))) == ""


def test_a_customers_machine_is_rebooted_with_a_persons_yes_only() -> None:
    """R38: whatever the mode."""
    facts = but(tags=frozenset({"ask_before_reboot"}))
    assert denied_by(facts) == "approval"
    assert denied_by(but(facts, approvals=(yes(),))) == ""
    assert denied_by(but(facts, interrupts=False, touches_power=False)) == ""


def test_a_yes_is_not_asked_for_a_second_time_within_one_step() -> None:
    facts = asking(but(approvals=(yes(at=ago(11)),)))
    assert denied_by(facts) == "approval"
    assert denied_by(but(facts, begun=True)) == ""


# Is it the right device?


@pytest.mark.parametrize(
    ("told", "reason"),
    [
        (Identity(serial="SN2"), "the device shows the serial SN2, not SN1"),
        (Identity(name="web1"), "the device does not show its serial"),
        (None, "the BMC does not answer"),
    ],
)
def test_a_device_that_is_not_proved_to_be_ours_is_not_switched(
    told: Identity | None, reason: str
) -> None:
    facts = but(told=told, identity_trouble="the BMC does not answer")
    assert check(facts, "identity").reason == reason
    assert denied_by(facts) == "identity"


def test_who_has_not_switched_it_off_switches_on_only_what_says_who_it_is() -> None:
    silent = but(action="power.on", told=None)
    assert denied_by(silent) == "identity"
    assert denied_by(but(silent, completing=True)) == ""


def test_a_machine_of_which_we_expect_nothing_is_not_switched() -> None:
    assert denied_by(but(expected=Identity())) == "identity"


def test_a_device_that_cant_say_who_it_is_needs_somebody_who_vouches() -> None:
    dumb = but(reads_identity=False, told=None)
    assert denied_by(dumb) == "identity"
    assert denied_by(but(dumb, vouched=" ")) == "identity"
    assert denied_by(but(dumb, vouched="ana, 2026-11-01: pulled the plug, web1 fell")) == ""


def test_the_proof_stands_in_the_verdict() -> None:
    assert check(FINE, "identity").reason == "the device shows serial SN1"


# 0 is never


@pytest.mark.parametrize("what", ["kinds", "vantages"])
def test_a_second_opinion_of_nobody_cant_be_written(what: str) -> None:
    with pytest.raises(ValueError, match=what):
        safety(second_opinion={what: 0})


NEVER = [
    ("concurrency", {"concurrency": {"rack": 0}}),
    ("concurrency", {"concurrency": {"hypervisor": 0}}),
    ("concurrency", {"concurrency": {"datacentre": 0}}),
    ("cooldown", {"cooldown": {"in_all": 0}}),
    ("cooldown", {"cooldown": {"by_itself": 0}}),
    ("fleet_rate", {"fleet_rate": {"actions": 0}}),
    ("unhealthy_share", {"unhealthy_share": {"percent": 0}}),
]


@pytest.mark.parametrize(("name", "written"), NEVER, ids=str)
def test_0_is_never_and_nobody_overrules_it(name: str, written: dict[str, Any]) -> None:
    everything = yes(overrules=frozenset({name}), reason="do it")
    facts = safety(but(approvals=(everything,)), **written)
    if "by_itself" not in str(written):
        assert denied_by(facts) == name
    assert denied_by(but(facts, approvals=())) == name
    assert check(but(facts, approvals=()), name).reason.endswith("0 means never")
    assert check(but(facts, approvals=()), name).ruling is Ruling.DENY


def test_never_by_itself_is_not_never_with_a_person() -> None:
    facts = safety(cooldown={"by_itself": 0})
    assert denied_by(but(facts, requested_by="ana", confirmed=True)) == ""


# Where a check has nothing to protect

ADVERSE = but(
    mutes=("maintenance:3",),
    tags=frozenset({"never_reboot"}),
    guests_up=("vm1",),
    blind=True,
    reference=False,
    opinions=(),
    site_unhealthy=20,
    storm="fra1",
    newly_down=20,
    under_way=(held("web1", datacentre="fra1", rack="r1"),),
    acts=(acted(1), acted(2), acted(3)),
)


def denying(facts: Any) -> set[str]:
    return {name for name in ORDER if not check(facts, name).passes}


def test_what_we_switched_off_ourselves_never_stays_off() -> None:
    """No check that guards running machines may leave one off."""
    adverse = asking(but(ADVERSE, action="power.on", told=None))
    assert len(denying(adverse)) > 6
    assert denying(but(adverse, completing=True)) == set()


@pytest.mark.parametrize(
    ("changed", "name"),
    [
        ({"kill_switch": "ana"}, "kill_switch"),
        ({"told": Identity(serial="SN2")}, "identity"),
        ({"paused": "a refused login"}, "provider_budget"),
    ],
)
def test_what_even_then_holds(changed: dict[str, Any], name: str) -> None:
    facts = but(ADVERSE, action="power.on", completing=True, **changed)
    assert denying(facts) == {name}


def test_only_power_on_completes_a_cycle() -> None:
    """To switch off a second time is as dangerous as the first time."""
    facts = but(ADVERSE, action="power.off", completing=True)
    assert denying(facts) == denying(but(facts, completing=False))
    assert "identity" in denying(but(facts, told=None))


def test_a_machine_that_is_off_needs_no_opinion_to_be_given_power() -> None:
    off = but(action="power.on", opinions=(), site_unhealthy=20)
    assert denied_by(off) == ""
    assert denying(but(ADVERSE, action="power.on")) == {
        "maintenance", "protected", "blind", "storm", "concurrency", "cooldown", "fleet_rate",
    }  # fmt: skip


def test_a_machine_that_goes_on_running_needs_no_limits_of_power() -> None:
    service = but(ADVERSE, action="ssh.run", interrupts=False, touches_power=False)
    assert denying(service) == {"maintenance", "blind", "unhealthy_share", "storm", "concurrency"}


def test_people_are_asked_right_after_a_reboot_that_did_not_help() -> None:
    facts = but(action="datacentre.contact", touches_power=False, told=None, acts=(acted(9),) * 3)
    assert denied_by(facts) == ""
    assert denied_by(but(facts, storm="fra1")) == "storm"
    assert denied_by(but(facts, kill_switch="ana")) == "kill_switch"


def test_a_whole_site_that_is_down_is_the_reason_to_write_to_it() -> None:
    site = but(ADVERSE, action="datacentre.contact", target="", touches_power=False, told=None)
    assert denying(site) == {"maintenance", "blind"}


def test_no_device_is_asked_who_it_is_where_none_is_touched() -> None:
    facts = but(action="panel.reboot", touches_power=False, told=None, paused="a refused login")
    assert denied_by(facts) == ""
    assert check(facts, "identity").reason == "no device is touched"
