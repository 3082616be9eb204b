"""Do people's acts do what they say, once, and are they refused where they do not fit?"""

from datetime import timedelta

import pytest

from alerts.model import Priority
from responder import acts
from responder.store import logs
from responder.values import IncidentState
from tests.responder.room import MIRA, Room

OPEN, ACKNOWLEDGED = IncidentState.OPEN, IncidentState.ACKNOWLEDGED


def words(room: Room, id_: int = 1) -> list[tuple[str, str, str]]:
    """Kind, actor and words of each line."""
    lines = room.look(logs.read, "incident", id_)
    return [(line.kind, line.actor.name, line.words) for line in lines]


def test_an_acknowledgement_stops_the_paging_and_names_the_person(room: Room) -> None:
    room.fires("web1")
    room.works()
    incident = room.acts(acts.acknowledge, words="on it", via="web")
    assert (incident.state, incident.acknowledged_by, incident.acknowledged_at) == (
        ACKNOWLEDGED, "mira", room.now,
    )  # fmt: skip
    assert words(room)[-1] == ("acknowledged", "mira", "on it")
    room.passes(minutes=30, every=60)
    assert room.pages() == ["opened ana"]


def test_the_first_acknowledgement_counts(room: Room) -> None:
    """F58."""
    room.fires("web1")
    first = room.acts(acts.acknowledge)
    room.now += timedelta(minutes=1)
    second = room.acts(acts.acknowledge, words="me too")
    assert second == first
    assert room.log().count("acknowledged") == 1


def test_a_page_that_is_queued_is_not_sent_once_somebody_has_answered(room: Room) -> None:
    room.fires("web1")
    room.acts(acts.acknowledge)
    room.passes(minutes=1)
    assert room.pages() == []


def test_what_still_fires_is_resolved_only_with_a_reason(room: Room) -> None:
    """R34."""
    room.fires("web1")
    for reason in ("", "   "):
        with pytest.raises(acts.Refusal, match="1 alert still fires: say why"):
            room.resolves(words=reason)
    incident = room.resolves(words="the probe is wrong")
    assert incident.state is IncidentState.RESOLVED
    assert words(room)[-1] == ("resolved", "mira", "the probe is wrong")


def test_what_fires_no_more_is_resolved_without_many_words(room: Room) -> None:
    room.fires("web1")
    room.works()
    room.ends("web1")
    assert room.resolves().state is IncidentState.RESOLVED
    room.works()
    assert room.pages() == ["opened ana", "recovered ana"]
    assert room.resolves(words="again").seq == room.incident().seq == 5


def test_a_note_goes_to_the_log_as_it_was_written(room: Room) -> None:
    room.fires("web1")
    room.acts(acts.note, words="disk replaced\nsee 4711")
    assert words(room)[-1] == ("note", "mira", "disk replaced\nsee 4711")


def test_half_letters_in_words_do_no_harm(room: Room) -> None:
    room.fires("web1")
    room.acts(acts.note, words="a\0b\ud800")
    assert words(room)[-1][2] == "a\ufffdb\ufffd"
    opened = room.opens("bad\0title", server=None)
    assert opened.title == "bad\ufffdtitle"


def test_a_snooze_keeps_pages_back_until_then(room: Room) -> None:
    room.fires("web1")
    room.works()
    until = room.now + timedelta(minutes=30)
    room.acts(acts.snooze, until=until, words="known")
    room.passes(minutes=29, every=60)
    assert room.pages() == ["opened ana"]
    room.passes(minutes=2, every=60)
    assert room.pages()[1:] == ["escalated ana", "escalated bob"]


def test_a_snooze_must_end_in_the_future(room: Room) -> None:
    room.fires("web1")
    with pytest.raises(acts.Refusal, match="must end in the future"):
        room.acts(acts.snooze, until=room.now)


def test_a_snooze_of_what_was_answered_does_not_bring_pages_back(room: Room) -> None:
    room.fires("web1")
    room.acts_on_page()
    incident = room.acts(acts.snooze, until=room.now + timedelta(minutes=5))
    assert (incident.state, incident.page_at) == (ACKNOWLEDGED, None)
    room.passes(minutes=30, every=60)
    assert room.pages() == ["opened ana"]


def test_to_escalate_pages_the_next_step_at_once(room: Room) -> None:
    room.fires("web1")
    room.acts_on_page()
    incident = room.acts(acts.escalate, words="I need help")
    room.works()
    assert (incident.state, incident.acknowledged_by) == (OPEN, None)
    assert room.pages()[1:] == ["escalated ana", "escalated bob"]


def test_to_escalate_something_lesser_makes_it_critical_with_a_ticket(room: Room) -> None:
    room.fires("web1", severity="info")
    room.acts(acts.escalate)
    room.works()
    incident = room.incident()
    assert (incident.category, incident.priority) == ("critical", "critical")
    assert incident.rule == "raised by a person"
    assert (room.pages(), room.tickets[0]) == (["opened ana"], "open 1")


def test_to_escalate_a_storm_leaves_it_a_storm(room: Room) -> None:
    room.storms("web1", "web2", "web3", "web4", "web5")
    site = room.incident("dc:fra1")
    assert room.acts(acts.escalate, site.id).rule == "storm"


def test_what_is_muted_is_not_escalated_into_silence(room: Room) -> None:
    room.silences(value="web1")
    room.fires("web1")
    with pytest.raises(acts.Refusal, match="muted by silence:"):
        room.acts(acts.escalate)


def test_another_person_takes_over_is_told_and_not_paged(room: Room) -> None:
    room.fires("web1")
    room.works()
    incident = room.acts(acts.hand_over, to="bob", words="my shift is over")
    assert (incident.state, incident.acknowledged_by) == (ACKNOWLEDGED, "bob")
    assert [kind for kind, *_ in words(room)[-2:]] == ["acknowledged", "handed_over"]
    room.passes(minutes=30, every=60)
    assert room.pages() == ["opened ana", "handed-over bob"]


def test_what_is_taken_over_while_it_is_watched_stays_taken(room: Room) -> None:
    room.fires("web1")
    room.ends("web1")
    room.acts(acts.hand_over, to="bob")
    room.fires("web1")
    assert (room.incident().state, room.incident().acknowledged_by) == (ACKNOWLEDGED, "bob")


def test_nobody_is_handed_what_is_over_and_no_stranger_anything(room: Room) -> None:
    room.fires("web1")
    with pytest.raises(acts.Refusal, match='nobody is called "eve"'):
        room.acts(acts.hand_over, to="eve")
    room.resolves(words="over")
    with pytest.raises(acts.Refusal, match="it is resolved"):
        room.acts(acts.hand_over, to="bob")


def test_a_merged_incident_is_quiet_and_makes_the_other_as_bad(room: Room) -> None:
    room.fires("far1", severity="warning")
    room.fires("web1")
    part = room.acts(acts.merge, 2, into=1)
    assert (part.parent, part.muted_by) == (1, ("part of server:far1",))
    whole = room.incident("server:far1")
    assert (whole.category, whole.priority) == ("critical", "critical")
    room.passes(minutes=6)
    assert {one.incident for one in room.sent} == {1}
    assert words(room, 2)[-1] == ("joined", "mira", "")


def test_no_incident_becomes_a_part_of_itself(room: Room) -> None:
    for server in ("web1", "web2", "far1"):
        room.fires(server)
    room.acts(acts.merge, 1, into=2)
    room.acts(acts.merge, 2, into=3)
    for part, whole in [(1, 1), (2, 1), (3, 1), (3, 2)]:
        with pytest.raises(acts.Refusal, match="a part of itself"):
            room.acts(acts.merge, part, into=whole)


def test_nothing_is_merged_into_what_is_well(room: Room) -> None:
    room.fires("web1")
    room.fires("web2")
    room.ends("web2")
    with pytest.raises(acts.Refusal, match="must be active"):
        room.acts(acts.merge, 1, into=2)


def test_a_part_that_is_split_off_pages_by_itself_again(room: Room) -> None:
    room.fires("web2")
    room.fires("web1")
    room.acts(acts.merge, 2, into=1)
    part = room.acts(acts.split, 2)
    assert (part.parent, part.muted_by, part.state) == (None, (), OPEN)
    room.works()
    assert [one.incident for one in room.sent] == [1, 2]
    with pytest.raises(acts.Refusal, match="a part of no other"):
        room.acts(acts.split, 2)


def test_a_person_may_see_it_first(room: Room) -> None:
    incident = room.opens("web1 is slow", server="web1", priority=Priority.MEDIUM, words="by phone")
    room.works()
    assert (incident.key, incident.category, incident.rule) == (
        "server:web1", "hosting", "opened by hand",
    )  # fmt: skip
    assert words(room)[0] == ("opened", MIRA.name, "by phone")
    assert (room.pages(), room.tickets) == ([], ["open 1"])


def test_what_a_person_opens_as_critical_pages(room: Room) -> None:
    room.opens("the shop is gone")
    room.opens("the other shop is gone")
    room.works()
    assert room.pages() == ["opened ana", "opened ana"]
    assert len({one.key for one in room.incidents()}) == 2


def test_what_is_known_already_takes_the_words_and_gets_as_bad_as_he_says(room: Room) -> None:
    room.fires("web1", severity="warning")
    incident = room.opens("web1 is dead", server="web1", words="three calls")
    room.works()
    assert (incident.id, incident.category) == (1, "critical")
    assert ("note", "mira", "web1 is dead\nthree calls") in words(room)
    assert room.pages() == ["opened ana"]


def test_what_was_over_comes_back_as_bad_as_he_says(room: Room) -> None:
    room.fires("web1", severity="warning")
    room.resolves(words="over")
    incident = room.opens("web1 is dead", server="web1", words="three calls")
    room.works()
    assert (incident.id, incident.state, incident.episode) == (1, OPEN, 2)
    assert ("note", "mira", "web1 is dead\nthree calls") in words(room)
    assert room.pages() == ["opened ana"]


def test_a_drill_never_mixes_with_real_trouble(room: Room) -> None:
    drill = room.opens("drill", server="web1", drill=True)
    room.fires("web1")
    real = room.incident("server:web1")
    assert (drill.drill, drill.server, drill.id != real.id) == (True, "web1", True)
    assert real.drill is False


def test_what_nobody_knows_is_refused(room: Room) -> None:
    with pytest.raises(acts.Refusal, match='no server is called "web99"'):
        room.opens("gone", server="web99")
    for act in (acts.acknowledge, acts.resolve, acts.escalate, acts.split):
        with pytest.raises(acts.Unknown, match="no incident 4711"):
            room.acts(act, 4711)
