"""Do late answers, lost people and calm weather leave a critical incident without a voice?"""

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta

import pytest

from alerts.model import Priority, person
from responder import acts, answers
from responder.desk.taking import Answer
from responder.paging.duties import Duties
from responder.store import pages
from responder.values import IncidentState
from tests.responder.estate import plan
from tests.responder.room import Room, opened

MINUTE, HOUR = timedelta(minutes=1), timedelta(hours=1)


@pytest.fixture
def room() -> Iterator[Room]:
    """A company where whoever has acknowledged must show a sign of work every hour."""
    how = plan()
    with opened(replace(how, rules=replace(how.rules, progress={Priority.CRITICAL: HOUR}))) as one:
        one.fires("web1")
        one.works()
        yield one


def state(room: Room) -> IncidentState:
    return room.incidents()[0].state


def unpaged(room: Room) -> int:
    count: int = room.look(pages.unpaged, queued_before=room.now - MINUTE)
    return count


def test_an_act_in_the_ticket_from_before_it_lapsed_answers_nothing(room: Room) -> None:
    """The ticket system was away, and tells what was done there only now."""
    taken = room.now + MINUTE
    room.acts(acts.acknowledge)
    room.passes(minutes=62, every=60)
    room.do(answers.acknowledge, answers=[Answer(1, person("ana"), taken)])
    assert state(room) is IncidentState.OPEN
    room.do(answers.acknowledge, answers=[Answer(1, person("ana"), room.now)])
    assert state(room) is IncidentState.ACKNOWLEDGED


def test_an_act_of_an_earlier_episode_answers_nothing(room: Room) -> None:
    then = room.now + MINUTE
    room.ends("web1")
    room.passes(hours=1, every=60)
    room.fires("web1")
    room.do(answers.acknowledge, answers=[Answer(1, person("ana"), then)])
    assert (room.incidents()[0].episode, state(room)) == (2, IncidentState.OPEN)


def test_an_act_from_before_somebody_asked_for_more_people_answers_nothing(room: Room) -> None:
    then = room.now
    room.now += 10 * MINUTE
    room.acts(acts.escalate)
    room.do(answers.acknowledge, answers=[Answer(1, person("ana"), then)])
    assert state(room) is IncidentState.OPEN


def test_who_answered_to_something_less_did_not_answer_to_an_outage() -> None:
    with opened() as one:
        one.fires("web1", name="DiskFilling", severity="warning")
        then = one.now + MINUTE
        one.now += 10 * MINUTE
        one.fires("web1")
        one.do(answers.acknowledge, answers=[Answer(1, person("ana"), then)])
        assert state(one) is IncidentState.OPEN


def test_the_clock_of_a_ticket_system_may_be_a_little_behind(room: Room) -> None:
    room.acts(acts.acknowledge)
    room.passes(minutes=62, every=60)
    told = room.now - 2 * MINUTE
    room.do(answers.acknowledge, answers=[Answer(1, person("ana"), told)])
    assert state(room) is IncidentState.ACKNOWLEDGED


def test_what_calms_down_does_not_take_it_from_whoever_has_it(room: Room) -> None:
    for _ in range(8):
        room.ends("web1")
        room.now += MINUTE
        room.fires("web1")
        room.now += MINUTE
    assert room.incidents()[0].unstable
    room.acts(acts.acknowledge)
    room.passes(minutes=55)
    assert not room.incidents()[0].unstable
    assert "lapsed" not in room.log()


def test_nobody_is_given_what_nobody_could_tell_him(room: Room) -> None:
    told = room.plan.escalations
    mute = {**told.methods, "zed": ()}
    room.plan = replace(room.plan, escalations=replace(told, methods=mute))
    with pytest.raises(acts.Refusal, match="zed has no methods"):
        room.acts(acts.hand_over, to="zed")
    assert state(room) is IncidentState.OPEN


def test_a_reload_that_leaves_nobody_is_the_auditors_though_somebody_was_told_before(
    room: Room,
) -> None:
    room.passes(minutes=11, every=60)
    before = room.plan
    assert unpaged(room) == 0
    room.plan = replace(room.plan, escalations=Duties(methods={"ana": ()}))
    room.passes(minutes=6, every=60)
    assert unpaged(room) == 1
    room.plan = before
    room.passes(minutes=6, every=60)
    assert unpaged(room) == 0


def test_what_should_have_lapsed_long_ago_is_the_auditors(room: Room) -> None:
    """Nobody decides rounds any more."""
    room.acts(acts.acknowledge)
    room.now += 59 * MINUTE
    assert unpaged(room) == 0
    room.now += 3 * MINUTE
    assert unpaged(room) == 1
