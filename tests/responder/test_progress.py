"""Is somebody asked again who took an incident and left it lying, and only then?"""

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta

import pytest

from alerts.model import DAEMON, ActorKind, Priority, person
from responder import acts, answers
from responder.desk.taking import Answer
from responder.steps import Step, attended
from responder.store import pages
from responder.values import Entry, IncidentState
from tests.responder.estate import plan
from tests.responder.room import MIRA, Room, opened

HOUR = timedelta(hours=1)


@pytest.fixture
def room() -> Iterator[Room]:
    """A company where whoever has acknowledged must show a sign of work every hour."""
    how = plan()
    rules = replace(how.rules, progress={Priority.CRITICAL: HOUR})
    with opened(replace(how, rules=rules)) as one:
        one.fires("web1")
        one.works()
        yield one


def test_an_acknowledgement_without_a_sign_of_work_lapses(room: Room) -> None:
    room.acts(acts.acknowledge)
    room.passes(minutes=59, every=60)
    assert room.pages() == ["opened ana"]
    room.passes(minutes=2, every=60)
    assert room.pages()[1:] == ["lapsed ana", "lapsed bob"]
    [incident] = room.incidents()
    assert (incident.state, incident.acknowledged_by) == (IncidentState.OPEN, None)


def test_paging_goes_on_where_it_stood_until_somebody_answers_again(room: Room) -> None:
    room.acts(acts.acknowledge)
    room.passes(minutes=62, every=60)
    room.passes(minutes=5, every=60)
    assert room.pages()[3:] == ["repeated ana", "repeated bob"]
    room.acts(acts.acknowledge)
    room.passes(minutes=50, every=60)
    assert len(room.pages()) == 5


def test_each_sign_of_work_gives_more_time(room: Room) -> None:
    room.acts(acts.acknowledge)
    for words in ("it is the raid", "a disk is on its way", "nearly"):
        room.passes(minutes=50, every=60)
        room.acts(acts.note, words=words)
    room.passes(minutes=50, every=60)
    assert room.pages() == ["opened ana"]


def test_writing_in_the_ticket_is_a_sign_of_work(room: Room) -> None:
    incident = room.acts(acts.acknowledge)
    room.passes(minutes=50, every=60)
    room.do(answers.acknowledge, answers=[Answer(incident.id, person("ana"), room.now)])
    room.passes(minutes=50, every=60)
    assert room.pages() == ["opened ana"]


def test_a_snooze_longer_than_the_patience_holds(room: Room) -> None:
    room.acts(acts.acknowledge)
    room.acts(acts.snooze, until=room.now + 5 * HOUR, words="the disk comes at noon")
    room.acts(acts.note, words="called the data centre")
    room.passes(hours=4.9, every=600)
    assert room.pages() == ["opened ana"]
    room.passes(minutes=10, every=60)
    assert room.pages()[1:] == ["lapsed ana", "lapsed bob"]


def test_whoever_was_given_it_must_show_work_too(room: Room) -> None:
    room.acts(acts.hand_over, to="bob")
    room.passes(minutes=62, every=60)
    assert room.pages() == ["opened ana", "handed-over bob", "lapsed ana", "lapsed bob"]


def test_a_hand_over_that_nobody_heard_is_the_auditors(room: Room) -> None:
    room.broken_ways = {"email"}
    room.acts(acts.hand_over, to="bob")
    room.works()
    room.now += timedelta(minutes=10)
    assert room.look(pages.unpaged, queued_before=room.now - timedelta(minutes=1)) == 1
    room.broken_ways = set()
    room.works()
    assert room.look(pages.unpaged, queued_before=room.now - timedelta(minutes=1)) == 0


def test_without_such_a_rule_it_stays_with_whoever_has_it() -> None:
    with opened(plan()) as one:
        one.fires("web1")
        one.works()
        one.acts(acts.acknowledge)
        one.passes(hours=30, every=600)
        assert one.pages() == ["opened ana"]


def test_what_no_critical_alert_holds_open_any_more_asks_nobody_again(room: Room) -> None:
    """A warning may go on for weeks; whoever took the outage is not woken for it."""
    room.acts(acts.acknowledge)
    room.fires("web1", name="DiskFilling", severity="warning")
    room.ends("web1")
    room.passes(hours=5, every=600)
    assert room.pages() == ["opened ana"]
    room.fires("web1", name="Dead")
    room.passes(minutes=1)
    assert len(room.pages()) > 1


def test_a_reload_that_drops_the_rule_forgets_the_time(room: Room) -> None:
    room.acts(acts.acknowledge)
    room.plan = plan()
    room.passes(hours=3, every=600)
    assert room.pages() == ["opened ana"]
    assert room.incidents()[0].page_at is None


@pytest.mark.parametrize(
    ("entry", "counts"),
    [
        (Entry("note", MIRA), True),
        (Entry("playbook_step", DAEMON), True),
        (Entry("alert_fired", DAEMON), False),
        (Entry("note", replace(MIRA, kind=ActorKind.SYSTEM)), False),
    ],
)
def test_only_people_and_playbooks_show_work(room: Room, entry: Entry, counts: bool) -> None:
    taken = room.acts(acts.acknowledge)
    later = room.now + timedelta(minutes=30)
    step = attended(Step(taken, (entry,)), rules=room.plan.rules, now=later)
    assert (step.incident.page_at == later + HOUR) is counts
