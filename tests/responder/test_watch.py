"""What time alone does: rounds of pages, returns in the watch and after it, flapping, the end."""

from dataclasses import replace
from datetime import timedelta

import pytest

from alerts.model import Priority
from responder import acts, watch
from responder.paging.escalation import Escalations, Ladder, Rung
from responder.store import incidents as rows
from responder.values import IncidentState
from tests.responder.estate import plan
from tests.responder.room import Room, opened


def test_paging_goes_on_until_somebody_answers(room: Room) -> None:
    room.fires("web1")
    room.passes(minutes=14)
    rounds = ["opened ana", "escalated ana", "escalated bob", "repeated ana", "repeated bob"]
    assert room.pages() == rounds
    room.acts(acts.acknowledge)
    room.passes(minutes=30)
    assert room.pages() == rounds


def test_the_first_page_leaves_at_once_and_the_next_after_the_wait(room: Room) -> None:
    room.fires("web1")
    room.works()
    begin = room.now
    room.passes(minutes=4, seconds=55)
    room.passes(seconds=10, every=1)
    assert [one.at - begin for one in room.sent] == [
        timedelta(0), timedelta(minutes=5), timedelta(minutes=5),
    ]  # fmt: skip


def test_recovery_stops_the_paging_and_is_told_once_to_whoever_was_paged(room: Room) -> None:
    room.fires("web1")
    room.passes(minutes=6)
    room.ends("web1")
    room.passes(minutes=30)
    assert room.pages()[3:] == ["recovered ana", "recovered bob"]


def test_a_return_within_the_watch_pages_nobody_a_second_time(room: Room) -> None:
    room.fires("web1")
    room.passes(minutes=1)
    room.ends("web1")
    room.passes(minutes=4)
    room.fires("web1")
    room.passes(minutes=4)
    incident = room.incident()
    assert (incident.state, incident.episode) == (IncidentState.OPEN, 1)
    assert room.pages() == ["opened ana", "recovered ana"]


def test_a_return_that_lasts_is_paged_on_and_recovers_again(room: Room) -> None:
    room.fires("web1")
    room.passes(minutes=1)
    room.ends("web1")
    room.passes(minutes=1)
    room.fires("web1")
    room.passes(minutes=6)
    assert room.pages()[2:] == ["escalated ana", "escalated bob"]
    room.ends("web1")
    room.passes(minutes=1)
    assert room.pages()[4:] == ["recovered ana", "recovered bob"]


def test_a_return_within_the_watch_stays_acknowledged(room: Room) -> None:
    room.fires("web1")
    room.acts_on_page()
    room.ends("web1")
    room.passes(minutes=1)
    room.fires("web1")
    room.passes(minutes=30)
    assert room.incident().state is IncidentState.ACKNOWLEDGED
    assert room.pages() == ["opened ana", "recovered ana"]


def test_a_return_of_which_nobody_had_heard_is_paged_at_once(room: Room) -> None:
    """The first page was not wanted any more when its turn came."""
    room.fires("web1")
    room.ends("web1")
    room.works()
    room.passes(seconds=30)
    assert room.pages() == []
    room.fires("web1")
    room.works()
    assert room.pages() == ["opened ana"]


def test_a_page_that_is_still_under_way_is_not_doubled_by_a_return(room: Room) -> None:
    room.broken_ways = {"email"}
    room.fires("web1")
    room.works()
    room.ends("web1")
    room.fires("web1")
    room.broken_ways = set()
    room.passes(minutes=1)
    assert room.pages() == ["opened ana"]


def test_a_recovery_that_was_overtaken_by_a_return_is_told_in_the_end(room: Room) -> None:
    room.fires("web1")
    room.works()
    room.broken_ways = {"email"}
    room.ends("web1")
    room.works()
    room.fires("web1")
    room.broken_ways = set()
    room.passes(seconds=30)
    assert room.pages() == ["opened ana"]
    room.ends("web1")
    room.passes(seconds=30)
    assert room.pages() == ["opened ana", "recovered ana"]


def test_after_the_watch_it_is_resolved_and_after_a_day_closed(room: Room) -> None:
    room.fires("web1")
    room.passes(minutes=1)
    room.ends("web1")
    room.passes(minutes=4, seconds=59)
    assert room.incident().state is IncidentState.MITIGATED
    room.passes(seconds=1)
    assert room.incident().state is IncidentState.RESOLVED
    assert room.tickets[-1] == "solve 1"
    room.passes(hours=23, minutes=59, every=3600)
    assert room.incident().state is IncidentState.RESOLVED
    room.passes(minutes=1)
    assert room.incident().state is IncidentState.CLOSED
    assert room.log()[-2:] == ["resolved", "closed"]


def test_a_return_after_the_watch_is_a_new_episode_with_pages_of_its_own(room: Room) -> None:
    room.fires("web1")
    room.acts_on_page()
    room.ends("web1")
    room.passes(minutes=6)
    room.fires("web1")
    room.works()
    incident = room.incident()
    assert (incident.id, incident.state, incident.episode) == (1, "open", 2)
    assert (incident.acknowledged_by, incident.recovered_at, incident.resolved_at) == (None,) * 3
    assert room.pages() == ["opened ana", "recovered ana", "opened ana"]
    assert room.tickets[-2:] == ["solve 1", "reopen 1"]


def test_a_return_after_the_watch_is_one_even_when_no_turn_came_between(room: Room) -> None:
    """The daemon was away for an hour."""
    room.fires("web1")
    room.acts_on_page()
    room.ends("web1")
    room.now += timedelta(hours=1)
    room.fires("web1")
    room.works()
    assert (room.incident().state, room.incident().episode) == ("open", 2)
    assert room.pages()[-1] == "opened ana"


def test_a_return_after_the_closing_is_another_incident(room: Room) -> None:
    room.fires("web1")
    room.ends("web1")
    room.passes(minutes=6, every=60)
    room.passes(hours=25, every=3600)
    room.fires("web1")
    room.works()
    assert [one.state for one in room.incidents()] == ["closed", "open"]
    assert room.pages()[-1] == "opened ana"
    assert room.tickets[-1] == "open 2"


def test_what_a_person_ended_is_not_closed_while_an_alert_of_it_fires(room: Room) -> None:
    room.fires("web1")
    room.resolves(words="known, nobody uses it")
    room.passes(days=3, every=7200)
    assert room.incident().state is IncidentState.RESOLVED
    room.ends("web1")
    room.fires("web1")
    room.works()
    assert (room.incident().state, room.incident().episode) == ("open", 2)


def test_what_becomes_critical_later_pages_then(room: Room) -> None:
    room.fires("web1", severity="warning", name="DiskFull")
    room.passes(minutes=10)
    assert (room.pages(), room.tickets) == ([], ["open 1"])
    room.fires("web1")
    room.works()
    assert room.pages() == ["opened ana"]
    assert (room.incident().category, room.incident().rule) == ("critical", "severity critical")


def test_what_becomes_critical_after_an_answer_pages_again(room: Room) -> None:
    room.fires("web1", severity="warning", name="DiskFull")
    room.acts(acts.acknowledge)
    room.fires("web1")
    room.works()
    incident = room.incident()
    assert (incident.state, incident.acknowledged_by) == (IncidentState.OPEN, None)
    assert room.pages() == ["opened ana"]


def test_more_trouble_of_the_same_badness_pages_nobody(room: Room) -> None:
    room.fires("web1")
    room.acts_on_page()
    room.fires("web1", name="HttpDown")
    room.passes(minutes=10)
    assert (room.pages(), room.incident().firing) == (["opened ana"], 2)


def test_what_has_been_paged_for_less_is_paged_at_once_when_it_gets_critical() -> None:
    ladders = Escalations(
        critical=Ladder((Rung(("ana",)),)),
        by_priority={Priority.MEDIUM: Ladder((Rung(("bob",), timedelta(hours=1)),))},
        methods={"ana": ("email",), "bob": ("email",)},
    )
    with opened(plan(ladders)) as room:
        room.fires("web1", severity="warning", name="DiskFull")
        room.passes(minutes=1)
        room.fires("web1")
        room.works()
        assert room.pages() == ["opened bob", "repeated ana"]


@pytest.mark.parametrize("answers", [True, False])
def test_what_flaps_for_an_hour_is_one_incident_and_three_pages(room: Room, answers: bool) -> None:
    """F19: down and up, every 20 seconds."""
    for number in range(180):
        (room.ends if number % 2 else room.fires)("web1")
        room.passes(seconds=20)
        if answers and number == 2:
            room.acts(acts.acknowledge)
    (incident,) = room.incidents()
    assert (incident.unstable, incident.episode) == (True, 1)
    assert incident.state is (IncidentState.ACKNOWLEDGED if answers else IncidentState.OPEN)
    calls = [one for one in room.sent if one.event != "recovered" and one.person == "ana"]
    assert len(calls) == (1 if answers else 3)
    assert room.log().count("unstable") == 1
    assert room.tickets.count("open 1") == 1


def test_what_has_flapped_recovers_after_quiet_minutes(room: Room) -> None:
    for number in range(60):
        (room.ends if number % 2 else room.fires)("web1")
        room.passes(seconds=20)
    told = len(room.sent)
    room.passes(minutes=13)
    assert room.incident().state is IncidentState.OPEN
    room.passes(minutes=3)
    assert (room.incident().state, room.log()[-2:]) == ("mitigated", ["stable", "mitigated"])
    assert {one.event for one in room.sent[told:]} == {"recovered"}


def test_what_has_flapped_and_stays_down_is_paged_without_a_long_wait(room: Room) -> None:
    for number in range(61):
        (room.ends if number % 2 else room.fires)("web1")
        room.passes(seconds=20)
    told = len(room.sent)
    room.passes(minutes=17)
    assert not room.incident().unstable
    assert [one.person for one in room.sent[told:]] == ["ana", "bob"]


def test_flapping_can_be_switched_off() -> None:
    with opened(plan(flapping="off")) as room:
        for number in range(60):
            (room.ends if number % 2 else room.fires)("web1")
            room.passes(seconds=20)
        assert "unstable" not in room.log()


def test_a_tick_without_anything_due_changes_nothing(room: Room) -> None:
    room.fires("web1")
    room.works()
    for turn in (watch.tick, watch.page_due, watch.mute_anew):
        saved = room.do(turn)
        assert (saved.incidents, saved.effects, saved.figures) == ((), 0, ())


def test_what_is_over_never_stands_before_what_must_be_paged(room: Room) -> None:
    """A turn looks at the longest due ones first, so many at once."""
    room.fires("web1")
    room.acts_on_page()
    room.ends("web1")
    [over] = room.incidents()
    room.look(rows.change, [replace(over, page_at=room.now)])
    room.passes(minutes=1)
    assert room.look(rows.due_to_page, now=room.now, limit=10) == []
