"""What a transaction decides: what mutes an incident, what its ticket hears, one row per effect."""

from dataclasses import replace
from datetime import timedelta

import pytest

from responder import acts, watch
from responder.board import Board
from responder.steps import Step, Want
from responder.store import Tx, logs
from responder.store import incidents as rows
from responder.values import IncidentState
from tests.responder.estate import alert, body, plan
from tests.responder.room import Room, opened

OPEN = IncidentState.OPEN


def test_a_muted_alert_opens_an_incident_and_tells_nobody(room: Room) -> None:
    room.silences(value="web1")
    room.fires("web1")
    room.passes(minutes=10)
    incident = room.incident()
    assert (incident.state, incident.muted_by, incident.ticketed) == (
        OPEN, ("silence:00000000-0000-0000-0000-000000000001",), False,
    )  # fmt: skip
    assert (room.pages(), room.tickets) == ([], [])


def test_trouble_that_outlives_the_mute_is_told_then(room: Room) -> None:
    room.silences(value="web1", lasts=30)
    room.fires("web1")
    room.passes(minutes=29, every=60)
    assert (room.pages(), room.tickets) == ([], [])
    room.passes(minutes=1)
    assert (room.pages(), room.tickets) == (["opened ana"], ["open 1"])
    assert room.log()[-2:] == ["unmuted", "paged"]


def test_trouble_that_ends_within_the_mute_is_never_told(room: Room) -> None:
    room.silences(value="web1")
    room.fires("web1")
    room.passes(minutes=1)
    room.ends("web1")
    assert room.incident().state is IncidentState.MITIGATED
    room.passes(hours=1, every=60)
    assert room.incident().state is IncidentState.RESOLVED
    assert (room.pages(), room.tickets) == ([], [])


def test_what_was_answered_within_the_mute_gets_its_ticket_then_and_no_page(room: Room) -> None:
    room.silences(value="web1", lasts=10)
    room.fires("web1")
    room.acts(acts.acknowledge)
    room.passes(minutes=11)
    assert (room.pages(), room.tickets) == ([], ["open 1"])


def test_a_silence_stops_the_paging_that_goes_on(room: Room) -> None:
    room.fires("web1")
    room.works()
    room.silences(value="web1", lasts=60)
    room.passes(minutes=30, every=60)
    assert room.pages() == ["opened ana"]
    room.passes(minutes=31, every=60)
    assert room.pages()[:2] == ["opened ana", "escalated ana"]


def test_a_page_that_a_short_silence_kept_back_goes_out_after_it(room: Room) -> None:
    room.fires("web1")
    room.silences(value="web1", lasts=1)
    room.works()
    assert room.pages() == []
    room.passes(minutes=1)
    assert [one.incident for one in room.sent if one.person == "ana"] == [1]


def test_a_short_silence_does_not_hasten_the_next_round(room: Room) -> None:
    room.fires("web1")
    room.works()
    room.silences(value="web1", lasts=1)
    room.passes(minutes=4)
    assert room.pages() == ["opened ana"]
    room.passes(minutes=1)
    assert room.pages()[1:] == ["escalated ana", "escalated bob"]


def test_an_alert_that_nothing_mutes_ends_the_mute(room: Room) -> None:
    room.silences(label="alertname", value="HostDown")
    room.fires("web1")
    room.fires("web1", name="HttpDown")
    room.works()
    assert room.incident().muted_by == ()
    assert (room.pages(), room.tickets) == (["opened ana"], ["open 1"])


def test_a_second_alert_that_is_muted_as_well_ends_nothing(room: Room) -> None:
    room.silences(label="instance", value="web1")
    room.fires("web1")
    room.fires("web1", name="HttpDown")
    room.passes(minutes=1)
    assert room.pages() == []


def test_work_on_a_server_mutes_it_and_what_stands_on_it(room: Room) -> None:
    room.works_on("server:hv1")
    for server in ("hv1", "vm1", "web1"):
        room.fires(server)
    room.works()
    assert [one.incident for one in room.sent] == [room.incident("server:web1").id]


def test_work_on_a_site_mutes_an_alert_about_that_site(room: Room) -> None:
    room.works_on("dc:fra1")
    room.fires("", dc="fra1", name="PowerLost")
    room.works()
    assert room.pages() == []


def test_work_that_begins_later_mutes_from_then_on(room: Room) -> None:
    room.works_on("server:web1", begins=2, lasts=60)
    room.fires("web1")
    room.passes(minutes=50, every=60)
    assert room.pages() == ["opened ana"]
    room.passes(minutes=20, every=60)
    assert room.pages()[1:3] == ["escalated ana", "escalated bob"]


def test_what_comes_back_within_planned_work_is_muted(room: Room) -> None:
    room.fires("web1")
    room.acts_on_page()
    room.ends("web1")
    room.passes(minutes=10)
    room.works_on("server:web1", lasts=60)
    room.fires("web1")
    room.passes(minutes=30, every=60)
    assert (room.pages(), room.incident().state) == (["opened ana", "recovered ana"], OPEN)
    room.passes(minutes=31, every=60)
    assert room.pages()[2:] == ["opened ana"]
    assert room.tickets[-1] == "reopen 1"


def test_what_gets_critical_within_planned_work_waits(room: Room) -> None:
    room.fires("web1", severity="warning", name="DiskFull")
    room.works_on("server:web1", begins=5)
    room.now += timedelta(minutes=6)
    room.fires("web1")
    room.passes(minutes=10)
    assert room.pages() == []


def test_a_mute_that_is_over_mutes_no_return(room: Room) -> None:
    room.works_on("server:web1", lasts=10)
    room.fires("web1")
    room.ends("web1")
    room.passes(minutes=20)
    assert room.incident().muted_by
    room.fires("web1")
    room.works()
    assert room.pages() == ["opened ana"]


def test_the_configuration_may_plan_work_too(room: Room) -> None:
    with opened(plan(works=[("server:web1", 30)])) as planned:
        planned.fires("web1")
        planned.works()
        assert planned.incident().muted_by == ("maintenance:-1",)
        assert planned.pages() == []


def test_the_ticket_hears_what_matters_in_the_order_of_the_log(room: Room) -> None:
    room.fires("web1", severity="warning", name="DiskFull")
    room.acts(acts.note, words="looking")
    room.fires("web1")
    room.acts(acts.acknowledge)
    room.ends("web1")
    room.ends("web1", severity="warning", name="DiskFull")
    room.works()
    assert room.tickets == ["open 1", *["note 1"] * 4]
    kinds = ("note", "raised", "acknowledged", "mitigated")
    assert [kind for kind in room.log() if kind in kinds] == list(kinds)


def test_what_came_from_the_ticket_is_not_told_to_the_ticket(room: Room) -> None:
    room.fires("web1")
    room.acts(acts.acknowledge, via="ticket")
    room.works()
    assert room.tickets == ["open 1"]


@pytest.mark.parametrize(("severity", "tickets"), [("warning", ["open 1"]), ("info", [])])
def test_low_trouble_has_no_ticket_until_it_grows(
    room: Room, severity: str, tickets: list[str]
) -> None:
    room.fires("web1", severity=severity)
    room.works()
    assert (room.tickets, room.pages()) == (tickets, [])
    room.acts(acts.acknowledge)
    room.fires("web1", severity="error", name="Worse")
    room.works()
    assert room.tickets[0] == "open 1"


def test_the_ticket_is_solved_and_reopened_once_an_episode(room: Room) -> None:
    room.fires("web1")
    for _ in range(2):
        room.ends("web1")
        room.passes(minutes=6)
        room.fires("web1")
        room.fires("web1", name="HttpDown")
        room.ends("web1", name="HttpDown")
        room.works()
    acted = [one for one in room.tickets if not one.startswith("note")]
    assert acted == ["open 1", "solve 1", "reopen 1", "solve 1", "reopen 1"]


def test_one_effect_is_one_row_however_often_it_is_decided(room: Room) -> None:
    room.fires("web1")

    def again(tx: Tx, **_: object) -> None:
        board = Board(tx, room.plan, now=room.now)
        fresh = replace(board.incident(1), page_at=room.now, step=0)
        assert board.put(Step(fresh, wants=(Want.TICKET,))).step == 1
        assert board.save().effects == 2

    room.do(again)
    room.works()
    assert (room.pages(), room.tickets) == (["opened ana"], ["open 1"])


def test_every_line_of_the_log_is_chained(room: Room) -> None:
    for number in range(5):
        (room.ends if number % 2 else room.fires)("web1")
        room.passes(minutes=1)
    (incident,) = room.incidents()
    heads = [(incident.id, incident.seq, incident.head)]
    assert room.look(lambda tx: list(logs.broken(tx, "incident", heads))) == []
    assert len(room.log()) == incident.seq > 5


def test_a_failed_transaction_leaves_nothing_behind(room: Room) -> None:
    def fail(tx: Tx, **_: object) -> None:
        board = Board(tx, room.plan, now=room.now)
        number = board.next_id()
        assert number == 1
        watch.tick(tx, plan=room.plan, now=room.now)
        raise LookupError

    with pytest.raises(LookupError):
        room.do(fail)
    room.hears(body(alert("web1")))
    assert [one.id for one in room.look(rows.listed)] == [1]
