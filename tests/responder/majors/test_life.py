"""Is a major incident led by two people, and are customers never left without words?"""

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta

import pytest

from alerts.model import person
from responder import acts
from responder.acts import Refusal
from responder.desk_values import Major
from responder.majors import life, turning
from responder.majors.life import Wish, next_update_of
from responder.paging.escalation import Escalations, Ladder, Rung
from responder.store import logs
from responder.store import majors as rows
from responder.story import told
from responder.values import Incident
from tests.responder.estate import ESCALATIONS, plan
from tests.responder.room import MIRA, Room, opened

PAIR = Escalations(
    critical=Ladder((Rung(("ana",)), Rung(("ana", "bob")))),
    methods={"ana": ("email",), "bob": ("email",), "lea": ("sms",), "mute": ()},
    teams={"level-1": ("mute", "lea")},
)


@pytest.fixture
def night() -> Iterator[Room]:
    """A company with a desk of level 1."""
    with opened(plan(PAIR)) as room:
        yield room


def turns(room: Room, **span: float) -> int:
    """Time passes, and the duty takes its turns; how many updates were overdue."""
    late: int = 0
    end = room.now + timedelta(**span)
    while True:
        late += room.do(turning.turn).overdue
        room.works()
        if room.now >= end:
            return late
        room.now += timedelta(minutes=1)


def major(room: Room, incident: Incident) -> Major:
    found: Major | None = room.look(rows.of, incident.id)
    assert found is not None
    return found


def storm(room: Room) -> Incident:
    room.storms(*(f"web{number}" for number in range(1, 7)))
    room.works()
    turns(room)
    return room.incident("dc:fra1")


def leads(room: Room, incident: Incident) -> tuple[str | None, str | None]:
    one = major(room, incident)
    return one.incident_lead, one.communication_lead


def story(room: Room, incident: Incident) -> list[str]:
    return [told(line) for line in room.look(logs.read, "incident", incident.id)]


def test_r71_a_storm_declares_its_site_major_and_names_two_people(night: Room) -> None:
    site = storm(night)
    one = major(night, site)
    assert (one.rule, one.declared_by, one.every) == ("storm", "responder", 1800)
    assert leads(night, site) == ("ana", "lea")
    assert one.next_update_at == night.now + timedelta(minutes=30)
    assert "major incident (storm): ana leads it, lea writes to customers" in story(night, site)
    assert [one.person for one in night.sent if one.event == "lead"] == ["lea"]


def test_whoever_is_hurt_by_a_part_of_it_hears_when_the_whole_is_told(night: Room) -> None:
    site = storm(night)
    part = next(one for one in night.incidents() if one.parent == site.id)
    assert night.look(next_update_of, part.id) == major(night, site).next_update_at
    night.fires("far1")
    assert night.look(next_update_of, night.incident("server:far1").id) is None


def test_it_is_declared_once(night: Room) -> None:
    site = storm(night)
    turns(night, minutes=3)
    assert story(night, site).count(told_as := story(night, site)[-1]) == 1
    assert told_as.startswith("major incident")
    assert not night.look(turning.is_due, now=night.now)


def test_r71_silence_of_thirty_minutes_pages_whoever_writes_and_then_whoever_leads(
    night: Room,
) -> None:
    site = storm(night)
    night.acts(acts.acknowledge, site.id)
    turns(night, minutes=1)
    night.sent.clear()
    assert turns(night, minutes=28) == 0
    assert turns(night, minutes=1) == 1
    assert [one.person for one in night.sent] == ["lea"]
    assert turns(night, minutes=29) == 0
    assert "customers were to hear by 03:40 UTC and have not (1): paged lea" in story(night, site)


def test_the_second_page_goes_to_both(night: Room) -> None:
    storm(night)
    turns(night, minutes=59)
    night.sent.clear()
    assert turns(night, minutes=1) == 1
    assert [one.person for one in night.sent if one.event == "lead"] == ["lea", "ana"]


def test_a_daemon_that_slept_pages_once_for_all_that_it_missed(night: Room) -> None:
    site = storm(night)
    night.now += timedelta(hours=5)
    assert turns(night) == 1
    assert turns(night, minutes=29) == 0
    assert major(night, site).overdue == 10


def test_whoever_takes_the_incident_leads_it(night: Room) -> None:
    site = storm(night)
    night.do(acts.acknowledge, id_=site.id, actor=person("bob"))
    turns(night)
    assert leads(night, site) == ("bob", "lea")
    night.do(life.declare, id_=site.id, actor=MIRA, wish=Wish(lead="ana"))
    turns(night)
    assert leads(night, site) == ("ana", "lea")


def test_whoever_writes_and_takes_the_incident_gives_the_writing_away(night: Room) -> None:
    site = storm(night)
    night.do(acts.acknowledge, id_=site.id, actor=person("lea"))
    turns(night)
    assert leads(night, site) == ("lea", "ana")


def test_r71_one_person_may_hold_both_and_the_log_says_so() -> None:
    alone = replace(ESCALATIONS, critical=Ladder((Rung(("ana",)),)))
    with opened(plan(alone)) as room:
        site = storm(room)
        assert leads(room, site) == ("ana", "ana")
        assert any("one person for both" in line for line in story(room, site))


def test_words_elsewhere_begin_the_time_anew(night: Room) -> None:
    site = storm(night)
    turns(night, minutes=20)
    night.do(life.said, id_=site.id, actor=MIRA, words="told on the telephone")
    assert night.look(next_update_of, site.id) == night.now + timedelta(minutes=30)
    assert turns(night, minutes=29) == 0
    assert "customers were told in another way by mira: told on the telephone" in story(night, site)


def test_it_ends_with_the_incident_and_comes_back_with_it(night: Room) -> None:
    site = storm(night)
    night.resolves(site.id, words="the power is back")
    turns(night, minutes=1)
    assert major(night, site).ended_at == night.now - timedelta(minutes=1)
    assert night.look(next_update_of, site.id) is None
    assert night.look(rows.count) == 0
    assert turns(night, minutes=60) == 0


def test_a_person_declares_sets_the_pace_and_ends(night: Room) -> None:
    night.fires("web1")
    wish = Wish(communication="bob", every=timedelta(minutes=15))
    night.do(life.declare, id_=1, actor=MIRA, wish=wish)
    (one,) = night.look(rows.of_incidents, [1]).values()
    assert (one.rule, one.incident_lead, one.communication_lead) == ("hand", "ana", "bob")
    assert one.next_update_at == night.now + timedelta(minutes=15)
    night.do(life.declare, id_=1, actor=MIRA, wish=Wish(every=timedelta(minutes=20)))
    assert night.look(next_update_of, 1) == night.now + timedelta(minutes=20)
    night.do(life.end, id_=1, actor=MIRA, words="only one server")
    assert night.look(rows.active) == []
    assert story(night, night.incident())[-1] == (
        "no major incident any more by mira: only one server"
    )


def test_what_a_person_has_ended_a_storm_does_not_declare_again(night: Room) -> None:
    site = storm(night)
    night.do(life.end, id_=site.id, actor=MIRA, words="it is our own test")
    turns(night, minutes=2)
    assert night.look(rows.active) == []


def test_causes_are_kept_also_after_the_end(night: Room) -> None:
    site = storm(night)
    night.resolves(site.id, words="over")
    turns(night)
    causes = ("a fuse blew", "  the second feed  was off ", "a fuse blew")
    night.do(life.declare, id_=site.id, actor=MIRA, wish=Wish(causes=causes))
    assert major(night, site).causes == ("a fuse blew", "the second feed was off")
    assert major(night, site).ended_at is not None


@pytest.mark.parametrize(
    ("wish", "why"),
    [
        (Wish(lead="nobody"), 'nobody is called "nobody"'),
        (Wish(communication="mute"), "mute has no methods"),
        (Wish(every=timedelta(minutes=1)), "every 5 minutes to 24 hours"),
    ],
)
def test_what_makes_no_sense_is_refused(night: Room, wish: Wish, why: str) -> None:
    night.fires("web1")
    with pytest.raises(Refusal, match=why):
        night.do(life.declare, id_=1, actor=MIRA, wish=wish)


def test_neither_a_drill_nor_a_part_nor_what_is_over_is_declared(night: Room) -> None:
    night.opens("practice", drill=True)
    night.fires("web1")
    night.resolves(2, words="over")
    for id_, why in ((1, "drill"), (2, "resolved")):
        with pytest.raises(Refusal, match=why):
            night.do(life.declare, id_=id_, actor=MIRA, wish=Wish())
    with pytest.raises(Refusal, match="no major incident"):
        night.do(life.end, id_=2, actor=MIRA)
    site = storm(night)
    part = next(one for one in night.incidents() if one.parent == site.id)
    with pytest.raises(Refusal, match=f"part of incident {site.id}"):
        night.do(life.declare, id_=part.id, actor=MIRA, wish=Wish())
