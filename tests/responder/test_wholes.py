"""Is one dead site one trouble, and does no part of it fall silent for ever?"""

from datetime import timedelta

from responder import acts
from responder.values import IncidentState
from responder.wholes import STORM
from tests.responder.estate import WEBS, alert, body, plan
from tests.responder.room import Room, opened

OPEN, MITIGATED = IncidentState.OPEN, IncidentState.MITIGATED


def fall(room: Room, *numbers: int) -> None:
    """These web servers go down, a second apart."""
    for number in numbers:
        room.fires(f"web{number}")
        room.works()
        room.now += timedelta(seconds=1)


def rise(room: Room, *numbers: int) -> None:
    """And come back."""
    for number in numbers:
        room.ends(f"web{number}")
        room.works()


def test_four_servers_down_are_four_incidents(room: Room) -> None:
    fall(room, 1, 2, 3, 4)
    assert [one.key for one in room.incidents()] == [f"server:web{n}" for n in (1, 2, 3, 4)]
    assert len(room.pages()) == 4


def test_the_fifth_makes_one_site_incident_that_the_earlier_ones_join(room: Room) -> None:
    fall(room, 1, 2, 3, 4, 5)
    site = room.incident("dc:fra1")
    assert (site.rule, site.category, site.state) == (STORM, "critical", OPEN)
    assert site.title == "5 servers of dc:fra1 went down at once"
    parts = [one for one in room.incidents() if one.parent == site.id]
    assert {one.key for one in parts} == {f"server:web{n}" for n in range(1, 6)}
    assert {one.muted_by for one in parts} == {("part of dc:fra1",)}


def test_a_storm_is_one_site_page_for_each_person(room: Room) -> None:
    fall(room, *range(1, 13))
    site = room.incident("dc:fra1")
    assert [one.incident for one in room.sent if one.incident > 4] == [site.id]
    room.passes(minutes=14)
    later = [one for one in room.sent if one.event != "opened"]
    assert {one.incident for one in later} == {site.id}
    assert [one.person for one in later] == ["ana", "bob"] * 2


def test_a_storm_that_comes_in_one_message_is_one_page_and_one_ticket(room: Room) -> None:
    room.storms(*WEBS)
    room.works()
    site = room.incident("dc:fra1")
    assert [one.incident for one in room.sent] == [site.id]
    assert [told for told in room.tickets if told.startswith("open")] == [f"open {site.id}"]


def test_what_falls_later_joins_the_site(room: Room) -> None:
    fall(room, 1, 2, 3, 4, 5)
    fall(room, 6)
    assert "server:web6" not in {one.key for one in room.incidents()}
    assert room.incident("dc:fra1").firing == 1


def test_a_site_is_well_when_its_last_part_is(room: Room) -> None:
    fall(room, 1, 2, 3, 4, 5, 6)
    rise(room, 1, 2, 3, 4, 6)
    assert room.incident("dc:fra1").state is OPEN
    rise(room, 5)
    assert room.incident("dc:fra1").state is MITIGATED
    recovered = [one for one in room.sent if one.event == "recovered"]
    assert room.incident("dc:fra1").id in {one.incident for one in recovered}
    room.passes(minutes=6)
    assert {one.state for one in room.incidents()} == {"resolved"}


def test_a_part_that_is_back_brings_its_site_back(room: Room) -> None:
    fall(room, 1, 2, 3, 4, 5)
    rise(room, 1, 2, 3, 4, 5)
    fall(room, 3)
    assert room.incident("dc:fra1").state is OPEN
    rise(room, 3)
    assert room.incident("dc:fra1").state is MITIGATED


def test_a_part_that_is_back_after_the_site_was_resolved_pages_by_itself(room: Room) -> None:
    fall(room, 1, 2, 3, 4, 5)
    rise(room, 1, 2, 3, 4, 5)
    room.passes(minutes=6)
    told = len(room.sent)
    fall(room, 3)
    part = room.incident("server:web3")
    assert (part.state, part.parent, part.muted_by) == (OPEN, None, ())
    assert [one.incident for one in room.sent[told:]] == [part.id]


def test_trouble_that_outlives_its_site_pages_then(room: Room) -> None:
    fall(room, 1, 2, 3, 4, 5)
    site = room.incident("dc:fra1")
    told = len(room.sent)
    room.resolves(site.id, words="power is back")
    room.passes(seconds=30)
    calls = [one.incident for one in room.sent[told:] if one.event != "recovered"]
    assert calls == [5]  # of the others somebody has heard just before
    room.passes(minutes=5)
    calls = [one.incident for one in room.sent[told:] if one.event != "recovered"]
    assert set(calls) == {1, 2, 3, 4, 5}


def test_servers_that_had_trouble_before_make_a_storm_too(room: Room) -> None:
    """Resolved less than a day ago: the same incidents come back."""
    for some in [(1, 2, 3, 4), (5,)]:
        fall(room, *some)
        rise(room, *some)
        room.passes(minutes=30, every=60)
    assert len(room.incidents()) == 5
    fall(room, 1, 2, 3, 4, 5)
    site = room.incident("dc:fra1")
    assert (site.rule, room.incident("server:web5").parent) == (STORM, site.id)


def test_servers_with_a_warning_make_a_storm_when_they_go_down(room: Room) -> None:
    for number in range(1, 6):
        room.fires(f"web{number}", severity="warning", name="DiskFull")
    room.now += timedelta(hours=1)
    fall(room, 1, 2, 3, 4, 5)
    site = room.incident("dc:fra1")
    assert site.rule == STORM
    assert room.incident("server:web5").parent == site.id
    assert [one.incident for one in room.sent] == [1, 2, 3, 4, site.id]


def test_servers_that_fall_one_after_the_other_are_no_storm(room: Room) -> None:
    for number in range(1, 8):
        fall(room, number)
        room.passes(minutes=1, seconds=20)
    assert STORM not in {one.rule for one in room.incidents()}


def test_servers_that_were_down_for_a_moment_each_are_no_storm(room: Room) -> None:
    for number in range(1, 8):
        fall(room, number)
        room.now += timedelta(seconds=20)
        rise(room, number)
    assert STORM not in {one.rule for one in room.incidents()}


def test_the_storm_rule_can_be_switched_off() -> None:
    with opened(plan(storm="off")) as room:
        fall(room, *range(1, 13))
        assert len(room.incidents()) == len(room.pages()) == 12


def test_a_storm_where_something_lesser_is_the_matter_makes_that_critical(room: Room) -> None:
    room.fires("", dc="fra1", severity="warning", name="HumidityHigh")
    fall(room, 1, 2, 3, 4, 5)
    site = room.incident("dc:fra1")
    assert (site.id, site.category, site.rule, site.state) == (1, "critical", STORM, OPEN)
    assert [one.incident for one in room.sent].count(1) == 1


def test_a_storm_where_something_lesser_was_the_matter_reopens_that(room: Room) -> None:
    room.fires("", dc="fra1", severity="warning", name="HumidityHigh")
    room.ends("", dc="fra1", severity="warning", name="HumidityHigh")
    room.passes(minutes=6)
    fall(room, 1, 2, 3, 4, 5)
    site = room.incident("dc:fra1")
    assert (site.id, site.episode, site.category, site.state) == (1, 2, "critical", OPEN)
    assert [one.incident for one in room.sent].count(1) == 1


def test_servers_in_planned_work_are_expected_to_be_down(room: Room) -> None:
    room.works_on("dc:fra1")
    fall(room, *range(1, 13))
    assert STORM not in {one.rule for one in room.incidents()}
    room.passes(minutes=10)
    assert room.pages() == []


def test_five_that_nobody_expected_are_a_storm_amid_planned_work(room: Room) -> None:
    for number in range(1, 5):
        room.works_on(f"server:web{number}")
    fall(room, 1, 2, 3, 4, 5)
    assert "dc:fra1" not in {one.key for one in room.incidents()}
    fall(room, 6, 7, 8, 9)
    assert room.incident("dc:fra1").rule == STORM


def test_one_that_was_expected_does_not_make_the_storm(room: Room) -> None:
    room.works_on("server:web5")
    fall(room, 1, 2, 3, 4, 5)
    assert STORM not in {one.rule for one in room.incidents()}


def test_a_rack_in_a_storm_becomes_a_part_of_its_site() -> None:
    with opened(plan(storm={"servers": 3, "percent": 30})) as room:
        fall(room, 1, 2, 3, 4)
        assert [one.key for one in room.incidents() if one.rule == STORM] == ["rack:fra1/r1"]
        room.fires("hv1")
        site = room.incident("dc:fra1")
        assert room.incident("rack:fra1/r1").parent == site.id
        rise(room, 1, 2, 3, 4)
        assert (room.incident("rack:fra1/r1").state, room.incident("dc:fra1").state) == (
            MITIGATED, OPEN,
        )  # fmt: skip
        room.ends("hv1")
        assert room.incident("dc:fra1").state is MITIGATED


def test_a_broken_carrier_takes_its_guests_in(room: Room) -> None:
    room.fires("vm1")
    room.fires("hv1")
    room.fires("vm2")
    carrier = room.incident("server:hv1")
    assert (room.incident("server:vm1").parent, carrier.firing) == (carrier.id, 2)
    assert "server:vm2" not in {one.key for one in room.incidents()}


def test_a_carrier_that_gets_worse_takes_its_guests_in(room: Room) -> None:
    room.fires("hv1", severity="warning", name="FanSlow")
    room.fires("vm1")
    room.fires("hv1")
    assert room.incident("server:vm1").parent == room.incident("server:hv1").id


def test_a_mere_warning_takes_nobody_in(room: Room) -> None:
    room.fires("hv1", severity="warning")
    room.fires("vm1")
    assert room.incident("server:vm1").parent is None


def test_a_muted_whole_takes_nobody_in(room: Room) -> None:
    room.fires("vm1")
    room.silences(value="hv1")
    room.fires("hv1")
    room.works()
    assert room.incident("server:vm1").parent is None
    assert room.pages() == ["opened ana"]


def test_a_whole_that_is_well_again_takes_nobody_in(room: Room) -> None:
    room.fires("hv1")
    room.ends("hv1")
    room.fires("vm1")
    assert room.incident("server:vm1").state is OPEN


def test_a_guest_that_stays_down_is_paged_when_its_carrier_is_well_again(room: Room) -> None:
    room.fires("vm1")
    room.fires("hv1")
    room.works()
    room.ends("hv1")
    room.passes(minutes=4)
    assert len(room.pages()) == 2
    room.passes(minutes=2)
    guest = room.incident("server:vm1")
    assert (guest.state, guest.parent) == (OPEN, None)
    assert room.sent[-1].incident == guest.id


def test_wholes_within_wholes_come_in_one_message(room: Room) -> None:
    """A part is stored after the whole that it names, however deep it lies."""
    room.hears(body(alert("vm1"), alert("hv1"), alert("", dc="fra1", rack="r2")))
    keys = {one.id: one.key for one in room.incidents()}
    parents = {one.key: keys[one.parent] for one in room.incidents() if one.parent}
    assert parents == {"server:vm1": "server:hv1", "server:hv1": "rack:fra1/r2"}


def test_people_act_on_the_site_and_its_parts_stay_quiet(room: Room) -> None:
    fall(room, 1, 2, 3, 4, 5)
    site = room.incident("dc:fra1")
    room.acts(acts.acknowledge, site.id)
    told = len(room.sent)
    room.passes(minutes=30, every=60)
    assert len(room.sent) == told
