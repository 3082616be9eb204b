"""Who is written to in which round, and under which key?"""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from alerts.model import Category, Priority
from playbooks.ports import PageEvent
from responder.paging.escalation import (
    DEFAULT_WAIT,
    UNSTABLE_WAIT,
    Escalations,
    Ladder,
    Rung,
    climbed,
    page,
    told_again,
)
from responder.values import EffectKind, Incident, Reached
from tests.responder.estate import NIGHT
from tests.responder.test_steps import HIGH, fresh

METHODS = {"ana": ("email", "pagerduty"), "bob": ("email",), "boss": ("webhook",)}
LADDER = Ladder((Rung(("ana",), timedelta(minutes=2)), Rung(("ana", "bob")), Rung(("boss",))))
ESCALATIONS = Escalations(LADDER, {}, METHODS)


def climb(incident: Incident, rounds: int, **more: Any) -> list[tuple[str, str, float]]:
    """Event, person and minutes of each page of so many rounds."""
    told = []
    for _ in range(rounds):
        at = incident.page_at or NIGHT
        incident, pages = climbed(incident, escalations=more.get("using", ESCALATIONS), now=at)
        minutes = (at - NIGHT).total_seconds() / 60
        told += [(str(one.payload["event"]), one.payload["person"], minutes) for one in pages]
    return told


def test_a_ladder_is_climbed_step_by_step_and_its_last_step_repeats() -> None:
    assert climb(fresh().incident, 5) == [
        ("opened", "ana", 0),
        ("escalated", "ana", 2),
        ("escalated", "bob", 2),
        ("escalated", "boss", 7),
        ("repeated", "boss", 12),
        ("repeated", "boss", 17),
    ]


def test_a_single_step_repeats_itself() -> None:
    one = Escalations(Ladder((Rung(("ana", "bob")),)), {}, METHODS)
    events = [event for event, _, _ in climb(fresh().incident, 3, using=one)]
    assert events == ["opened", "opened", "repeated", "repeated", "repeated", "repeated"]


def test_the_next_round_is_due_after_the_wait_of_this_one() -> None:
    higher, _ = climbed(fresh().incident, escalations=ESCALATIONS, now=NIGHT)
    assert (higher.step, higher.page_at) == (1, NIGHT + timedelta(minutes=2))
    higher, _ = climbed(higher, escalations=ESCALATIONS, now=NIGHT)
    assert (higher.step, higher.page_at) == (2, NIGHT + DEFAULT_WAIT)


def test_what_flaps_is_paged_at_most_three_times_an_hour() -> None:
    """F19."""
    unstable = replace(fresh().incident, unstable=True)
    assert [minutes for _, _, minutes in climb(unstable, 4)][-1] >= 60
    higher, _ = climbed(unstable, escalations=ESCALATIONS, now=NIGHT)
    assert higher.page_at == NIGHT + UNSTABLE_WAIT


def test_a_long_wait_is_not_shortened_by_flapping() -> None:
    slow = Escalations(Ladder((Rung(("ana",), timedelta(hours=2)),)), {}, METHODS)
    unstable = replace(fresh().incident, unstable=True)
    higher, _ = climbed(unstable, escalations=slow, now=NIGHT)
    assert higher.page_at == NIGHT + timedelta(hours=2)


@pytest.mark.parametrize("nobody", [None, Ladder(())])
def test_where_nobody_is_to_be_paged_we_ask_again_soon(nobody: Ladder | None) -> None:
    """F57: the auditor counts it meanwhile, and a mended configuration is used."""
    higher, pages = climbed(fresh().incident, escalations=Escalations(nobody), now=NIGHT)
    assert (pages, higher.step, higher.page_at) == ((), 0, NIGHT + DEFAULT_WAIT)


def test_one_that_reaches_nobody_any_more_says_so_as_the_next_round_would() -> None:
    begun = replace(fresh().incident, step=2)
    higher, pages = climbed(begun, escalations=Escalations(None), now=NIGHT)
    assert (pages, higher.step) == ((), 3)


ANA_ASLEEP = Escalations(
    None,
    {Priority.CRITICAL: LADDER, Priority.HIGH: Ladder((Rung(("ana", "bob")),))},
    METHODS,
    quiet={"ana": NIGHT + timedelta(hours=4)},
)
BOTH_ASLEEP = replace(ANA_ASLEEP, quiet={**ANA_ASLEEP.quiet, "bob": NIGHT + timedelta(hours=3)})


def test_what_is_critical_rings_in_quiet_hours_too() -> None:
    higher, (first,) = climbed(fresh().incident, escalations=BOTH_ASLEEP, now=NIGHT)
    assert (first.payload["person"], higher.step) == ("ana", 1)


def test_what_is_not_rings_at_no_bed_but_at_whoever_is_awake() -> None:
    higher, (first,) = climbed(fresh(HIGH).incident, escalations=ANA_ASLEEP, now=NIGHT)
    assert (first.payload["person"], higher.step) == ("bob", 1)


def test_where_all_of_a_step_sleep_it_waits_for_the_first_to_wake() -> None:
    same, pages = climbed(fresh(HIGH).incident, escalations=BOTH_ASLEEP, now=NIGHT)
    assert (pages, same.step, same.page_at) == ((), 0, NIGHT + timedelta(hours=3))


def test_whoever_took_it_and_fell_silent_is_the_reason_why_it_rings_again() -> None:
    taken = replace(fresh().incident, step=1)
    _, pages = climbed(taken, escalations=ESCALATIONS, now=NIGHT, lapsed=True)
    assert [one.payload["event"] for one in pages] == [PageEvent.LAPSED] * 2


def test_critical_trouble_has_its_own_ladder_or_the_default_one() -> None:
    critical, high = fresh().incident, fresh(HIGH).incident
    other = Ladder((Rung(("boss",)),))
    assert ESCALATIONS.ladder(critical) is LADDER
    assert ESCALATIONS.ladder(high) is None
    both = Escalations(LADDER, {Priority.CRITICAL: other, Priority.HIGH: LADDER}, METHODS)
    assert (both.ladder(critical), both.ladder(high)) == (other, LADDER)
    assert both.ladder(replace(high, category=Category.CRITICAL)) is other


def test_each_round_is_a_page_of_its_own_over_the_first_method() -> None:
    incident, (first,) = climbed(fresh().incident, escalations=ESCALATIONS, now=NIGHT)
    _, (second, _) = climbed(incident, escalations=ESCALATIONS, now=NIGHT)
    assert (first.kind, first.key, second.key) == (
        EffectKind.PAGE, "x-1/1/0/ana/0", "x-1/1/1/ana/0",
    )  # fmt: skip
    assert first.payload == {
        "person": "ana", "method": "email", "place": 0, "event": "opened", "step": 0, "episode": 1,
    }  # fmt: skip
    assert first.lane == ""


def test_the_key_is_the_same_whoever_decides_it() -> None:
    incident = fresh().incident
    decided = [climbed(incident, escalations=ESCALATIONS, now=NIGHT)[1] for _ in range(2)]
    assert decided[0] == decided[1]


def test_another_episode_has_other_keys() -> None:
    again = replace(fresh().incident, episode=2)
    _, (first,) = climbed(again, escalations=ESCALATIONS, now=NIGHT)
    assert first.key == "x-1/2/0/ana/0"


def test_news_goes_over_the_way_that_reached_each_person() -> None:
    reached = [Reached("ana", "pagerduty", 1), Reached("bob", "email", 0)]
    incident = replace(fresh().incident, step=2, seq=7)
    told = told_again(incident, reached, event=PageEvent.RECOVERED)
    assert [one.key for one in told] == ["x-1/1/recovered-7/ana/1", "x-1/1/recovered-7/bob/0"]
    assert [one.payload["method"] for one in told] == ["pagerduty", "email"]


def test_a_second_recovery_is_other_news_than_the_first() -> None:
    first = replace(fresh().incident, seq=7)
    to = Reached("ana", "email", 0)
    keys = {page(one, to, event=PageEvent.RECOVERED).key for one in (first, replace(first, seq=9))}
    assert len(keys) == 2


@given(st.integers(0, 50), st.integers(1, 3))
def test_no_two_rounds_share_a_key(rounds: int, episode: int) -> None:
    incident = replace(fresh().incident, episode=episode)
    keys = []
    for _ in range(rounds):
        incident, pages = climbed(incident, escalations=ESCALATIONS, now=NIGHT)
        keys += [one.key for one in pages]
    assert len(set(keys)) == len(keys) >= rounds


LOUDER = Escalations(
    Ladder((Rung(("ana", "bob")), Rung(("ana", "bob"), by="pagerduty"))), {}, METHODS
)


def test_a_step_may_ask_for_a_kind_of_method_and_is_the_same_people_again() -> None:
    incident, first = climbed(fresh().incident, escalations=LOUDER, now=NIGHT)
    _, second = climbed(incident, escalations=LOUDER, now=NIGHT)
    told = [
        [(one.payload["person"], one.payload["method"], one.payload["event"]) for one in pages]
        for pages in (first, second)
    ]
    assert told == [
        [("ana", "email", "opened"), ("bob", "email", "opened")],
        [("ana", "pagerduty", "repeated"), ("bob", "email", "repeated")],  # bob has none
    ]


def test_a_round_that_began_with_a_later_method_says_so() -> None:
    incident, first = climbed(fresh().incident, escalations=LOUDER, now=NIGHT)
    _, second = climbed(incident, escalations=LOUDER, now=NIGHT)
    assert [one.payload.get("first", 0) for one in (*first, *second)] == [0, 0, 1, 0]
    (news,) = told_again(incident, [Reached("ana", "pagerduty", 1)], event=PageEvent.RECOVERED)
    assert "first" not in news.payload
