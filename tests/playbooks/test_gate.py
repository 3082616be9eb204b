"""Does the gate stop what must be stopped, and nothing else? Each check, alone and with others."""

import itertools
import random
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from playbooks.gate import CHECKS, OVERRULABLE, Check, Facts, Ruling, denial, judged, waits_only
from playbooks.playbook import Mode
from tests.playbooks.gate_scenes import (
    DENIED,
    FINE,
    ORDER,
    asking,
    but,
    check,
    denied_by,
    safety,
    yes,
)

WAITING = {"blind", "concurrency", "approval", "provider_budget"}

every_check = pytest.mark.parametrize("name", ORDER)


def test_all_fourteen_checks_speak_every_time_in_the_order_of_the_design() -> None:
    for facts in (FINE, *DENIED.values()):
        assert tuple(one.name for one in judged(facts)) == ORDER


def test_where_nothing_speaks_against_it_nothing_does() -> None:
    assert denial(judged(FINE)) is None
    assert {one.ruling for one in judged(FINE)} == {Ruling.PASS}


@every_check
def test_each_check_stops_what_no_other_check_would_stop(name: str) -> None:
    """Take it out, and a machine would be switched that must not be."""
    facts = DENIED[name]
    assert denied_by(facts) == name
    others = {one: ask for one, ask in CHECKS.items() if one != name}
    assert denial(judged(facts, checks=others)) is None


@every_check
def test_it_waits_only_for_what_ends_by_itself_or_by_a_persons_yes(name: str) -> None:
    assert (check(DENIED[name], name).ruling is Ruling.WAIT) == (name in WAITING)
    assert waits_only(judged(DENIED[name])) == (name in WAITING)


def test_a_wait_beside_a_denial_is_no_mere_wait() -> None:
    assert not waits_only(judged(but(DENIED["blind"], storm="fra1")))
    assert waits_only(judged(but(DENIED["blind"], paused="the account rests")))


@every_check
def test_every_verdict_is_one_plain_line(name: str) -> None:
    for facts in (FINE, DENIED[name]):
        reason = check(facts, name).reason
        assert reason == reason.strip()
        assert "\n" not in reason
        assert "  " not in reason


def test_nobody_is_asked_for_a_yes_that_could_not_help() -> None:
    another = asking(DENIED["identity"])
    assert check(another, "approval").ruling is Ruling.WAIT
    assert denied_by(another) == "identity"
    assert denied_by(but(another, storm="fra1: 12 servers down")) == "identity"
    assert denied_by(asking(FINE)) == "approval"


def test_nobody_is_asked_to_overrule_what_the_playbook_never_allows() -> None:
    both = asking(but(DENIED["storm"]), cooldown={"in_all": 0})
    assert denied_by(both) == "cooldown"


def test_while_our_own_line_is_down_a_silent_device_proves_nothing() -> None:
    assert denied_by(but(asking(DENIED["identity"]), blind=True)) == "blind"


def test_the_first_denial_wins() -> None:
    both = but(DENIED["identity"], storm="fra1: 12 servers down")
    assert denied_by(both) == "storm"
    assert check(both, "identity").ruling is Ruling.DENY


@every_check
def test_a_person_overrules_what_he_may_and_it_stays_to_be_seen(name: str) -> None:
    own = but(DENIED[name], requested_by="ana", confirmed=True)
    own = but(own, overrules=frozenset(ORDER), overrule_reason="I stand before it")
    told = check(own, name)
    if name not in OVERRULABLE:
        assert not told.overruled_by
        return
    assert denied_by(own) == ""
    assert (told.overruled_by, told.because) == ("ana", "I stand before it")
    assert told.ruling is not Ruling.PASS
    assert told.reason == check(but(own, overrules=frozenset()), name).reason


def test_what_passes_by_itself_nobody_has_taken_on_himself() -> None:
    own = but(FINE, requested_by="ana", confirmed=True)
    own = but(own, overrules=frozenset(ORDER), overrule_reason="I stand before it")
    assert {one.overruled_by for one in judged(own)} == {""}


@pytest.mark.parametrize(
    "changed",
    [{"overrule_reason": " "}, {"confirmed": False}, {"overrules": frozenset({"cooldown"})}],
)
def test_who_overrules_says_so_confirms_it_and_gives_a_reason(changed: dict[str, Any]) -> None:
    said = {"overrules": frozenset({"storm"}), "overrule_reason": "it is only the panel"}
    own = but(DENIED["storm"], requested_by="ana", confirmed=True, **said)
    assert denied_by(own) == ""
    assert denied_by(but(own, **changed)) == "storm"


def test_an_approval_overrules_too_and_only_while_it_holds() -> None:
    taken = yes("bob", overrules=frozenset({"storm"}), reason="it is only the panel")
    facts = asking(but(DENIED["storm"], approvals=(taken,)))
    assert check(facts, "storm").overruled_by == "bob"
    assert denied_by(facts) == ""
    assert denied_by(but(facts, digest="another step")) == "storm"


def test_from_two_approvals_on_he_who_began_it_overrules_nothing() -> None:
    said = {"overrules": frozenset({"storm"}), "overrule_reason": "believe me"}
    own = but(DENIED["storm"], requested_by="ana", confirmed=True, **said)
    own = but(asking(own, approvals=2), approvals=(yes("bob"), yes("carl")))
    assert denied_by(own) == "storm"
    taken = yes("bob", overrules=frozenset({"storm"}), reason="I have seen it too")
    assert denied_by(but(own, approvals=(taken, yes("carl")))) == ""


# What the gate says, whatever the facts are.

names = st.sampled_from(ORDER)
several = st.sets(names)


def joined(wrong: set[str]) -> Facts:
    """Facts that each of these checks denies."""
    changed: dict[str, Any] = {}
    for name in sorted(wrong):
        there = DENIED[name]
        fields = (field for field in Facts.__dataclass_fields__ if field not in ("safety", "mode"))
        changed |= {
            field: value
            for field in fields
            if (value := getattr(there, field)) != getattr(FINE, field)
        }
    facts = but(**changed)
    if "mode" in wrong:
        return but(facts, mode=Mode.DRY_RUN)
    return asking(facts) if "approval" in wrong else facts


@given(several, several)
def test_one_more_denial_never_turns_a_no_into_a_yes(wrong: set[str], more: set[str]) -> None:
    before, after = denial(judged(joined(wrong))), denial(judged(joined(wrong | more)))
    assert before is None or after is not None
    assert (before is None) == (not wrong)


@given(several, st.randoms(use_true_random=False))
def test_whether_it_may_does_not_depend_on_the_order(wrong: set[str], dice: random.Random) -> None:
    shuffled = list(CHECKS)
    dice.shuffle(shuffled)
    facts = joined(wrong)
    told = judged(facts, checks={name: CHECKS[name] for name in shuffled})
    assert (denial(told) is None) == (denial(judged(facts)) is None)
    assert sorted(told, key=_name) == sorted(judged(facts), key=_name)


@given(names, several, st.integers(1, 4))
def test_nobody_overrules_kill_switch_protected_and_identity(
    name: str, also: set[str], persons: int
) -> None:
    """However many say yes to everything."""
    fixed = {"kill_switch", "protected", "identity"}
    everything = [
        yes(f"person {number}", overrules=frozenset(ORDER), reason="do it")
        for number in range(persons)
    ]
    facts = but(joined({name, *also} - {"mode", "approval"}), approvals=everything)
    told = {one.name: one for one in judged(facts)}
    wrong = {one for one in told if told[one].ruling is not Ruling.PASS}
    assert {one for one in wrong if told[one].overruled_by} == wrong & OVERRULABLE
    assert not any(told[one].overruled_by for one in fixed)
    if wrong & fixed:
        assert denied_by(facts) in wrong - OVERRULABLE


ZEROS = st.sampled_from(
    [
        ("concurrency", "rack"),
        ("concurrency", "hypervisor"),
        ("concurrency", "datacentre"),
        ("cooldown", "in_all"),
        ("fleet_rate", "actions"),
        ("unhealthy_share", "percent"),
    ]
)


@given(ZEROS, several, st.integers(0, 3))
def test_0_is_never_whoever_wants_it(zero: tuple[str, str], also: set[str], persons: int) -> None:
    name, field = zero
    everything = [
        yes(f"person {number}", overrules=frozenset(ORDER), reason="do it")
        for number in range(persons)
    ]
    facts = but(joined(also - {"mode", "approval"}), approvals=everything)
    told = check(safety(facts, **{name: {field: 0}}), name)
    assert (told.ruling, told.passes, told.never) == (Ruling.DENY, False, True)


def test_the_checks_are_pure() -> None:
    for one, other in itertools.pairwise([judged(FINE)] * 3):
        assert one == other


def _name(one: Check) -> str:
    return one.name
