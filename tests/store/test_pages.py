"""Does the ledger know who was told what, who must hear of the end, and whom nobody told?"""

from typing import Any

import pytest
from sqlalchemy import Connection

from alerts.model import Category, Priority
from responder.store import pages
from responder.values import Effect, IncidentState, Reached
from tests.store.samples import MINUTE, NOW, page, stored

ANA, BOB = Reached("ana", "email", 0), Reached("bob", "email", 0)


def queue(tx: Connection, *ones: Effect, state: str = "delivered", **more: Any) -> None:
    """Pages, and what became of them."""
    pages.queue(tx, ones, now=NOW)
    for one in ones:
        if state != "queued":
            pages.end(tx, one.key, state=state, now=NOW, **more)


def alarmed(tx: Connection, number: int = 1, episode: int = 1) -> list[Reached]:
    return sorted(pages.alarmed(tx, number, episode=episode), key=lambda one: one.person)


@pytest.fixture(autouse=True)
def _incidents(tx: Connection) -> None:
    stored(tx, 1, 2)


def test_a_page_stands_in_the_ledger_from_its_deciding_to_its_end(tx: Connection) -> None:
    pages.queue(tx, [page("ana"), page("bob", step=1)], now=NOW)
    pages.queue(tx, [page("ana")], now=NOW + MINUTE)
    pages.end(tx, page("ana").key, state="delivered", reference="m-1", repeats=2, now=NOW + MINUTE)
    ana, bob = pages.of_incidents(tx, [1, 2])[1]
    assert (ana.person, ana.state, ana.at, ana.repeats) == ("ana", "delivered", NOW + MINUTE, 2)
    assert (bob.state, bob.at, bob.step, bob.event, bob.place) == ("queued", NOW, 1, "opened", 0)
    assert pages.of_incidents(tx, [2]) == {2: []}
    assert pages.of_incidents(tx, []) == {}


@pytest.mark.parametrize(
    ("state", "begun"),
    [("queued", True), ("delivered", True), ("failed", False), ("suppressed", False)],
)
def test_paging_has_begun_when_somebody_was_or_will_be_told(
    tx: Connection, state: str, begun: bool
) -> None:
    assert not pages.begun(tx, 1, episode=1)
    queue(tx, page("ana"), state=state)
    assert pages.begun(tx, 1, episode=1) is begun
    assert alarmed(tx) == ([ANA] if begun else [])
    assert not pages.begun(tx, 1, episode=2)
    assert not pages.begun(tx, 2, episode=1)


def test_a_page_that_may_have_gone_out_unseen_counts_as_told(tx: Connection) -> None:
    queue(tx, page("ana"), state="failed", repeats=1)
    assert alarmed(tx) == [ANA]


def test_each_way_that_reached_somebody_is_named_once(tx: Connection) -> None:
    queue(tx, page("ana"), page("ana", step=1, event="repeated"))
    queue(tx, page("ana", step=1, event="repeated", place=1, method="pagerduty"))
    assert alarmed(tx) == [ANA, Reached("ana", "pagerduty", 1)]


def test_who_has_heard_of_the_end_is_not_told_again_until_he_is_paged_again(tx: Connection) -> None:
    queue(tx, page("ana"), page("bob"))
    queue(tx, page("ana", event="recovered"))
    assert alarmed(tx) == [BOB]
    queue(tx, page("ana", event="repeated", step=1))
    assert alarmed(tx) == [ANA, BOB]


def test_an_end_that_was_never_sent_is_still_owed(tx: Connection) -> None:
    queue(tx, page("ana"))
    queue(tx, page("ana", event="recovered"), state="suppressed")
    assert alarmed(tx) == [ANA]


def test_an_end_that_is_on_its_way_is_not_owed_twice(tx: Connection) -> None:
    queue(tx, page("ana"))
    queue(tx, page("ana", event="recovered"), state="queued")
    assert alarmed(tx) == []


def test_other_news_is_no_page(tx: Connection) -> None:
    queue(tx, page("ana", event="dead-letter"))
    assert (alarmed(tx), pages.begun(tx, 1, episode=1)) == ([], False)


def unpaged(tx: Connection, minutes: float = 0.5) -> int:
    """Critical ones that nobody heard of; pages younger than so many minutes are on their way."""
    return pages.unpaged(tx, queued_before=NOW - minutes * MINUTE)


def test_an_open_critical_incident_without_a_page_is_counted(tx: Connection) -> None:
    assert unpaged(tx) == 2
    queue(tx, page("ana"))
    assert unpaged(tx) == 1
    queue(tx, page("ana", number=2), state="failed")
    assert unpaged(tx) == 1


def test_a_page_on_its_way_is_trusted_for_a_while(tx: Connection) -> None:
    queue(tx, page("ana"), page("ana", number=2), state="queued")
    assert (unpaged(tx, minutes=0.5), unpaged(tx, minutes=-0.5)) == (0, 2)


def test_the_next_page_does_not_hide_that_the_first_came_to_nothing(tx: Connection) -> None:
    queue(tx, page("ana", number=2))
    queue(tx, page("ana"), state="queued")
    pages.queue(tx, [page("ana", event="repeated", step=1)], now=NOW + 5 * MINUTE)
    assert pages.unpaged(tx, queued_before=NOW + 4 * MINUTE) == 1


def test_a_page_of_an_earlier_episode_is_none_of_this_one(tx: Connection) -> None:
    stored(tx, 3, episode=2)
    queue(tx, page("ana"), page("ana", number=2), page("ana", number=3))
    assert unpaged(tx) == 1
    queue(tx, page("ana", number=3, episode=2))
    assert unpaged(tx) == 0


@pytest.mark.parametrize(
    "less",
    [
        {"state": IncidentState.ACKNOWLEDGED},
        {"state": IncidentState.MITIGATED},
        {"muted_by": ("silence:1",)},
        {"category": Category.HOSTING, "priority": Priority.HIGH},
    ],
)
def test_what_is_answered_over_muted_or_less_needs_no_page(
    tx: Connection, less: dict[str, Any]
) -> None:
    queue(tx, page("ana"), page("ana", number=2))
    stored(tx, 3, **less)
    assert unpaged(tx) == 0


def test_an_incident_that_keeps_changing_is_counted_all_the_same(tx: Connection) -> None:
    queue(tx, page("ana"), page("ana", number=2))
    stored(tx, 3, changed_at=NOW + 60 * MINUTE)
    assert unpaged(tx) == 1


def test_an_incident_without_a_ticket_has_no_name_for_one(tx: Connection) -> None:
    assert pages.ticket_of(tx, 1) == ""


def test_what_a_provider_took_and_did_not_bring_has_failed(tx: Connection) -> None:
    queue(tx, page("ana"), reference="CA1")
    assert pages.missed(tx, page("ana").key, now=NOW + MINUTE)
    (ana,) = pages.of_incidents(tx, [1])[1]
    assert (ana.state, ana.at) == ("failed", NOW + MINUTE)
    assert not pages.missed(tx, page("ana").key, now=NOW + MINUTE)
    pages.queue(tx, [page("bob")], now=NOW)
    assert not pages.missed(tx, page("bob").key, now=NOW)


def test_an_answer_is_about_the_newest_open_page_to_one_of_these_people(tx: Connection) -> None:
    stored(tx, 3)
    queue(tx, page("ana"), page("bob"), page("ana", number=2))
    queue(tx, page("bob", number=3))
    both = ("ana", "bob")
    assert pages.asked_of(tx, both) == [(3, "bob"), (2, "ana"), (1, "bob")]
    assert pages.asked_of(tx, ("ana",)) == [(2, "ana"), (1, "ana")]
    assert pages.asked_of(tx, ("mira",)) == []
    assert pages.asked_of(tx, ()) == []


def test_an_answer_is_about_what_the_telephone_has_told(tx: Connection) -> None:
    """A newer page that waits, or lies in a mailbox, is none that he has read."""
    stored(tx, 3, 4)
    queue(tx, page("ana", number=2, method="sms", place=1))
    queue(tx, page("ana", number=1, method="voice", place=2), state="failed", reference="CA1")
    queue(tx, page("ana", number=3, method="sms", place=1), state="queued")
    queue(tx, page("ana", number=4))
    assert [number for number, _ in pages.asked_of(tx, ("ana",))] == [1, 2, 4, 3]


@pytest.mark.parametrize(
    ("state", "asked"),
    [("queued", True), ("delivered", True), ("failed", True), ("suppressed", False)],
)
def test_whoever_may_have_been_reached_may_answer(tx: Connection, state: str, asked: bool) -> None:
    queue(tx, page("ana"), state=state)
    assert bool(pages.asked_of(tx, ("ana",))) is asked


def test_no_answer_is_about_what_is_taken_or_of_an_earlier_episode(tx: Connection) -> None:
    stored(tx, 4, state=IncidentState.ACKNOWLEDGED)
    stored(tx, 5, episode=2)
    queue(tx, page("ana", number=4), page("ana", number=5))
    assert pages.asked_of(tx, ("ana",)) == []


def test_what_else_waits_for_a_person_is_what_he_was_called_about_and_nobody_answered(
    tx: Connection,
) -> None:
    stored(tx, 3, state=IncidentState.ACKNOWLEDGED)
    stored(tx, 4, muted_by=("silence:1",))
    stored(tx, 5, episode=2)
    stored(tx, 6, 7, 8, 9)
    for number in (1, 2, 3, 4, 5):
        queue(tx, page("ana", number=number), page("ana", number=number, event="repeated", step=1))
    queue(tx, page("ana", number=6), state="suppressed")
    queue(tx, page("ana", number=7, event="dead-letter"))
    queue(tx, page("ana", number=8), state="queued")
    queue(tx, page("bob", number=9))
    assert pages.unanswered(tx, "ana", besides=1, since=NOW - MINUTE) == 2  # 2 and 8
    assert pages.unanswered(tx, "ana", besides=9, since=NOW - MINUTE) == 3
    assert pages.unanswered(tx, "ana", besides=9, since=NOW + MINUTE) == 0
    assert pages.unanswered(tx, "mira", besides=1, since=NOW - MINUTE) == 0


def test_a_page_that_is_held_back_says_until_when(tx: Connection) -> None:
    queue(tx, page("ana"), state="queued")
    assert pages.of_incidents(tx, [1])[1][0].delayed_until is None
    pages.delay(tx, page("ana").key, until=NOW + MINUTE)
    assert pages.of_incidents(tx, [1])[1][0].delayed_until == NOW + MINUTE


def test_a_call_that_nobody_took_has_rung_and_one_that_was_refused_has_not(tx: Connection) -> None:
    queue(tx, page("ana"), reference="CA1")
    queue(tx, page("ana", number=2), reference="CA2")
    assert pages.missed(tx, page("ana").key, now=NOW + MINUTE)
    queue(tx, page("ana", step=1, event="repeated"), state="failed")
    queue(tx, page("ana", step=2, event="repeated"), state="queued")
    rung = pages.rung(tx, "ana", page("ana").payload["method"], since=NOW)
    assert set(rung) == {page("ana").key, page("ana", number=2).key}
    assert rung[page("ana").key] == NOW + MINUTE
