"""Who is told of what, and how often: one opening and one recovery for each customer."""

from datetime import timedelta

import pytest

from responder import acts, notices
from responder.acts import Refusal
from responder.board import Board
from responder.notices import Indiscreet
from responder.store import customers
from tests.responder.customers.house import House, house_plan, opened_house

ANNA, BERT, CARL = "reseller:anna", "reseller:bert", "reseller:carl"


def test_everybody_on_a_broken_server_reads_of_it_once_in_his_brands_words(house: House) -> None:
    house.fires("web1")
    house.passes(minutes=10)
    assert [(one.customer, one.change) for one in house.read] == [(ANNA, "open"), (BERT, "open")]
    anna, bert = (one.letter for one in house.read)
    assert anna.subject == "Acme Hosting: disruption of your services"
    assert "since 2026-11-21 05:10 (EET)" in anna.text
    assert bert.subject == "Blau & Grün: Störung Ihrer Dienste"
    assert "seit 2026-11-21 04:10 (CET)" in bert.text


def test_nobody_hears_of_what_lasts_shorter_than_the_brand_waits(house: House) -> None:
    house.fires("web1")
    house.passes(seconds=90)
    house.ends("web1")
    house.passes(minutes=20)
    assert house.read == []


def test_who_was_told_hears_of_the_end_when_it_is_sure(house: House) -> None:
    house.fires("web1")
    house.passes(minutes=3)
    house.ends("web1")
    house.passes(minutes=4)
    assert house.heard(ANNA) == ["open"]
    house.passes(minutes=2)
    assert house.heard(ANNA) == house.heard(BERT) == ["open", "recovery"]
    assert "ended on 2026-11-21 05:13 (EET)" in house.read[-2].letter.text
    house.passes(hours=30, every=600)
    assert len(house.read) == 4


def test_what_comes_back_within_the_watch_is_no_news(house: House) -> None:
    house.fires("web1")
    house.passes(minutes=3)
    house.ends("web1")
    house.passes(minutes=2)
    house.fires("web1", pod="other")
    house.passes(minutes=10)
    assert house.heard(ANNA) == ["open"]


def test_what_comes_back_after_the_end_was_told_is_a_new_opening(house: House) -> None:
    house.fires("web1")
    house.passes(minutes=3)
    house.ends("web1")
    house.passes(minutes=6)
    house.fires("web1", pod="other")
    house.passes(minutes=3)
    assert house.heard(ANNA) == ["open", "recovery", "open"]
    assert len({one.key for one in house.read}) == len(house.read)


def test_a_storm_tells_each_customer_once_and_none_whose_server_is_well(house: House) -> None:
    house.storms(*(f"web{number}" for number in range(2, 32)))
    house.passes(minutes=10)
    assert [(one.customer, one.change) for one in house.read] == [(CARL, "open")]
    for number in range(2, 32):
        house.ends(f"web{number}")
    house.passes(minutes=10)
    assert house.heard(CARL) == ["open", "recovery"]


def test_who_was_told_of_a_part_is_not_told_again_by_the_whole(house: House) -> None:
    house.fires("web2")
    house.fires("web3")
    house.passes(minutes=3)
    assert house.heard(CARL) == ["open", "open"]  # two troubles until it turns out to be one
    house.storms(*(f"web{number}" for number in range(4, 30)))
    house.passes(minutes=10)
    assert house.heard(CARL) == ["open", "open"]
    for number in range(2, 30):
        house.ends(f"web{number}")
    house.passes(minutes=12)
    assert house.heard(CARL) == ["open", "open", "recovery"]
    states = [one.state for id_ in (1, 2) for one in house.ledger(id_) if one.change == "recovery"]
    assert sorted(states) == [customers.COVERED, customers.SENT]


def test_whoever_joins_a_storm_late_is_told_then(house: House) -> None:
    house.storms(*(f"web{number}" for number in range(4, 30)))
    house.passes(minutes=4)
    assert house.read == []
    house.fires("web1")
    house.passes(minutes=1)
    assert house.heard(ANNA) == ["open"]


def test_nobody_hears_of_planned_work(house: House) -> None:
    house.works_on("server:web1", lasts=30)
    house.fires("web1")
    house.passes(minutes=20)
    assert house.read == []
    house.passes(minutes=11)
    assert house.read == []
    house.passes(minutes=2)
    assert house.heard(ANNA) == ["open"]  # it has outlived the work


def test_nobody_hears_of_a_drill(house: House) -> None:
    house.opens("practice", server="web1", drill=True)
    house.passes(minutes=10)
    assert house.read == []
    with pytest.raises(Refusal, match="a drill is told to nobody"):
        house.says("Hello.")


def test_only_the_priorities_that_the_brand_names_are_told() -> None:
    with opened_house(house_plan(blau={"tell": {"priorities": ["critical", "high"]}})) as house:
        house.fires("web1", severity="warning")
        house.passes(minutes=5)
        assert [one.customer for one in house.read] == [BERT]


def test_a_brand_without_tell_is_told_by_hand_alone() -> None:
    with opened_house(house_plan(acme={"tell": None}, blau={"tell": None})) as house:
        house.fires("web1")
        house.passes(minutes=10)
        assert house.read == []
        house.says("We are replacing a power supply.")
        house.works()
        assert house.heard(ANNA) == ["update"]
        house.ends("web1")
        house.passes(minutes=10)
        assert house.heard(ANNA) == ["update", "recovery"]


def test_lists_of_a_brand_hear_of_every_outage_of_its() -> None:
    with opened_house(house_plan(acme={"announce": ["status@lists.acme.example"]})) as house:
        house.fires("web9")
        house.passes(minutes=3)
        assert [one.customer for one in house.read] == ["brand:acme:status@lists.acme.example"]


def test_what_was_queued_and_is_over_is_dropped_and_has_no_end(house: House) -> None:
    house.fires("web1")
    house.passes(seconds=90)
    house.now += timedelta(seconds=30)
    house.tells()
    assert [one.state for one in house.ledger()] == ["queued", "queued"]
    house.ends("web1")
    house.passes(minutes=10)
    assert house.read == []
    assert [one.state for one in house.ledger()] == ["dropped", "dropped"]


def test_the_blind_tell_nothing(house: House) -> None:
    house.fires("web1")
    house.now += timedelta(minutes=5)
    house.tells(blind=True)
    assert house.ledger() == []
    house.tells()
    assert len(house.ledger()) == 2


def test_a_mailbox_that_refuses_is_not_written_to_again(house: House) -> None:
    house.refuses = True
    house.fires("web1")
    house.passes(minutes=10)
    assert [one.state for one in house.ledger()] == ["failed", "failed"]
    house.refuses = False
    house.ends("web1")
    house.passes(minutes=10)
    assert house.read == []


def test_a_persons_words_go_to_all_and_promise_what_he_promised(house: House) -> None:
    house.fires("web1")
    house.passes(minutes=3)
    soon = house.now.replace(hour=4, minute=0)
    house.says("A disk was replaced.", next_update=soon)
    house.works()
    anna = [one.letter for one in house.read if one.customer == ANNA][-1]
    assert "A disk was replaced." in anna.text
    assert "by 2026-11-21 06:00 (EET)." in anna.text
    house.says("It is being copied.")
    house.works()
    assert house.heard(ANNA) == ["open", "update", "update"]
    assert "2026-11-21 06:00" not in house.read[-2].letter.text
    assert house.log().count("customers_told") == 3


def test_words_may_be_for_one_brand_alone(house: House) -> None:
    house.fires("web1")
    house.says("Nur für Sie.", brands=("blau",))
    house.works()
    assert [one.customer for one in house.read] == [BERT]


@pytest.mark.parametrize(
    ("words", "what"),
    [
        ("web1 is down", '"web1" is a server of ours'),
        ("Acme has trouble", '"acme" is a name of another brand'),
        ("Mira looks into it", '"mira" is one of our people'),
        ("A fire in FRA1.", '"fra1" is a data centre'),
        ("see server:web7", '"server:web7" is the name of one of our things'),
    ],
)
def test_words_that_name_what_is_ours_are_refused(house: House, words: str, what: str) -> None:
    house.fires("web1")
    with pytest.raises(Indiscreet, match=what):
        house.says(words)
    assert house.ledger() == []


def test_a_part_is_told_by_its_whole(house: House) -> None:
    house.storms(*(f"web{number}" for number in range(1, 31)))
    part = house.incident("server:web1")
    with pytest.raises(Refusal, match=f"it is a part of incident {part.parent}"):
        house.says("Hello.", part.id)


def test_what_nobody_is_concerned_by_is_told_to_nobody(house: House) -> None:
    house.fires("web9")
    with pytest.raises(Refusal, match="there is nobody to tell"):
        house.says("Hello.")


def test_what_is_over_is_not_talked_about(house: House) -> None:
    house.fires("web1")
    house.resolves(words="a false alarm")
    with pytest.raises(Refusal, match="it is resolved"):
        house.says("Hello.")
    with pytest.raises(acts.Unknown):
        house.says("Hello.", 77)


def test_a_preview_sends_nothing(house: House) -> None:
    house.fires("web1")
    shown = house.do(notices.printed, id_=1, words=notices.Words("All is being done."))
    assert [(one.brand, one.language, len(one.customers)) for one in shown] == [
        ("acme", "en", 1),
        ("blau", "de", 1),
    ]
    assert "All is being done." in shown[1].letter.text
    assert house.ledger() == []


def test_a_playbooks_words_are_sent_or_stand_in_the_ticket(house: House) -> None:
    house.fires("web1")

    def say(text: str) -> str:
        with house.engine.begin() as tx:
            board = Board(tx, house.plan, now=house.now)
            told = notices.say(board, board.incident(1), text, facts={"run": 1})
            board.save()
            return told

    assert say("We are on it.") == "2 customers told"
    assert "nobody was told" in say("web1 is being rebooted")
    house.works()
    assert house.heard(ANNA) == ["update"]
    assert house.log().count("customers_told") == 2
