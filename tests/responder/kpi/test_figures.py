"""What is measured of an opening, an incident and a run, and of which ones nothing is?"""

from collections.abc import Mapping
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from responder.kpi.figures import first_action, of_incident, of_topic, opened
from responder.run_values import Run, RunState
from responder.values import Figure
from tests.responder.desk.tickets import ticket
from tests.responder.estate import NIGHT
from tests.responder.test_steps import fresh

LATER = NIGHT + timedelta(minutes=7)
BURNING = fresh().incident
ACKED = replace(BURNING, acknowledged_at=LATER)
WELL = replace(BURNING, firing=0, recovered_at=LATER, resolved_at=LATER + timedelta(minutes=10))
RUN = Run(
    1, "k", "host-down", 1, "0f", BURNING.id, BURNING.ref, "web1", RunState.RUNNING, "auto", "look",
    NIGHT, NIGHT,
)  # fmt: skip


def seconds(figures: tuple[Figure, ...]) -> dict[str, int]:
    return {str(one.figure): one.seconds for one in figures}


def test_an_opening_counts_once_under_its_category_channel_and_topic() -> None:
    whole = ticket(brand=None)
    (one,) = opened(whole)
    assert one.figure == f"opened/{whole.category}/{whole.channel}"
    assert (one.seconds, one.brand, one.at) == (0, "", whole.opened_at)
    assert [told.figure for told in of_topic(whole, "disk")] == ["topic/disk"]


@pytest.mark.parametrize("apart", [{"drill": True}, {"gone": "merged"}])
def test_a_drill_or_a_merged_ticket_counts_nowhere(apart: Mapping[str, Any]) -> None:
    assert opened(replace(ticket(), **apart)) == ()
    assert of_topic(replace(ticket(), **apart), "disk") == ()


def test_an_acknowledgement_is_measured_once_from_the_beginning() -> None:
    assert seconds(of_incident(BURNING, ACKED)) == {"ack": 420}
    assert of_incident(ACKED, ACKED) == ()
    assert of_incident(BURNING, BURNING) == ()


def test_a_recovery_is_when_it_was_well_and_not_when_it_was_known_to_last() -> None:
    assert seconds(of_incident(BURNING, WELL)) == {"recovery": 420}
    assert of_incident(WELL, WELL) == ()
    assert of_incident(BURNING, replace(WELL, resolved_at=None)) == ()


def test_what_a_person_ended_while_it_burned_has_not_recovered() -> None:
    assert of_incident(BURNING, replace(WELL, firing=1)) == ()
    assert of_incident(BURNING, replace(WELL, recovered_at=None)) == ()


@pytest.mark.parametrize("apart", [{"drill": True}, {"episode": 2}, {"muted_by": ("silence:1",)}])
def test_drills_later_episodes_and_planned_work_are_no_figures(apart: Mapping[str, Any]) -> None:
    assert of_incident(BURNING, replace(ACKED, **apart)) == ()
    assert of_incident(None, ACKED) == ()


def test_the_first_step_that_the_daemon_began_is_measured() -> None:
    (one,) = first_action(RUN, BURNING, at=LATER)
    assert (one.figure, one.seconds, one.by) == ("first_action", 420, "automation")
    assert (one.about, one.at) == (f"incident:{BURNING.id}", LATER)


@pytest.mark.parametrize(
    "apart",
    [
        {"drill": True},
        {"dry": True},
        {"requested_by": "ana"},
        {"results": {"look": {"outcome": "ok"}}},
    ],
)
def test_drills_dry_runs_persons_runs_and_later_steps_are_no_first_action(
    apart: Mapping[str, Any],
) -> None:
    assert first_action(replace(RUN, **apart), BURNING, at=LATER) == ()
    assert first_action(RUN, replace(BURNING, episode=2), at=LATER) == ()


def test_a_clock_that_was_set_back_makes_no_time_negative() -> None:
    before = NIGHT - timedelta(seconds=5)
    assert [one.seconds for one in first_action(RUN, BURNING, at=before)] == [0]
    early = replace(BURNING, acknowledged_at=before)
    assert seconds(of_incident(BURNING, early)) == {"ack": 0}
