"""Does each message of a sender become what it means, and nothing twice?

Traps: the numbered list of what real Alertmanagers do.
"""

from datetime import timedelta

import pytest

from alerts.model import Priority
from responder.values import AlertEnd, IncidentState
from tests.alerts.captures import capture
from tests.responder.estate import NIGHT, alert, body
from tests.responder.room import Room


def test_an_alert_opens_one_incident_with_one_page_and_one_ticket(room: Room) -> None:
    taken = room.fires("web1")
    room.works()
    (incident,) = room.incidents()
    assert (incident.key, incident.state, incident.firing) == ("server:web1", "open", 1)
    assert (taken.firing, taken.saved.effects) == (1, 2)
    assert (room.pages(), room.tickets) == (["opened ana"], ["open 1"])


@pytest.mark.parametrize("seconds", [0, 60, 4 * 3600])
def test_a_repeat_only_moves_when_it_was_last_seen(room: Room, seconds: float) -> None:
    """Traps 13 and 23: a keep-alive, and a sender that was killed and tells the same again."""
    told = body(alert("web1"))
    room.hears(told)
    room.acts_on_page()
    (before,) = room.firing()
    room.now += timedelta(seconds=seconds)
    taken = room.hears(told)
    (after,) = room.firing()
    assert (taken.repeated, taken.firing, taken.saved.effects) == (1, 0, 0)
    assert after.seen_at == before.seen_at + timedelta(seconds=seconds)
    room.works()
    assert (room.pages(), room.tickets) == (["opened ana"], ["open 1", "note 1"])


def test_the_same_message_twice_in_one_transaction_is_one_episode(room: Room) -> None:
    """Trap 5."""
    taken = room.hears(body(alert("web1")), body(alert("web1")))
    assert (taken.firing, taken.repeated) == (1, 1)
    assert [one.firing for one in room.incidents()] == [1]


def test_a_hundred_copies_are_one_incident_one_page_and_one_ticket(room: Room) -> None:
    """F3."""
    for _ in range(10):
        room.hears(*[body(alert("web1"))] * 10)
    room.works()
    assert len(room.firing()) == len(room.incidents()) == 1
    assert (room.pages(), room.tickets) == (["opened ana"], ["open 1"])


def test_both_of_a_pair_tell_one_episode(room: Room) -> None:
    """Trap 6: two bodies equal but for externalURL, 0.9 s apart."""
    room.hears(body(alert("web1"), externalURL="http://127.0.0.1:9093"))
    room.now += timedelta(seconds=0.9)
    room.hears(body(alert("web1"), externalURL="http://127.0.0.1:9094"))
    room.works()
    assert (len(room.firing()), room.pages()) == (1, ["opened ana"])


def held_open_by_a_warning(room: Room) -> None:
    """A warning that lasts, and a critical alert that was answered and is over."""
    room.fires("web1", alertname="CertificateExpires", severity="warning")
    room.fires("web1", alertname="WebDown")
    room.works()
    room.acts_on_page()
    room.ends("web1", alertname="WebDown")


def test_a_new_outage_pages_though_a_warning_held_the_answered_incident_open(room: Room) -> None:
    """Promise 3: who answered, answered to another outage; nobody would hear of this one."""
    held_open_by_a_warning(room)
    room.passes(days=2, every=3600)
    assert room.incident().state is IncidentState.ACKNOWLEDGED
    room.fires("web1", alertname="MailDown", summary="web1 takes no mail")
    room.works()
    incident = room.incident()
    assert (incident.state, incident.episode) == (IncidentState.OPEN, 2)
    assert incident.title == "web1 takes no mail"
    assert room.pages()[-1] == "opened ana"
    assert room.pages().count("opened ana") == 2


def unanswered_and_over(room: Room) -> None:
    """A warning that lasts, and a critical alert that nobody answered, and is over."""
    room.fires("web1", alertname="CertificateExpires", severity="warning")
    room.fires("web1", alertname="WebDown")
    room.works()
    room.ends("web1", alertname="WebDown")
    room.works()


def rounds(room: Room) -> int:
    """How many rounds of pages went out."""
    return sum(1 for page in room.pages() if page.split()[0] != "recovered")


def test_nobody_is_paged_again_for_what_is_over_while_a_warning_lasts(room: Room) -> None:
    unanswered_and_over(room)
    before = rounds(room)
    room.passes(hours=6, every=60)
    assert (rounds(room), room.incident().state) == (before, IncidentState.OPEN)


def test_while_it_is_critical_the_rounds_go_on(room: Room) -> None:
    room.fires("web1", alertname="CertificateExpires", severity="warning")
    room.fires("web1", alertname="WebDown")
    room.works()
    before = rounds(room)
    room.passes(minutes=30, every=60)
    assert rounds(room) > before


def test_the_next_outage_pages_at_once_though_nobody_answered_the_last(room: Room) -> None:
    unanswered_and_over(room)
    room.passes(hours=2, every=60)
    before = rounds(room)
    room.fires("web1", alertname="MailDown", summary="web1 takes no mail")
    room.works()
    assert rounds(room) == before + 1
    assert (room.incident().episode, room.incident().title) == (2, "web1 takes no mail")


def test_what_returns_within_the_watch_is_paged_for_in_the_next_round(room: Room) -> None:
    unanswered_and_over(room)
    room.passes(minutes=2)
    before = rounds(room)
    room.fires("web1", alertname="WebDown")
    room.passes(minutes=6, every=60)
    assert rounds(room) > before
    assert room.incident().episode == 1


def test_a_warning_after_an_outage_that_is_over_wakes_nobody(room: Room) -> None:
    room.fires("web1", alertname="WebDown")
    room.works()
    room.ends("web1", alertname="WebDown")
    room.passes(hours=1, every=60)
    before = rounds(room)
    room.fires("web1", alertname="DiskFull", severity="warning", summary="/home is 86 % full")
    room.passes(hours=1, every=60)
    incident = room.incident()
    assert (incident.priority, incident.title) == (Priority.MEDIUM, "/home is 86 % full")
    assert (rounds(room), incident.state) == (before, IncidentState.OPEN)
    room.fires("web1", alertname="WebDown", summary="web1 is down")
    room.works()
    assert rounds(room) == before + 1
    assert (room.incident().priority, room.incident().title) == (Priority.CRITICAL, "web1 is down")


def test_what_comes_back_at_once_is_still_answered(room: Room) -> None:
    held_open_by_a_warning(room)
    room.passes(minutes=4)
    room.fires("web1", alertname="WebDown")
    room.works()
    assert room.incident().state is IncidentState.ACKNOWLEDGED
    assert room.pages().count("opened ana") == 1


def test_a_second_warning_disturbs_nobody_who_has_answered(room: Room) -> None:
    held_open_by_a_warning(room)
    room.passes(hours=1, every=600)
    room.fires("web1", alertname="DiskFull", severity="warning")
    room.works()
    assert room.incident().state is IncidentState.ACKNOWLEDGED


def test_what_returns_after_the_watch_is_named_by_what_fires_now(room: Room) -> None:
    room.fires("web1", alertname="WebDown")
    room.works()
    room.ends("web1", alertname="WebDown")
    room.passes(hours=1, every=60)
    room.fires("web1", alertname="MailDown", summary="web1 takes no mail")
    assert (room.incident().title, room.incident().episode) == ("web1 takes no mail", 2)


def test_replicas_are_one_episode_that_ends_with_the_last_of_them(room: Room) -> None:
    """Trap 7."""
    a, b = alert("web1", replica="a"), alert("web1", replica="b")
    room.hears(body(a, b))
    (episode,) = room.firing()
    assert len(episode.fingerprints) == 2
    room.ends("web1", replica="a")
    assert [len(one.fingerprints) for one in room.firing()] == [1]
    assert room.incident().state is IncidentState.OPEN
    room.ends("web1", replica="a")
    assert len(room.firing()) == 1
    room.ends("web1", replica="b")
    assert (room.firing(), room.incident().state) == ([], "mitigated")


def test_a_replica_that_ended_and_fires_again_must_end_again(room: Room) -> None:
    a, b = alert("web1", replica="a"), alert("web1", replica="b")
    room.hears(body(b), body(a))
    room.ends("web1", replica="a")
    room.hears(body(a))
    room.ends("web1", replica="b")
    assert len(room.firing()) == 1
    room.ends("web1", replica="a")
    assert room.firing() == []


def test_an_older_end_of_one_replica_does_not_bind_the_other_for_ever(room: Room) -> None:
    later = NIGHT + timedelta(minutes=2)
    room.hears(body(alert("web1", replica="a")))
    room.now = NIGHT + timedelta(minutes=5)
    ended = alert("web1", replica="a", ended=NIGHT + timedelta(minutes=1))
    room.hears(body(alert("web1", at=later, replica="b"), ended))
    room.ends("web1", replica="b")
    assert room.firing() == []


def test_a_mixed_message_opens_one_and_ends_the_other(room: Room) -> None:
    """Trap 14: the status at the top says firing."""
    room.fires("web1")
    room.hears(body(alert("web2"), alert("web1", ended=NIGHT), status="firing"))
    states = {one.key: one.state for one in room.incidents()}
    assert states == {"server:web1": "mitigated", "server:web2": "open"}


def test_an_alert_that_comes_and_goes_in_one_transaction_pages_nobody(room: Room) -> None:
    room.hears(body(alert("web1")), body(alert("web1", ended=NIGHT)))
    room.works()
    assert (room.incident().state, room.pages()) == ("mitigated", [])
    assert room.tickets == ["open 1", "note 1"]


def test_a_flap_that_the_sender_hid_ends_the_one_episode(room: Room) -> None:
    """Trap 36, with the captured bodies: the same fingerprint, another startsAt."""
    room.now = NIGHT + timedelta(days=1)
    assert room.hears(capture("flap-hidden-firing")).firing == 1
    assert room.hears(capture("flap-hidden-resolved")).ended == 1
    assert room.firing() == []


def test_an_end_that_nobody_saw_begin_is_counted_and_nothing_more(room: Room) -> None:
    """Trap 3, F5."""
    taken = room.ends("web1")
    assert (taken.unknown, taken.ended, taken.saved.effects) == (1, 0, 0)
    assert room.incidents() == []


def test_an_end_told_three_times_ends_it_once(room: Room) -> None:
    """Trap 15."""
    room.fires("web1")
    counted = [(room.ends("web1").ended, room.log().count("mitigated")) for _ in range(3)]
    assert counted == [(1, 1), (0, 1), (0, 1)]


def test_a_group_key_that_a_route_edit_changed_ends_nothing_and_hides_nothing(room: Room) -> None:
    """Trap 8."""
    room.hears(body(alert("web1"), group="a"))
    room.hears(body(alert("web1", ended=NIGHT), group="b"))
    assert room.firing() == []


def test_an_end_that_is_older_than_the_firing_changes_nothing(room: Room) -> None:
    """F4: the other one of a pair brings old news."""
    room.now = NIGHT + timedelta(minutes=10)
    room.hears(body(alert("web1", at=NIGHT + timedelta(minutes=8))))
    room.hears(body(alert("web1", ended=NIGHT + timedelta(minutes=2))))
    assert len(room.firing()) == 1
    room.hears(body(alert("web1", ended=NIGHT + timedelta(minutes=9))))
    assert room.firing() == []


def test_the_latest_beginning_counts_when_the_sender_hid_a_flap(room: Room) -> None:
    """F4."""
    room.hears(body(alert("web1")))
    room.now = NIGHT + timedelta(minutes=10)
    room.hears(body(alert("web1", at=NIGHT + timedelta(minutes=8))))
    room.hears(body(alert("web1", ended=NIGHT + timedelta(minutes=2))))
    assert len(room.firing()) == 1


@pytest.mark.parametrize("at", [None, NIGHT + timedelta(days=365), NIGHT - timedelta(days=9999)])
def test_a_firing_is_believed_whatever_its_beginning_says(room: Room, at: object) -> None:
    """F10."""
    room.hears(body(alert("web1", at=at)))  # type: ignore[arg-type]
    (episode,) = room.firing()
    assert episode.starts_at <= room.now
    room.now += timedelta(minutes=1)
    room.hears(body(alert("web1", at=None, ended=room.now)))
    assert room.firing() == []


def test_an_end_in_the_future_is_now(room: Room) -> None:
    room.fires("web1")
    (before,) = room.firing()
    room.hears(body(alert("web1", ended=NIGHT + timedelta(days=365))))
    (after,) = room.episodes()
    assert (after.id, after.ends_at, after.ended) == (before.id, NIGHT, AlertEnd.RESOLVED)


def test_each_source_has_an_episode_of_its_own_in_one_incident(room: Room) -> None:
    room.fires("web1", source="one")
    room.fires("web1", source="other")
    assert [(one.source, one.incident) for one in room.firing()] == [("one", 1), ("other", 1)]
    room.ends("web1", source="one")
    assert room.incident().state is IncidentState.OPEN
    room.ends("web1", source="other")
    assert room.incident().state is IncidentState.MITIGATED


def test_two_alerts_of_one_server_are_one_incident(room: Room) -> None:
    room.fires("web1", severity="warning", name="DiskFull")
    room.fires("web1")
    (incident,) = room.incidents()
    assert (incident.firing, incident.category, incident.title) == (
        2, "critical", "web1 does not answer",
    )  # fmt: skip


def test_an_alert_about_no_known_server_is_still_an_incident(room: Room) -> None:
    room.fires("nobody", name="OddThing")
    room.fires("nobody", name="OtherThing")
    keys = [one.key for one in room.incidents()]
    assert len(keys) == 2
    assert all(key.startswith("alert:") for key in keys)


def test_one_alert_that_cannot_be_read_loses_none_of_the_others(room: Room) -> None:
    taken = room.hears(body({"status": "firing", "labels": 7}, alert("web1"), {"odd": 1}))
    assert taken.firing == 1
    assert room.quarantined() == 2
    room.hears(body({"odd": 1}))
    assert room.quarantined() == 2


def test_an_empty_message_is_no_news(room: Room) -> None:
    """F8."""
    taken = room.hears(body())
    assert (taken.firing, taken.ended, taken.repeated, taken.unknown) == (0, 0, 0, 0)


def test_labels_in_another_order_are_the_same_alert(room: Room) -> None:
    """F20."""
    told = alert("web1", zone="a")
    turned = {**told, "labels": dict(reversed(told["labels"].items()))}
    assert room.hears(body(told), body(turned)).repeated == 1


def test_new_words_reach_the_episode(room: Room) -> None:
    room.fires("web1", summary="load is 40")
    taken = room.fires("web1", summary="load is 90")
    assert taken.repeated == 1
    assert [one.annotations["summary"] for one in room.firing()] == ["load is 90"]


def test_ten_thousand_alerts_fit_into_one_message(room: Room) -> None:
    told = body(*(alert(f"host{number}", severity="info") for number in range(10_000)))
    assert room.hears(told).firing == 10_000
    assert room.hears(told).repeated == 10_000
